import * as v from 'valibot'
import { type OrderId, parseEid, parseImei, parseOrderId, parseTransactionId } from '../../domain/identifiers'
import type { Purchase } from '../../domain/order/order'
import { planById } from '../../domain/plan'
import type { PaymentInstrument } from '../../platform/ports'
import { orderBudget } from '../context'
import { identityHindrance } from '../identity'
import { paymentInstruments } from '../instruments'
import { orderPath } from '../people-orders'
import { field, readPost } from '../post'
import { bought, type Session } from '../session/session'
import type { Visit } from '../visit'
import { wordsFor } from '../words'
import { renderReview } from './review'
import { type Route, signedIn } from './route'

const buyForm = v.object({ order: field(64), instrument: field(200), terms: field(20) })

/**
 * `POST /portal/buy`: places the order that was reviewed. The order id was made with the review, so that a double click, a second tab or
 * Back lead to the same order; what is bought is what that review showed, as another choice has another id.
 */
export const buyRoute: Route = {
  path: '/portal/buy',
  POST: signedIn(async (visit, subscriberId) => {
    const form = await readPost(visit, buyForm, '/portal/review')
    const orderId = parseOrderId(form.order)
    if (orderId === undefined || orderId !== visit.session?.value.draft.orderId) {
      return alreadyBought(visit, subscriberId, orderId)
    }
    const instruments = await paymentInstruments(visit, subscriberId)
    const instrument = instruments?.find(({ ref }) => ref === form.instrument)
    const errors = {
      ...(instrument ? {} : { instrument: 'instrument' }),
      ...(form.terms === '' ? { terms: 'terms' } : {}),
    }
    const session = visit.session?.value
    const purchase = instrument && purchaseOf(visit, session, subscriberId, orderId, instrument)
    if (!purchase || Object.keys(errors).length > 0) {
      const values = { instrument: form.instrument, ...(form.terms === '' ? {} : { terms: form.terms }) }
      return renderReview(visit, subscriberId, { values, errors }, 422)
    }
    const hindrance = await identityHindrance(visit, subscriberId, purchase.plan.id, '/portal/review')
    // A Buy whose answer was lost may have placed the order already: then that is what the person sees.
    if (hindrance) return (await orderOf(visit, subscriberId, orderId)) ?? hindrance
    const order = await visit.portal.orders.place(purchase, orderBudget)
    await visit.change((value) => ({ ...bought(value, orderId), lastOrderId: order.id }))
    visit.log.info('portal.bought', { order: order.id, plan: purchase.plan.id, again: order.id !== orderId })
    return visit.redirect(order.id === orderId ? orderPath(order.id) : `${orderPath(order.id)}?note=open`)
  }),
}

/** An id that is not the present draft's: bought before, or of a choice that has changed since. */
async function alreadyBought(visit: Visit, subscriberId: string, orderId: OrderId | undefined): Promise<Response> {
  const placed = orderId && (await orderOf(visit, subscriberId, orderId))
  if (placed) return placed
  const notice = { kind: 'problem', text: wordsFor(visit.language).orderChanged } as const
  return renderReview(visit, subscriberId, { values: {}, errors: {} }, 409, notice)
}

/** The way to an order that this person has placed. */
async function orderOf(visit: Visit, subscriberId: string, orderId: OrderId): Promise<Response | undefined> {
  const order = await visit.portal.orders.read(orderId)
  return order?.subscriberId === subscriberId ? visit.redirect(orderPath(order.id)) : undefined
}

function purchaseOf(
  visit: Visit,
  session: Session | undefined,
  subscriberId: string,
  id: OrderId,
  instrument: PaymentInstrument,
): Purchase | undefined {
  const plan = planById(visit.portal.operator.plans, session?.draft.planId ?? '')
  // The choice may have changed while this request ran: then nothing is bought.
  if (!session || !plan || session.draft.orderId !== id) return undefined
  const { device, channel, transactionId, draft } = session
  return {
    id,
    channel,
    subscriberId,
    transactionId: transactionId === undefined ? undefined : parseTransactionId(transactionId),
    device: {
      eid: device.eid === undefined ? undefined : parseEid(device.eid),
      imei: device.imei === undefined ? undefined : parseImei(device.imei),
      market: device.market,
      location: device.location,
    },
    plan,
    instrument: { ref: instrument.ref, onFile: instrument.onFile },
    account: session.accountNew ? 'new' : 'existing',
    ...(draft.target && { topUp: { kind: draft.target.kind, iccid: draft.target.iccid } }),
  }
}
