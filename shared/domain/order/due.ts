/** What an order wants next: the effect that is due now, or the time when something will be. */
import { cancelling, type Draft, enter, isIn, iso, keyOf, note, park, retire, unanswered } from './draft'
import type { EffectName } from './effect'
import type { Order, Profile } from './order'
import { activateLineAt, expiresAt, isHeld, type Rules, registerDelayMs, releaseAt } from './rules'
import { settle } from './settle'
import { collectAgain, credit, endSubscription, listLine, scheduleRenewal, settleCredited } from './top-up'
import {
  act,
  authorise,
  billingKey,
  cancelOrder,
  capture,
  closeLine,
  type Due,
  earliest,
  grant,
  mayBeOrdered,
  openLine,
  revoke,
  startClock,
  stockRow,
  type Want,
} from './wants'

/** A parked order is looked at once a day, so that it is never out of sight. */
const PARKED_CHECK_MS = 24 * 60 * 60_000

/**
 * Moves the order through every stage for which nothing is left to do, then says what is due. Main line first; settling
 * the ICCIDs of former profiles runs behind it.
 */
export function due(draft: Draft, rules: Rules): Due {
  for (;;) {
    const { stage } = draft.order
    const main = mainLine(draft, rules)
    if (draft.order.stage !== stage) continue
    if (main !== undefined && 'want' in main) return main
    return earliest(main, settle(draft, rules))
  }
}

function mainLine(draft: Draft, rules: Rules): Due {
  switch (draft.order.stage.state) {
    case 'placed':
      return placed(draft, rules)
    case 'ready':
    case 'downloading':
    case 'installed':
      return underWay(draft, rules)
    case 'cancelling':
      return cancellation(draft)
    case 'cancelled':
    case 'expired':
      return payBack(draft)
    case 'active':
      return undefined
    case 'parked':
      return { at: Date.parse(draft.order.stage.since) + PARKED_CHECK_MS * (1 + daysSince(draft)) }
  }
}

function daysSince({ order, now }: Draft): number {
  return Math.floor((now.getTime() - Date.parse(order.stage.since)) / PARKED_CHECK_MS)
}

/** Payment first, then the profile, then (unless it is held) line and balance, so that nothing is missing at the hand-over. */
function placed(draft: Draft, rules: Rules): Due {
  const { order } = draft
  if (!order.slotClaimed && order.slot !== undefined)
    return act(draft, 'claimSlot', { do: 'claimSlot', slot: order.slot })
  if (!order.listed) return act(draft, 'listOrder', { do: 'listOrder', subscriberId: order.subscriberId })
  if (order.payment.status === 'none') return authorise(draft)
  if (order.payment.status === 'refused') return collectAgain(draft, rules)
  const { profile, topUp } = order
  if (topUp !== undefined) return credit(draft, topUp)
  if (profile === undefined) return chooseProfile(draft, rules)
  if (profile.stock === 'picked')
    return act(draft, keyOf('claimIccid', profile), { do: 'claimIccid', ...stockRow(order, profile) })
  if (profile.smdp === 'none')
    return act(draft, keyOf('downloadOrder', profile), { do: 'downloadOrder', iccid: profile.iccid, eid: profile.eid })
  const held = isHeld(order)
  if (!held) {
    const opening = (registerDelayMs(order) === 0 ? openLine(draft, profile) : undefined) ?? grant(draft, profile)
    if (opening !== undefined) return opening
  }
  if (profile.smdp === 'ordered') return confirm(draft, profile, !held)
  order.readyAt ??= iso(draft)
  enter(draft, { state: 'ready', since: iso(draft) }, held ? 'held at the SM-DP+' : 'released')
  return undefined
}

function chooseProfile(draft: Draft, rules: Rules): Due {
  const { order } = draft
  const { profileType } = order.plan
  const number = order.retired.length + order.mispicks + 1
  if (!rules.orderByProfileTypeOnly) return act(draft, `pickIccid:${number}`, { do: 'pickIccid', profileType })
  const key = `reserveByType:${number}`
  if (unanswered(order, key) > 0) {
    park(draft, 'possible-orphan', 'downloadOrder by profile type was not answered')
    return undefined
  }
  return act(draft, key, { do: 'reserveByType', profileType, eid: order.device.eid })
}

/** What falls due between *ready* and *active*, whatever the device does meanwhile. */
function underWay(draft: Draft, rules: Rules): Due {
  const { order, now } = draft
  const { profile, topUp, stage } = order
  if (topUp !== undefined) return settleCredited(draft, topUp, rules)
  if (profile === undefined) return undefined
  const timed = release(draft, profile, rules) ?? delayedLine(draft, profile, rules)
  if (timed !== undefined && 'want' in timed) return timed
  if (stage.state === 'installed') return earliest(timed, settleInstalled(draft, profile, rules))
  if (stage.state === 'ready') {
    const end = expiresAt(order, rules)
    if (now.getTime() < end) return earliest(timed, { at: end })
    cancelling(draft, 'expiry', 'expired')
    return undefined
  }
  const bound = Date.parse(stage.since) + rules.evidenceMs
  if (now.getTime() < bound) return earliest(timed, { at: bound })
  park(draft, 'no-install-evidence')
  return undefined
}

/** A held profile: line, balance, then release, before the device's toast. */
function release(draft: Draft, profile: Profile, rules: Rules): Due {
  if (!isHeld(draft.order) || profile.smdp !== 'confirmed') return undefined
  const at = releaseAt(draft.order, rules)
  if (draft.now.getTime() < at) return { at }
  return (
    openLine(draft, profile) ??
    grant(draft, profile) ??
    act(draft, keyOf('releaseProfile', profile), { do: 'releaseProfile', iccid: profile.iccid })
  )
}

/** Asynchronous connectivity: the line is activated shortly before the device registers. A held profile's comes with its release. */
function delayedLine(draft: Draft, profile: Profile, rules: Rules): Due {
  if (profile.line === 'on' || profile.smdp === 'confirmed') return undefined
  const at = activateLineAt(draft.order, rules)
  return draft.now.getTime() < at ? { at } : openLine(draft, profile)
}

function settleInstalled(draft: Draft, profile: Profile, rules: Rules): Due {
  const { order, now } = draft
  const next =
    grant(draft, profile) ??
    startClock(draft, profile, order.evidence.installedAt ?? iso(draft)) ??
    (profile.stock === 'claimed'
      ? act(draft, keyOf('useIccid', profile), { do: 'useIccid', ...stockRow(order, profile) })
      : undefined) ??
    capture(draft) ??
    listLine(draft) ??
    scheduleRenewal(draft, rules)
  if (next !== undefined) return next
  if (profile.line === 'off') return undefined
  const registered = order.evidence.registeredAt !== undefined
  const patience = Date.parse(order.stage.since) + rules.registrationWaitMs
  if (!registered && order.channel === 'webview' && now.getTime() < patience) return { at: patience }
  enter(
    draft,
    { state: 'active', since: iso(draft), registered },
    registered ? 'registered' : 'registration not reported',
  )
  return undefined
}

/** Takes back all that was done, the SM-DP+ first: only its word makes a cancellation. */
function cancellation(draft: Draft): Due {
  const { order } = draft
  const { stage, profile, topUp } = order
  if (stage.state !== 'cancelling') return undefined
  if (topUp !== undefined) {
    // The balance first: only a SIM that this order has claimed, and that nothing else was bought for, loses its line.
    const undo = revoke(draft, topUp) ?? (topUp.resting ? closeLine(draft, topUp) : undefined)
    if (undo !== undefined) return undo
  } else if (profile !== undefined) {
    const undo = cancelAtSmdp(draft, profile, stage.probe) ?? closeLine(draft, profile) ?? revoke(draft, profile)
    if (undo !== undefined) return undo
    retire(draft, 'recycle', stage.because)
  } else if (reservationUnknown(order)) {
    park(draft, 'possible-orphan', 'downloadOrder by profile type was not answered')
    return undefined
  }
  const since = iso(draft)
  if (stage.then === 'fresh-profile') {
    order.evidence = {}
    order.handover = undefined
    enter(draft, { state: 'placed', since }, 'with a fresh profile')
  } else if (stage.then === 'expired') enter(draft, { state: 'expired', since })
  else enter(draft, { state: 'cancelled', since, because: stage.because }, stage.because)
  return undefined
}

function reservationUnknown(order: Order): boolean {
  return Object.keys(order.tries).some((key) => key.startsWith('reserveByType') && unanswered(order, key) > 0)
}

function cancelAtSmdp(draft: Draft, profile: Profile, probe: boolean): Due {
  const { order } = draft
  if (!mayBeOrdered(order, profile) || profile.smdp === 'cancelled') return undefined
  if (probe) return act(draft, keyOf('probeProfile', profile), { do: 'probeProfile', iccid: profile.iccid })
  return act(draft, keyOf('cancelOrder', profile), cancelOrder(order, profile))
}

/** Money follows the SM-DP+'s word: only a cancelled or expired order is paid back. */
function payBack(draft: Draft): Due {
  const { order } = draft
  const { payment } = order
  if (payment.status === 'none' && unanswered(order, billingKey('authorise', payment)) > 0) return authorise(draft)
  return returnMoney(draft) ?? endSubscription(draft)
}

/** What was only authorised is voided, what was collected is refunded. */
function returnMoney(draft: Draft): Due {
  const { payment, plan } = draft.order
  const { authorisationId, status } = payment
  if (authorisationId === undefined) return undefined
  if (status === 'authorised') return act(draft, billingKey('void', payment), { do: 'void', authorisationId })
  if (status !== 'captured') return undefined
  const { amountMinor } = plan.price
  return act(draft, billingKey('refund', payment), { do: 'refund', authorisationId, amountMinor })
}

function confirm(draft: Draft, profile: Profile, releaseNow: boolean): Due {
  const { iccid, eid, matchingId } = profile
  const want: Want = { do: 'confirmOrder', iccid, eid, matchingId, release: releaseNow }
  return act(draft, keyOf('confirmOrder', profile), want)
}

/** Nothing will ever be due again: the purchase has ended and every ICCID is settled. */
export function isSettled(order: Order, step: Due): boolean {
  return step === undefined && isIn(order, 'active', 'cancelled', 'expired')
}

/** Tells the story of an effect being started. */
export function noteAttempt(draft: Draft, effect: EffectName, attempt: number): void {
  if (attempt > 1) note(draft, effect, `attempt ${attempt}`)
}
