/** What the rest of the app may do with orders. Implemented by `createFulfilment`. */
import type { OrderEvent } from '../domain/order/event'
import type { Order, Purchase } from '../domain/order/order'

export interface Orders {
  /**
   * Buy. Idempotent by `purchase.id`: a second call with the same id leads to the first order. When another order of this
   * person for the same device is still open, that one is returned (`order.id` differs from `purchase.id`).
   * Performs what it can within `budgetMs` and leaves the rest to wakes.
   */
  place(purchase: Purchase, options: { budgetMs: number }): Promise<Order>
  /** Point read. */
  read(orderId: string): Promise<Order | undefined>
  /**
   * Feeds an event and performs what is due, within `budgetMs` (absent: until nothing more is due).
   * @returns the order as it then stands; undefined when there is no such order
   */
  send(orderId: string, event: OrderEvent, options?: { budgetMs?: number }): Promise<Order | undefined>
}
