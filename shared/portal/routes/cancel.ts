import * as v from 'valibot'
import { cancelledPurchase, operationCancel } from '../../domain/callback'
import { planDelivery } from '../../domain/plan'
import type { Ended } from '../../domain/purchase-metadata'
import { standingOfSim } from '../lines'
import { standingOf } from '../order-standing'
import { feed, isOpen, orderPath, ownOrder } from '../people-orders'
import { readPost } from '../post'
import type { Session } from '../session/session'
import type { CallbackView, Frame } from '../views'
import type { Visit } from '../visit'
import { wordsFor } from '../words'
import { callbackToken } from './callback-facts'
import { type Route, signedIn } from './route'

/** `POST /portal/cancel`: the person leaves. An order that is placed already stays; that has its own button. */
export const cancelRoute: Route = {
  path: '/portal/cancel',
  async POST(visit) {
    await readPost(visit, v.object({}))
    const session = visit.session?.value
    const last = session?.lastOrderId && (await visit.portal.orders.read(session.lastOrderId))
    const order = last && last.subscriberId === session?.subscriberId ? last : undefined
    const text = wordsFor(visit.language).orderStays
    const notice: Frame['notice'] = order && isOpen(order) ? { kind: 'info', text } : undefined
    const foreignSim = await hasForeignSim(visit)
    const ended = endedAt(session, { paymentRefused: order?.payment.status === 'refused', foreignSim })
    visit.log.info('portal.cancelled', { account: ended.account, end: ended.end })
    if (session?.channel !== 'webview') return leaveBrowser(visit, notice)
    const around = visit.frame('/portal', notice === undefined ? {} : { notice })
    // Signed out before control goes back to the app (Mobile Plans portal policies, security).
    await visit.end()
    const { csrf: _, signedInAs: __, ...frame } = around
    const view: CallbackView = {
      frame,
      callback: cancelledPurchase(ended, { transactionId: session.transactionId }),
      token: callbackToken(visit),
      nextPath: '/portal',
      kind: 'cancelled',
    }
    return visit.page(visit.portal.pages.callback(view))
  },
}

/** Whether the SIM card in the PC is none of the operator's, so that nothing could have been bought for it. */
async function hasForeignSim(visit: Visit): Promise<boolean> {
  const iccid = visit.session?.value.device.iccid
  if (visit.subscriberId === undefined || iccid === undefined) return false
  const sim = await standingOfSim(visit, visit.subscriberId, iccid)
  return sim.is === 'unusable' && !sim.ours
}

async function leaveBrowser(visit: Visit, notice: Frame['notice']): Promise<Response> {
  await visit.change((session) => ({ ...session, draft: {} }))
  const frame = visit.frame('/portal', notice === undefined ? {} : { notice })
  const nextPath = visit.subscriberId === undefined ? '/portal' : '/portal/options'
  return visit.message({ kind: 'cancelled', status: 200, nextPath }, frame)
}

/**
 * How far the person came: account, then payment, then line. Signed in, the next step is payment, which they left; a SIM card that is not
 * the operator's, or else a refused payment, is named as the reason.
 */
export function endedAt(
  session: Session | undefined,
  { paymentRefused = false, foreignSim = false }: { paymentRefused?: boolean; foreignSim?: boolean } = {},
): Ended {
  if (session?.subscriberId === undefined) {
    return { end: 'cancelled', account: 'left', instrument: 'not-reached', line: 'not-reached' }
  }
  return {
    end: foreignSim ? 'invalid-sim' : paymentRefused ? 'purchase-failed' : 'cancelled',
    account: session.accountNew ? 'new' : 'existing',
    instrument: 'left',
    line: 'not-reached',
  }
}

/** `POST /portal/orders/{id}/cancel`: takes the order back, and with it a download that the app has announced. */
export const orderCancelRoute: Route = {
  path: '/portal/orders/:id/cancel',
  POST: signedIn(async (visit, subscriberId) => {
    await readPost(visit, v.object({}), orderPath(visit.param('id')))
    const before = await ownOrder(visit, subscriberId)
    const path = orderPath(before.id)
    const channel = visit.session?.value.channel ?? 'browser'
    const standing = standingOf(before, channel, visit.now)
    if (!standing.canCancelOrder) return visit.redirect(isOpen(before) ? `${path}?note=kept` : path)
    const order = await feed(visit, before, { type: 'cancel' })
    visit.log.info('portal.order_cancelled', { order: order.id, state: order.stage.state })
    const announced =
      channel === 'webview' &&
      planDelivery(before.plan) === 'delayed' &&
      before.handover &&
      standing.progress === 'scheduled'
    if (!announced) return visit.redirect(path)
    const operation = visit.session?.value.operation
    const view: CallbackView = {
      frame: visit.frame(path),
      callback: operationCancel(operation?.orderId === order.id ? operation.id : undefined),
      token: callbackToken(visit),
      reportPath: `${path}/report`,
      nextPath: path,
      kind: 'operation-cancel',
      plan: order.plan,
    }
    return visit.page(visit.portal.pages.callback(view))
  }),
}
