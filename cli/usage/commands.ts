import { maskIdentifier } from '../../shared/domain/identifiers'
import type { Rules } from '../../shared/domain/order/rules'
import { defaultUsageRecordDays } from '../../shared/domain/usage-record'
import { recordFinding } from '../../shared/fulfilment/staff'
import { listUnapplied, type UnappliedReport } from '../../shared/fulfilment/usage'
import { takeUsage } from '../../shared/fulfilment/usage-records'
import { createLog, withLogSink } from '../../shared/platform/log'
import type { OpenedWakeQueue } from '../../shared/platform/open-wake-queue'
import type { Clock, DocumentStore, Stored, WakeQueue } from '../../shared/platform/ports'
import { CliError, type Io, type Outcome } from '../io'
import { openDocuments, openWakes, readOperator, readRules } from '../settings'

/** What `usage` is asked for. */
export interface UsageOptions {
  json: boolean
  /** Days of usage, back from now. */
  days: number
  apply: boolean
  /** Ids of reports that were settled otherwise. */
  remove?: readonly string[]
}

/** Where reports lie; tests bring their own. */
export interface UsageCommandParts {
  documents: DocumentStore
  /** Asked for only when an order is to be told of its first usage. */
  wakes: () => Promise<WakeQueue>
  rules: Rules
  /** How long records of usage are kept. */
  keepDays: number
  clock: Clock
}

/** `counted`: now, or it had been before. `late`: too old by now to be told from one that was counted; it moved to that list. */
type Fate = 'kept' | 'counted' | 'late' | 'removed'

/**
 * `usage late` and `usage unknown`: reports that were not counted. With `apply`, unknown ones are given to the same process again: what
 * it counts, or finds counted, leaves the list. Doing so again, or while the app does, counts nothing twice.
 */
export async function usageCommand(
  io: Io,
  which: 'late' | 'unknown',
  options: UsageOptions,
  given?: UsageCommandParts,
): Promise<Outcome> {
  if (options.apply && which === 'late')
    throw new CliError('usage', 'late reports cannot be applied: nobody can tell any more whether they were counted')
  if (given !== undefined) return goThrough(io, which, options, given)
  let opened: Promise<OpenedWakeQueue> | undefined
  const wakes = () => {
    opened ??= openWakes(io)
    return opened
  }
  try {
    const [documents, rules] = [await openDocuments(io), readRules(io)]
    const keepDays = readOperator(io)?.records.usageDays ?? defaultUsageRecordDays
    return await goThrough(io, which, options, { documents, wakes, rules, keepDays, clock: () => new Date() })
  } finally {
    // Without it a process that keeps a connection to Service Bus would not end.
    await (await opened)?.close?.()
  }
}

async function goThrough(
  io: Io,
  which: 'late' | 'unknown',
  options: UsageOptions,
  parts: UsageCommandParts,
): Promise<Outcome> {
  const counts = { kept: 0, counted: 0, late: 0, removed: 0 }
  const acts = options.apply || options.remove !== undefined
  let first = true
  if (options.json) io.out('[')
  for await (const stored of listUnapplied(parts, which, options.days)) {
    const fate = await fateOf(io, parts, stored, options)
    counts[fate] += 1
    const { report, receivedAt } = stored.value
    if (options.json)
      io.out(`${first ? '' : ','}\n${JSON.stringify({ ...report, receivedAt, ...(acts ? { fate } : {}) })}`)
    else {
      const told = acts ? `  ${fate}` : ''
      io.out(`${report.at}  ${maskIdentifier(report.iccid)}  ${report.bytes} bytes  ${report.id}${told}\n`)
    }
    first = false
  }
  if (options.json) io.out('\n]\n')
  else io.err(`${summary(which, counts)}\n`)
  return counts.kept + counts.late > 0 ? 'findings' : 'good'
}

const words: Record<Fate, string> = {
  counted: 'counted',
  removed: 'removed',
  late: 'late by now',
  kept: 'not counted',
}

function summary(which: string, counts: Record<Fate, number>): string {
  const told = Object.entries(words).filter(([fate]) => counts[fate as Fate] > 0)
  if (told.length === 0) return `No ${which} usage found.`
  return told.map(([fate, word]) => `${counts[fate as Fate]} ${word}`).join(', ')
}

async function fateOf(
  io: Io,
  parts: UsageCommandParts,
  stored: Stored<UnappliedReport>,
  { apply, remove = [] }: UsageOptions,
): Promise<Fate> {
  if (apply) return applyAgain(io, parts, stored)
  if (!remove.includes(stored.value.report.id)) return 'kept'
  await parts.documents.delete('sims', stored.partition, stored.id)
  return 'removed'
}

async function applyAgain(io: Io, parts: UsageCommandParts, { value, ...row }: Stored<UnappliedReport>): Promise<Fate> {
  const { documents, wakes, rules, keepDays, clock } = parts
  const sink = {
    info: () => undefined,
    warn: (line: string) => io.err(`${line}\n`),
    error: (line: string) => io.err(`${line}\n`),
  }
  const log = createLog()
  return withLogSink(sink, async () => {
    const send = async (orderId: string, event: Parameters<typeof recordFinding>[2]) =>
      recordFinding({ documents, wakes: await wakes(), rules, clock, log }, orderId, event)
    const answer = await takeUsage({ documents, orders: { send }, clock, log }, [value.report], keepDays)
    if (answer.unknown.length > 0) return 'kept'
    await documents.delete('sims', row.partition, row.id)
    return answer.late.length > 0 ? 'late' : 'counted'
  })
}
