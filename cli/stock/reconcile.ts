/** Reads stock, orders and SIM documents, and compares them. */
import type { Order } from '../../shared/domain/order/order'
import type { Sim } from '../../shared/domain/sim'
import { listStock, type StockRow, stockPartition } from '../../shared/fulfilment/stock'
import type { DocumentStore } from '../../shared/platform/ports'
import { readOpenOrders } from '../orders/open-orders'
import { type Finding, type Fix, judgeOrder, judgeRow } from './findings'

/** A finding, and what was done about it. */
export type Reconciled = Finding & { fixed: boolean }

/** How many rows are compared at once. */
const workers = 8

/**
 * Compares the stock of these profile types with the orders. The app may go on meanwhile: what looks wrong is read once more, row first,
 * and a fix is written under the ETag of that reading.
 *
 * @param onProgress called with the number of rows compared and the number of all
 */
export async function reconcileStock(
  documents: DocumentStore,
  profileTypes: readonly string[],
  options: { fix: boolean; now: () => Date },
  onProgress?: (done: number, total: number) => void,
): Promise<{ rows: number; findings: Reconciled[] }> {
  const rows: StockRow[] = []
  for await (const row of listStock(documents, profileTypes)) rows.push(row)
  const findings: Reconciled[] = []
  const twice = inTwoTypes(rows)
  const waiting = rows.values()
  let done = 0
  const work = async () => {
    for (const row of waiting) {
      const finding = await compare(documents, row, twice, options)
      if (finding !== undefined) findings.push(finding)
      done += 1
      onProgress?.(done, rows.length)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  findings.push(...(await fromOrders(documents, profileTypes)).map((finding) => ({ ...finding, fixed: false })))
  return { rows: rows.length, findings: findings.sort((a, b) => (place(a) < place(b) ? -1 : 1)) }
}

function place({ kind, profileType, iccid = '', orderId = '' }: Finding): string {
  return [kind, profileType, iccid, orderId].join(' ')
}

function inTwoTypes(rows: readonly StockRow[]): Set<string> {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { iccid } of rows) (seen.has(iccid) ? twice : seen).add(iccid)
  return twice
}

async function compare(
  documents: DocumentStore,
  row: StockRow,
  twice: ReadonlySet<string>,
  { fix, now }: { fix: boolean; now: () => Date },
): Promise<Reconciled | undefined> {
  const { iccid, profileType } = row
  if (twice.has(iccid)) {
    const detail = `${row.state}, and in stock under another profile type, too`
    return { kind: 'in-two-types', iccid, profileType, orderId: row.orderId, detail, fixed: false }
  }
  if ((await judge(documents, row, now())) === undefined) return undefined
  const fresh = await documents.get<StockRow>('stock', stockPartition(profileType, iccid), iccid)
  const finding = fresh && (await judge(documents, fresh.value, now()))
  if (fresh === undefined || finding === undefined) return undefined
  const fixed = fix && finding.fix !== undefined && (await mend(documents, fresh.value, fresh.etag, finding.fix))
  return { ...finding, fixed }
}

async function judge(documents: DocumentStore, row: StockRow, now: Date): Promise<Finding | undefined> {
  if (row.state === 'unavailable') return undefined
  const sim = (await documents.get<Sim>('sims', row.iccid, row.iccid))?.value
  const orderId = row.orderId ?? sim?.orderId
  const order = orderId === undefined ? undefined : (await documents.get<Order>('orders', orderId, orderId))?.value
  return judgeRow(row, order, sim, now)
}

async function mend(documents: DocumentStore, row: StockRow, etag: string, fix: Fix): Promise<boolean> {
  const { iccid, profileType, orderId } = row
  const partition = stockPartition(profileType, iccid)
  if (fix === 'remove') return (await documents.delete('stock', partition, iccid, etag)) === 'deleted'
  const wanted: StockRow =
    fix === 'free'
      ? { schema: 1, iccid, profileType, state: 'free' }
      : { schema: 1, iccid, profileType, state: 'unavailable', orderId, reason: 'withdrawn by its order' }
  return (await documents.replace('stock', partition, iccid, wanted, etag)).ok
}

/** Orders first, then their rows: a row that its order has claimed since is there by then. */
async function fromOrders(documents: DocumentStore, profileTypes: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const order of await readOpenOrders(documents)) {
    const { profileType } = order.plan
    if (!profileTypes.includes(profileType)) continue
    const rows = new Map<string, StockRow>()
    for (const { iccid } of [...order.retired, ...(order.profile === undefined ? [] : [order.profile])]) {
      const row = await documents.get<StockRow>('stock', stockPartition(profileType, iccid), iccid)
      if (row !== undefined) rows.set(iccid, row.value)
    }
    if (judgeOrder(order, rows).length === 0) continue
    const again = (await documents.get<Order>('orders', order.id, order.id))?.value
    if (again?.updatedAt === order.updatedAt) findings.push(...judgeOrder(order, rows))
  }
  return findings
}
