/**
 * Acts of staff, and what they bring to light, recorded from outside the app: load, decide, mark, write, and start nothing. The app's workers carry the order on, so
 * whoever records needs the store and no credentials for SM-DP+, billing or network.
 */
import { decide } from '../domain/order/decide'
import type { OrderEvent, StaffEvent } from '../domain/order/event'
import type { Order } from '../domain/order/order'
import { type StaffRefusal, staffRefusal } from '../domain/order/staff'
import type { DocumentStore } from '../platform/ports'
import { type FulfilmentParts, sendWake, writeDecision } from './fulfilment'
import { unmark } from './open-index'

/** What became of an act of staff, and the order as it then stands. */
export type StaffAnswer = { order: Order; refused?: StaffRefusal }

type Parts = Pick<FulfilmentParts, 'documents' | 'wakes' | 'rules' | 'clock' | 'log'>

/**
 * Records an act of staff. What is due then is due at once: a wake is sent, and if that fails the sweep finds it within a minute.
 *
 * @returns undefined: there is no such order
 */
export async function recordStaffAct(
  parts: Parts,
  orderId: string,
  event: StaffEvent,
): Promise<StaffAnswer | undefined> {
  let { parkedSince } = event
  return record(parts, orderId, (order) => {
    // What they found when they first looked is what they speak of.
    if (order.stage.state === 'parked') parkedSince ??= order.stage.since
    const act = { ...event, parkedSince }
    return staffRefusal(order, act) ?? act
  })
}

/** Records what staff found out about an order, such as its first usage, in the same way. */
export async function recordFinding(parts: Parts, orderId: string, event: OrderEvent): Promise<Order | undefined> {
  return (await record(parts, orderId, () => event))?.order
}

/** `say`: the event for the order as it stands, or why there is none. */
async function record(
  parts: Parts,
  orderId: string,
  say: (order: Order) => OrderEvent | StaffRefusal,
): Promise<StaffAnswer | undefined> {
  const { documents, clock, rules } = parts
  for (;;) {
    const stored = await documents.get<Order>('orders', orderId, orderId)
    if (stored === undefined) return undefined
    const event = say(stored.value)
    if (typeof event === 'string') return { order: stored.value, refused: event }
    const now = clock()
    const { order } = decide(stored.value, event, now, rules, { start: false })
    if ((await writeDecision(documents, stored, order, now)) === undefined) continue
    await handOn(parts, order, documents)
    return { order }
  }
}

async function handOn(
  parts: Pick<FulfilmentParts, 'wakes' | 'clock' | 'log'>,
  order: Order,
  documents: DocumentStore,
): Promise<void> {
  if (order.closed) await unmark(documents, order.id)
  else if (order.checkAt !== undefined) await sendWake(parts, order.id, new Date(order.checkAt))
}
