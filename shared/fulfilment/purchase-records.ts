/**
 * Which orders were settled when: an index by day in the container `records`, so that their export reads what it exports and no more.
 * An order's id is chance, and orders lie each in a partition of its own: without the index every export would read all that ever were.
 *
 * The row names the order and holds nothing of it; what is exported comes from the order. **It is written before the write that closes the
 * order**, so no closed order lacks its row. A row whose order was not closed at that very instant (the write met a conflict, and
 * the order was closed later, or not yet) counts for nothing.
 */
import type { Order } from '../domain/order/order'
import type { DocumentStore, Stored } from '../platform/ports'

/** Partition: {@link purchasesPartition}; id: `closedAt~orderId`, so that a day is listed in the order in which purchases were settled. */
export interface SettledOrder {
  schema: 1
  orderId: string
  closedAt: string
}

/** Orders that are read side by side. */
const AT_ONCE = 16

/** The partition of the orders that were settled on the day (UTC) of this instant. */
export function purchasesPartition(at: string): string {
  return `purchases~${at.slice(0, 10)}`
}

/** Enters an order that is about to be closed. A second Buy that was led to the first order is no purchase, and is left out. */
export async function enterSettled(documents: DocumentStore, before: Order, next: Order): Promise<void> {
  const { id, closedAt, closed, stage } = next
  if (before.closed || !closed || closedAt === undefined) return
  if (stage.state === 'cancelled' && stage.because === 'duplicate') return
  const row: SettledOrder = { schema: 1, orderId: id, closedAt }
  await documents.insert('records', purchasesPartition(closedAt), `${closedAt}~${id}`, row)
}

/** The orders that were settled on a day (UTC), in that order, each as it was closed. */
export async function* readSettled(documents: DocumentStore, day: Date): AsyncGenerator<Order> {
  let rows: SettledOrder[] = []
  for await (const { value } of documents.listPartition<SettledOrder>(
    'records',
    purchasesPartition(day.toISOString()),
  )) {
    rows.push(value)
    if (rows.length < AT_ONCE) continue
    yield* ordersOf(documents, rows)
    rows = []
  }
  yield* ordersOf(documents, rows)
}

async function* ordersOf(documents: DocumentStore, rows: readonly SettledOrder[]): AsyncGenerator<Order> {
  const read = ({ orderId }: SettledOrder) => documents.get<Order>('orders', orderId, orderId)
  const orders: (Stored<Order> | undefined)[] = await Promise.all(rows.map(read))
  for (const [at, stored] of orders.entries())
    if (stored?.value.closed && stored.value.closedAt === rows[at]?.closedAt) yield stored.value
}
