/**
 * Acts of staff, recorded from outside the app: load, decide, mark, write, and start nothing. The app's workers carry the order on, so
 * whoever records needs the store and no credentials for SM-DP+, billing or network.
 */
import { decide } from '../domain/order/decide'
import type { StaffEvent } from '../domain/order/event'
import type { Order } from '../domain/order/order'
import { type StaffRefusal, staffRefusal } from '../domain/order/staff'
import type { DocumentStore } from '../platform/ports'
import { type FulfilmentParts, sendWake, writeDecision } from './fulfilment'
import { unmark } from './open-index'

/** What became of an act of staff, and the order as it then stands. */
export type StaffAnswer = { order: Order; refused?: StaffRefusal }

/**
 * Records an act of staff. What is due then is due at once: a wake is sent, and if that fails the sweep finds it within a minute.
 *
 * @returns undefined: there is no such order
 */
export async function recordStaffAct(
  parts: Pick<FulfilmentParts, 'documents' | 'wakes' | 'rules' | 'clock' | 'log'>,
  orderId: string,
  event: StaffEvent,
): Promise<StaffAnswer | undefined> {
  const { documents, clock, rules } = parts
  for (;;) {
    const stored = await documents.get<Order>('orders', orderId, orderId)
    if (stored === undefined) return undefined
    const refused = staffRefusal(stored.value, event)
    if (refused !== undefined) return { order: stored.value, refused }
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
