/** The open orders, and the one that somebody means. */
import { orderReference, parseOrderId } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import { type OpenMarker, openPartitions } from '../../shared/fulfilment/open-index'
import type { DocumentStore } from '../../shared/platform/ports'
import { CliError } from '../io'

/** How many orders are read at once. */
const readers = 8

/**
 * Every open order, the one that has stood longest first. The cost grows with the open orders and with nothing else.
 *
 * @param onProgress called with the number read and the number of all
 */
export async function readOpenOrders(
  documents: DocumentStore,
  onProgress?: (done: number, total: number) => void,
): Promise<Order[]> {
  const ids = await openIds(documents)
  const waiting = ids.values()
  const orders: Order[] = []
  let done = 0
  const read = async () => {
    for (const id of waiting) {
      const order = (await documents.get<Order>('orders', id, id))?.value
      // A marker comes before its order and stays a little longer.
      if (order !== undefined && !order.closed) orders.push(order)
      done += 1
      onProgress?.(done, ids.length)
    }
  }
  await Promise.all(Array.from({ length: readers }, read))
  return orders.sort((a, b) => (a.stage.since < b.stage.since ? -1 : 1))
}

async function openIds(documents: DocumentStore): Promise<string[]> {
  const ids: string[] = []
  const list = async (partition: string) => {
    for await (const marker of documents.listPartition<OpenMarker>('open', partition)) ids.push(marker.id)
  }
  await Promise.all(openPartitions.map(list))
  return ids
}

/**
 * The order that somebody means: by id any, by reference (`MP-7H2K-QX4M`) an open one.
 *
 * @throws {CliError} `usage`: neither id nor reference; `failed`: no such order, or several
 */
export async function findOrder(documents: DocumentStore, text: string): Promise<Order> {
  const id = parseOrderId(text.trim().toLowerCase()) ?? (await idOfReference(documents, text))
  const order = (await documents.get<Order>('orders', id, id))?.value
  if (order === undefined) throw new CliError('failed', 'There is no order with this id')
  return order
}

async function idOfReference(documents: DocumentStore, text: string): Promise<string> {
  const bare = text.trim().toLowerCase().replace(/^mp-/, '').replaceAll('-', '')
  if (!/^[0-9a-hjkmnp-tv-z]{8}$/.test(bare))
    throw new CliError('usage', 'name the order by its id of 26 characters, or by its reference such as MP-7H2K-QX4M')
  const found = (await openIds(documents)).filter((id) => id.startsWith(bare))
  const [id, ...others] = found
  if (id === undefined)
    throw new CliError('failed', 'No open order has this reference; an order that has ended is found by its id only')
  if (others.length > 0) throw new CliError('failed', `Several open orders have this reference: ${found.join(', ')}`)
  return id
}

/** An order's reference, as people see it. */
export function referenceOf({ id }: Order): string {
  return orderReference(id)
}
