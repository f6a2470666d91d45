/**
 * What the portal keeps of a person: container `subscribers`, partition and id are the subscriber id. Made on demand, so that
 * sign-up is one insert elsewhere (`logins`). Other documents refer to the subscriber id only.
 */

/** Document of a person. Shape version 1. */
export interface Subscriber {
  schema: 1
  /** 26 characters of Crockford's base 32, random. */
  id: string
  /** As the person gave it at sign-up; empty where unknown. */
  name: string
  /** As the person typed it; empty where unknown. Personal data: never logged. */
  email: string
  /** Language that the person last used, such as `de`; empty: the operator's default. */
  language: string
  /** Lines of the person, newest first, at most 50. `orderId`: the order that brought the line. */
  lines: readonly { iccid: string; orderId: string }[]
  /** The person's orders, newest first, at most 50. */
  orders: readonly { id: string; placedAt: string }[]
}

/** How many orders a subscriber's document lists; older ones remain in `orders` and with staff. */
export const LISTED_ORDERS = 50

/** How many lines a subscriber's document lists. */
export const LISTED_LINES = 50

/** A subscriber of whom only the id is known. */
export function emptySubscriber(id: string): Subscriber {
  return { schema: 1, id, name: '', email: '', language: '', lines: [], orders: [] }
}

/**
 * The subscriber with this order in the list. Safe to repeat: an order that is listed already changes nothing, and the very
 * same object comes back, so that the caller may save the write.
 */
export function withOrder(subscriber: Subscriber, order: { id: string; placedAt: string }): Subscriber {
  if (subscriber.orders.some((listed) => listed.id === order.id)) return subscriber
  const orders = [{ id: order.id, placedAt: order.placedAt }, ...subscriber.orders]
    .sort((a, b) => (a.placedAt < b.placedAt ? 1 : a.placedAt > b.placedAt ? -1 : 0))
    .slice(0, LISTED_ORDERS)
  return { ...subscriber, orders }
}

/** The subscriber with this line in the list; a line that is listed already keeps its place. */
export function withLine(subscriber: Subscriber, line: { iccid: string; orderId: string }): Subscriber {
  if (subscriber.lines.some((listed) => listed.iccid === line.iccid)) return subscriber
  return {
    ...subscriber,
    lines: [{ iccid: line.iccid, orderId: line.orderId }, ...subscriber.lines].slice(0, LISTED_LINES),
  }
}
