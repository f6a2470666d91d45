import { orderReference } from '../../domain/identifiers'
import { localText } from '../../domain/local-text'
import type { Order, Profile } from '../../domain/order/order'
import { balanceOf } from '../balances'
import { standingOf } from '../order-standing'
import { orderPath, recentOrders } from '../people-orders'
import type { AccountView } from '../views'
import type { Visit } from '../visit'
import { type Route, signedIn } from './route'

/** Most orders, and with them lines, that the page lists: each is one or two point reads. */
const listed = 20

/** `GET /portal/account`: lines with what is left, and orders. */
export const accountRoute: Route = {
  path: '/portal/account',
  GET: signedIn(async (visit, subscriberId) => {
    const channel = visit.session?.value.channel ?? 'browser'
    const orders = await recentOrders(visit, subscriberId, listed)
    const lines = await Promise.all(orders.map((order) => lineOf(visit, order)))
    const view: AccountView = {
      frame: visit.frame('/portal/account', { canCancel: channel === 'webview' }),
      lines: lines.filter((line) => line !== undefined),
      orders: orders.map((order) => ({
        path: orderPath(order.id),
        reference: orderReference(order.id),
        planName: planName(visit, order),
        placedAt: order.placedAt,
        progress: standingOf(order, channel, visit.now).progress,
      })),
    }
    return visit.page(visit.portal.pages.account(view))
  }),
}

async function lineOf(visit: Visit, order: Order): Promise<AccountView['lines'][number] | undefined> {
  const { profile } = order
  if (!profile || !isInstalled(order)) return undefined
  const balance = await balanceOf(visit.portal.documents, profile.iccid, order.id, visit.now)
  return {
    planName: planName(visit, order),
    iccid: profile.iccid,
    state: stateOf(order, profile, balance !== undefined),
    orderPath: orderPath(order.id),
    ...balance,
  }
}

function isInstalled({ stage }: Order): boolean {
  return stage.state === 'installed' || stage.state === 'active'
}

/** One of the states that the page has words for. */
function stateOf(order: Order, profile: Profile, left: boolean): string {
  if (!profile.granted) return 'pending'
  if (left) return order.stage.state === 'active' ? 'active' : 'pending'
  return 'expired'
}

function planName(visit: Visit, order: Order): string {
  return localText(order.plan.name, visit.language, visit.portal.operator.defaultLanguage)
}
