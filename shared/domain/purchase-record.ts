/**
 * The record of a purchase for the operator's books and reports. Its columns are this project's own: Microsoft speaks of CDR, SDR and TDR
 * and publishes no format for them. Five of them are the purchase metadata of the callbacks, with the values of its table.
 *
 * @see Mobile Plans "Callback notifications", purchase metadata; "Launch", service levels, for CDR, SDR and TDR
 */
import { orderReference } from './identifiers'
import { localText } from './local-text'
import type { Order } from './order/order'
import { factsOf } from './purchase-facts'
import { purchaseMetadata } from './purchase-metadata'

/** The columns, in the order of the export. What each means: "Export of records" in `docs/operator.md`. */
export const purchaseColumns = [
  'settledAt',
  'orderId',
  'reference',
  'kind',
  'channel',
  'placedAt',
  'deliveredAt',
  'outcome',
  'because',
  'userAccount',
  'purchaseInstrument',
  'line',
  'moDirectStatus',
  'planName',
  'planId',
  'currency',
  'priceMinor',
  'taxRate',
  'payment',
  'collectedMinor',
  'refundedMinor',
  'authorisationId',
  'subscriberId',
  'iccid',
  'market',
  'subscriptionId',
  'period',
  'transactionId',
] as const

/** One settled order. `null`: does not apply, or is not known. */
export type PurchaseRecord = Record<(typeof purchaseColumns)[number], string | number | null>

/**
 * The record of an order that is closed: nothing of it changes any more.
 *
 * @param language of `planName`, whatever language the person read; absent: the first that the plan has
 */
export function purchaseRecord(order: Order, language: string | undefined): PurchaseRecord {
  const { id, stage, plan, payment, topUp, profile, evidence, subscription } = order
  const { amountMinor, currency, taxRate } = plan.price
  const completed = stage.state === 'active'
  const { collected, refunded } = moneyOf(order)
  return {
    settledAt: order.closedAt ?? order.updatedAt,
    orderId: id,
    reference: orderReference(id),
    kind: order.kind,
    channel: order.channel,
    placedAt: order.placedAt,
    deliveredAt: completed ? ((topUp === undefined ? evidence.installedAt : order.readyAt) ?? null) : null,
    outcome: completed ? 'completed' : stage.state,
    because: stage.state === 'cancelled' ? stage.because : null,
    ...metadataOf(order, language),
    planId: plan.id,
    currency,
    priceMinor: amountMinor,
    taxRate,
    payment: payment.status,
    collectedMinor: collected,
    refundedMinor: refunded,
    authorisationId: payment.authorisationId ?? null,
    subscriberId: order.subscriberId,
    iccid: (profile ?? topUp)?.iccid ?? null,
    market: order.device.market ?? null,
    subscriptionId: subscription?.id ?? null,
    period: subscription?.period ?? null,
    transactionId: order.transactionId ?? null,
  }
}

type Metadata = Pick<PurchaseRecord, 'userAccount' | 'purchaseInstrument' | 'line' | 'moDirectStatus' | 'planName'>

function metadataOf(order: Order, language: string | undefined): Metadata {
  const { name, id } = order.plan
  const first = Object.keys(name)[0] ?? ''
  const planName = localText(name, language ?? first, first).trim()
  const writes = purchaseMetadata(factsOf(order, planName === '' ? id : planName))
  const text = (property: string) => writes.find((write) => write.property === property)?.text ?? null
  return {
    userAccount: text('userAccount'),
    purchaseInstrument: text('purchaseInstrument'),
    line: text('line'),
    moDirectStatus: text('moDirectStatus'),
    planName: text('planName'),
  }
}

/** What staff settled by hand in billing, billing alone knows. */
function moneyOf({ payment, plan }: Order): { collected: number | null; refunded: number | null } {
  const { amountMinor } = plan.price
  switch (payment.status) {
    case 'captured':
      return { collected: amountMinor, refunded: 0 }
    case 'refunded':
      return { collected: amountMinor, refunded: amountMinor }
    case 'settled':
      return { collected: null, refunded: null }
    case 'none':
    case 'authorised':
    case 'voided':
    case 'refused':
      return { collected: 0, refunded: 0 }
  }
}
