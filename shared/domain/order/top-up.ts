/** Top-ups: plans on a SIM that the person has already, and the renewals of subscriptions. */
import { parseDuration } from '../duration'
import { type Draft, enter, iso, note } from './draft'
import type { Order, TopUp } from './order'
import type { Rules } from './rules'
import { act, authorise, capture, type Due, grant, openLine, startClock } from './wants'

/**
 * After the payment is authorised: the balance first, as the write that grants it also finds out whether the SIM may be topped up by
 * this person, then the line of a SIM that had none.
 */
export function credit(draft: Draft, topUp: TopUp): Due {
  const { order } = draft
  const next = grant(draft, topUp) ?? (order.kind === 'warm-sim' ? openLine(draft, topUp) : undefined)
  if (next !== undefined) return next
  order.readyAt ??= iso(draft)
  enter(draft, { state: 'ready', since: iso(draft) }, 'balance added')
  return undefined
}

/**
 * A payment that was refused. A person at the portal can choose another way to pay, so their order ends there and then; a renewal is
 * asked for again, from before the paid period ends until some time after.
 */
export function collectAgain(draft: Draft, rules: Rules): Due {
  const { order, now } = draft
  const { payment, topUp } = order
  const again = Date.parse(payment.refusedAt ?? order.updatedAt) + rules.renewalRetryMs
  if (again > Date.parse(topUp?.startsAt ?? order.placedAt) + rules.renewalGraceMs) {
    enter(draft, { state: 'cancelled', since: iso(draft), because: 'payment-refused' }, payment.refusal)
    return undefined
  }
  if (now.getTime() < again) return { at: again }
  order.payment = { ...payment, status: 'none', round: (payment.round ?? 0) + 1 }
  note(draft, 'payment is asked for again')
  return authorise(draft)
}

/** The balance stands on the SIM: its clock starts, and the money is collected. */
export function settleCredited(draft: Draft, topUp: TopUp, rules: Rules): Due {
  const { order } = draft
  const next =
    startClock(draft, topUp, clockStartOf(order)) ?? capture(draft) ?? listLine(draft) ?? scheduleRenewal(draft, rules)
  if (next !== undefined) return next
  enter(draft, { state: 'active', since: iso(draft), registered: false }, 'balance added and paid')
  return undefined
}

/** When the time of the plan begins to run; asked once that is known. */
function clockStartOf({ topUp, readyAt, evidence, updatedAt }: Order): string {
  if (topUp === undefined) return evidence.installedAt ?? updatedAt
  const credited = readyAt ?? updatedAt
  return topUp.startsAt !== undefined && topUp.startsAt > credited ? topUp.startsAt : credited
}

/** The person's document lists the line, so that the portal can show it. A renewal's is there already. */
export function listLine(draft: Draft): Due {
  const { order } = draft
  const iccid = (order.profile ?? order.topUp)?.iccid
  if (order.lineListed || order.kind === 'renewal' || iccid === undefined) return undefined
  return act(draft, 'listLine', { do: 'listLine', subscriberId: order.subscriberId, iccid })
}

/** A subscription that is paid for gets its next renewal into the calendar, so long before the end that a refused payment can be asked for again. */
export function scheduleRenewal(draft: Draft, rules: Rules): Due {
  const { order, now } = draft
  const { subscription, plan } = order
  const iccid = (order.profile ?? order.topUp)?.iccid
  if (subscription === undefined || subscription.scheduled || iccid === undefined) return undefined
  const periodMs = parseDuration(plan.duration) ?? 0
  const end = Date.parse(clockStartOf(order)) + periodMs
  const place = Math.max(now.getTime(), end - Math.min(rules.renewalLeadMs, periodMs / 4))
  return act(draft, 'scheduleRenewal', {
    do: 'scheduleRenewal',
    iccid,
    subscriptionId: subscription.id,
    period: subscription.period,
    endsAt: new Date(end).toISOString(),
    placeAt: new Date(place).toISOString(),
  })
}

/** A renewal that came to nothing ends its subscription. */
export function endSubscription(draft: Draft): Due {
  const { order } = draft
  const { subscription, topUp } = order
  if (order.kind !== 'renewal' || subscription === undefined || subscription.ended || topUp === undefined)
    return undefined
  const refused = order.stage.state === 'cancelled' && order.stage.because === 'payment-refused'
  const because = refused ? 'payment-refused' : 'cancelled'
  return act(draft, 'endSubscription', {
    do: 'endSubscription',
    iccid: topUp.iccid,
    subscriptionId: subscription.id,
    because,
  })
}
