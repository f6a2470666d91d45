/**
 * Ids of usage reports that have left their SIM's document: rows of their own, one chain per SIM and hour. Rows are written before the document
 * that no longer holds the ids, so a report whose id stands in a row has been counted for certain.
 */
import type { Iccid } from '../domain/identifiers'
import type { Sim } from '../domain/sim'
import { hourOf, type Usage, type UsageEvent, usageLateMs } from '../domain/usage'
import type { DocumentStore, Stored, StoredFields } from '../platform/ports'

/** Ids of reports of one SIM and hour. Partition: the ICCID; id: {@link rowId}. */
interface ReportIds extends StoredFields {
  schema: 1
  ids: readonly string[]
}

const DAY_MS = 24 * 60 * 60_000
/** Ids in one row: about 15 KB, of which each addition writes the whole. */
const ROW_IDS = 1_000
/** Ids that a process remembers: some ten megabytes. */
const REMEMBERED = 100_000

/** A row as it was last read or written. */
interface KnownRow {
  ids: ReadonlySet<string>
  etag: string
}

/** Rows by their id. */
export type KnownRows = Map<string, KnownRow>

/** The rows of one version of a SIM's document. */
interface KnownSim {
  etag: string
  rows: KnownRows
}

/**
 * What a process knows of rows, so that many reports of one SIM do not read its rows again for each write.
 *
 * It counts for one version of the SIM's document only. As long as that version stands, whatever others have added to the rows are ids that it still
 * holds: they were moved for a next version that never came to be.
 */
export class RowMemory {
  readonly #sims = new Map<Iccid, KnownSim>()
  #ids = 0

  /** @param most ids of all SIMs together */
  constructor(readonly most = REMEMBERED) {}

  /** The rows that are known for this version, to read and to add to; none are for another. */
  of({ value: { iccid }, etag }: Stored<Sim>): KnownRows {
    const known = this.#sims.get(iccid)
    this.#forget(iccid)
    return known?.etag === etag ? known.rows : new Map()
  }

  /** Keeps the rows for the version that has just been read or written, and forgets what has not been asked for longest. */
  keep(iccid: Iccid, etag: string, rows: KnownRows): void {
    this.#forget(iccid)
    if (rows.size === 0) return
    this.#sims.set(iccid, { etag, rows })
    this.#ids += countOf(rows)
    for (const oldest of this.#sims.keys()) {
      if (this.#ids <= this.most) return
      this.#forget(oldest)
    }
  }

  #forget(iccid: Iccid): void {
    const known = this.#sims.get(iccid)
    if (known === undefined) return
    this.#sims.delete(iccid)
    this.#ids -= countOf(known.rows)
  }
}

function countOf(rows: ReadonlyMap<string, KnownRow>): number {
  let count = 0
  for (const { ids } of rows.values()) count += ids.size
  return count
}

/** Which of the reports have been counted: in the document itself, or in the rows of their hours, which `known` then holds. */
export async function countedBefore(
  documents: DocumentStore,
  { iccid, usage }: Sim,
  events: readonly UsageEvent[],
  known: KnownRows,
): Promise<ReadonlySet<string>> {
  const counted = new Set(usage?.recent.map(({ id }) => id))
  const elsewhere = events.filter(({ id }) => !counted.has(id))
  for (const hour of new Set(elsewhere.map(({ at }) => hourOf(at)))) {
    const ids = Array.from({ length: usage?.rows?.[hour] ?? 0 }, (_, n) => rowId(hour, n))
    const rows = await Promise.all(ids.map(async (id) => known.get(id) ?? readRow(documents, iccid, id, known)))
    for (const { id } of elsewhere) if (rows.some((row) => row?.ids.has(id))) counted.add(id)
  }
  return counted
}

/**
 * Writes the ids of counted reports into the rows of their hours. Safe to repeat.
 *
 * @returns which hours have how many rows now; undefined: as before
 */
export async function moveToRows(
  documents: DocumentStore,
  sim: Sim,
  left: readonly UsageEvent[],
  known: KnownRows,
): Promise<Usage['rows']> {
  if (left.length === 0) return undefined
  const rows: Record<string, number> = { ...sim.usage?.rows }
  const byHour = new Map<string, string[]>()
  for (const { id, at } of left) byHour.set(hourOf(at), [...(byHour.get(hourOf(at)) ?? []), id])
  for (const [hour, ids] of byHour) rows[hour] = await addToRow(documents, sim.iccid, hour, ids, rows[hour] ?? 0, known)
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
  count: number,
  known: KnownRows,
): Promise<number> {
  const expiresAt = new Date(Date.parse(`${hour}:00:00Z`) + usageLateMs + 2 * DAY_MS).toISOString()
  for (let n = Math.max(0, count - 1); ; ) {
    const id = rowId(hour, n)
    const row = known.get(id) ?? (await readRow(documents, iccid, id, known))
    const missing = ids.filter((one) => !row?.ids.has(one))
    if (missing.length === 0) return n + 1
    if (row !== undefined && row.ids.size + missing.length > ROW_IDS) {
      n += 1
      continue
    }
    const all = [...(row?.ids ?? []), ...missing]
    const value: ReportIds = { schema: 1, ids: all, expiresAt }
    const written =
      row === undefined
        ? await documents.insert('sims', iccid, id, value)
        : await documents.replace('sims', iccid, id, value, row.etag)
    if (written.ok) {
      known.set(id, { ids: new Set(all), etag: written.etag })
      return n + 1
    }
    known.delete(id)
  }
}

async function readRow(
  documents: DocumentStore,
  iccid: Iccid,
  id: string,
  known: KnownRows,
): Promise<KnownRow | undefined> {
  const stored = await documents.get<ReportIds>('sims', iccid, id)
  if (stored === undefined) return undefined
  const row = { ids: new Set(stored.value.ids), etag: stored.etag }
  known.set(id, row)
  return row
}

function rowId(hour: string, n: number): string {
  return `usage~${hour}~${n}`
}
