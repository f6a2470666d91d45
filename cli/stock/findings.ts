/** What stock rows and orders must say of each other, and what to make of it when they do not. Pure. */
import type { Order, Profile } from '../../shared/domain/order/order'
import type { Sim } from '../../shared/domain/sim'
import type { StockRow } from '../../shared/fulfilment/stock'

/** What does not fit. */
export interface Finding {
  kind:
    | 'no-such-order'
    | 'not-owned'
    | 'leftover'
    | 'differs'
    | 'on-sale-though-sold'
    | 'in-two-types'
    | 'row-missing'
    | 'row-of-another'
    | 'possible-orphan'
  profileType: string
  iccid?: string
  orderId?: string | undefined
  /** For people. */
  detail: string
  /** What is provably safe to do about it. */
  fix?: Fix
}

/** `free`: back on sale; `remove`: sold, the row goes; `withdraw`: out of stock, as its order decided. */
export type Fix = 'free' | 'remove' | 'withdraw'

/** Calls of an order that has ended may still be on their way for a while; longer than any of them takes. */
const restMs = 60 * 60_000

/**
 * A row against the order that it names, or against the SIM document when it is free.
 *
 * A fix is safe only where the order has closed the question: it never ordered the ICCID, or it has settled it with the SM-DP+. The
 * state of a profile at the SM-DP+ is never guessed.
 */
export function judgeRow(
  row: StockRow,
  order: Order | undefined,
  sim: Sim | undefined,
  now: Date,
): Finding | undefined {
  const { iccid, profileType, orderId } = row
  const about = { iccid, profileType }
  if (row.state === 'free') return judgeFree(row, order, sim)
  if (row.state === 'unavailable' || orderId === undefined) return undefined
  if (order === undefined)
    return { kind: 'no-such-order', ...about, orderId, detail: `${row.state} by an order that is not there` }
  const held = profileOf(order, iccid)
  if (held === undefined) {
    const quiet = order.closed && Date.parse(order.updatedAt) + restMs < now.getTime() && sim === undefined
    const detail = `${row.state} by an order that has never held it`
    return { kind: 'not-owned', ...about, orderId, detail, ...(quiet ? { fix: 'free' } : {}) }
  }
  const settled = settledAs(held, sim)
  if (settled !== undefined)
    return { kind: 'leftover', ...about, orderId, detail: `${row.state}, but its order says ${held.stock}`, ...settled }
  const fits = !order.closed && held.stock !== 'lost' && !(row.state === 'claimed' && held.stock === 'quarantined')
  if (fits || isChanging(order, held)) return undefined
  return {
    kind: 'differs',
    ...about,
    orderId,
    detail: `${row.state}, but its order (${order.stage.state}) says ${held.stock}`,
  }
}

function judgeFree(row: StockRow, holder: Order | undefined, sim: Sim | undefined): Finding | undefined {
  if (sim === undefined) return undefined
  const { iccid, profileType } = row
  const kind = 'on-sale-though-sold'
  if (sim.kind === 'warm' || sim.kind === 'monitor')
    return { kind, iccid, profileType, detail: `free, but a ${sim.kind} SIM` }
  const held = holder && profileOf(holder, iccid)
  if (holder === undefined || held === undefined || isChanging(holder, held)) return undefined
  if (held.stock !== 'used' && held.stock !== 'claimed') return undefined
  const detail = `free, but its order says ${held.stock}`
  return { kind, iccid, profileType, orderId: holder.id, detail, ...(held.stock === 'used' ? { fix: 'remove' } : {}) }
}

function settledAs({ stock }: Profile, sim: Sim | undefined): { fix?: Fix } | undefined {
  if (stock === 'returned') return sim === undefined ? { fix: 'free' } : {}
  if (stock === 'withdrawn') return { fix: 'withdraw' }
  return stock === 'used' ? { fix: 'remove' } : undefined
}

/** An open order against the rows that it holds, by ICCID. */
export function judgeOrder(order: Order, rows: ReadonlyMap<string, StockRow>): Finding[] {
  const { id: orderId, stage, plan } = order
  const { profileType } = plan
  const findings: Finding[] = []
  if (stage.state === 'parked' && stage.reason === 'possible-orphan')
    findings.push({
      kind: 'possible-orphan',
      profileType,
      orderId,
      detail: 'an ICCID may be reserved for this order at the SM-DP+ that nobody here knows of',
    })
  for (const held of profilesOf(order)) {
    if (!['claimed', 'quarantined', 'lost'].includes(held.stock) || isChanging(order, held)) continue
    const { iccid } = held
    const row = rows.get(iccid)
    if (row?.orderId === orderId) continue
    const about = { iccid, profileType, orderId }
    if (row === undefined) findings.push({ kind: 'row-missing', ...about, detail: `its order says ${held.stock}` })
    else
      findings.push({
        kind: 'row-of-another',
        ...about,
        detail: `its order says ${held.stock}, the row is ${row.state}${row.orderId ? ` by ${row.orderId}` : ''}`,
      })
  }
  return findings
}

/** A row changes before its order is told: while such a call is open they may differ. */
function isChanging(order: Order, { number }: Profile): boolean {
  if (order.lease !== undefined) return true
  return ['claimIccid', 'quarantineIccid', 'returnIccid', 'withdrawIccid', 'useIccid'].some((effect) => {
    const tries = order.tries[`${effect}:${number}`]
    return tries?.notBefore !== undefined && tries.attempts > tries.answered
  })
}

function profileOf(order: Order, iccid: string): Profile | undefined {
  return profilesOf(order).findLast((profile) => profile.iccid === iccid)
}

function profilesOf({ profile, retired }: Order): Profile[] {
  return profile === undefined ? retired : [...retired, profile]
}
