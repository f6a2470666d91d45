/**
 * Records of usage for the operator's books: what charging reported, each report once, and whether it was counted.
 *
 * A batch leaves one row for each hour of use in the container `records`, after it was applied: whoever sends it has no answer before
 * that and sends it again after any failure, so no report that was counted lacks its record. The row's id is the hash of what it holds; the
 * same batch again writes the same row. What overlaps in other ways is told apart where it is read: a report belongs to the hour of its
 * use, so all that was ever said of it lies in one partition.
 */
import { createHash } from 'node:crypto'
import { hourOf } from '../domain/usage'
import type { UsageRecord } from '../domain/usage-record'
import type { DocumentStore, StoredFields } from '../platform/ports'
import { fnv1a } from './stock'
import { applyUsage, type UsageAnswer, type UsageParts, type UsageReport } from './usage'

type Fate = keyof UsageAnswer
/** What is said of a report, the stronger word first: what was counted with this very batch is what stands in the balance. */
const fates: readonly Fate[] = ['applied', 'repeated', 'late', 'unknown']

/** Partition: {@link usagePartition}; id: hash of its events. */
interface UsageRow extends StoredFields {
  schema: 1
  receivedAt: string
  events: readonly [id: string, iccid: string, at: string, bytes: number, fate: Fate][]
}
type Entry = UsageRow['events'][number]

const DAY_MS = 24 * 60 * 60_000
/** Events in one row: at most 45 KB. */
const ROW_EVENTS = 300
/** Rows that are written side by side. */
const AT_ONCE = 8
/** Reports that an export holds in memory at once: some tens of megabytes. */
const HELD = 100_000

/** The partition of what was used within the hour (UTC) of this instant. */
export function usagePartition(at: string): string {
  return `usage~${hourOf(at)}`
}

/**
 * Applies a batch and keeps its records. Rejects only when the store cannot be reached: then the batch may be sent again as it is.
 *
 * @param keepDays how long the records are kept
 */
export async function takeUsage(
  parts: UsageParts,
  reports: readonly UsageReport[],
  keepDays: number,
): Promise<UsageAnswer> {
  const answer: UsageAnswer = { applied: [], repeated: [], late: [], unknown: [] }
  const entries: Entry[] = []
  for (const wave of inWaves(reports)) {
    const told = await applyUsage(parts, wave)
    const fateOf = new Map(fates.flatMap((fate) => told[fate].map((id) => [id, fate] as const)))
    for (const fate of fates) answer[fate].push(...told[fate])
    for (const { id, iccid, at, bytes } of wave) entries.push([id, iccid, at, bytes, fateOf.get(id) ?? 'repeated'])
  }
  const now = parts.clock()
  const expiresAt = new Date(now.getTime() + keepDays * DAY_MS).toISOString()
  const rows = rowsOf(entries).map((events): UsageRow => {
    return { schema: 1, receivedAt: now.toISOString(), events, expiresAt }
  })
  for (let at = 0; at < rows.length; at += AT_ONCE)
    await Promise.all(rows.slice(at, at + AT_ONCE).map((row) => keepRow(parts.documents, row)))
  return answer
}

/** An answer names reports by their ids alone, which are unique per SIM only: those that a batch has twice are applied one after the other. */
function inWaves(reports: readonly UsageReport[]): UsageReport[][] {
  const waves: UsageReport[][] = []
  const times = new Map<string, number>()
  for (const report of reports) {
    const before = times.get(report.id) ?? 0
    times.set(report.id, before + 1)
    const wave = waves[before]
    if (wave === undefined) waves.push([report])
    else wave.push(report)
  }
  return waves
}

function rowsOf(entries: readonly Entry[]): Entry[][] {
  const rows = new Map<string, Entry[]>()
  const full: Entry[][] = []
  for (const entry of entries) {
    const hour = hourOf(entry[2])
    const row = rows.get(hour) ?? []
    row.push(entry)
    rows.set(hour, row)
    if (row.length < ROW_EVENTS) continue
    full.push(row)
    rows.delete(hour)
  }
  return [...full, ...rows.values()]
}

async function keepRow(documents: DocumentStore, row: UsageRow): Promise<void> {
  const [first] = row.events
  if (first === undefined) return
  const id = createHash('sha256').update(JSON.stringify(row.events)).digest('base64url').slice(0, 24)
  // What is there already says the same.
  await documents.insert('records', usagePartition(first[2]), id, row)
}

interface Held {
  entry: Entry
  receivedAt: string
}

/**
 * What was used within an hour (UTC): each report once, by time of use. Memory is bounded however much that was: an hour with more
 * than `held` reports is read several times, for a share of them each.
 */
export async function* readUsage(documents: DocumentStore, hour: Date, held = HELD): AsyncGenerator<UsageRecord> {
  let shares = 1
  for (let share = 0; share < shares; share += 1) {
    const known = new Map<string, Held>()
    for await (const { value } of documents.listPartition<UsageRow>('records', usagePartition(hour.toISOString()))) {
      for (const entry of value.events) {
        const key = `${entry[1]} ${entry[0]}`
        if (fnv1a(key) % shares !== share) continue
        const before = known.get(key)
        const now = { entry, receivedAt: value.receivedAt }
        if (before === undefined || isStronger(now, before)) known.set(key, now)
        // How many shares it takes shows with the first of them; the others are about as large.
        while (share === 0 && known.size > held) {
          shares *= 2
          for (const other of known.keys()) if (fnv1a(other) % shares !== 0) known.delete(other)
        }
      }
    }
    for (const { entry, receivedAt } of [...known.values()].sort(byUse)) {
      const [eventId, iccid, at, bytes, fate] = entry
      const standing = fate === 'late' || fate === 'unknown' ? fate : 'counted'
      yield { at, iccid, eventId, bytes, standing, receivedAt }
    }
  }
}

function isStronger(one: Held, other: Held): boolean {
  const [a, b] = [fates.indexOf(one.entry[4]), fates.indexOf(other.entry[4])]
  return a === b ? one.receivedAt < other.receivedAt : a < b
}

function byUse({ entry: a }: Held, { entry: b }: Held): number {
  const [x, y] = [`${a[2]} ${a[1]} ${a[0]}`, `${b[2]} ${b[1]} ${b[0]}`]
  return x === y ? 0 : x < y ? -1 : 1
}
