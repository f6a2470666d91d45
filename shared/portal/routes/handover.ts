import * as v from 'valibot'
import { type Callback, downloadFor } from '../../domain/callback'
import { orderReference } from '../../domain/identifiers'
import { canHandOver } from '../../domain/order/apply'
import type { Order, Profile } from '../../domain/order/order'
import { activationCodeOf, remainingMinutes, standingOf, withTheApp } from '../order-standing'
import { feed, orderPath, ownOrder } from '../people-orders'
import { readPost } from '../post'
import type { CallbackView } from '../views'
import type { Visit } from '../visit'
import { activationOf, dataAdded } from './balance-addition'
import { boughtIn, callbackToken } from './callback-facts'
import { type Route, signedIn } from './route'

/**
 * `POST /portal/orders/{id}/handover`: records the attempt, then answers the page that calls the Mobile Plans app itself. In a browser it
 * leads back to the order's page, which then shows link and code. Data on a SIM needs no download: the app is told of it.
 */
export const handoverRoute: Route = {
  path: '/portal/orders/:id/handover',
  POST: signedIn(async (visit, subscriberId) => {
    await readPost(visit, v.object({}), orderPath(visit.param('id')))
    const before = await ownOrder(visit, subscriberId)
    const channel = visit.session?.value.channel ?? 'browser'
    const path = orderPath(before.id)
    const { canHandOver: offer } = standingOf(before, channel, visit.now)
    if (offer === 'no') return visit.redirect(path)
    const order = await feed(visit, before, { type: 'handover' })
    visit.log.info('portal.handover', { order: order.id, channel, attempt: order.handover?.attempts })
    const { profile, topUp } = order
    if (topUp !== undefined && canHandOver(order)) {
      return callbackPage(visit, order, path, 'balance', dataAdded(visit, order, topUp))
    }
    if (channel === 'browser' || profile === undefined) return visit.redirect(path)
    if (offer === 'activate') return callbackPage(visit, order, path, 'hand-over', activationOf(visit, order, profile))
    if (order.stage.state !== 'ready') return visit.redirect(path)
    return callbackPage(visit, order, path, 'hand-over', downloadOf(visit, order, profile))
  }),
}

/** The code is built anew from the record each time, so that one damaged on its way does no lasting harm. */
function downloadOf(visit: Visit, order: Order, profile: Profile): Callback {
  const code = activationCodeOf(profile, visit.portal.operator.smdp.address)
  const older = { transactionId: visit.session?.value.transactionId, iccid: profile.iccid }
  return downloadFor(order.plan, boughtIn(visit, order), code, remainingMinutes(order, visit.now), older)
}

async function callbackPage(
  visit: Visit,
  order: Order,
  path: string,
  kind: CallbackView['kind'],
  callback: Callback,
): Promise<Response> {
  const { pages } = visit.portal
  // Control leaves the portal: the person is signed out before that (Mobile Plans portal policies, security).
  if (callback.control === 'app') await visit.end()
  const view: CallbackView = {
    frame: {
      ...visit.frame(path, { reference: { of: 'reference', text: orderReference(order.id) } }),
      channel: 'webview',
    },
    callback,
    token: callbackToken(visit),
    nextPath: path,
    kind,
    plan: order.plan,
    ...(callback.control === 'portal'
      ? { reportPath: `${path}/report`, status: { path: `${path}/status?at=callback`, version: withTheApp } }
      : {}),
  }
  return visit.page(pages.callback(view))
}
