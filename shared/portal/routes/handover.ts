import * as v from 'valibot'
import { balanceAddition, type Callback, downloadFor } from '../../domain/callback'
import { orderReference } from '../../domain/identifiers'
import { localText } from '../../domain/local-text'
import type { Order, Profile } from '../../domain/order/order'
import type { Bought } from '../../domain/purchase-metadata'
import { activationCodeOf, remainingMinutes, standingOf, withTheApp } from '../order-standing'
import { feed, orderPath, ownOrder } from '../people-orders'
import { readPost } from '../post'
import type { CallbackView } from '../views'
import type { Visit } from '../visit'
import { type Route, signedIn } from './route'

/**
 * `POST /portal/orders/{id}/handover`: records the attempt, then answers the page that calls the Mobile Plans app itself. In a browser it
 * leads back to the order's page, which then shows link and code.
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
    const { profile } = order
    if (channel === 'browser' || profile === undefined) return visit.redirect(path)
    if (offer === 'activate') return callbackPage(visit, order, path, activationOf(visit, order, profile))
    if (order.stage.state !== 'ready') return visit.redirect(path)
    return callbackPage(visit, order, path, downloadOf(visit, order, profile))
  }),
}

/** The code is built anew from the record each time, so that one damaged on its way does no lasting harm. */
function downloadOf(visit: Visit, order: Order, profile: Profile): Callback {
  const code = activationCodeOf(profile, visit.portal.operator.smdp.address)
  const older = { transactionId: visit.session?.value.transactionId, iccid: profile.iccid }
  return downloadFor(order.plan, factsOf(visit, order), code, remainingMinutes(order, visit.now), older)
}

/** What was bought is on the device already: the app makes it the active profile. */
function activationOf(visit: Visit, order: Order, { iccid }: Profile): Callback {
  return balanceAddition(factsOf(visit, order), iccid, { transactionId: visit.session?.value.transactionId })
}

async function callbackPage(visit: Visit, order: Order, path: string, callback: Callback): Promise<Response> {
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
    kind: 'hand-over',
    plan: order.plan,
    ...(callback.control === 'portal'
      ? { reportPath: `${path}/report`, status: { path: `${path}/status?at=callback`, version: withTheApp } }
      : {}),
  }
  return visit.page(pages.callback(view))
}

/** Names one attempt; the script fires none twice. */
export function callbackToken(visit: Visit): string {
  return Buffer.from(visit.portal.randomBytes(16)).toString('base64url')
}

function factsOf(visit: Visit, order: Order): Bought {
  const { payment, plan } = order
  const paid = plan.price.amountMinor > 0
  return {
    end: 'complete',
    account: payment.account,
    instrument: paid ? (payment.onFile ? 'existing' : 'new') : 'not-reached',
    line: 'new',
    planName: localText(plan.name, visit.language, visit.portal.operator.defaultLanguage),
  }
}
