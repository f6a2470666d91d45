import { parseOrderId } from '../domain/identifiers'
import type { OrderEvent } from '../domain/order/event'
import { hasEnded, type Order } from '../domain/order/order'
import type { Subscriber } from './accounts/subscriber'
import { readSubscriber } from './accounts/subscribers'
import { orderBudget } from './context'
import { notFound, Refusal } from './refusal'
import type { Visit } from './visit'

/** Path of an order's page. */
export function orderPath(orderId: string): string {
  return `/portal/orders/${orderId}`
}

/**
 * The order that the path names, if it is this person's. What is due is done first, within the page's time.
 *
 * @throws {Refusal} 404, for strangers' orders as for unknown ones
 */
export async function ownOrder(visit: Visit, subscriberId: string): Promise<Order> {
  const id = parseOrderId(visit.param('id'))
  const order = id === undefined ? undefined : await visit.portal.orders.read(id)
  if (!order || order.subscriberId !== subscriberId) throw notFound()
  return isDue(order, visit.now) ? feed(visit, order, { type: 'wake' }) : order
}

/** Whether looking at the order now may move it on. */
export function isDue(order: Order, now: Date): boolean {
  const { state } = order.stage
  if (state === 'placed' || state === 'cancelling') return true
  return order.checkAt !== undefined && order.checkAt <= now.toISOString()
}

/** Feeds an event to an order that is known to be this person's. */
export async function feed(visit: Visit, order: Order, event: OrderEvent): Promise<Order> {
  const next = await visit.portal.orders.send(order.id, event, orderBudget)
  if (!next) throw new Refusal('busy', 503)
  return next
}

/** The person's orders, newest first. `person`: the id, or the document where it is read already; `atMost` bounds the point reads. */
export async function recentOrders(visit: Visit, person: string | Subscriber, atMost: number): Promise<Order[]> {
  const subscriber = typeof person === 'string' ? await readSubscriber(visit.portal.documents, person) : person
  const { id: subscriberId } = subscriber
  const last = visit.session?.value.lastOrderId
  // The last order of this visit may not be listed yet.
  const listed = subscriber.orders.map(({ id }) => id)
  const ids = last === undefined || listed.includes(last) ? listed : [last, ...listed]
  const orders: Order[] = []
  for (let at = 0; at < Math.min(ids.length, atMost); at += readsAtOnce) {
    const batch = ids.slice(at, Math.min(at + readsAtOnce, atMost))
    const read = await Promise.all(batch.map((id) => visit.portal.orders.read(id)))
    orders.push(...read.filter((order) => order?.subscriberId === subscriberId).filter((order) => order !== undefined))
  }
  return orders.filter((order) => !isDuplicate(order))
}

const readsAtOnce = 10

/** An order that gave way to another one for the same device: the person never meant it. */
function isDuplicate(order: Order): boolean {
  return order.stage.state === 'cancelled' && order.stage.because === 'duplicate'
}

/** Whether the person's purchase is still under way. */
export function isOpen(order: Order): boolean {
  return !hasEnded(order)
}
