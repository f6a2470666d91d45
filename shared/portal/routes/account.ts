import { orderReference } from '../../domain/identifiers'
import { readSubscriber } from '../accounts/subscribers'
import { newsOf } from '../line-news'
import { lineView, planNameOf, type ShownLine, withSubscriptions } from '../line-views'
import { linesOf, mayHaveEsim } from '../lines'
import { standingOf } from '../order-standing'
import { dayWords } from '../pages/format'
import { orderPath, recentOrders } from '../people-orders'
import { stringsFor } from '../strings'
import type { AccountView, Frame } from '../views'
import type { Visit } from '../visit'
import { type Route, signedIn } from './route'

/** Most orders that the page lists: each is a point read. */
const listed = 20
/** Most news that the page tells at a time. */
const mostNews = 4

/** `GET /portal/account`: lines with what is left and their subscriptions, and orders. */
export const accountRoute: Route = {
  path: '/portal/account',
  GET: signedIn(async (visit, subscriberId) => {
    const channel = visit.session?.value.channel ?? 'browser'
    const subscriber = await readSubscriber(visit.portal.documents, subscriberId)
    const [orders, lines] = await Promise.all([
      recentOrders(visit, subscriber, listed),
      linesOf(visit, subscriber).then((read) => withSubscriptions(visit, read)),
    ])
    const planNames = new Map(orders.map((order) => [order.id, planNameOf(visit, order.plan)]))
    const notice = noticeOf(visit, lines)
    const view: AccountView = {
      frame: visit.frame('/portal/account', {
        canCancel: channel === 'webview',
        ...(notice === undefined ? {} : { notice }),
      }),
      notices: newsOf(visit, lines).slice(0, mostNews),
      lines: lines.map((line) => lineView(visit, line, planNames)),
      orders: orders.map((order) => ({
        path: orderPath(order.id),
        reference: orderReference(order.id),
        kind: order.kind,
        planName: planNameOf(visit, order.plan),
        placedAt: order.placedAt,
        progress: standingOf(order, channel, visit.now).progress,
      })),
      newEsim: mayHaveEsim(visit),
    }
    return visit.page(visit.portal.pages.account(view))
  }),
}

/** After a subscription was cancelled: until when its data stays, as its SIM says. */
function noticeOf(visit: Visit, lines: readonly ShownLine[]): Frame['notice'] {
  const id = visit.url.searchParams.get('cancelled')
  const cancelled = lines
    .flatMap(({ subscriptions }) => subscriptions)
    .find(({ subscription }) => subscription.id === id && subscription.cancelledAt !== undefined)
  if (cancelled === undefined) return undefined
  const until = dayWords(cancelled.subscription.endsAt, visit.language)
  return { kind: 'success', text: stringsFor(visit.language).subscription.done(until) }
}
