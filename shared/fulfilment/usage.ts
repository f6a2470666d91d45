/**
 * Usage from charging, applied to SIM documents: each report once, whatever is repeated, late, out of order, or half done when a process
 * ends. A batch costs one read and one conditional replace per SIM.
 *
 * A SIM's document holds the ids of its recent reports. Older ids move into rows of their own, one chain per SIM and hour, and only after
 * the document that counts them has been stored: a report whose id stands in a row has been counted for certain.
 */
import { createHash } from 'node:crypto'
import type { Iccid } from '../domain/identifiers'
import type { Sim } from '../domain/sim'
import { hourOf, type Usage, type UsageEvent, withoutOldReports, withUsage } from '../domain/usage'
import type { Clock, DocumentStore, Log, Stored, StoredFields } from '../platform/ports'
import type { Orders } from './orders'

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
}

/** A report that people must look at. Partition: `late~` or `unknown~` and the day it came for; id: hash of ICCID and report id. */
export interface UnappliedReport extends StoredFields {
  schema: 1
  report: UsageReport
  receivedAt: string
}

/** Ids of reports of one SIM and hour. Partition: the ICCID; id: {@link rowId}. */
interface ReportIds extends StoredFields {
  schema: 1
  ids: readonly string[]
}

const DAY_MS = 24 * 60 * 60_000
/** Reports may be this late. */
export const usageLateMs = 7 * DAY_MS
/** Ids that stay in the SIM's document. */
const RECENT = 100
/** Reports that are applied in one write. */
const AT_ONCE = 100
/** Ids in one row: about 45 KB. */
const ROW_IDS = 3_000
/** What a report tells the order of its SIM may take this long before it is left to a wake. */
const BUDGET_MS = 2_500
/** SIMs whose reports are applied side by side. */
const SIMS_AT_ONCE = 8

/** Applies a batch. Rejects only when the store cannot be reached: then the batch may be sent again as it is. */
export async function applyUsage(parts: UsageParts, reports: readonly UsageReport[]): Promise<UsageAnswer> {
  const oldest = new Date(parts.clock().getTime() - usageLateMs).toISOString()
  const late = reports.filter(({ at }) => at < oldest)
  await sideBySide(late, (report) => keepForPeople(parts, 'late', report))
  const bySim = new Map<Iccid, UsageReport[]>()
  for (const report of reports)
    if (report.at >= oldest) bySim.set(report.iccid, [...(bySim.get(report.iccid) ?? []), report])
  const answers = await sideBySide([...bySim], async ([iccid, ofSim]) => {
    const answer: UsageAnswer = { applied: [], repeated: [], late: [], unknown: [] }
    for (let at = 0; at < ofSim.length; at += AT_ONCE)
      await applyToSim(parts, iccid, ofSim.slice(at, at + AT_ONCE), answer)
    return answer
  })
  return {
    applied: answers.flatMap(({ applied }) => applied),
    repeated: answers.flatMap(({ repeated }) => repeated),
    late: late.map(({ id }) => id),
    unknown: answers.flatMap(({ unknown }) => unknown),
  }
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
  await Promise.all(Array.from({ length: Math.min(SIMS_AT_ONCE, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}

async function applyToSim(parts: UsageParts, iccid: Iccid, reports: UsageReport[], answer: UsageAnswer): Promise<void> {
  const { documents } = parts
  const events = reports.map(({ id, at, bytes }): UsageEvent => ({ id: shortId(id), at, bytes }))
  for (;;) {
    const stored = await documents.get<Sim>('sims', iccid, iccid)
    if (stored === undefined) {
      for (const report of reports) await keepForPeople(parts, 'unknown', report)
      answer.unknown.push(...reports.map(({ id }) => id))
      return
    }
    const seen = await countedBefore(documents, stored.value, events)
    const fresh = events.filter(({ id }) => !seen.has(id))
    if (fresh.length > 0 && !(await countThem(parts, stored, fresh))) continue
    const counted = new Set(fresh.map(({ id }) => id))
    for (const { id } of reports) (counted.delete(shortId(id)) ? answer.applied : answer.repeated).push(id)
    await tellOrder(parts, stored.value, fresh)
    return
  }
}

/** One conditional replace; false: somebody else wrote meanwhile. */
async function countThem(
  { documents }: UsageParts,
  stored: Stored<Sim>,
  fresh: readonly UsageEvent[],
): Promise<boolean> {
  const { sim: kept, left } = withoutOldReports(stored.value, RECENT)
  const rows = await moveToRows(documents, kept, left)
  const next = withUsage(kept, fresh)
  const value = rows === undefined || next.usage === undefined ? next : { ...next, usage: { ...next.usage, rows } }
  return (await documents.replace('sims', stored.partition, stored.id, value, stored.etag)).ok
}

/** Which of the reports have been counted: in the document itself, or in the rows of their hours. */
async function countedBefore(
  documents: DocumentStore,
  { iccid, usage }: Sim,
  events: readonly UsageEvent[],
): Promise<ReadonlySet<string>> {
  const seen = new Set(usage?.recent.map(({ id }) => id))
  const hours = new Set(events.filter(({ id }) => !seen.has(id)).map(({ at }) => hourOf(at)))
  for (const hour of hours) {
    for (let n = 0; n < (usage?.rows?.[hour] ?? 0); n += 1) {
      const row = await documents.get<ReportIds>('sims', iccid, rowId(hour, n))
      for (const id of row?.value.ids ?? []) seen.add(id)
    }
  }
  return seen
}

/**
 * Writes the ids of counted reports into the rows of their hours. Safe to repeat.
 *
 * @returns which hours have how many rows now; undefined: as before
 */
async function moveToRows(documents: DocumentStore, sim: Sim, left: readonly UsageEvent[]): Promise<Usage['rows']> {
  if (left.length === 0) return undefined
  const rows: Record<string, number> = { ...sim.usage?.rows }
  const byHour = new Map<string, string[]>()
  for (const { id, at } of left) byHour.set(hourOf(at), [...(byHour.get(hourOf(at)) ?? []), id])
  for (const [hour, ids] of byHour) rows[hour] = await addToRow(documents, sim.iccid, hour, ids, rows[hour] ?? 0)
  // Reports of hours that are over are refused as late, so their rows need not be known any longer.
  const newest = Object.keys(rows).sort().at(-1) ?? ''
  const oldest = new Date(Date.parse(`${newest}:00:00Z`) - usageLateMs - DAY_MS).toISOString()
  return Object.fromEntries(Object.entries(rows).filter(([hour]) => hour >= hourOf(oldest)))
}

async function addToRow(
  documents: DocumentStore,
  iccid: Iccid,
  hour: string,
  ids: readonly string[],
  known: number,
): Promise<number> {
  const expiresAt = new Date(Date.parse(`${hour}:00:00Z`) + usageLateMs + 2 * DAY_MS).toISOString()
  for (let n = Math.max(0, known - 1); ; ) {
    const row = await documents.get<ReportIds>('sims', iccid, rowId(hour, n))
    const before = row?.value.ids ?? []
    const missing = ids.filter((id) => !before.includes(id))
    if (missing.length === 0) return n + 1
    if (before.length + missing.length > ROW_IDS) {
      n += 1
      continue
    }
    const value: ReportIds = { schema: 1, ids: [...before, ...missing], expiresAt }
    const written =
      row === undefined
        ? await documents.insert('sims', iccid, rowId(hour, n), value)
        : await documents.replace('sims', iccid, rowId(hour, n), value, row.etag)
    if (written.ok) return n + 1
  }
}

function rowId(hour: string, n: number): string {
  return `usage~${hour}~${n}`
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
