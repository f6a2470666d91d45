/**
 * One way to call an Azure data service: bounded in time, few retries, and errors that hold no personal data.
 *
 * The SDKs' own retries are switched off in favour of this, because they wait for minutes, and because a write must know
 * whether an earlier attempt may have had its effect. The SDKs' errors carry the request, whose address names SIMs and
 * subscribers; they end here, and only status and code go on.
 */
import { setTimeout as delay } from 'node:timers/promises'

/** How long a call may take and what its failure is called. */
export interface CallLimits {
  /** Longest wait for one attempt, in milliseconds. */
  attemptMs: number
  /** When everything must be over, by `performance.now()`; shared by all requests that serve one call of a port. */
  deadline: number
  /** Attempts at most, the first included. */
  attempts: number
  /** Makes the error for a service that did not answer in time or refused service. */
  unavailable: (message: string, cause: Error) => Error
}

/** The service answered and declined: a missing row, a failed condition, a malformed request. */
export class ServiceRejection extends Error {
  constructor(
    /** HTTP status, 400 to 499. */
    readonly status: number,
    /** Error code of the service, such as `TableNotFound`. */
    readonly code: string,
  ) {
    super(`the service declined with ${status} ${code}`)
    this.name = 'ServiceRejection'
  }
}

/** The service gave no usable answer. `code` is a code of Node, of the service, or `timeout`. */
export class NoAnswer extends Error {
  constructor(
    readonly code: string,
    /** False when trying again at once is pointless, as for a refused connection. */
    readonly passing: boolean,
    /** How long the service asked to be left alone, in milliseconds. */
    readonly retryAfterMs?: number,
  ) {
    super(code)
    this.name = 'NoAnswer'
  }
}

const pauseMs = 100

/**
 * Calls until there is an answer or the limits are reached. From the second attempt on, an earlier one may have had its effect.
 *
 * @param call gets the signal that ends its attempt and the number of the attempt, from 1
 * @throws {ServiceRejection} when the service declined; at once
 * @throws what `limits.unavailable` makes, for everything else
 */
export async function callAzure<T>(
  limits: CallLimits,
  call: (abortSignal: AbortSignal, attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const left = Math.max(1, Math.ceil(limits.deadline - performance.now()))
    const signal = AbortSignal.timeout(Math.min(limits.attemptMs, left))
    try {
      return await call(signal, attempt)
    } catch (error) {
      const failure = classify(error, signal.aborted)
      if (failure instanceof ServiceRejection) throw failure
      const pause = failure.retryAfterMs ?? pauseMs * attempt
      const over = attempt >= limits.attempts || performance.now() + pause >= limits.deadline
      if (over || !failure.passing) throw limits.unavailable(failure.code, failure)
      await delay(pause)
    }
  }
}

/** Refused because of who we are or how busy it is, not because of what we asked. */
const refusedService = new Set([401, 403, 408, 429])
const beingDeleted = new Set(['TableBeingDeleted', 'QueueBeingDeleted'])
/** Nobody listens or the name is unknown: another attempt within seconds would end the same way. */
const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'])

/** What a broken connection amounts to; `code` is Node's. */
export function connectionFailure(code: string): NoAnswer {
  return new NoAnswer(code, !unreachable.has(code))
}

function classify(error: unknown, timedOut: boolean): ServiceRejection | NoAnswer {
  if (error instanceof ServiceRejection || error instanceof NoAnswer) return error
  if (!(error instanceof Error)) return new NoAnswer('unknown', false)
  const status: unknown = Reflect.get(error, 'statusCode')
  const code = serviceCode(error)
  if (typeof status === 'number' && status >= 400) {
    if (status < 500 && !refusedService.has(status) && !beingDeleted.has(code))
      return new ServiceRejection(status, code)
    return new NoAnswer(`${status} ${code}`, status !== 401 && status !== 403)
  }
  if (timedOut) return new NoAnswer('timeout', true)
  // A mistake in this code is not a service that does not answer.
  if (error instanceof TypeError || error instanceof RangeError) throw error
  return connectionFailure(code)
}

/** Where the SDKs put the code: Tables in `details.odataError`, Queues in `details.errorCode`, Node in `code`. */
function serviceCode(error: Error): string {
  const details = property(error, 'details')
  const candidates = [
    property(property(details, 'odataError'), 'code'),
    property(details, 'errorCode'),
    property(error, 'code'),
  ]
  const code = candidates.find((candidate) => typeof candidate === 'string')
  return typeof code === 'string' ? code : error.name
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
