import { applyEvent } from './apply'
import { type Draft, triesOf } from './draft'
import { due, isSettled, noteAttempt } from './due'
import { type Effect, systemOf } from './effect'
import type { OrderEvent } from './event'
import type { Order } from './order'
import { applyResult } from './results'
import { LEASE_MARGIN_MS, type Rules } from './rules'
import { applyStaff } from './staff'

/** What an event leads to. */
export interface Decision {
  /** The order's next version; the very object that was passed in when nothing changes. */
  order: Order
  /** To be performed once the order has been written; at most one, leased to whoever wrote. */
  effects: Effect[]
  /** When the order wants to be looked at again, whatever else happens; undefined: never by itself. */
  checkAt: Date | undefined
}

/**
 * Decides what an event means for an order. Pure: the clock comes in, effects go out as data.
 *
 * At most one effect is under way per order. The decision that starts it also leases it: until `lease.until` only the one who
 * wrote this decision performs it; after that the next decision starts another attempt, knowing that the first may have worked.
 *
 * @param start false: record the event, but start no effect; what is due then stays due at once
 * @param now the clock; a clock behind the order's last change counts as that change's time
 */
export function decide(
  order: Order,
  event: OrderEvent,
  now: Date,
  rules: Rules,
  { start = true }: { start?: boolean } = {},
): Decision {
  const time = new Date(Math.max(now.getTime(), Date.parse(order.updatedAt)))
  // An order is a JSON document: its text is the cheapest copy, and tells at the end whether anything has changed.
  const before = JSON.stringify(order)
  const draft: Draft = { order: JSON.parse(before) as Order, now: time }
  if (event.type === 'result') applyResult(draft, event)
  else if (event.type === 'staff') applyStaff(draft, event, rules)
  else if (event.type !== 'wake') applyEvent(draft, event)
  const effects = startWhatIsDue(draft, rules, start)
  const next = draft.order
  if (JSON.stringify(next) === before) return { order, effects: [], checkAt: instant(order.checkAt) }
  next.updatedAt = time.toISOString()
  return { order: next, effects, checkAt: instant(next.checkAt) }
}

function startWhatIsDue(draft: Draft, rules: Rules, start: boolean): Effect[] {
  const { order, now } = draft
  if (order.closed) return []
  if (order.lease !== undefined) {
    if (now.getTime() < Date.parse(order.lease.until)) {
      order.checkAt = order.lease.until
      return []
    }
    order.lease = undefined
  }
  const step = due(draft, rules)
  if (step === undefined || !('want' in step)) {
    order.closed = isSettled(order, step)
    if (order.closed) order.closedAt = now.toISOString()
    order.checkAt = step === undefined ? undefined : new Date(step.at).toISOString()
    return []
  }
  if (!start) {
    order.checkAt = now.toISOString()
    return []
  }
  const { key, want } = step
  const tries = triesOf(order, key)
  const attempt = tries.attempts + 1
  order.tries[key] = { ...tries, attempts: attempt, notBefore: undefined }
  const until = new Date(now.getTime() + rules.callTimeoutMs[systemOf(want.do)] + LEASE_MARGIN_MS).toISOString()
  order.lease = { key, effect: want.do, attempt, until }
  order.checkAt = until
  noteAttempt(draft, want.do, attempt)
  return [{ ...want, key, attempt }]
}

function instant(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text)
}
