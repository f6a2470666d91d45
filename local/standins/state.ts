import * as v from 'valibot'
import { type BillingState, emptyBilling } from './billing'
import type { Fault, Service } from './faults'
import type { Remembered } from './idempotency'
import type { IdentityState } from './identity'
import { emptyProvisioning, type ProvisioningState } from './provisioning'

/** One call that a stand-in received, for tests and for a curious engineer. */
export interface Call {
  /** ISO 8601, UTC. */
  at: string
  service: Service
  operation: string
  method: string
  path: string
  key?: string
  callId?: string
  /** Status that was answered, or would have been if the fault had not hidden it. */
  status: number
  fault?: Fault['mode']
  body?: unknown
}

/** All that the stand-ins remember between two starts. */
export interface StandinState {
  version: 2
  billing: BillingState
  answers: Record<string, Remembered>
  network: ProvisioningState
  identity: IdentityState
}

/** Stand-ins that remember nothing yet. */
export const emptyState = (): StandinState => ({
  version: 2,
  billing: emptyBilling(),
  answers: {},
  network: emptyProvisioning(),
  identity: {},
})

const savedState = v.object({
  version: v.literal(2),
  billing: v.object({
    authorisations: v.record(v.string(), v.looseObject({ id: v.string() })),
    vouchers: v.array(v.looseObject({ ref: v.string() })),
    ledger: v.array(v.looseObject({ number: v.number() })),
  }),
  answers: v.record(v.string(), v.looseObject({ fingerprint: v.string() })),
  network: v.object({
    lines: v.record(v.string(), v.looseObject({ id: v.string(), iccid: v.string() })),
    monitors: v.record(v.string(), v.looseObject({ id: v.string() })),
  }),
  identity: v.record(v.string(), v.looseObject({ decision: v.string() })),
})

/**
 * Takes what a state file holds.
 *
 * @throws {Error} when another version wrote it; `npm start -- --reset` begins anew
 */
export function restoreState(saved: unknown): StandinState {
  if (saved === undefined) return emptyState()
  if (!v.is(savedState, saved)) throw new Error('the state file of the stand-ins was written by another version')
  // Outline checked above; the file is ours and nobody else writes it.
  return saved as unknown as StandinState
}
