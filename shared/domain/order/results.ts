/** What the answers to our own calls mean for an order. */
import type { CallFailure } from '../../platform/ports'
import {
  answerAll,
  cancelling,
  type Draft,
  enter,
  isIn,
  iso,
  keyOf,
  note,
  park,
  retire,
  triesOf,
  unanswered,
} from './draft'
import type { EffectName, OutcomeValue } from './effect'
import type { OrderEvent } from './event'
import type { Order, Profile } from './order'
import { backoffMs, FAILURE_LIMIT, isHeld } from './rules'

type Result = Extract<OrderEvent, { type: 'result' }>

/** Each time one order has lost this many ICCIDs to others, stock and SM-DP+ disagree. */
const MISPICK_LIMIT = 20

/**
 * Applies an answer as a fact, whoever asked: an answer that comes after its lease has ended, or to an attempt that was
 * repeated meanwhile, still tells the truth about the other side.
 */
export function applyResult(draft: Draft, event: Result): void {
  const { order } = draft
  const { key, attempt, outcome } = event
  const lease = order.lease?.key === key && order.lease.attempt === attempt ? order.lease : undefined
  if (lease !== undefined) order.lease = undefined
  const tries = triesOf(order, key)
  if (attempt > tries.attempts) return
  const known = outcome.ok || outcome.kind !== 'lost'
  const answered = Math.min(tries.attempts, tries.answered + (known ? 1 : 0))
  order.tries[key] = { attempts: tries.attempts, answered, failures: tries.failures }
  if (outcome.ok) {
    order.tries[key].failures = 0
    note(draft, event.effect, outcome.warning ?? 'done')
    return succeeded(draft, event.effect, key, outcome.value ?? {})
  }
  note(draft, event.effect, `${outcome.kind}: ${outcome.code}`)
  if (outcome.kind === 'refused') return refused(draft, event.effect, key, outcome)
  // The other side may still be working on a call whose answer was lost: the next one waits for the lease to end.
  later(draft, key, outcome.kind === 'lost' ? lease?.until : undefined)
}

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
])

/** A failure that may pass: again after a while, and to staff when it does not pass. */
function later(draft: Draft, key: string, notSooner?: string): void {
  const { order, now } = draft
  const tries = triesOf(order, key)
  const failures = tries.failures + 1
  const wait = now.getTime() + backoffMs(failures, order.id)
  const notBefore = new Date(Math.max(wait, Date.parse(notSooner ?? order.updatedAt))).toISOString()
  order.tries[key] = { ...tries, failures, notBefore }
  const name = key.split(':')[0] ?? key
  if (failures >= FAILURE_LIMIT && !PATIENT.has(name)) park(draft, 'retries-used-up', name)
}

function succeeded(draft: Draft, effect: EffectName, key: string, value: OutcomeValue): void {
  const { order } = draft
  const profile = profileOf(order, key)
  switch (effect) {
    case 'claimSlot':
      order.slotClaimed = true
      return
    case 'listOrder':
      order.listed = true
      return
    case 'authorise':
      if (order.payment.status !== 'none') return
      order.payment = { ...order.payment, status: 'authorised', authorisationId: value.authorisationId }
      return
    case 'capture':
      order.payment.status = 'captured'
      return
    case 'void':
      order.payment.status = 'voided'
      return
    case 'pickIccid':
      return picked(draft, value, 'picked')
    case 'reserveByType':
      return picked(draft, value, 'foreign')
    default:
      if (profile !== undefined) profileSucceeded(draft, effect, key, profile, value)
  }
}

function picked(draft: Draft, value: OutcomeValue, stock: 'picked' | 'foreign'): void {
  const { order } = draft
  const { iccid, matchingId } = value
  if (iccid === undefined || matchingId === undefined || order.profile !== undefined) return
  if (!isIn(order, 'placed') && stock === 'picked') return
  order.profile = {
    number: order.retired.length + order.mispicks + 1,
    iccid,
    matchingId,
    eid: order.device.eid,
    stock,
    smdp: stock === 'foreign' ? 'ordered' : 'none',
    cancelWithoutMatchingId: false,
    line: 'off',
    granted: false,
    clockStarted: false,
    codeDead: false,
    settled: false,
  }
}

function profileSucceeded(draft: Draft, effect: EffectName, key: string, profile: Profile, value: OutcomeValue): void {
  const { order } = draft
  switch (effect) {
    case 'claimIccid':
      if (profile.stock === 'picked') profile.stock = 'claimed'
      return
    case 'quarantineIccid':
      if (profile.stock === 'returned' || profile.stock === 'withdrawn') return
      profile.stock = 'quarantined'
      profile.quarantineUntil = value.quarantineUntil
      return
    case 'returnIccid':
      profile.stock = 'returned'
      return
    case 'withdrawIccid':
      profile.stock = 'withdrawn'
      return
    case 'useIccid':
      profile.stock = 'used'
      return
    case 'downloadOrder':
      return ordered(profile)
    case 'confirmOrder':
      return confirmed(order, profile, value.smdpAddress)
    case 'releaseProfile':
      if (profile.smdp !== 'cancelled') profile.smdp = 'released'
      return
    case 'cancelOrder':
      if (key.startsWith('secondCancel')) profile.settled = true
      else if (isIn(order, 'cancelling') && profile === order.profile) profile.smdp = 'cancelled'
      return
    case 'probeProfile':
      return probed(draft, profile)
    case 'activateLine':
      profile.line = 'on'
      return
    case 'deactivateLine':
      profile.line = 'off'
      if (key.startsWith('second')) profile.lineMayReopen = undefined
      else if (unanswered(order, keyOf('activateLine', profile)) > 0) profile.lineMayReopen = true
      answerAll(order, keyOf('activateLine', profile))
      return
    case 'grantBalance':
      profile.granted = true
      return
    case 'revokeBalance':
      profile.granted = false
      if (key.startsWith('second')) profile.balanceMayReturn = undefined
      else if (unanswered(order, keyOf('grantBalance', profile)) > 0) profile.balanceMayReturn = true
      answerAll(order, keyOf('grantBalance', profile))
      return
    case 'startClock':
      profile.clockStarted = true
      return
    default:
      return
  }
}

/** downloadOrder succeeded on an ICCID that we gave up: our cancellation had worked, and must be repeated for the probe. */
function probed(draft: Draft, profile: Profile): void {
  const { stage } = draft.order
  profile.codeDead = true
  profile.smdp = 'ordered'
  if (stage.state === 'cancelling') draft.order.stage = { ...stage, probe: false }
  answerAll(draft.order, keyOf('cancelOrder', profile))
  profile.cancelWithoutMatchingId = true
}

function refused(draft: Draft, effect: EffectName, key: string, failure: CallFailure): void {
  const { order } = draft
  const profile = profileOf(order, key)
  switch (effect) {
    case 'claimSlot':
      return duplicate(draft, failure.detail)
    case 'authorise':
      return paymentRefused(draft, failure.code)
    case 'capture':
      return park(draft, 'capture-refused', failure.code)
    case 'void':
      return park(draft, 'void-refused', failure.code)
    case 'pickIccid':
      if (isIn(order, 'placed')) cancelling(draft, 'sold-out', 'cancelled')
      return
    case 'claimIccid':
      return claimLost(draft, profile)
    case 'downloadOrder':
    case 'confirmOrder':
    case 'releaseProfile':
      return orderingRefused(draft, effect, key, profile, failure)
    case 'cancelOrder':
    case 'probeProfile':
      return cancelRefused(draft, effect, key, profile, failure)
    case 'quarantineIccid':
    case 'returnIccid':
    case 'withdrawIccid':
    case 'useIccid':
      return rowLost(draft, effect, profile)
    case 'activateLine':
      if (isIn(order, 'cancelling')) return
      if (isIn(order, 'placed')) return cancelling(draft, 'line-refused', 'cancelled')
      return park(draft, 'line-refused', failure.code)
    case 'deactivateLine':
      return park(draft, 'line-refused', failure.code)
    case 'reserveByType':
      return park(draft, 'smdp-refused', failure.code)
    default:
      return park(draft, 'stock-mismatch', `${effect}: ${failure.code}`)
  }
}

/** Another order of this person for the same device is open: this one ends before anything was charged or reserved. */
function duplicate(draft: Draft, duplicateOf: string): void {
  const { order } = draft
  if (order.slotClaimed || !isIn(order, 'placed', 'cancelling')) return
  enter(draft, { state: 'cancelled', since: iso(draft), because: 'duplicate', duplicateOf })
}

function paymentRefused(draft: Draft, code: string): void {
  const { order } = draft
  if (order.payment.status !== 'none') return
  order.payment = { ...order.payment, status: 'refused', refusal: code }
  if (isIn(order, 'placed')) enter(draft, { state: 'cancelled', since: iso(draft), because: 'payment-refused' }, code)
}

/** Somebody else claimed the ICCID between our look and our claim. */
function claimLost(draft: Draft, profile: Profile | undefined): void {
  const { order } = draft
  if (profile === undefined || profile !== order.profile || profile.stock !== 'picked') return
  order.profile = undefined
  order.mispicks += 1
  if (order.mispicks % MISPICK_LIMIT === 0) park(draft, 'stock-mismatch', 'too many lost claims')
}

/** The stock row names another order. Where our claim was never answered it had not worked; otherwise people must look, and no call is repeated. */
function rowLost(draft: Draft, effect: EffectName, profile: Profile | undefined): void {
  if (profile?.stock === 'picked') {
    profile.stock = 'returned'
    return
  }
  if (profile !== undefined) profile.stock = 'lost'
  park(draft, 'stock-mismatch', effect)
}

/**
 * Refusals on the way to a downloadable profile. "Already in use" means that an earlier attempt of ours worked if, and only if,
 * there was one whose answer nobody saw; otherwise the ICCID is somebody else's, and is taken out of our stock.
 */
function orderingRefused(
  draft: Draft,
  effect: 'downloadOrder' | 'confirmOrder' | 'releaseProfile',
  key: string,
  profile: Profile | undefined,
  { code }: CallFailure,
): void {
  const { order } = draft
  if (profile === undefined || profile !== order.profile || profile.smdp === 'cancelled') return
  const reached = { downloadOrder: 'ordered', confirmOrder: 'confirmed', releaseProfile: 'released' } as const
  if (rank(profile.smdp) >= rank(reached[effect])) return
  const earlierMayHaveWorked = unanswered(order, key) > 0
  if (earlierMayHaveWorked && ALREADY_DONE[effect].has(code)) {
    note(draft, effect, 'an earlier attempt had worked')
    answerAll(order, key)
    if (effect === 'downloadOrder') return ordered(profile)
    if (effect === 'confirmOrder') return confirmed(order, profile, undefined)
    profile.smdp = 'released'
    return
  }
  if (isIn(order, 'cancelling', 'parked')) return
  if (!NOT_OURS[effect].has(code)) return park(draft, 'smdp-refused', `${effect} ${code}`)
  if (!isIn(order, 'placed')) return park(draft, 'smdp-refused', `${effect} ${code}`)
  retire(draft, 'withdraw', `${effect} ${code}`)
  if (order.retired.length % MISPICK_LIMIT === 0) park(draft, 'stock-mismatch', `${effect} ${code}`)
}

const ALREADY_DONE = {
  downloadOrder: new Set(['8.2.1/3.3']),
  confirmOrder: new Set(['8.2.1/3.3', '8.2.6/3.3']),
  releaseProfile: new Set(['8.2.1/3.5']),
}
const NOT_OURS = {
  downloadOrder: new Set(['8.2.1/3.3', '8.2.1/3.9']),
  confirmOrder: new Set(['8.2.1/3.3', '8.2.1/3.9', '8.1.1/3.10']),
  releaseProfile: new Set<string>(),
}

/**
 * "The profile is not cancellable" (8.2.1/3.3) is the SM-DP+'s verdict in the race between cancellation and download, but it also
 * answers a repeat of a cancellation that had worked. A profile whose code nobody was given cannot have been downloaded; where an
 * earlier answer is missing, a probe tells the two apart.
 */
function cancelRefused(
  draft: Draft,
  effect: 'cancelOrder' | 'probeProfile',
  key: string,
  profile: Profile | undefined,
  { code }: CallFailure,
): void {
  const { order } = draft
  if (profile === undefined) return
  if (key.startsWith('secondCancel')) return secondCancelRefused(profile, code)
  const { stage } = order
  if (profile !== order.profile || stage.state !== 'cancelling' || profile.smdp === 'cancelled') return
  if (effect === 'probeProfile') {
    if (code !== '8.2.1/3.3') return park(draft, 'smdp-refused', `downloadOrder ${code}`)
    if (unanswered(order, key) === 0) return downloadedAfterAll(draft)
    order.stage = { ...stage, probe: false }
    answerAll(order, keyOf('cancelOrder', profile))
    return later(draft, keyOf('cancelOrder', profile))
  }
  if (code === '8.2.6/3.10' && !profile.cancelWithoutMatchingId) {
    profile.cancelWithoutMatchingId = true
    return
  }
  if (code === '8.2.1/3.9' || (code === '8.2.1/3.3' && !couldBeDownloaded(order, profile))) {
    note(draft, 'cancelOrder', 'nothing was reserved')
    profile.smdp = 'cancelled'
    return
  }
  if (code !== '8.2.1/3.3') return park(draft, 'smdp-refused', `cancelOrder ${code}`)
  const othersUnanswered = unanswered(order, key) + unanswered(order, keyOf('probeProfile', profile))
  if (othersUnanswered === 0) return downloadedAfterAll(draft)
  order.stage = { ...stage, probe: true }
}

/** "Not cancellable" is what a free ICCID answers. Any other refusal leaves open what a late call did: the ICCID is not sold again. */
function secondCancelRefused(profile: Profile, code: string): void {
  if (code === '8.2.6/3.10' && !profile.cancelWithoutMatchingId) {
    profile.cancelWithoutMatchingId = true
    return
  }
  profile.settled = true
  if (code === '8.2.1/3.3') return
  profile.fate = 'withdraw'
  profile.fateReason = `cancelOrder ${code}`
}

/** Somebody has the activation code, and the SM-DP+ may have released the profile. */
function couldBeDownloaded(order: Order, profile: Profile): boolean {
  if (order.handover === undefined || profile.codeDead) return false
  if (profile.smdp === 'released') return true
  const releasing = isHeld(order) ? 'releaseProfile' : 'confirmOrder'
  return triesOf(order, keyOf(releasing, profile)).attempts > 0
}

/** The cancellation lost the race: the purchase stands, and nothing is paid back. */
function downloadedAfterAll(draft: Draft): void {
  const { order } = draft
  if (order.profile !== undefined) order.profile.smdp = 'released'
  order.evidence.startedAt ??= iso(draft)
  enter(draft, { state: 'downloading', since: iso(draft) }, 'too late to cancel')
}

function ordered(profile: Profile): void {
  if (profile.smdp === 'none') profile.smdp = 'ordered'
}

function confirmed(order: Order, profile: Profile, smdpAddress: string | undefined): void {
  if (profile.smdp === 'cancelled') return
  if (rank(profile.smdp) < rank('confirmed')) profile.smdp = isHeld(order) ? 'confirmed' : 'released'
  if (smdpAddress !== undefined) profile.smdpAddress = smdpAddress
}

function rank(smdp: Profile['smdp']): number {
  return ['none', 'ordered', 'confirmed', 'released', 'cancelled'].indexOf(smdp)
}

/** The profile that an effect's key names, in play or retired. */
function profileOf(order: Order, key: string): Profile | undefined {
  const number = Number(key.split(':')[1])
  if (order.profile?.number === number) return order.profile
  return order.retired.find((profile) => profile.number === number)
}
