/**
 * The open index: one marker per open order, in 16 partitions. It is the safety net under the wakes: whatever is lost, the sweep
 * finds here.
 *
 * The rule that makes it one: **a marker is never later than what its order wants.** It is written before the order's first version,
 * moved earlier before any write that needs it, moved later only by the sweep (under the marker's own ETag, taken before the order
 * was read), and deleted after the write that closes the order.
 */
import type { DocumentStore, Stored } from '../platform/ports'
import { fnv1a } from './stock'

export interface OpenMarker {
  schema: 1
  orderId: string
  /** ISO 8601: the order must be looked at by then. */
  checkAt: string
  createdAt: string
  /** The `checkAt` for which a wake has been sent; it is sent again only when it seems lost. */
  wokenFor?: string | undefined
}

const OPEN_SHARDS = 16

/** Every partition of the index, `0` to `15`. */
export const openPartitions: readonly string[] = Array.from({ length: OPEN_SHARDS }, (_, shard) => `${shard}`)

/** The partition of an order's marker. */
export function openPartition(orderId: string): string {
  return `${fnv1a(orderId) % OPEN_SHARDS}`
}

/** Marks an order that is about to be written for the first time. */
export async function markOpen(documents: DocumentStore, orderId: string, checkAt: Date, now: Date): Promise<void> {
  const marker: OpenMarker = { schema: 1, orderId, checkAt: checkAt.toISOString(), createdAt: now.toISOString() }
  const inserted = await documents.insert('open', openPartition(orderId), orderId, marker)
  if (!inserted.ok) await moveEarlier(documents, orderId, checkAt, now)
}

/**
 * Moves the marker to `checkAt` unless it is earlier already. It is written in either case: its new ETag keeps a sweep that has
 * read the order's former version from moving it later.
 */
export async function moveEarlier(documents: DocumentStore, orderId: string, checkAt: Date, now: Date): Promise<void> {
  const partition = openPartition(orderId)
  for (;;) {
    const stored: Stored<OpenMarker> | undefined = await documents.get<OpenMarker>('open', partition, orderId)
    if (stored === undefined) {
      const marker: OpenMarker = { schema: 1, orderId, checkAt: checkAt.toISOString(), createdAt: now.toISOString() }
      if ((await documents.insert('open', partition, orderId, marker)).ok) return
      continue
    }
    const earlier = new Date(Math.min(Date.parse(stored.value.checkAt), checkAt.getTime()))
    const marker: OpenMarker = { ...stored.value, checkAt: earlier.toISOString() }
    if ((await documents.replace('open', partition, orderId, marker, stored.etag)).ok) return
  }
}

/** Takes the marker away after the write that closed the order. */
export async function unmark(documents: DocumentStore, orderId: string): Promise<void> {
  await documents.delete('open', openPartition(orderId), orderId)
}
