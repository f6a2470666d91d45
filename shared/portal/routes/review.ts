import * as v from 'valibot'
import { parseDuration } from '../../domain/duration'
import { createOrderId, maskIdentifier } from '../../domain/identifiers'
import type { Order } from '../../domain/order/order'
import { type Plan, planById } from '../../domain/plan'
import { readSim } from '../../fulfilment/sims'
import { paymentInstruments, redeemVoucher } from '../instruments'
import { launchLine, linePath, mayHaveEsim } from '../lines'
import { orderPath } from '../people-orders'
import { field, readPost } from '../post'
import { type Target, withOrderId, withPlan, withTarget } from '../session/session'
import type { FormState, Frame } from '../views'
import type { Visit } from '../visit'
import { wordsFor } from '../words'
import { type Route, signedIn } from './route'

const voucherForm = v.object({ code: field(200) })
const untouched: FormState = { values: {}, errors: {} }

/** `GET /portal/review`: everything that must be plain before the order binds. */
export const reviewRoute: Route = {
  path: '/portal/review',
  GET: signedIn(async (visit, subscriberId) => {
    const added = visit.url.searchParams.get('note') === 'voucher'
    const text = wordsFor(visit.language).voucherAdded
    return renderReview(visit, subscriberId, untouched, 200, added ? { kind: 'success', text } : undefined)
  }),
}

/** `POST /portal/voucher`: adds a voucher to the ways to pay. */
export const voucherRoute: Route = {
  path: '/portal/voucher',
  POST: signedIn(async (visit, subscriberId) => {
    const { code } = await readPost(visit, voucherForm, '/portal/review')
    const refuse = (error: string) =>
      renderReview(visit, subscriberId, { values: { code }, errors: { code: error } }, 422)
    if (code === '') return refuse('required')
    if (code.length > 64) return refuse('voucher')
    const answer = await redeemVoucher(visit, subscriberId, code)
    if (answer.ok) return visit.redirect('/portal/review?note=voucher')
    if (answer.kind === 'refused') return refuse(answer.code === 'voucher_used' ? 'voucher-used' : 'voucher')
    return billingDown(visit)
  }),
}

/** Billing does not answer: the choices stay, the person may try again. */
function billingDown(visit: Visit): Response {
  const notice = { kind: 'problem', text: wordsFor(visit.language).billingDown } as const
  const frame = visit.frame('/portal/review', { canCancel: true, notice })
  return visit.message({ kind: 'busy', status: 503, nextPath: '/portal/review' }, frame, { 'Retry-After': '30' })
}

/**
 * The review of what the session holds, with an order id that Buy makes good. Without a plan there is nothing to review: the person is
 * led to the order they have just placed, or to the plans.
 */
export async function renderReview(
  visit: Visit,
  subscriberId: string,
  form: FormState,
  status: number,
  notice?: Frame['notice'],
): Promise<Response> {
  const { operator, pages, randomBytes } = visit.portal
  const elsewhere = await withoutChoice(visit, subscriberId)
  if (elsewhere !== undefined) return visit.redirect(elsewhere)
  const instruments = await paymentInstruments(visit, subscriberId)
  if (!instruments) return billingDown(visit)
  await visit.change((session) => withOrderId(session, createOrderId(randomBytes(16))))
  const session = visit.session?.value
  const plan = planById(operator.plans, session?.draft.planId ?? '')
  const orderId = session?.draft.orderId
  if (!session || !plan || orderId === undefined) return visit.redirect('/portal/plans')
  const { eid } = session.device
  const { instrument, target } = session.draft
  const told = notice ?? (target && (await secondSubscription(visit, target, plan)))
  const view = {
    frame: visit.frame('/portal/review', { canCancel: true, ...(told === undefined ? {} : { notice: told }) }),
    plan,
    orderId,
    instruments: instruments.map(({ ref, kind, label }) => ({ ref, kind, label })),
    form,
    ...(instrument === undefined ? {} : { selected: instrument }),
    ...(eid === undefined ? {} : { device: wordsFor(visit.language).thisPc(maskIdentifier(eid)) }),
    plansPath: target?.plansPath ?? '/portal/plans',
    ...(target && { sim: { kind: target.kind, end: target.iccid.slice(-4) }, ...nextPayment(visit, plan) }),
  }
  return visit.page(pages.review(view), status)
}

/** Somebody who meant to add data once should not pay for the same subscription twice every month. */
async function secondSubscription(visit: Visit, { iccid }: Target, plan: Plan): Promise<Frame['notice']> {
  if (plan.kind !== 'subscription') return undefined
  const sim = await readSim(visit.portal.documents, iccid)
  const running = sim?.subscriptions?.some(
    ({ planId, cancelledAt, ended }) => planId === plan.id && cancelledAt === undefined && ended === undefined,
  )
  return running ? { kind: 'info', text: wordsFor(visit.language).secondSubscription } : undefined
}

/** When the period after the first is paid, for a subscription whose first period begins with the purchase. */
function nextPayment({ portal, now }: Visit, plan: Plan): { renewsAt?: string } {
  const periodMs = parseDuration(plan.duration)
  if (plan.kind !== 'subscription' || periodMs === undefined) return {}
  const leadMs = Math.min(portal.operator.fulfilment.renewalLeadHours * 60 * 60_000, periodMs / 4)
  return { renewsAt: new Date(now.getTime() + periodMs - leadMs).toISOString() }
}

/** Where to go when no plan is chosen. After a refused payment the same plan is taken up again, under a new order id. */
async function withoutChoice(visit: Visit, subscriberId: string): Promise<string | undefined> {
  const session = visit.session?.value
  const { plans } = visit.portal.operator
  if (session?.draft.planId !== undefined) {
    if (session.draft.target === undefined && !mayHaveEsim(visit)) return '/portal/options'
    return planById(plans, session.draft.planId) ? undefined : '/portal/plans'
  }
  const order = session?.lastOrderId && (await visit.portal.orders.read(session.lastOrderId))
  if (!order || order.subscriberId !== subscriberId) return '/portal/plans'
  const { stage } = order
  const refused = stage.state === 'cancelled' && stage.because === 'payment-refused'
  if (!refused) return orderPath(order.id)
  if (!planById(plans, order.plan.id)) return '/portal/plans'
  await visit.change((value) => withPlan(withTarget(value, targetOfOrder(order)), order.plan.id))
  return undefined
}

/** The SIM of an order whose payment was refused, to be bought for once more. */
function targetOfOrder({ id, kind, topUp }: Order): Target | undefined {
  if (topUp === undefined || kind === 'new-esim' || kind === 'renewal') return undefined
  return { kind, iccid: topUp.iccid, plansPath: linePath(kind === 'warm-sim' ? launchLine : id) }
}
