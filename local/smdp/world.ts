import type { Faults } from './faults'
import type { Notifier } from './notices'
import type { Registry } from './registry'
import type { Traffic } from './traffic'
import type { Waits } from './waits'

/** A download that a device has begun. */
export interface Session {
  iccid: string
  eid: string
  matchingId: string
  /** A result or cancellation was received; later ones change nothing. */
  ended: boolean
}

/** Everything that the routes of one running simulator share. */
export interface World {
  registry: Registry
  faults: Faults
  traffic: Traffic
  notifier: Notifier
  waits: Waits
  sessions: Map<string, Session>
  address: string
  answerAddress: boolean
  requester: string | undefined
  /** While down, every connection but the control side's is cut as soon as it asks for something. */
  down: boolean
  now(): Date
  /** Back to the inventory of the start. */
  reset(): void
}
