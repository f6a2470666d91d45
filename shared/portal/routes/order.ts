import { orderReference } from '../../domain/identifiers'
import type { Order } from '../../domain/order/order'
import { balanceOf } from '../balances'
import { callbackVersionOf, installOf, standingOf, versionOf } from '../order-standing'
import { orderPath, ownOrder } from '../people-orders'
import { problemWords } from '../problem-words'
import { renderQr } from '../qr'
import { stringsFor } from '../strings'
import type { Frame, OrderStatus, OrderView } from '../views'
import type { Visit } from '../visit'
import { wordsFor } from '../words'
import { type Route, signedIn } from './route'

/** `GET /portal/orders/{id}` */
export const orderRoute: Route = {
  path: '/portal/orders/:id',
  GET: signedIn(async (visit, subscriberId) => {
    const order = await ownOrder(visit, subscriberId)
    if (order.stage.state === 'cancelled' && order.stage.duplicateOf !== undefined) {
      return visit.redirect(`${orderPath(order.stage.duplicateOf)}?note=open`)
    }
    const words = wordsFor(visit.language)
    const notes: Readonly<Record<string, Frame['notice']>> = {
      open: { kind: 'info', text: order.topUp === undefined ? words.otherOrderOpen : words.otherTopUpOpen },
      kept: { kind: 'problem', text: words.cannotCancel },
    }
    const note = visit.url.searchParams.get('note') ?? ''
    const view = await viewOf(visit, order, Object.hasOwn(notes, note) ? notes[note] : undefined)
    return visit.page(visit.portal.pages.order(view))
  }),
}

/** `GET /portal/orders/{id}/status`, for the script of the order's page and, with `?at=callback`, of the callback page. */
export const orderStatusRoute: Route = {
  path: '/portal/orders/:id/status',
  json: true,
  GET: async (visit) => {
    const { subscriberId } = visit
    if (subscriberId === undefined) return visit.json({ error: { code: 'signed_out', message: 'sign in first' } }, 403)
    const order = await ownOrder(visit, subscriberId)
    const standing = standingOf(order, visit.session?.value.channel ?? 'browser', visit.now)
    const atCallback = visit.url.searchParams.get('at') === 'callback'
    const version = atCallback ? callbackVersionOf(standing, order) : versionOf(standing, order)
    const status: OrderStatus = { progress: standing.progress, version }
    return visit.json(status)
  },
}

async function viewOf(visit: Visit, order: Order, notice: Frame['notice']): Promise<OrderView> {
  const { operator, documents } = visit.portal
  const standing = standingOf(order, visit.session?.value.channel ?? 'browser', visit.now)
  const { problem, showInstall, availableAt, refreshAfter } = standing
  const { profile, topUp, kind } = order
  const sim = profile ?? topUp
  const granted = sim && (standing.progress === 'installed' || standing.progress === 'active')
  const balance = granted ? await balanceOf(documents, sim.iccid, order.id, visit.now) : undefined
  const reference = orderReference(order.id)
  const title = stringsFor(visit.language).install.qrTitle
  return {
    frame: visit.frame(orderPath(order.id), {
      reference: { of: 'reference', text: reference },
      ...(notice === undefined ? {} : { notice }),
    }),
    orderId: order.id,
    reference,
    plan: order.plan,
    progress: standing.progress,
    ...(topUp && kind !== 'new-esim' && { sim: { kind, end: topUp.iccid.slice(-4) } }),
    ...(standing.because && { because: standing.because }),
    version: versionOf(standing, order),
    canCancelOrder: standing.canCancelOrder,
    canHandOver: standing.canHandOver,
    ...(availableAt === undefined ? {} : { availableAt }),
    ...(refreshAfter === undefined ? {} : { refreshAfter }),
    ...(balance === undefined ? {} : { balance }),
    ...(problem && { problem: problemWords(problem, visit.language) }),
    ...(profile && showInstall
      ? { install: installOf(profile, operator.smdp.address, (text) => renderQr(text, title)) }
      : {}),
  }
}
