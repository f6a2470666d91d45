/**
 * What GetBalance answers about a SIM.
 *
 * @see Mobile Plans "Account management", GetBalance
 */
import { formatDuration } from './duration'
import type { Grant, Sim } from './sim'
import { byEnd, bytesPerMB, endOf, grantedBytes, takenBytes } from './usage'

/**
 * - `MODIRECT`: subscription; Windows shows "View my account"
 * - `MODIRECTPAYG`: prepaid; "View my account" and what is left
 * - `NONE`: nothing to use, be it that all data is gone before the time is; "Connect with a data plan"
 * - `NOTSUPPORTED`: the SIM is not for Mobile Plans
 */
export type BalanceType = 'MODIRECT' | 'MODIRECTPAYG' | 'NONE' | 'NOTSUPPORTED'

/** One balance. */
export interface Balance {
  /** The order that granted it; `none` where there is nothing. */
  id: string
  type: BalanceType
  dataRemainingMB: number
  /** Milliseconds. */
  timeRemainingMs: number
  /** ISO 3166-1 alpha-2, upper case. */
  locations: readonly string[]
}

/** What the caller of GetBalance asks. */
export interface BalanceQuestion {
  now: Date
  /** ISO 3166-1 alpha-2, upper case; absent: everywhere. */
  location?: string | undefined
  /** Most balances to answer; 0 gives none. */
  limit?: number | undefined
  /** The operator's markets: what "everywhere" means in `locations`. */
  markets?: readonly string[] | undefined
}

/** What is left of a grant. */
export interface GrantState {
  grant: Grant
  dataRemainingMB: number
  timeRemainingMs: number
}

/**
 * What is left of each grant that has not expired, in the order in which they end; those whose clock stands come last. The order in which
 * they were granted does not matter.
 */
export function grantStates(sim: Pick<Sim, 'grants' | 'usage'>, now: Date): GrantState[] {
  const taken = takenBytes(sim)
  return [...sim.grants]
    .sort(byEnd)
    .map((grant) => ({
      grant,
      dataRemainingMB: megabytes(grantedBytes(grant) - (taken.get(grant.orderId) ?? 0)),
      timeRemainingMs: Math.min(grant.durationMs, endOf(grant) - now.getTime()),
    }))
    .filter(({ timeRemainingMs }) => timeRemainingMs >= 1000)
}

/** To the thousandth, cut off: nobody is promised more than is left. */
function megabytes(bytes: number): number {
  return Math.floor((bytes * 1000) / bytesPerMB) / 1000
}

/**
 * The balances of a known SIM: usable ones first, then the one that ends first, cut to the limit after sorting. There is always at least one
 * (unless the limit is 0), since Windows needs a type to decide what to show. A location without a balance answers like a SIM without one.
 */
export function balancesOf(sim: Sim, question: BalanceQuestion): Balance[] {
  const { now, location, limit, markets = [] } = question
  if (sim.kind === 'excluded') return [nothing('NOTSUPPORTED')].slice(0, limit)
  const balances = grantStates(sim, now)
    .filter(({ grant }) => location === undefined || covers(grant, location))
    .map((state) => balanceOf(state, markets))
    .sort((a, b) => Number(a.type === 'NONE') - Number(b.type === 'NONE'))
  return (balances.length > 0 ? balances : [nothing('NONE')]).slice(0, limit)
}

function covers(grant: Grant, location: string): boolean {
  return grant.locations.includes('*') || grant.locations.includes(location)
}

function balanceOf({ grant, dataRemainingMB, timeRemainingMs }: GrantState, markets: readonly string[]): Balance {
  const locations = grant.locations.includes('*') ? markets : grant.locations
  if (dataRemainingMB <= 0) return { ...nothing('NONE'), id: grant.orderId, locations }
  const type = grant.kind === 'subscription' ? 'MODIRECT' : 'MODIRECTPAYG'
  return { id: grant.orderId, type, dataRemainingMB, timeRemainingMs, locations }
}

function nothing(type: 'NONE' | 'NOTSUPPORTED'): Balance {
  return { id: 'none', type, dataRemainingMB: 0, timeRemainingMs: 0, locations: [] }
}

/** A balance as GetBalance writes it. */
export interface RenderedBalance {
  id: string
  type: BalanceType
  /** The tables' spelling… */
  dataRemainingInMB: number
  /** …and that of every sample; both carry the same value. */
  dataRemaininginMB: number
  /** ISO 8601 duration of days, hours, minutes and seconds. */
  timeRemaining: string
  locations?: readonly string[]
}

/** Body of the answer. `full` adds the locations to what `basic` says. */
export function renderBalances(
  balances: readonly Balance[],
  fields: 'basic' | 'full',
): { balances: RenderedBalance[] } {
  return {
    balances: balances.map(({ id, type, dataRemainingMB, timeRemainingMs, locations }) => ({
      id,
      type,
      dataRemainingInMB: dataRemainingMB,
      dataRemaininginMB: dataRemainingMB,
      timeRemaining: formatDuration(timeRemainingMs),
      ...(fields === 'full' ? { locations } : {}),
    })),
  }
}

/** Whether anything is left to use. */
export function usableBalance(sim: Sim, now: Date): boolean {
  return grantStates(sim, now).some(({ dataRemainingMB }) => dataRemainingMB > 0)
}
