/** What is still to be put right behind an order: ICCIDs that go back to stock, and what a late call may have left on a SIM. */
import { type Draft, keyOf, triesOf, unanswered } from './draft'
import type { Profile } from './order'
import type { Rules } from './rules'
import { act, cancelOrder, closeLine, type Due, earliest, mayBeOrdered, revoke, stockRow, undoAgain } from './wants'

/** What is due next behind the main line. */
export function settle(draft: Draft, rules: Rules): Due {
  let next: Due = settleTopUp(draft, rules)
  if (next !== undefined && 'want' in next) return next
  for (const profile of draft.order.retired) {
    const step = settleProfile(draft, profile, rules)
    if (step !== undefined && 'want' in step) return step
    next = earliest(next, step)
  }
  return next
}

/**
 * A top-up that was taken back is looked at once more when no call of it can be under way any longer; then its SIM is let go. Whatever
 * staff have to look at meanwhile does not keep the SIM.
 */
function settleTopUp(draft: Draft, rules: Rules): Due {
  const { topUp, stage } = draft.order
  const end = stage.state === 'parked' ? stage.was : stage
  if (topUp === undefined || end?.state !== 'cancelled') return undefined
  const mayComeBack = topUp.lineMayReopen || topUp.balanceMayReturn
  // A late call to let the SIM rest would have it rest for ever once it is free.
  const mayRest = unanswered(draft.order, keyOf('revokeBalance', topUp)) > 0
  if (mayRest) topUp.resting = true
  const at = mayComeBack || mayRest ? Date.parse(end.since) + rules.quarantineMs : 0
  return draft.now.getTime() < at ? { at } : undoAgain(draft, topUp, rules)
}

/**
 * An ICCID that the SM-DP+ chose may be another order's by now: its line is left alone, but a balance is known by its order. Where the
 * SM-DP+ chose it for this order once more, the balance is that profile's.
 */
function revokeLate(draft: Draft, profile: Profile, rules: Rules): Due {
  const { retired, profile: inPlay } = draft.order
  const again = [inPlay, ...retired].some((other) => other?.iccid === profile.iccid && other.number > profile.number)
  if (!profile.balanceMayReturn || again) return undefined
  profile.quarantineUntil ??= new Date(draft.now.getTime() + rules.quarantineMs).toISOString()
  const at = Date.parse(profile.quarantineUntil)
  if (draft.now.getTime() < at) return { at }
  return act(draft, keyOf('secondRevoke', profile), { do: 'revokeBalance', iccid: profile.iccid, claim: 'free' })
}

/**
 * An ICCID returns to stock only after cancelOrder, a quarantine longer than the longest call, and a second cancelOrder:
 * a call that the SM-DP+ carries out after we stopped waiting is undone by the second.
 */
function settleProfile(draft: Draft, profile: Profile, rules: Rules): Due {
  const { order, now } = draft
  const row = stockRow(order, profile)
  // An ICCID that turned out not to be ours was retired with its line open.
  const undo = () => closeLine(draft, profile) ?? revoke(draft, profile)
  switch (profile.stock) {
    case 'picked':
      // A refusal that comes late may be our own quarantine's doing: once that was begun, it is carried to its end.
      if (
        unanswered(order, keyOf('claimIccid', profile)) === 0 &&
        triesOf(order, keyOf('quarantineIccid', profile)).attempts === 0
      )
        return undefined
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
      return undo() ?? revokeLate(draft, profile, rules)
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
  return undoAgain(draft, profile, rules) ?? act(draft, keyOf('returnIccid', profile), { do: 'returnIccid', ...row })
}
