/**
 * Usage from charging, applied to SIM documents: each report once, whatever is repeated, late, out of order, or half done when a process
 * ends. A batch costs one read and one conditional replace per SIM.
 *
 * A SIM's document holds the ids of its recent reports, and `usage-rows.ts` older ones.
 */
import { createHash } from 'node:crypto'
import type { Iccid } from '../domain/identifiers'
import type { Sim } from '../domain/sim'
import { type UsageEvent, usageLateMs, withoutOldReports, withUsage } from '../domain/usage'
import type { Clock, DocumentStore, Log, Stored, StoredFields } from '../platform/ports'
import { Lanes } from './lanes'
import type { Orders } from './orders'
import { countedBefore, type KnownRows, moveToRows, RowMemory } from './usage-rows'

/** A report as charging sends it. */
export interface UsageReport extends UsageEvent {
  iccid: Iccid
}

/** What became of each report, by its id. */
export interface UsageAnswer {
  /** Counted now. */
  applied: string[]
  /** Counted before. */
  repeated: string[]
  /** Older than seven days: kept in the list of late reports, which people settle. */
  late: string[]
  /** Of SIMs that nobody knows: kept in a list likewise. */
  unknown: string[]
}

export interface UsageParts {
  documents: DocumentStore
  orders: Pick<Orders, 'send'>
  clock: Clock
  log: Log
  /** Of the process, for many reports of one SIM. */
  memory?: UsageMemory
}

/** What a process keeps between batches: rows that need not be read again, and whose turn it is. */
export interface UsageMemory {
  rows: RowMemory
  lanes: Lanes<Iccid, UsageReport, Fate>
}

/** Memory for a process. */
export function createUsageMemory(): UsageMemory {
  return { rows: new RowMemory(), lanes: new Lanes() }
}

type Fate = 'applied' | 'repeated' | 'unknown'

/** A report that people must look at. Partition: `late~` or `unknown~` and the day it came for; id: hash of ICCID and report id. */
export interface UnappliedReport extends StoredFields {
  schema: 1
  report: UsageReport
  receivedAt: string
}

const DAY_MS = 24 * 60 * 60_000
/** Ids in the SIM's document; with more of them, all but the last `KEPT` leave it at the next write, so that few writes need another for the rows. */
const MOST = 200
const KEPT = 100
/** Reports of a SIM that are applied in one write. */
const AT_ONCE = 100
/** What a report tells the order of its SIM may take this long before it is left to a wake. */
const BUDGET_MS = 2_500
/** SIMs whose reports are applied side by side. */
export const simsAtOnce = 8

/** Applies a batch. Rejects only when the store cannot be reached: then the batch may be sent again as it is. */
export async function applyUsage(parts: UsageParts, reports: readonly UsageReport[]): Promise<UsageAnswer> {
  const oldest = new Date(parts.clock().getTime() - usageLateMs).toISOString()
  const late = reports.filter(({ at }) => at < oldest)
  await sideBySide(late, (report) => keepForPeople(parts, 'late', report))
  const bySim = new Map<Iccid, UsageReport[]>()
  for (const report of reports)
    if (report.at >= oldest) bySim.set(report.iccid, [...(bySim.get(report.iccid) ?? []), report])
  const answer: UsageAnswer = { applied: [], repeated: [], late: late.map(({ id }) => id), unknown: [] }
  const fates = await sideBySide([...bySim], async ([iccid, ofSim]) => {
    const apply = (some: readonly UsageReport[]) => applyToSim(parts, iccid, some)
    return { ofSim, fates: await (parts.memory?.lanes.run(iccid, ofSim, apply) ?? apply(ofSim)) }
  })
  for (const one of fates) for (const [n, { id }] of one.ofSim.entries()) answer[one.fates[n] ?? 'unknown'].push(id)
  return answer
}

/** Works on a few at a time. After a failure no other is begun; it is told once those that run have ended. */
async function sideBySide<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const waiting = items.entries()
  const failures: unknown[] = []
  const worker = async () => {
    for (const [at, item] of waiting) {
      try {
        results[at] = await work(item)
      } catch (error) {
        failures.push(error)
      }
      if (failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: Math.min(simsAtOnce, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}

/** In parts, each of one write. What was written is what the next part goes on from: it is read again only when somebody else wrote meanwhile. */
async function applyToSim(parts: UsageParts, iccid: Iccid, reports: readonly UsageReport[]): Promise<Fate[]> {
  const fates: Fate[] = []
  const events = reports.map(({ id, at, bytes }): UsageEvent => ({ id: shortId(id), at, bytes }))
  const read = () => parts.documents.get<Sim>('sims', iccid, iccid)
  let stored = await read()
  while (fates.length < reports.length) {
    if (stored === undefined) {
      for (const report of reports.slice(fates.length)) await keepForPeople(parts, 'unknown', report)
      return [...fates, ...reports.slice(fates.length).map((): Fate => 'unknown')]
    }
    const before = stored.value
    const some = events.slice(fates.length, fates.length + AT_ONCE)
    const counted = await countThem(parts, stored, some)
    stored = counted?.stored ?? (await read())
    if (counted === undefined) continue
    const fresh = new Set(counted.fresh.map(({ id }) => id))
    fates.push(...some.map(({ id }): Fate => (fresh.delete(id) ? 'applied' : 'repeated')))
    await tellOrder(parts, before, counted.fresh)
  }
  return fates
}

/** One conditional replace, or none where nothing is new. Gives what stands now and what was new; undefined: somebody else wrote meanwhile. */
async function countThem(
  { documents, memory }: UsageParts,
  stored: Stored<Sim>,
  events: readonly UsageEvent[],
): Promise<{ stored: Stored<Sim>; fresh: readonly UsageEvent[] } | undefined> {
  const { partition, id, value: sim, etag } = stored
  const known: KnownRows = memory?.rows.of(stored) ?? new Map()
  const seen = await countedBefore(documents, sim, events, known)
  const fresh = events.filter((event) => !seen.has(event.id))
  if (fresh.length === 0) {
    memory?.rows.keep(sim.iccid, etag, known)
    return { stored, fresh }
  }
  const full = (sim.usage?.recent.length ?? 0) > MOST
  const { sim: kept, left } = full ? withoutOldReports(sim, KEPT) : { sim, left: [] }
  const rows = await moveToRows(documents, kept, left, known)
  const next = withUsage(kept, fresh)
  const value = rows === undefined || next.usage === undefined ? next : { ...next, usage: { ...next.usage, rows } }
  const written = await documents.replace('sims', partition, id, value, etag)
  if (!written.ok) return undefined
  memory?.rows.keep(sim.iccid, written.etag, known)
  return { stored: { partition, id, value, etag: written.etag }, fresh }
}

/** First use is evidence that a profile is installed: its order is told while the time of its balance has not begun. */
async function tellOrder(
  { orders, log }: UsageParts,
  { iccid, orderId, grants }: Sim,
  fresh: readonly UsageEvent[],
): Promise<void> {
  const waiting = grants.some((grant) => grant.orderId === orderId && grant.startsAt === undefined)
  const first = fresh.map(({ at }) => at).sort()[0]
  if (orderId === undefined || !waiting || first === undefined) return
  log.info('first usage', { order: orderId })
  await orders.send(orderId, { type: 'usage', iccid, at: first }, { budgetMs: BUDGET_MS })
}

async function keepForPeople({ documents, clock }: UsageParts, why: 'late' | 'unknown', report: UsageReport) {
  const value: UnappliedReport = { schema: 1, report, receivedAt: clock().toISOString() }
  // A report that is there already stays as it came first.
  await documents.insert('sims', unappliedPartition(why, report.at), shortId(`${report.iccid} ${report.id}`), value)
}

/** Partition of the reports of a day (UTC) that could not be applied. */
export function unappliedPartition(why: 'late' | 'unknown', at: string): string {
  return `${why}~${at.slice(0, 10)}`
}

/**
 * The reports that could not be applied, the oldest day first.
 *
 * @param days of usage, back from now; a clock that is ahead counts as today
 */
export async function* listUnapplied(
  { documents, clock }: Pick<UsageParts, 'documents' | 'clock'>,
  why: 'late' | 'unknown',
  days: number,
): AsyncIterable<Stored<UnappliedReport>> {
  for (let ago = days; ago >= -1; ago -= 1) {
    const day = new Date(clock().getTime() - ago * DAY_MS).toISOString()
    yield* documents.listPartition<UnappliedReport>('sims', unappliedPartition(why, day))
  }
}

/** 72 bits are enough to tell reports apart, and a fifth of what an id may be. */
function shortId(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 12)
}
