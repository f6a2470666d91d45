/** What stands before every operation of the operator API: limits, and transaction ids that come twice. In the memory of this process. */

import { parseIccid } from '../domain/identifiers'
import type { OperatorApiConfig } from '../domain/operator-api-defaults'
import type { Clock, Log } from '../platform/ports'
import { createRepeatedIds } from './repeated-ids'
import { createTokenBuckets, type Taken } from './token-buckets'

/** See {@link createGate}. */
export interface Gate {
  /** Counts a request against the limits of its caller and its SIM. */
  enter(caller: string, simId: string, log: Log): Taken
  isRepeated(operation: string, transactionId: string): boolean
  /** Says that a request was answered with 200: only then its id counts as used. */
  answered(operation: string, transactionId: string): void
}

/** So often at most the log tells of requests that were turned away. */
const reportEveryMs = 10_000

/** Makes a gate. Each instance of the app has its own. */
export function createGate(config: OperatorApiConfig, clock: Clock): Gate {
  const callers = createTokenBuckets(config.perCaller)
  const sims = createTokenBuckets(config.perSim)
  const ids = config.repeatedTransactionId === 'reject' ? createRepeatedIds() : undefined
  const now = () => clock().getTime()
  let reported = Number.NEGATIVE_INFINITY
  let unreported = 0

  function turnAway(limit: 'caller' | 'sim', taken: Taken, log: Log): Taken {
    if (taken.ok) return taken
    unreported += 1
    if (now() - reported >= reportEveryMs) {
      reported = now()
      log.warn('operator_api.throttled', { limit, requests: unreported })
      unreported = 0
    }
    return taken
  }

  return {
    enter(caller, simId, log) {
      const taken = callers.take(caller, now())
      if (!taken.ok) return turnAway('caller', taken, log)
      // What is no SIM has no limit of its own: it costs no reading.
      const iccid = parseIccid(simId)
      return iccid === undefined ? taken : turnAway('sim', sims.take(iccid, now()), log)
    },
    isRepeated: (operation, transactionId) => ids?.has(operation, transactionId, now()) ?? false,
    answered: (operation, transactionId) => ids?.add(operation, transactionId, now()),
  }
}
