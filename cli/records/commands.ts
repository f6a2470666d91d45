import { resolve } from 'node:path'
import type { DocumentStore } from '../../shared/platform/ports'
import { CliError, type Io, type Outcome, progress } from '../io'
import { openDocuments, readOperator } from '../settings'
import { csvLine } from './csv'
import { periodOf } from './period'
import { ResumableFile, type Task } from './resumable-file'
import { type RecordKind, type Source, sourceOf } from './sources'

/** What `records` is asked for; what is left out follows from the task that is gone on with, or is as usual. */
export interface RecordsOptions {
  /** Milliseconds since 1970. */
  from?: number
  /** Without this instant. */
  to?: number
  format?: 'csv' | 'jsonl'
  /** A file; absent: standard output. */
  output?: string
  resume: boolean
}

/** Where records lie; tests bring their own. */
export interface RecordsParts {
  documents: DocumentStore
  now: () => number
  /** See {@link ResumableFile}. */
  everyMs?: number
}

/** Characters that are written at once. */
const CHUNK = 64 * 1024

/** Where an export goes. */
interface Sink {
  /** Whether progress would get among the records. */
  onTerminal: boolean
  write(text: string): Promise<void>
  reached(next: number, count: number): Promise<void>
}

/** `records purchases` and `records usage`: streams the records of a period, whatever its length, in the order of time. */
export async function recordsCommand(
  io: Io,
  kind: RecordKind,
  options: RecordsOptions,
  given?: RecordsParts,
): Promise<Outcome> {
  if (options.resume && options.output === undefined)
    throw new CliError('usage', '--resume goes on with a file: name it with --output')
  const source = sourceOf(kind, readOperator(io)?.defaultLanguage)
  const { documents, now, everyMs } = given ?? { documents: await openDocuments(io), now: Date.now }
  const begin = (): Task => {
    const period = periodOf(options, source.complete(now()), now())
    return { records: kind, format: options.format ?? 'csv', ...period }
  }
  if (options.output === undefined) {
    const task = begin()
    const count = await exportTo(io, source, documents, task, { next: task.from, count: 0, isEmpty: true }, stdout(io))
    tell(io, source, task, count, now())
    return 'good'
  }
  const path = resolve(io.folder, options.output)
  const fileOptions = { now, ...(everyMs === undefined ? {} : { everyMs }) }
  const { from, to, format } = options
  const asked = { records: kind, ...definedOnly({ from, to, format }) }
  const file = options.resume
    ? await ResumableFile.resume(path, asked, begin, fileOptions)
    : await ResumableFile.begin(path, begin(), fileOptions)
  try {
    const count = await exportTo(io, source, documents, file.task, file, file)
    await file.finish(count)
    tell(io, source, file.task, count, now())
    return 'good'
  } catch (error) {
    io.err('The export is not finished. What is there is kept: --resume goes on with it.\n')
    throw error
  } finally {
    await file.close()
  }
}

async function exportTo(
  io: Io,
  source: Source,
  documents: DocumentStore,
  { format, from, to }: Task,
  start: { next: number; count: number; isEmpty: boolean },
  sink: Sink,
): Promise<number> {
  const { columns, by, stepMs, read } = source
  const first = Math.floor(start.next / stepMs) * stepMs
  // The end need not be that of a step: what was exported up to it is not begun again.
  const steps = start.next < to ? Math.ceil((to - first) / stepMs) : 0
  const show = sink.onTerminal ? () => undefined : progress(io, 'Exporting', steps, Date.now)
  let { count } = start
  let text = format === 'csv' && start.isEmpty ? csvLine(columns) : ''
  for (let step = 0; step < steps; step += 1) {
    const at = first + step * stepMs
    for await (const line of read(documents, new Date(at))) {
      const instant = Date.parse(String(line[by]))
      if (instant < from || instant >= to) continue
      text += format === 'csv' ? csvLine(columns.map((column) => line[column] ?? null)) : `${JSON.stringify(line)}\n`
      count += 1
      if (text.length < CHUNK) continue
      await sink.write(text)
      text = ''
    }
    if (text !== '') await sink.write(text)
    text = ''
    await sink.reached(Math.min(at + stepMs, to), count)
    show(step + 1)
  }
  return count
}

/** Waits where the reader is slow, so that little is held in memory. */
function stdout(io: Io): Sink {
  return {
    onTerminal: io.outIsTerminal === true,
    async write(text) {
      io.out(text)
      await io.drained?.()
    },
    reached: async () => undefined,
  }
}

function tell(io: Io, source: Source, { records, from, to }: Task, count: number, now: number): void {
  const iso = (instant: number) => new Date(instant).toISOString()
  io.err(`${count} ${count === 1 ? 'record' : 'records'} of ${records}, ${iso(from)} to ${iso(to)}\n`)
  const final = source.final(now)
  if (to > final) io.err(`From ${iso(Math.max(from, final))} on they may still change: usage may come a week late.\n`)
}

function definedOnly<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
