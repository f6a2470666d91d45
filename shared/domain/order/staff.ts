/**
 * What staff may do with an order. They never set a state by hand: each act says what has been mended or settled outside, and the
 * ordinary rules go on from there. Whatever the order still needs (a capture, a void, the end of a line) follows by itself, and parks
 * it again if that fails.
 */
import { canCancel } from './apply'
import { answerAll, cancelling, type Draft, enter, iso, keyOf, note, triesOf } from './draft'
import type { StaffEvent } from './event'
import { PATIENT } from './later'
import type { MovingStage, Order, OrderedSim, ParkedStage, Profile } from './order'
import { FAILURE_LIMIT, longestLeaseMs, type Rules } from './rules'

/** Why an act of staff is not possible. */
export type StaffRefusal =
  | 'not-parked'
  | 'changed'
  | 'captured'
  | 'installed'
  | 'ended'
  | 'too-late'
  | 'outcome-unknown'
  | 'no-profile'
  | 'profile-cancelled'
  | 'complete'

/**
 * Whether the order allows the act.
 *
 * @returns why not; undefined: it does
 */
export function staffRefusal(order: Order, event: StaffEvent): StaffRefusal | undefined {
  const seen = event.parkedSince ?? order.stage.since
  if (order.stage.state === 'parked' && order.stage.since !== seen) return 'changed'
  if (event.action === 'cancel') return cancelRefusal(order)
  const { stage } = order
  if (stage.state !== 'parked') return 'not-parked'
  if (event.action === 'retry') return undefined
  return resolveRefusal(order, stage, event)
}

function cancelRefusal(order: Order): StaffRefusal | undefined {
  const { stage, payment, evidence } = order
  if (payment.status === 'captured') return 'captured'
  if (stage.state !== 'parked') return canCancel(order) ? undefined : 'too-late'
  if (stage.from === 'cancelled' || stage.from === 'expired') return 'ended'
  // Once it is installed the SM-DP+ takes nothing back: only people can know that the person does not have it.
  return stage.from === 'installed' || stage.from === 'active' || evidence.installedAt !== undefined
    ? 'installed'
    : undefined
}

function resolveRefusal(order: Order, stage: ParkedStage, event: StaffEvent): StaffRefusal | undefined {
  const outcome = outcomeOf(order, stage, event)
  if (outcome === undefined) return 'outcome-unknown'
  if (outcome === 'not-delivered') return stage.from === 'active' ? 'complete' : undefined
  if (stage.from === 'active') return undefined
  if (order.topUp !== undefined) return stage.from === 'ready' ? undefined : 'no-profile'
  const { profile } = order
  if (stage.from === 'cancelled' || stage.from === 'expired' || profile?.smdp === 'cancelled')
    return 'profile-cancelled'
  return profile === undefined || !isTouched(order, profile) ? 'no-profile' : undefined
}

/** What staff say; where they say nothing, what the stage tells. */
function outcomeOf({ topUp }: Order, { from }: ParkedStage, { outcome }: StaffEvent): StaffEvent['outcome'] {
  if (outcome !== undefined) return outcome
  if (from === 'cancelled' || from === 'expired') return 'not-delivered'
  const credited = topUp !== undefined && from === 'ready'
  return credited || from === 'installed' || from === 'active' ? 'delivered' : undefined
}

/** Applies an act of staff; one that is not possible leaves the order as it is. */
export function applyStaff(draft: Draft, event: StaffEvent, rules: Rules): void {
  const { order } = draft
  if (staffRefusal(order, event) !== undefined) return
  const { stage } = order
  const words = [`by ${event.by}`, event.outcome, event.note].filter((word) => word !== undefined)
  note(draft, `staff: ${event.action}`, words.join(', '))
  if (stage.state === 'parked') {
    const stuck = stuckAt(order, stage)
    unblock(order, stage, rules)
    order.resumedAt = iso(draft)
    if (event.action === 'retry') return retry(draft, stage)
    if (event.action === 'resolve') return resolve(draft, stage, outcomeOf(order, stage, event), stuck)
  }
  cancelling(draft, 'staff', 'cancelled')
}

/** Forgets failures, so that the next call starts at once; a call that may still be worked on gets its time first. */
function unblock(order: Order, stage: ParkedStage, rules: Rules): void {
  const grace = new Date(Date.parse(stage.since) + longestLeaseMs(rules)).toISOString()
  for (const [key, tries] of Object.entries(order.tries)) {
    const waits = tries.notBefore !== undefined && tries.attempts > tries.answered
    order.tries[key] = { ...tries, failures: 0, notBefore: waits ? grace : undefined }
  }
  // Whoever goes on has looked for the orphan at the SM-DP+: the question is no longer open.
  if (stage.reason === 'possible-orphan')
    for (const key of Object.keys(order.tries)) if (key.startsWith('reserveByType')) answerAll(order, key)
}

const MONEY_REFUSED: ReadonlySet<string> = new Set(['capture-refused', 'void-refused', 'refund-due'])

/** Back to where the order was, with its time bounds beginning afresh. */
function retry(draft: Draft, stage: ParkedStage): void {
  const { order } = draft
  const { payment } = order
  // The code that failed opens nothing any more: to go on means another profile.
  if (stage.reason === 'download-failed') {
    order.remedies.retrySame = 0
    if (order.problem !== undefined) order.problem = { ...order.problem, action: 'new-profile', alert: undefined }
    return cancelling(draft, 'download-failed', 'fresh-profile')
  }
  if (MONEY_REFUSED.has(stage.reason)) order.payment = { ...payment, round: (payment.round ?? 0) + 1 }
  for (const profile of profilesOf(order))
    if (profile.stock === 'lost') profile.stock = profile.quarantineUntil === undefined ? 'claimed' : 'quarantined'
  goBack(draft, stage)
}

/** What parked the order counts as settled, and the order goes on to the end that fits. */
function resolve(draft: Draft, stage: ParkedStage, outcome: StaffEvent['outcome'], stuck: ReadonlySet<string>): void {
  const { order } = draft
  const { profile } = order
  // A capture that is stuck does not speak against giving the money back: the void follows by the ordinary rules.
  const moneySettled =
    outcome === 'delivered' ? stuck.has('capture') : stuck.has('authorise') || stuck.has('void') || stuck.has('refund')
  if (moneySettled) order.payment.status = 'settled'
  if (stage.from === 'cancelled' || stage.from === 'expired' || stage.from === 'active') return goBack(draft, stage)
  const lineSettled = stuck.has('activateLine') || stuck.has('deactivateLine')
  if (outcome === 'delivered') {
    if (order.topUp !== undefined) return goBack(draft, stage)
    if (profile === undefined) return
    profile.smdp = 'released'
    if (lineSettled) profile.line = 'on'
    order.problem = undefined
    order.readyAt ??= iso(draft)
    order.evidence.startedAt ??= iso(draft)
    order.evidence.installedAt ??= iso(draft)
    if (stage.from === 'installed') return goBack(draft, stage)
    return enter(draft, { state: 'installed', since: iso(draft), by: 'staff' }, 'by staff')
  }
  if (order.topUp !== undefined && lineSettled) closedByHand(order, order.topUp)
  if (profile !== undefined) giveUp(order, profile, lineSettled)
  cancelling(draft, 'staff', 'cancelled')
}

/** Staff vouch that nobody has the profile or can get it. The SM-DP+ has not said so, hence nobody else is given the ICCID. */
function giveUp(order: Order, profile: Profile, lineSettled: boolean): void {
  if (lineSettled) closedByHand(order, profile)
  if (profile.smdp === 'cancelled' || !isTouched(order, profile)) return
  profile.smdp = 'cancelled'
  profile.fate = 'withdraw'
  profile.fateReason = 'settled by staff'
}

function closedByHand(order: Order, sim: OrderedSim): void {
  sim.line = 'off'
  answerAll(order, keyOf('activateLine', sim))
}

function goBack(draft: Draft, stage: ParkedStage): void {
  const was = stage.was ?? remembered(stage, iso(draft))
  const ended = was.state === 'active' || was.state === 'cancelled' || was.state === 'expired'
  enter(draft, ended ? was : { ...was, since: iso(draft) }, 'taken up again')
}

/** The stage of an order that was parked before stages were kept. */
function remembered({ from, since }: ParkedStage, now: string): MovingStage {
  const then = 'cancelled'
  switch (from) {
    case 'placed':
    case 'ready':
    case 'downloading':
      return { state: from, since: now }
    case 'installed':
      return { state: from, since: now, by: 'staff' }
    case 'active':
      return { state: from, since, registered: false }
    case 'cancelling':
      return { state: from, since: now, because: 'staff', then, probe: false }
    case 'cancelled':
      return { state: from, since, because: 'staff' }
    case 'expired':
      return { state: from, since }
  }
}

/** The effects at which the order is stuck. */
function stuckAt(order: Order, { reason }: ParkedStage): ReadonlySet<string> {
  switch (reason) {
    case 'capture-refused':
      return new Set(['capture'])
    case 'void-refused':
      return new Set(['void'])
    case 'refund-due':
      return new Set(['refund'])
    case 'line-refused':
      return new Set(['activateLine', 'deactivateLine'])
    case 'retries-used-up':
      return new Set(
        Object.entries(order.tries)
          .filter(([, { failures }]) => failures >= FAILURE_LIMIT)
          .map(([key]) => key.split(':')[0] ?? key)
          .filter((effect) => !PATIENT.has(effect)),
      )
    default:
      return new Set()
  }
}

/** Whether the SM-DP+ may know of the profile. */
function isTouched(order: Order, profile: Profile): boolean {
  return profile.smdp !== 'none' || triesOf(order, keyOf('downloadOrder', profile)).attempts > 0
}

function profilesOf({ profile, retired }: Order): Profile[] {
  return profile === undefined ? retired : [...retired, profile]
}
