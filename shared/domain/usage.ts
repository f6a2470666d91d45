/**
 * Data used on a SIM. Usage is summed per interval between the instants at which balances begin or end, by the time of the event: what is
 * left then follows from grants and sums alone, in whatever order events came, were repeated, or met top-ups.
 *
 * Bytes are integers: sums of fractions would depend on their order.
 */
import type { Grant, Sim } from './sim'

/** Bytes in a megabyte of a plan, as 1 GB is 1024 MB. */
export const bytesPerMB = 1_048_576

/** One report of data used. */
export interface UsageEvent {
  /** Names the report: the same one counts once. At most {@link maxUsageIdLength} characters. */
  id: string
  /** ISO 8601, UTC, with milliseconds. */
  at: string
  bytes: number
}

export const maxUsageIdLength = 64

/** Reports may be this late, in milliseconds: a week. */
export const usageLateMs = 7 * 24 * 60 * 60_000

/** What a SIM's document keeps of its usage. */
export interface Usage {
  /** By the instant at which the interval begins (ISO 8601; empty: before the first), ascending. */
  sums: readonly UsageSum[]
  /** The reports that came last, oldest first; they are part of the sums. */
  recent: readonly UsageEvent[]
  /** Hours of UTC, such as `2026-03-01T12`, of whose reports ids lie in rows of their own, and how many rows. */
  rows?: Readonly<Record<string, number>> | undefined
}

export interface UsageSum {
  from: string
  bytes: number
}

/** The hour of UTC of an instant, as rows of ids are named. */
export function hourOf(at: string): string {
  return at.slice(0, 13)
}

/** The SIM with reports added; those in `recent` already do not count again. Others that count must be told apart by the caller. */
export function withUsage(sim: Sim, events: readonly UsageEvent[]): Sim {
  const usage = sim.usage ?? { sums: [], recent: [] }
  const known = new Set(usage.recent.map(({ id }) => id))
  const fresh: UsageEvent[] = []
  for (const event of events) {
    if (known.has(event.id)) continue
    known.add(event.id)
    fresh.push(event)
  }
  if (fresh.length === 0) return sim
  const sums = new Map(usage.sums.map(({ from, bytes }) => [from, bytes]))
  const cuts = cutsOf(sim.grants, usage.sums)
  for (const { at, bytes } of fresh) add(sums, intervalOf(cuts, at), bytes)
  return { ...sim, usage: { ...usage, sums: sorted(sums), recent: [...usage.recent, ...fresh] } }
}

/** The SIM without the oldest of its recent reports, so that at most `keep` are left, and the reports that left. */
export function withoutOldReports(sim: Sim, keep: number): { sim: Sim; left: readonly UsageEvent[] } {
  const { usage } = sim
  const excess = usage === undefined ? 0 : usage.recent.length - keep
  if (usage === undefined || excess <= 0) return { sim, left: [] }
  return {
    sim: { ...sim, usage: { ...usage, recent: usage.recent.slice(excess) } },
    left: usage.recent.slice(0, excess),
  }
}

/**
 * The SIM with its sums cut where its grants now begin and end. Reports in `recent` go to their side of a new cut; what is older than they
 * are stays on the earlier side. Call it whenever a grant's time has begun.
 */
export function regrouped(sim: Sim): Sim {
  const { usage } = sim
  if (usage === undefined) return sim
  const before = usage.sums.map(({ from }) => from).filter((from) => from !== '')
  const after = cutsOf(sim.grants, usage.sums)
  if (after.length === before.length) return sim
  const sums = new Map(usage.sums.map(({ from, bytes }) => [from, bytes]))
  for (const { at, bytes } of usage.recent) {
    const [had, has] = [intervalOf(before, at), intervalOf(after, at)]
    if (had === has) continue
    add(sums, had, -bytes)
    add(sums, has, bytes)
  }
  for (const cut of after) add(sums, cut, 0)
  return { ...sim, usage: { ...usage, sums: sorted(sums) } }
}

/** What the usage takes from each grant, in bytes, by order id. Of the grants whose time runs, the one that ends first gives first. */
export function takenBytes(sim: Pick<Sim, 'grants' | 'usage'>): Map<string, number> {
  const taken = new Map<string, number>()
  const grants = [...sim.grants].sort(byEnd)
  for (const { from, bytes } of sim.usage?.sums ?? []) {
    let left = bytes
    for (const grant of grants) {
      if (left <= 0) break
      if (!runsAt(grant, from)) continue
      const had = taken.get(grant.orderId) ?? 0
      const takes = Math.min(left, Math.max(0, grantedBytes(grant) - had))
      taken.set(grant.orderId, had + takes)
      left -= takes
    }
  }
  return taken
}

/** What a grant holds, in bytes. */
export function grantedBytes({ dataMB }: Grant): number {
  return Math.round(dataMB * bytesPerMB)
}

/** The grant that ends first comes first; those whose clock stands come last. Ties are settled by facts of the grants alone. */
export function byEnd(a: Grant, b: Grant): number {
  return compare(endOf(a), endOf(b)) || compare(a.durationMs, b.durationMs) || compare(a.orderId, b.orderId)
}

/** Milliseconds since 1970; infinite while the clock stands. */
export function endOf({ startsAt, durationMs }: Grant): number {
  return startsAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(startsAt) + durationMs
}

function runsAt(grant: Grant, from: string): boolean {
  if (from === '' || grant.startsAt === undefined) return false
  const at = Date.parse(from)
  return Date.parse(grant.startsAt) <= at && at < endOf(grant)
}

/** Every instant at which usage is kept apart: where grants begin and end, now or at some time before. */
function cutsOf(grants: readonly Grant[], sums: readonly UsageSum[]): string[] {
  const cuts = new Set(sums.map(({ from }) => from))
  for (const grant of grants) {
    if (grant.startsAt === undefined) continue
    cuts.add(new Date(grant.startsAt).toISOString())
    cuts.add(new Date(endOf(grant)).toISOString())
  }
  cuts.delete('')
  return [...cuts].sort()
}

/** The interval of an instant: the last cut that is not after it. */
function intervalOf(cuts: readonly string[], at: string): string {
  let found = ''
  for (const cut of cuts) if (cut <= at) found = cut
  return found
}

function add(sums: Map<string, number>, from: string, bytes: number): void {
  sums.set(from, (sums.get(from) ?? 0) + bytes)
}

function sorted(sums: Map<string, number>): UsageSum[] {
  return [...sums].map(([from, bytes]) => ({ from, bytes })).sort((a, b) => compare(a.from, b.from))
}

function compare<T extends number | string>(a: T, b: T): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
