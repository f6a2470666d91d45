/**
 * What a person should know about the balance of a SIM before they run into it: that data or time is almost over, or over. Pure, so that
 * the portal and notifications say the same.
 */
import { grantStates } from './balance'
import type { Sim } from './sim'
import { endOf } from './usage'

/** When a balance counts as low; `operator.json`, `balanceMarks`. */
export interface BalanceMarkRules {
  /** Low from this share of the data on, in per cent of what the present grants gave. */
  lowPercent: number
  /** Low from this many megabytes on as well, yet never before half of the data is used. */
  lowMB: number
  /** Ending soon from this many hours before the end on. */
  endingHours: number
}

/** Something that holds now. Instants are ISO 8601, UTC. */
export type BalanceMark =
  /** Data is left, and little of it. `endsAt`: when that is lost as well; absent: the clock stands. */
  | { mark: 'low-data'; remainingMB: number; totalMB: number; endsAt?: string }
  /** All data is used before its time is over. */
  | { mark: 'no-data'; totalMB: number; endsAt?: string }
  /** Data is left, and its time is over soon. Not said of a plan that renews itself. */
  | { mark: 'ending-soon'; remainingMB: number; endsAt: string }
  /** The time of the last grant is over. */
  | { mark: 'ended'; since: string }

const hour = 60 * 60_000

/**
 * The marks that hold at a time, what concerns data first. All grants of a SIM count together, those whose time begins later included, as
 * what matters is whether the person can go on; in which order they were granted does not matter. A SIM that never had data has no marks.
 */
export function balanceMarks(sim: Sim, now: Date, rules: BalanceMarkRules): BalanceMark[] {
  if (sim.grants.length === 0) return []
  const states = grantStates(sim, now)
  if (states.length === 0) return endedMarks(sim)
  const totalMB = sum(states.map(({ grant }) => grant.dataMB))
  const remainingMB = sum(states.map((state) => state.dataRemainingMB))
  const end = Math.max(...states.map(({ grant }) => endOf(grant)))
  const endsAt = Number.isFinite(end) ? new Date(end).toISOString() : undefined
  const until = endsAt === undefined ? {} : { endsAt }
  if (remainingMB <= 0) return [{ mark: 'no-data', totalMB, ...until }]
  const marks: BalanceMark[] = []
  const low = Math.max((totalMB * rules.lowPercent) / 100, Math.min(rules.lowMB, totalMB / 2))
  if (remainingMB <= low) marks.push({ mark: 'low-data', remainingMB, totalMB, ...until })
  const soon = end - now.getTime() <= rules.endingHours * hour
  if (soon && endsAt !== undefined && !isRenewed(sim)) marks.push({ mark: 'ending-soon', remainingMB, endsAt })
  return marks
}

function endedMarks({ grants }: Sim): BalanceMark[] {
  const end = Math.max(...grants.map(endOf))
  // A grant without any time, whose clock was never started, ends without an instant.
  return Number.isFinite(end) ? [{ mark: 'ended', since: new Date(end).toISOString() }] : []
}

function isRenewed({ subscriptions = [] }: Sim): boolean {
  return subscriptions.some(({ cancelledAt, ended }) => cancelledAt === undefined && ended === undefined)
}

/** Added in order of size, so that the order of the grants does not show in the last digit. */
function sum(amounts: number[]): number {
  return [...amounts].sort((a, b) => a - b).reduce((total, amount) => total + amount, 0)
}
