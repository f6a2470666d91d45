import * as v from 'valibot'

/** The operations of the two contracts, by the names of the ports. */
export type Operation =
  | 'instruments'
  | 'redeemVoucher'
  | 'authorise'
  | 'capture'
  | 'void'
  | 'refund'
  | 'activateLine'
  | 'deactivateLine'

/**
 * A fault to play.
 * - `refuse`: 402/422 with an error body; under an idempotency key it stays refused.
 * - `busy`: 503, nothing is carried out.
 * - `http-500`: 500, nothing is carried out.
 * - `slow`: carried out, answered after `delayMs`.
 * - `answer-lost`: carried out, then the connection is cut.
 * - `malformed`: carried out, answered with text that is not JSON.
 */
const faultSchema = v.object({
  service: v.picklist(['billing', 'provisioning']),
  operation: v.optional(
    v.picklist([
      'instruments',
      'redeemVoucher',
      'authorise',
      'capture',
      'void',
      'refund',
      'activateLine',
      'deactivateLine',
    ]),
  ),
  mode: v.picklist(['refuse', 'slow', 'answer-lost', 'http-500', 'malformed', 'busy']),
  /** How many calls it spoils. */
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
  /** Milliseconds; for `slow`. */
  delayMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000)), 2_000),
})

/** A fault as `POST /control/faults` takes it. */
export type Fault = v.InferOutput<typeof faultSchema>

/** Reads a fault, or `undefined` when it does not have the documented form. */
export function parseFault(body: unknown): Fault | undefined {
  const parsed = v.safeParse(faultSchema, body)
  return parsed.success ? parsed.output : undefined
}

/** Takes the first fault that fits this call, counting it down, and forgets it when it is used up. */
export function takeFault(faults: Fault[], service: Fault['service'], operation: Operation): Fault | undefined {
  const at = faults.findIndex(
    (fault) => fault.service === service && (fault.operation === undefined || fault.operation === operation),
  )
  const fault = faults[at]
  if (!fault) return undefined
  fault.times -= 1
  if (fault.times === 0) faults.splice(at, 1)
  return fault
}
