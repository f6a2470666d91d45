import { maskIdentifier } from '../../shared/domain/identifiers'
import type { Rules } from '../../shared/domain/order/rules'
import { recordFinding } from '../../shared/fulfilment/staff'
import { applyUsage, listUnapplied, type UnappliedReport } from '../../shared/fulfilment/usage'
import { createLog, withLogSink } from '../../shared/platform/log'
import type { Clock, DocumentStore, Stored, WakeQueue } from '../../shared/platform/ports'
import { CliError, type Io, type Outcome } from '../io'
import { openDocuments, openWakes, readRules } from '../settings'

/** What `usage` is asked for. */
export interface UsageOptions {
  json: boolean
  /** Days of usage, back from now. */
  days: number
  apply: boolean
}

/** Where reports lie; tests bring their own. */
export interface UsageCommandParts {
  documents: DocumentStore
  /** Asked for only when an order is to be told of its first usage. */
  wakes: () => Promise<WakeQueue>
  rules: Rules
  clock: Clock
}

/** `counted`: now, or it had been before. `late`: too old by now to be told from one that was counted; it moved to that list. */
type Fate = 'kept' | 'counted' | 'late'

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
  const parts = given ?? {
    documents: await openDocuments(io),
    wakes: () => openWakes(io),
    rules: readRules(io),
    clock: () => new Date(),
  }
  const counts = { kept: 0, counted: 0, late: 0 }
  let first = true
  if (options.json) io.out('[')
  for await (const stored of listUnapplied(parts, which, options.days)) {
    const fate = options.apply ? await applyAgain(io, parts, stored) : 'kept'
    counts[fate] += 1
    const { report, receivedAt } = stored.value
    if (options.json)
      io.out(`${first ? '' : ','}\n${JSON.stringify({ ...report, receivedAt, ...(options.apply ? { fate } : {}) })}`)
    else {
      const told = options.apply ? `  ${fate}` : ''
      io.out(`${report.at}  ${maskIdentifier(report.iccid)}  ${report.bytes} bytes  ${report.id}${told}\n`)
    }
    first = false
  }
  if (options.json) io.out('\n]\n')
  else io.err(`${summary(which, counts, options.apply)}\n`)
  return counts.kept + counts.late > 0 ? 'findings' : 'good'
}

function summary(which: string, { kept, counted, late }: Record<Fate, number>, applied: boolean): string {
  if (kept + counted + late === 0) return `No ${which} usage found.`
  if (!applied) return `${kept} reports not counted`
  return `${counted} counted, ${late} late by now, ${kept} still of unknown SIMs`
}

async function applyAgain(io: Io, parts: UsageCommandParts, { value, ...row }: Stored<UnappliedReport>): Promise<Fate> {
  const { documents, wakes, rules, clock } = parts
  const sink = {
    info: () => undefined,
    warn: (line: string) => io.err(`${line}\n`),
    error: (line: string) => io.err(`${line}\n`),
  }
  const log = createLog()
  return withLogSink(sink, async () => {
    const send = async (orderId: string, event: Parameters<typeof recordFinding>[2]) =>
      recordFinding({ documents, wakes: await wakes(), rules, clock, log }, orderId, event)
    const answer = await applyUsage({ documents, orders: { send }, clock, log }, [value.report])
    if (answer.unknown.length > 0) return 'kept'
    await documents.delete('sims', row.partition, row.id)
    return answer.late.length > 0 ? 'late' : 'counted'
  })
}
