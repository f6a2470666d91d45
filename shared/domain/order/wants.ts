/** What an order can want next, and the small questions behind it: is the effect due now, or at the end of its back-off? */
import { type Draft, keyOf, triesOf, unanswered } from './draft'
import type { Effect } from './effect'
import type { Order, OrderedSim, Payment, Profile, TopUp } from './order'
import type { Rules } from './rules'

type Distribute<T> = T extends unknown ? Omit<T, 'key' | 'attempt'> : never
export type Want = Distribute<Effect>
/** An effect that is due now, the time when something will be, or nothing. */
export type Due = { want: Want; key: string } | { at: number } | undefined

/** The effect now, or the end of its back-off. */
export function act(draft: Draft, key: string, want: Want): Due {
  const { notBefore } = triesOf(draft.order, key)
  const at = notBefore === undefined ? 0 : Date.parse(notBefore)
  return draft.now.getTime() < at ? { at } : { want, key }
}

/** An effect goes before any time; of two times the earlier counts. */
export function earliest(a: Due, b: Due): Due {
  if (a === undefined || (b !== undefined && 'want' in b)) return b
  if (b === undefined || 'want' in a) return a
  return a.at <= b.at ? a : b
}

export function authorise(draft: Draft): Due {
  const { order } = draft
  const { amountMinor, currency } = order.plan.price
  const { instrument } = order.payment
  return act(draft, billingKey('authorise', order.payment), {
    do: 'authorise',
    instrument,
    amountMinor,
    currency,
    subscriberId: order.subscriberId,
  })
}

/** Collects what was authorised; undefined: there is nothing to collect (any more). */
export function capture(draft: Draft): Due {
  const { payment, plan } = draft.order
  if (payment.status !== 'authorised' || payment.authorisationId === undefined) return undefined
  const { authorisationId } = payment
  const { amountMinor } = plan.price
  return act(draft, billingKey('capture', payment), { do: 'capture', authorisationId, amountMinor })
}

/** A refusal that is asked again gets a new idempotency key: the same key gets the same answer. */
export function billingKey(
  effect: 'authorise' | 'capture' | 'void' | 'refund',
  { round = 0 }: Pick<Payment, 'round'>,
): string {
  return round === 0 ? effect : `${effect}:again${round}`
}

export function openLine(draft: Draft, sim: OrderedSim & Partial<Pick<Profile, 'eid'>>): Due {
  if (sim.line === 'on') return undefined
  const { subscriberId, plan } = draft.order
  const { iccid, eid } = sim
  return act(draft, keyOf('activateLine', sim), { do: 'activateLine', iccid, eid, subscriberId, planId: plan.id })
}

export function closeLine(draft: Draft, sim: OrderedSim): Due {
  if (sim.line === 'off' && unanswered(draft.order, keyOf('activateLine', sim)) === 0) return undefined
  return act(draft, keyOf('deactivateLine', sim), { do: 'deactivateLine', iccid: sim.iccid })
}

export function grant(draft: Draft, sim: OrderedSim): Due {
  return sim.granted ? undefined : act(draft, keyOf('grantBalance', sim), { do: 'grantBalance', iccid: sim.iccid })
}

export function revoke(draft: Draft, sim: OrderedSim): Due {
  if (!sim.granted && unanswered(draft.order, keyOf('grantBalance', sim)) === 0) return undefined
  return act(draft, keyOf('revokeBalance', sim), { do: 'revokeBalance', iccid: sim.iccid, claim: 'rest' })
}

export function startClock(draft: Draft, sim: OrderedSim, at: string): Due {
  if (sim.clockStarted) return undefined
  return act(draft, keyOf('startClock', sim), { do: 'startClock', iccid: sim.iccid, at })
}

/**
 * Undone once more, after the quarantine: an attempt that was never answered may have been carried out after it was undone. Where the line
 * had to be closed several times, nobody else gets the SIM before all of them have been carried out.
 */
export function undoAgain(draft: Draft, sim: OrderedSim & Pick<TopUp, 'resting'>, rules: Rules): Due {
  const { iccid } = sim
  if (sim.lineMayReopen) return act(draft, keyOf('secondDeactivate', sim), { do: 'deactivateLine', iccid })
  const at = sim.closedTwiceAt === undefined ? 0 : Date.parse(sim.closedTwiceAt) + rules.quarantineMs
  if (draft.now.getTime() < at) return { at }
  if (sim.balanceMayReturn || sim.resting)
    return act(draft, keyOf('secondRevoke', sim), { do: 'revokeBalance', iccid, claim: 'free' })
  return undefined
}

/** Where every downloadOrder was declined, the ICCID is not ours to cancel: somebody else may have ordered it. */
export function mayBeOrdered(order: Order, profile: Profile): boolean {
  return profile.smdp !== 'none' || unanswered(order, keyOf('downloadOrder', profile)) > 0
}

/** EID and matching id must be sent once they are tied to the order (SGP.22 §5.3.3). */
export function cancelOrder(order: Order, profile: Profile): Want {
  const confirmed = triesOf(order, keyOf('confirmOrder', profile)).attempts > 0 && !profile.cancelWithoutMatchingId
  const matchingId = confirmed ? profile.matchingId : undefined
  return { do: 'cancelOrder', iccid: profile.iccid, eid: profile.eid, matchingId }
}

export function stockRow(order: Order, profile: Profile) {
  return { iccid: profile.iccid, profileType: order.plan.profileType }
}
