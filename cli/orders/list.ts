import { hasEnded, type Order, type OrderKind, type OrderState, type ParkReason } from '../../shared/domain/order/order'
import type { DocumentStore } from '../../shared/platform/ports'
import { type Io, type Outcome, progress } from '../io'
import { openDocuments } from '../settings'
import { readOpenOrders, referenceOf } from './open-orders'

/** States as `--state` takes them: an open order may be in any, as ICCIDs are settled behind one that has ended. */
export const orderStates = [
  'placed',
  'ready',
  'downloading',
  'installed',
  'active',
  'cancelling',
  'cancelled',
  'expired',
  'parked',
] as const satisfies OrderState[]

/** What `orders list` is asked for. */
export interface ListOptions {
  json: boolean
  state?: OrderState
  /** Only purchases that have not ended. */
  open?: boolean
  /** Only those that wait for staff. */
  parked?: boolean
}

interface Row {
  reference: string
  id: string
  state: OrderState
  reason: ParkReason | ''
  since: string
  kind: OrderKind
  plan: string
  checkAt: string
}

/** `orders list`: the open orders, row by row. No personal data. */
export async function listCommand(io: Io, options: ListOptions, documents?: DocumentStore): Promise<Outcome> {
  const store = documents ?? (await openDocuments(io))
  let show: ((done: number) => void) | undefined
  const orders = await readOpenOrders(store, (done, total) => {
    show ??= progress(io, 'Reading orders', total, Date.now)
    show(done)
  })
  const rows = orders.filter((order) => isWanted(order, options)).map(rowOf)
  if (options.json) io.out(`${JSON.stringify(rows, undefined, 2)}\n`)
  else {
    io.out(table(rows))
    const parked = rows.filter(({ state }) => state === 'parked').length
    io.err(rows.length === 0 ? 'No open order found.\n' : `${rows.length} open, ${parked} of them parked\n`)
  }
  return 'good'
}

function isWanted(order: Order, { state, open = false, parked = false }: ListOptions): boolean {
  if (state !== undefined && order.stage.state !== state) return false
  if (parked && order.stage.state !== 'parked') return false
  return !open || !hasEnded(order)
}

function rowOf(order: Order): Row {
  const { id, stage, kind, plan, checkAt } = order
  const reason = stage.state === 'parked' ? stage.reason : ''
  return {
    reference: referenceOf(order),
    id,
    state: stage.state,
    reason,
    since: stage.since,
    kind,
    plan: plan.id,
    checkAt: checkAt ?? '',
  }
}

const columns = ['reference', 'id', 'state', 'reason', 'since', 'kind', 'plan', 'checkAt'] as const

function table(rows: readonly Row[]): string {
  if (rows.length === 0) return ''
  const widths = columns.map((name) => Math.max(name.length, ...rows.map((row) => row[name].length)))
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()}\n`
  return [line(columns), ...rows.map((row) => line(columns.map((name) => row[name])))].join('')
}
