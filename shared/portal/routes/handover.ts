import * as v from 'valibot'
import { downloadFor } from '../../domain/callback'
import { orderReference } from '../../domain/identifiers'
import { localText } from '../../domain/local-text'
import type { Order } from '../../domain/order/order'
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
    if (standingOf(before, channel, visit.now).canHandOver === 'no') return visit.redirect(path)
    const order = await feed(visit, before, { type: 'handover' })
    visit.log.info('portal.handover', { order: order.id, channel, attempt: order.handover?.attempts })
    if (channel === 'browser' || order.stage.state !== 'ready' || !order.profile) return visit.redirect(path)
    return callbackPage(visit, order, path)
  }),
}

async function callbackPage(visit: Visit, order: Order, path: string): Promise<Response> {
  const { operator, pages } = visit.portal
  if (!order.profile) return visit.redirect(path)
  const code = activationCodeOf(order.profile, operator.smdp.address)
  const callback = downloadFor(order.plan, factsOf(visit, order), code, remainingMinutes(order, visit.now), {
    transactionId: visit.session?.value.transactionId,
    iccid: order.profile.iccid,
  })
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
