import * as v from 'valibot'
import { type Answer, refusal, tmfError } from './answer'

/** The operations of the contracts, by service: billing by the names of the port, provisioning by those of TMF640. */
export const operations = {
  billing: ['instruments', 'redeemVoucher', 'authorise', 'capture', 'void', 'refund'],
  provisioning: ['createService', 'updateService', 'retrieveService', 'retrieveMonitor'],
  identity: ['check'],
} as const
export type Service = keyof typeof operations
export type Operation = (typeof operations)[Service][number]

/**
 * A fault to play.
 * - `refuse`: 402/409/422 with an error body; under an idempotency key it stays refused.
 * - `unauthorised`, `forbidden`, `throttled`, `busy`, `http-500`: 401, 403, 429, 503, 500; nothing is carried out.
 * - `slow`: carried out, answered after `delayMs`.
 * - `answer-lost`: carried out, then the connection is cut.
 * - `malformed`: carried out, answered with text that is not JSON.
 * - `accepted` (provisioning): carried out, answered 202; the monitor says so after `delayMs`.
 * - `accepted-refused` (provisioning): answered 202, not carried out; the monitor says so after `delayMs`.
 */
const faultSchema = v.pipe(
  v.object({
    service: v.picklist(['billing', 'provisioning', 'identity']),
    operation: v.optional(v.picklist(Object.values(operations).flat())),
    mode: v.picklist([
      'refuse',
      'unauthorised',
      'forbidden',
      'throttled',
      'busy',
      'http-500',
      'slow',
      'answer-lost',
      'malformed',
      'accepted',
      'accepted-refused',
    ]),
    /** How many calls it spoils. */
    times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
    /** Milliseconds; for `slow` and `accepted`. */
    delayMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000)), 2_000),
  }),
  v.check(({ service, operation }) => {
    const known: readonly string[] = operations[service]
    return operation === undefined || known.includes(operation)
  }),
  v.check(({ service, mode }) => service === 'provisioning' || !mode.startsWith('accepted')),
)

/** A fault as `POST /control/faults` takes it. */
export type Fault = v.InferOutput<typeof faultSchema>

/** Reads a fault, or `undefined` when it does not have the documented form. */
export function parseFault(body: unknown): Fault | undefined {
  const parsed = v.safeParse(faultSchema, body)
  return parsed.success ? parsed.output : undefined
}

/** Takes the first fault that fits this call, counting it down, and forgets it when it is used up. */
export function takeFault(faults: Fault[], service: Service, operation: Operation): Fault | undefined {
  const at = faults.findIndex(
    (fault) => fault.service === service && (fault.operation === undefined || fault.operation === operation),
  )
  const fault = faults[at]
  if (!fault) return undefined
  fault.times -= 1
  if (fault.times === 0) faults.splice(at, 1)
  return fault
}

/** An error in the form of a service's contract. */
export function errorOf(service: Service, status: number, code: string, message: string): Answer {
  return service === 'provisioning' ? tmfError(status, code, message) : refusal(status, code, message)
}

const before = {
  unauthorised: [401, 'token_invalid', 'the stand-in was told to accept no credentials'],
  forbidden: [403, 'not_allowed', 'the stand-in was told to allow nothing'],
  throttled: [429, 'too_many', 'the stand-in was told to count calls'],
  busy: [503, 'busy', 'the stand-in was told to be busy'],
  'http-500': [500, 'failed', 'the stand-in was told to fail'],
} as const satisfies Partial<Record<Fault['mode'], readonly [number, string, string]>>

/** What a fault answers instead of carrying the call out. */
export function spoiledBefore(fault: Fault | undefined): Answer | undefined {
  if (fault === undefined || !Object.hasOwn(before, fault.mode)) return undefined
  const [status, code, message] = before[fault.mode as keyof typeof before]
  return errorOf(fault.service, status, code, message)
}

/** What an operation answers that was told to refuse. */
export function refusalOf(service: Service, operation: Operation): Answer {
  const conflicts: readonly Operation[] = ['capture', 'void', 'refund', 'updateService']
  const status = operation === 'authorise' ? 402 : conflicts.includes(operation) ? 409 : 422
  return errorOf(service, status, 'declined', 'the stand-in was told to refuse this call')
}
