/** What the answers to our own calls mean for an order. */
import { answerAll, type Draft, isIn, iso, keyOf, note, triesOf, unanswered } from './draft'
import type { EffectName, OutcomeValue } from './effect'
import type { OrderEvent } from './event'
import { later } from './later'
import type { OrderedSim, Profile } from './order'
import { confirmed, ordered, profileOf, simOf } from './profiles'
import { refused } from './refusals'

type Result = Extract<OrderEvent, { type: 'result' }>

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
    case 'refund':
      order.payment.status = 'refunded'
      return
    case 'listLine':
      order.lineListed = true
      return
    case 'scheduleRenewal':
      if (order.subscription !== undefined) order.subscription.scheduled = true
      return
    case 'endSubscription':
      if (order.subscription !== undefined) order.subscription.ended = true
      return
    case 'pickIccid':
      return picked(draft, value, 'picked')
    case 'reserveByType':
      return picked(draft, value, 'foreign')
    case 'activateLine':
    case 'deactivateLine':
    case 'grantBalance':
    case 'startClock':
    case 'revokeBalance': {
      const sim = simOf(order, key)
      if (sim !== undefined) simSucceeded(draft, effect, key, sim)
      if (effect === 'revokeBalance' && order.topUp !== undefined) order.topUp.resting = value.simRests || undefined
      return
    }
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
    default:
      return
  }
}

type SimEffect = 'activateLine' | 'deactivateLine' | 'grantBalance' | 'startClock' | 'revokeBalance'

function simSucceeded(draft: Draft, effect: SimEffect, key: string, sim: OrderedSim): void {
  const { order } = draft
  switch (effect) {
    case 'activateLine':
      sim.line = 'on'
      // Told of while the undoing is under way: nobody knows which of the two was carried out last.
      if (unanswered(order, keyOf('deactivateLine', sim)) > 0) sim.lineMayReopen = true
      return
    case 'deactivateLine':
      sim.line = 'off'
      if (key.startsWith('second')) sim.lineMayReopen = undefined
      else if (unanswered(order, keyOf('activateLine', sim)) > 0) sim.lineMayReopen = true
      answerAll(order, keyOf('activateLine', sim))
      if (unanswered(order, key) > 0) sim.closedTwiceAt = iso(draft)
      return
    case 'grantBalance':
      sim.granted = true
      if (unanswered(order, keyOf('revokeBalance', sim)) > 0) sim.balanceMayReturn = true
      return
    case 'revokeBalance':
      sim.granted = false
      if (key.startsWith('second')) {
        sim.balanceMayReturn = undefined
        answerAll(order, keyOf('revokeBalance', sim))
      } else if (unanswered(order, keyOf('grantBalance', sim)) > 0) sim.balanceMayReturn = true
      answerAll(order, keyOf('grantBalance', sim))
      return
    case 'startClock':
      sim.clockStarted = true
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
