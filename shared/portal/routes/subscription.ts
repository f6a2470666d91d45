import * as v from 'valibot'
import { endSubscriptionOf } from '../../fulfilment/renewals'
import { readSubscriber } from '../accounts/subscribers'
import { orderBudget } from '../context'
import { cancelPath, type ShownSubscription, withSubscriptions } from '../line-views'
import { type Line, linesOf } from '../lines'
import { readPost } from '../post'
import { notFound } from '../refusal'
import type { Visit } from '../visit'
import { type Route, signedIn } from './route'

/**
 * `/portal/subscriptions/{id}/cancel`: asks once more, then ends the subscription. What is paid for stays until its end, and nothing more is
 * collected (Mobile Plans portal policies, account management).
 */
export const cancelSubscriptionRoute: Route = {
  path: '/portal/subscriptions/:id/cancel',

  GET: signedIn(async (visit, subscriberId) => {
    const { line, shown } = await ownSubscription(visit, subscriberId)
    if (shown.view.cancelPath === undefined) return visit.redirect('/portal/account')
    const { id, endsAt } = shown.subscription
    const view = {
      frame: visit.frame(cancelPath(id)),
      planName: shown.view.planName,
      end: line.iccid.slice(-4),
      endsAt,
    }
    return visit.page(visit.portal.pages.cancelSubscription(view))
  }),

  POST: signedIn(async (visit, subscriberId) => {
    await readPost(visit, v.object({}), '/portal/account')
    const { line, shown } = await ownSubscription(visit, subscriberId)
    const parts = { ...visit.portal, clock: () => visit.now }
    const { id: subscriptionId } = shown.subscription
    const request = { iccid: line.iccid, subscriptionId, subscriberId, ...orderBudget }
    const cancelled = await endSubscriptionOf(parts, request)
    if (!cancelled.ok) throw notFound()
    visit.log.info('portal.subscription_cancelled', { subscription: subscriptionId })
    return visit.redirect(`/portal/account?cancelled=${subscriptionId}`)
  }),
}

/** @throws {Refusal} 404, for strangers' subscriptions as for unknown ones */
async function ownSubscription(visit: Visit, subscriberId: string): Promise<{ line: Line; shown: ShownSubscription }> {
  const subscriber = await readSubscriber(visit.portal.documents, subscriberId)
  const lines = await linesOf(visit, subscriber, subscriber.lines.length)
  const id = visit.param('id')
  const line = lines.find(({ sim }) => sim.subscriptions?.some((each) => each.id === id))
  const [shownLine] = line === undefined ? [] : await withSubscriptions(visit, [line])
  const shown = shownLine?.subscriptions.find(({ subscription }) => subscription.id === id)
  if (line === undefined || shown === undefined) throw notFound()
  return { line, shown }
}
