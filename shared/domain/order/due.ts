/** What an order wants next: the effect that is due now, or the time when something will be. */
import { cancelling, type Draft, enter, isIn, iso, keyOf, note, park, retire, triesOf, unanswered } from './draft'
import type { Effect, EffectName } from './effect'
import type { Order, Payment, Profile } from './order'
import { activateLineAt, expiresAt, isHeld, type Rules, registerDelayMs, releaseAt } from './rules'

type Distribute<T> = T extends unknown ? Omit<T, 'key' | 'attempt'> : never
export type Want = Distribute<Effect>
export type Due = { want: Want; key: string } | { at: number } | undefined

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
    return earliest(main, settleRetired(draft, rules))
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
  if (!order.slotClaimed) return act(draft, 'claimSlot', { do: 'claimSlot', slot: order.slot })
  if (!order.listed) return act(draft, 'listOrder', { do: 'listOrder', subscriberId: order.subscriberId })
  if (order.payment.status === 'none') return authorise(draft)
  const { profile } = order
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

function authorise(draft: Draft): Due {
  const { order } = draft
  const { amountMinor, currency } = order.plan.price
  const { instrument } = order.payment
  return act(draft, 'authorise', {
    do: 'authorise',
    instrument,
    amountMinor,
    currency,
    subscriberId: order.subscriberId,
  })
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
  const { profile, stage } = order
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
  const granting = grant(draft, profile)
  if (granting !== undefined) return granting
  if (!profile.clockStarted) {
    const at = order.evidence.installedAt ?? iso(draft)
    return act(draft, keyOf('startClock', profile), { do: 'startClock', iccid: profile.iccid, at })
  }
  if (profile.stock === 'claimed')
    return act(draft, keyOf('useIccid', profile), { do: 'useIccid', ...stockRow(order, profile) })
  const { payment } = order
  if (payment.status === 'authorised' && payment.authorisationId !== undefined) {
    const { authorisationId } = payment
    return act(draft, billingKey('capture', payment), {
      do: 'capture',
      authorisationId,
      amountMinor: order.plan.price.amountMinor,
    })
  }
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
  const { stage, profile } = order
  if (stage.state !== 'cancelling') return undefined
  if (profile !== undefined) {
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

/** Where every downloadOrder was declined, the ICCID is not ours to cancel: somebody else may have ordered it. */
function mayBeOrdered(order: Order, profile: Profile): boolean {
  return profile.smdp !== 'none' || unanswered(order, keyOf('downloadOrder', profile)) > 0
}

/** EID and matching id must be sent once they are tied to the order (SGP.22 §5.3.3). */
function cancelOrder(order: Order, profile: Profile): Want {
  const confirmed = triesOf(order, keyOf('confirmOrder', profile)).attempts > 0 && !profile.cancelWithoutMatchingId
  const matchingId = confirmed ? profile.matchingId : undefined
  return { do: 'cancelOrder', iccid: profile.iccid, eid: profile.eid, matchingId }
}

/** Money follows the SM-DP+'s word: only a cancelled or expired order is paid back. */
function payBack(draft: Draft): Due {
  const { order } = draft
  const { payment } = order
  if (payment.status === 'none' && unanswered(order, 'authorise') > 0) return authorise(draft)
  if (payment.status === 'captured') park(draft, 'refund-due')
  if (payment.status !== 'authorised' || payment.authorisationId === undefined) return undefined
  return act(draft, billingKey('void', payment), { do: 'void', authorisationId: payment.authorisationId })
}

/** A refusal that staff have dealt with is asked again under a new idempotency key. */
function billingKey(effect: 'capture' | 'void', { round = 0 }: Payment): string {
  return round === 0 ? effect : `${effect}:again${round}`
}

/**
 * An ICCID returns to stock only after cancelOrder, a quarantine longer than the longest call, and a second cancelOrder:
 * a call that the SM-DP+ carries out after we stopped waiting is undone by the second.
 */
function settleRetired(draft: Draft, rules: Rules): Due {
  let next: Due
  for (const profile of draft.order.retired) {
    const step = settleOne(draft, profile, rules)
    if (step !== undefined && 'want' in step) return step
    next = earliest(next, step)
  }
  return next
}

function settleOne(draft: Draft, profile: Profile, rules: Rules): Due {
  const { order, now } = draft
  const row = stockRow(order, profile)
  // An ICCID that turned out not to be ours was retired with its line open.
  const undo = () => closeLine(draft, profile) ?? revoke(draft, profile)
  switch (profile.stock) {
    case 'picked':
      if (unanswered(order, keyOf('claimIccid', profile)) === 0) return undefined
      break
    case 'claimed':
    case 'quarantined':
      break
    case 'returned':
    case 'withdrawn':
    case 'used':
    case 'lost':
      return undefined
    case 'foreign':
      return undo()
  }
  const first = undo()
  if (first !== undefined) return first
  const mayComeBack = profile.lineMayReopen || profile.balanceMayReturn
  if (profile.fate === 'withdraw' && !mayComeBack)
    return act(draft, keyOf('withdrawIccid', profile), {
      do: 'withdrawIccid',
      ...row,
      reason: profile.fateReason ?? '',
    })
  if (profile.stock !== 'quarantined') {
    const until = new Date(now.getTime() + rules.quarantineMs).toISOString()
    return act(draft, keyOf('quarantineIccid', profile), { do: 'quarantineIccid', ...row, until })
  }
  const end = Date.parse(profile.quarantineUntil ?? order.updatedAt)
  if (now.getTime() < end) return { at: end }
  if (profile.fate !== 'withdraw' && mayBeOrdered(order, profile) && !profile.settled)
    return act(draft, keyOf('secondCancel', profile), cancelOrder(order, profile))
  if (profile.lineMayReopen)
    return act(draft, keyOf('secondDeactivate', profile), { do: 'deactivateLine', iccid: profile.iccid })
  if (profile.balanceMayReturn) return act(draft, keyOf('secondRevoke', profile), byIccid('revokeBalance', profile))
  return act(draft, keyOf('returnIccid', profile), { do: 'returnIccid', ...row })
}

function confirm(draft: Draft, profile: Profile, releaseNow: boolean): Due {
  const { iccid, eid, matchingId } = profile
  const want: Want = { do: 'confirmOrder', iccid, eid, matchingId, release: releaseNow }
  return act(draft, keyOf('confirmOrder', profile), want)
}

function openLine(draft: Draft, profile: Profile): Due {
  if (profile.line === 'on') return undefined
  const { subscriberId, plan } = draft.order
  const { iccid, eid } = profile
  const want: Want = { do: 'activateLine', iccid, eid, subscriberId, planId: plan.id }
  return act(draft, keyOf('activateLine', profile), want)
}

function closeLine(draft: Draft, profile: Profile): Due {
  if (profile.line === 'off' && unanswered(draft.order, keyOf('activateLine', profile)) === 0) return undefined
  return act(draft, keyOf('deactivateLine', profile), { do: 'deactivateLine', iccid: profile.iccid })
}

function grant(draft: Draft, profile: Profile): Due {
  return profile.granted ? undefined : act(draft, keyOf('grantBalance', profile), byIccid('grantBalance', profile))
}

function revoke(draft: Draft, profile: Profile): Due {
  if (!profile.granted && unanswered(draft.order, keyOf('grantBalance', profile)) === 0) return undefined
  return act(draft, keyOf('revokeBalance', profile), byIccid('revokeBalance', profile))
}

function byIccid(name: 'grantBalance' | 'revokeBalance', profile: Profile): Want {
  return { do: name, iccid: profile.iccid }
}

function stockRow(order: Order, profile: Profile) {
  return { iccid: profile.iccid, profileType: order.plan.profileType }
}

/** The effect now, or the end of its back-off. */
function act(draft: Draft, key: string, want: Want): Due {
  const { notBefore } = triesOf(draft.order, key)
  const at = notBefore === undefined ? 0 : Date.parse(notBefore)
  return draft.now.getTime() < at ? { at } : { want, key }
}

/** An effect goes before any time; of two times the earlier counts. */
function earliest(a: Due, b: Due): Due {
  if (a === undefined || (b !== undefined && 'want' in b)) return b
  if (b === undefined || 'want' in a) return a
  return a.at <= b.at ? a : b
}

/** Nothing will ever be due again: the purchase has ended and every ICCID is settled. */
export function isSettled(order: Order, step: Due): boolean {
  return step === undefined && isIn(order, 'active', 'cancelled', 'expired')
}

/** Tells the story of an effect being started. */
export function noteAttempt(draft: Draft, effect: EffectName, attempt: number): void {
  if (attempt > 1) note(draft, effect, `attempt ${attempt}`)
}
