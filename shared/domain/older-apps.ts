/**
 * What older builds of the Mobile Plans app have in place of the current calls. Tried in order, and only where the newer one is missing.
 * A delayed download has no older counterpart that takes an activation code: those builds went without one, by discovery at an SM-DS.
 *
 * @see Mobile Plans "Legacy callback notifications", and "Asynchronous fulfillment" of 2018
 */
import { type PurchaseFacts, purchaseMetadata } from './purchase-metadata'

/** Another call to make when object or method are missing, as in older builds of the app. */
export interface FallbackCall {
  object: string
  method: string
  /** Arguments after the metadata. */
  args: readonly (string | number)[]
  /**
   * The first generation's call: `args` is the whole result as one text. No metadata goes before it, and the app takes the screen whatever
   * the callback says.
   */
  resultText?: true
}

/** What older builds want to be told and newer ones do not. */
export interface OlderApps {
  /** As received at launch. */
  transactionId?: string | undefined
  /** SIM or profile that the plan is for. */
  iccid?: string | undefined
}

/** Instead of `MobilePlansInlineOperations.notifyProfileDownload` without a delay. */
export function olderInlineDownload(facts: PurchaseFacts, code: string, older: OlderApps): FallbackCall[] {
  // The documentation calls the same object by three names: in its sample, its heading, and an older diagram.
  const names = ['MobilePlansInlineProfileDownload', 'MobilePlansInlineProfile', 'DataMartInlineProfile']
  return [
    ...names.map((object) => ({ object, method: 'notifyInlineProfileDownload', args: [code] })),
    purchaseResult(facts, older, code),
  ]
}

/** Instead of `MobilePlans.notifyPurchaseWithProfileDownload`. */
export function olderAsynchronousDownload(
  facts: PurchaseFacts,
  args: readonly [code: string, interval: number],
  older: OlderApps,
): FallbackCall[] {
  return [
    { object: 'DataMart', method: 'notifyPurchaseWithProfileDownload', args },
    purchaseResult(facts, older, args[0]),
  ]
}

/** Instead of `MobilePlansInlineOperations.notifyBalanceAddition`. All of these need the ICCID; without one there are none. */
export function olderBalanceAddition(facts: PurchaseFacts, older: OlderApps): FallbackCall[] {
  const { iccid } = older
  if (iccid === undefined) return []
  return [
    { object: 'MobilePlans', method: 'notifyBalanceAddition', args: [iccid] },
    { object: 'DataMart', method: 'notifyBalanceAddition', args: [iccid] },
    purchaseResult(facts, older),
  ]
}

/** Instead of `MobilePlans.notifyCancelledPurchase`. */
export function olderCancelledPurchase(facts: PurchaseFacts, older: OlderApps): FallbackCall[] {
  return [{ object: 'DataMart', method: 'notifyCancelledPurchase', args: [] }, purchaseResult(facts, older, '')]
}

/** Statuses that the first generation does not know, by those that come nearest. */
const olderStatus: Readonly<Record<string, string>> = { Cancelled: 'None', BillingError: 'PurchaseFailed' }

/**
 * The first generation's one call: JSON text that holds JSON text again.
 *
 * @param activationCode bare; left out: no profile is downloaded
 */
function purchaseResult(facts: PurchaseFacts, older: OlderApps, activationCode?: string): FallbackCall {
  const text = new Map(purchaseMetadata(facts).map((write) => [write.property, write.text]))
  const status = text.get('moDirectStatus') ?? ''
  const result = {
    userAccount: text.get('userAccount'),
    purchaseInstrument: text.get('purchaseInstrument'),
    line: text.get('line'),
    moDirectStatus: olderStatus[status] ?? status,
    planName: text.get('planName'),
  }
  const success = facts.end === 'complete'
  const payload = {
    ver: '1',
    purchaseResult: JSON.stringify(result),
    success,
    transactionId: older.transactionId ?? '',
    ...(activationCode === undefined ? {} : { activationCode }),
    iccid: success ? (older.iccid ?? '') : '',
  }
  return { object: 'DataMart', method: 'notifyPurchaseResult', args: [JSON.stringify(payload)], resultText: true }
}
