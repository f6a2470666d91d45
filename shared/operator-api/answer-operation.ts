/**
 * What the three operations have in common. The caller has been admitted; then come limits, parameters, the repeated id, the SIM, the
 * answer, in the order of "Account management".
 */
import type { BadParameter } from '../domain/get-balance-request'
import type { Iccid } from '../domain/identifiers'
import type { Sim } from '../domain/sim'
import { type Log, StoreUnavailableError } from '../platform/ports'
import { echo, isTransactionId, type JsonAnswer, problem } from './answer'
import type { Gate } from './gate'
import type { SimReader, SimReading } from './sim-reader'

/** One operation: how its request is read, and what it answers about a SIM. */
export interface Operation<R extends { iccid: Iccid }> {
  name: string
  parse(simId: string, query: URLSearchParams): { ok: true; request: R } | BadParameter<string>
  answer(sim: Sim, request: R): object | Promise<object>
  /** What to answer when the SIM cannot be read; absent: 503. */
  withoutStore?(request: R): object | Promise<object>
}

/** A request as it came. */
export interface OperationRequest {
  /** Tells callers apart, for limits. */
  caller: string
  /** Path segment, percent-decoded. */
  simId: string
  query: URLSearchParams
  /** `X-MS-DM-TransactionId`, echoed. */
  transactionId: string | undefined
  log: Log
}

export interface OperationParts {
  sims: SimReader
  gate: Gate
}

/** Answers one request. */
export async function answerOperation<R extends { iccid: Iccid }>(
  operation: Operation<R>,
  { sims, gate }: OperationParts,
  { caller, simId, query, transactionId: received, log }: OperationRequest,
): Promise<JsonAnswer> {
  const transactionId = received !== undefined && isTransactionId(received) ? received : undefined
  const taken = gate.enter(caller, simId, log)
  if (!taken.ok) return tooMany(taken.retryAfterSeconds, transactionId)
  if (received !== transactionId)
    return problem(400, 'InvalidParameter', 'X-MS-DM-TransactionId must be 1 to 128 visible ASCII characters', {
      parameter: 'X-MS-DM-TransactionId',
    })
  const parsed = operation.parse(simId, query)
  if (!parsed.ok && parsed.parameter !== 'simId')
    return problem(400, 'InvalidParameter', parsed.message, { parameter: parsed.parameter, transactionId })
  if (transactionId !== undefined && gate.isRepeated(operation.name, transactionId))
    return problem(409, 'RepeatedTransaction', 'this transaction id has been answered already', { transactionId })
  if (!parsed.ok) return unknownSim(transactionId)

  const { request } = parsed
  const outcome = await bodyOf(operation, request, sims, log)
  if (outcome === 'unknown') return unknownSim(transactionId)
  if (outcome instanceof StoreUnavailableError) return unavailable(outcome, transactionId)
  if (transactionId !== undefined) gate.answered(operation.name, transactionId)
  const age: Record<string, string> = outcome.ageSeconds === 0 ? {} : { age: String(outcome.ageSeconds) }
  return { status: 200, headers: { ...echo(transactionId), ...age }, body: outcome.body }
}

type Outcome = { body: object; ageSeconds: number } | 'unknown' | StoreUnavailableError

async function bodyOf<R extends { iccid: Iccid }>(
  operation: Operation<R>,
  request: R,
  sims: SimReader,
  log: Log,
): Promise<Outcome> {
  const reading = await readSim(sims, request.iccid)
  if (reading instanceof StoreUnavailableError) {
    log.error('operator_api.store_unavailable', { operation: operation.name, cause: reading })
    return operation.withoutStore === undefined
      ? reading
      : { body: await operation.withoutStore(request), ageSeconds: 0 }
  }
  const { sim, ageSeconds } = reading
  if (sim === undefined) return 'unknown'
  if (ageSeconds > 0) log.warn('operator_api.stale_answer', { operation: operation.name, ageSeconds })
  return { body: await operation.answer(sim, request), ageSeconds }
}

async function readSim(sims: SimReader, iccid: Iccid): Promise<SimReading | StoreUnavailableError> {
  try {
    return await sims.read(iccid)
  } catch (error) {
    if (error instanceof StoreUnavailableError) return error
    throw error
  }
}

function unknownSim(transactionId: string | undefined): JsonAnswer {
  return problem(404, 'NotFound', 'no such SIM', { transactionId })
}

function tooMany(seconds: number, transactionId: string | undefined): JsonAnswer {
  const answer = problem(429, 'TooManyRequests', `too many requests; try again in ${seconds} s`, { transactionId })
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } }
}

/** The store's own words hold no personal data, and tell the other side's people what to tell ours. */
function unavailable({ message }: StoreUnavailableError, transactionId: string | undefined): JsonAnswer {
  const answer = problem(503, 'Unavailable', `the store cannot be read at the moment: ${message}`, { transactionId })
  return { ...answer, headers: { ...answer.headers, 'retry-after': '5' } }
}
