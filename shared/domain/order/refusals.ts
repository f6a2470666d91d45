/** What it means when somebody said no. */
import type { CallFailure } from '../../platform/ports'
import { answerAll, cancelling, type Draft, enter, isIn, iso, note, park, unanswered } from './draft'
import type { EffectName } from './effect'
import { hasEnded, type Profile } from './order'
import { profileOf, simOf } from './profiles'
import { MISPICK_LIMIT } from './rules'
import { cancelRefused, orderingRefused } from './smdp-refusals'
import { billingKey } from './wants'

export function refused(draft: Draft, effect: EffectName, key: string, failure: CallFailure): void {
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
      return voidRefused(draft, failure.code)
    case 'refund':
      return park(draft, 'refund-due', failure.code)
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
      // Said of an order that is being called off, or has been: what was not opened need not be closed.
      if (isIn(order, 'cancelling') || hasEnded(order)) return
      if (isIn(order, 'placed')) return cancelling(draft, 'line-refused', 'cancelled')
      return park(draft, 'line-refused', failure.code)
    case 'deactivateLine':
      return park(draft, 'line-refused', failure.code)
    case 'grantBalance':
      return grantRefused(draft, key, failure.code)
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
  order.payment = { ...order.payment, status: 'refused', refusal: code, refusedAt: iso(draft) }
  // A renewal is asked for again: see `collectAgain`.
  if (isIn(order, 'placed') && order.kind !== 'renewal')
    enter(draft, { state: 'cancelled', since: iso(draft), because: 'payment-refused' }, code)
}

/** The SIM is not to be had, or the person has cancelled the subscription meanwhile: nothing was collected yet. */
function grantRefused(draft: Draft, key: string, code: string): void {
  const { order } = draft
  if (!isIn(order, 'placed') || simOf(order, key)?.granted) return
  cancelling(draft, code === 'subscription-over' ? 'person' : 'sim-refused', 'cancelled')
}

/** A capture that nobody saw answered may have worked: then there is nothing to void, and the money goes back by a refund. */
function voidRefused(draft: Draft, code: string): void {
  const { order } = draft
  const key = billingKey('capture', order.payment)
  if (unanswered(order, key) === 0) return park(draft, 'void-refused', code)
  answerAll(order, key)
  order.payment.status = 'captured'
  note(draft, 'capture', 'an earlier attempt had worked')
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
