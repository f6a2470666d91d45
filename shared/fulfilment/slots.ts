/** One open order per subscriber and device: container `slots`, partition and id are the slot's name. */
import { hasEnded, type Order } from '../domain/order/order'
import type { DocumentStore } from '../platform/ports'

export interface Slot {
  schema: 1
  orderId: string
}

/**
 * Claims the slot for an order. A claim whose order has ended, or never existed, is free.
 *
 * @returns the order that holds the slot: the given one on success, otherwise the one that is open
 */
export async function claimSlot(documents: DocumentStore, slot: string, orderId: string): Promise<string> {
  const value: Slot = { schema: 1, orderId }
  for (;;) {
    const stored = await documents.get<Slot>('slots', slot, slot)
    if (stored === undefined) {
      if ((await documents.insert('slots', slot, slot, value)).ok) return orderId
      continue
    }
    const holder = stored.value.orderId
    if (holder === orderId) return orderId
    const order = await documents.get<Order>('orders', holder, holder)
    if (order !== undefined && !hasEnded(order.value)) return holder
    if ((await documents.replace('slots', slot, slot, value, stored.etag)).ok) return orderId
  }
}
