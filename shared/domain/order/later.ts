/** What becomes of a call that failed and may work later. */
import { type Draft, park, triesOf } from './draft'
import { backoffMs, FAILURE_LIMIT, RENEWAL_FAILURE_LIMIT } from './rules'

/** Nobody waits for these and nothing is owed before they are done: they are repeated for as long as it takes. */
export const PATIENT: ReadonlySet<string> = new Set([
  'quarantineIccid',
  'secondCancel',
  'secondDeactivate',
  'secondRevoke',
  'returnIccid',
  'withdrawIccid',
  'useIccid',
  'startClock',
  'listLine',
  'scheduleRenewal',
  'endSubscription',
])

/** A failure that may pass: again after a while, and to staff when it does not pass. */
export function later(draft: Draft, key: string, notSooner?: string): void {
  const { order, now } = draft
  const tries = triesOf(order, key)
  const failures = tries.failures + 1
  const wait = now.getTime() + backoffMs(failures, order.id)
  const notBefore = new Date(Math.max(wait, Date.parse(notSooner ?? order.updatedAt))).toISOString()
  order.tries[key] = { ...tries, failures, notBefore }
  const name = key.split(':')[0] ?? key
  const limit = order.kind === 'renewal' ? RENEWAL_FAILURE_LIMIT : FAILURE_LIMIT
  if (failures >= limit && !PATIENT.has(name)) park(draft, 'retries-used-up', name)
}
