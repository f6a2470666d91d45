/**
 * Our stock of ICCIDs: container `stock`, partition = profile type and shard, id = ICCID. A row changes only by conditional writes
 * that name the order on whose behalf they are made.
 */
import type { Iccid } from '../domain/identifiers'
import type { DocumentStore, Stored } from '../platform/ports'

export interface StockRow {
  schema: 1
  iccid: Iccid
  profileType: string
  /**
   * `free`; `claimed` by `orderId`; `quarantine`: given up by `orderId`, back in stock after `until` and a second cancelOrder;
   * `unavailable` by decision, see `reason`.
   */
  state: 'free' | 'claimed' | 'quarantine' | 'unavailable'
  orderId?: string | undefined
  /** ISO 8601. */
  until?: string | undefined
  reason?: string | undefined
}

/** Rows of one profile type are spread over this many partitions, so that claims and listings stay small. */
export const STOCK_SHARDS = 16

/** FNV-1a, 32 bits: a stable spread, not a secret. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 0
}

/** Partition of a stock row: `<profile type>~<shard 0–15>`. */
export function stockPartition(profileType: string, iccid: string): string {
  return shardPartition(profileType, fnv1a(iccid) % STOCK_SHARDS)
}

function shardPartition(profileType: string, shard: number): string {
  return `${profileType}~${shard % STOCK_SHARDS}`
}

/**
 * Puts ICCIDs into stock. Rows that are there already, in whatever state, stay as they are, and so do ICCIDs that were sold: those
 * live in `sims`.
 *
 * @param onProgress called after each row with the number done
 */
export async function importStock(
  documents: DocumentStore,
  rows: readonly { iccid: Iccid; profileType: string }[],
  onProgress?: (done: number) => void,
): Promise<{ imported: number; known: number }> {
  let imported = 0
  let done = 0
  const queue = [...rows]
  const worker = async () => {
    for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
      if (await importRow(documents, row)) imported += 1
      done += 1
      onProgress?.(done)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return { imported, known: rows.length - imported }
}

async function importRow(documents: DocumentStore, row: { iccid: Iccid; profileType: string }): Promise<boolean> {
  const { iccid, profileType } = row
  if ((await documents.get('sims', iccid, iccid)) !== undefined) return false
  const value: StockRow = { schema: 1, iccid, profileType, state: 'free' }
  return (await documents.insert('stock', stockPartition(profileType, iccid), iccid, value)).ok
}

/** Every stock row of these profile types. ICCIDs that have been sold are no longer listed: they live in `sims`. */
export async function* listStock(documents: DocumentStore, profileTypes: readonly string[]): AsyncIterable<StockRow> {
  for (const profileType of profileTypes) {
    for (let shard = 0; shard < STOCK_SHARDS; shard++) {
      for await (const row of documents.listPartition<StockRow>('stock', shardPartition(profileType, shard)))
        yield row.value
    }
  }
}

/** As many free rows are looked at before one is chosen by chance: two orders rarely want the same. */
const CHOICE = 24

/**
 * A free ICCID of the type, chosen by chance; undefined: none is left. Nothing is written: the order writes its choice down first
 * and claims the row then, so a crash in between costs nothing.
 */
export async function pickFreeIccid(
  documents: DocumentStore,
  profileType: string,
  random: () => number,
): Promise<Iccid | undefined> {
  const first = Math.floor(random() * STOCK_SHARDS)
  for (let i = 0; i < STOCK_SHARDS; i++) {
    const free: Iccid[] = []
    for await (const { value } of documents.listPartition<StockRow>('stock', shardPartition(profileType, first + i))) {
      if (value.state === 'free') free.push(value.iccid)
      if (free.length >= CHOICE) break
    }
    const chosen = free[Math.floor(random() * free.length)]
    if (chosen !== undefined) return chosen
  }
  return undefined
}

export type RowChange = 'done' | 'taken' | 'missing'

/**
 * Changes the row on behalf of an order, again and again until the write meets no other. Repeating it is harmless.
 *
 * @param change the wanted row, or `taken` when the row is another order's; the same object: nothing to write
 */
async function changeRow(
  documents: DocumentStore,
  profileType: string,
  iccid: Iccid,
  change: (row: StockRow) => StockRow | 'taken',
): Promise<RowChange> {
  const partition = stockPartition(profileType, iccid)
  for (;;) {
    const stored: Stored<StockRow> | undefined = await documents.get<StockRow>('stock', partition, iccid)
    if (stored === undefined) return 'missing'
    const wanted = change(stored.value)
    if (wanted === 'taken') return 'taken'
    if (wanted === stored.value) return 'done'
    if ((await documents.replace('stock', partition, iccid, wanted, stored.etag)).ok) return 'done'
  }
}

/** Claims a free row for the order. */
export function claimRow(
  documents: DocumentStore,
  profileType: string,
  iccid: Iccid,
  orderId: string,
): Promise<RowChange> {
  return changeRow(documents, profileType, iccid, (row) => {
    if (row.state === 'free') return { schema: 1, iccid, profileType, state: 'claimed', orderId }
    return row.state === 'claimed' && row.orderId === orderId ? row : 'taken'
  })
}

/**
 * The order gave the ICCID up. It rests, still in the order's name, until the order returns it. A free row rests, too: its claim was
 * not answered, and may still be carried out for as long as the row stays as it is.
 */
export function quarantineRow(
  documents: DocumentStore,
  profileType: string,
  iccid: Iccid,
  orderId: string,
  until: string,
): Promise<RowChange> {
  return changeRow(documents, profileType, iccid, (row) => {
    // Asked by a process that was held up until the order had taken the ICCID out of stock.
    if (row.state === 'unavailable' && row.orderId === orderId) return row
    return row.orderId === orderId || row.state === 'free'
      ? { schema: 1, iccid, profileType, state: 'quarantine', orderId, until }
      : 'taken'
  })
}

/** Back into stock, after the quarantine and the second cancelOrder. */
export function returnRow(
  documents: DocumentStore,
  profileType: string,
  iccid: Iccid,
  orderId: string,
): Promise<RowChange> {
  return changeRow(documents, profileType, iccid, (row) => {
    if (row.state === 'free') return row
    return row.orderId === orderId ? { schema: 1, iccid, profileType, state: 'free' } : 'taken'
  })
}

/** Out of stock by decision: nobody is given this ICCID again until staff say so. */
export function withdrawRow(
  documents: DocumentStore,
  profileType: string,
  iccid: Iccid,
  orderId: string,
  reason: string,
): Promise<RowChange> {
  return changeRow(documents, profileType, iccid, (row) => {
    if (row.state === 'unavailable') return row
    return row.orderId === orderId ? { schema: 1, iccid, profileType, state: 'unavailable', orderId, reason } : 'taken'
  })
}

/** Sold: from now on the ICCID lives in `sims` only, so that stock stays as small as what is for sale. */
export async function removeSoldRow(
  documents: DocumentStore,
  profileType: string,
  iccid: Iccid,
  orderId: string,
): Promise<RowChange> {
  const partition = stockPartition(profileType, iccid)
  for (;;) {
    const stored = await documents.get<StockRow>('stock', partition, iccid)
    if (stored === undefined) return 'done'
    if (stored.value.orderId !== orderId) return 'taken'
    if ((await documents.delete('stock', partition, iccid, stored.etag)) === 'deleted') return 'done'
  }
}
