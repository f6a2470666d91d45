/** Small tools for the steps of `decide`, which work on a private copy of the order. */
import type { EffectName } from './effect'
import type { EndReason, Order, OrderedSim, OrderState, ParkReason, Stage, Tries } from './order'
import { logged } from './story'

/** A private copy of an order in the hands of one `decide`. */
export interface Draft {
  order: Order
  now: Date
}

export function iso(draft: Draft): string {
  return draft.now.toISOString()
}

export function note(draft: Draft, what: string, detail?: string): void {
  const { log, logDropped } = logged(draft.order, draft.now, what, detail)
  draft.order.log = log
  draft.order.logDropped = logDropped
}

/** As `note`, unless it is what was noted last: repeated notices tell their story once. */
export function noteOnce(draft: Draft, what: string, detail?: string): void {
  const last = draft.order.log.at(-1)
  if (last?.what !== what || last.detail !== detail) note(draft, what, detail)
}

export function enter(draft: Draft, stage: Stage, detail?: string): void {
  draft.order.stage = stage
  note(draft, stage.state, detail)
}

export function cancelling(draft: Draft, because: EndReason, then: 'cancelled' | 'expired' | 'fresh-profile'): void {
  enter(
    draft,
    { state: 'cancelling', since: iso(draft), because, then, probe: false },
    `because ${because}, then ${then}`,
  )
}

export function park(draft: Draft, reason: ParkReason, detail?: string): void {
  const was = draft.order.stage
  if (was.state === 'parked') return
  enter(
    draft,
    { state: 'parked', since: iso(draft), reason, from: was.state, was },
    detail === undefined ? reason : `${reason}: ${detail}`,
  )
}

export function isIn(order: Order, ...states: OrderState[]): boolean {
  return states.includes(order.stage.state)
}

/** Key of an effect's tries and idempotency: per order, or per SIM of the order. */
export function keyOf(
  effect: EffectName | 'secondCancel' | 'secondDeactivate' | 'secondRevoke',
  sim?: Pick<OrderedSim, 'number'>,
): string {
  return sim === undefined ? effect : `${effect}:${sim.number}`
}

export function triesOf(order: Order, key: string): Tries {
  return order.tries[key] ?? { attempts: 0, answered: 0, failures: 0 }
}

/** Attempts whose outcome nobody knows: each may have worked. */
export function unanswered(order: Order, key: string): number {
  const { attempts, answered } = triesOf(order, key)
  return attempts - answered
}

/** An open question is settled by a later, definite answer. */
export function answerAll(order: Order, key: string): void {
  const tries = order.tries[key]
  if (tries !== undefined) order.tries[key] = { ...tries, answered: tries.attempts }
}

/** Takes the profile out of play; `fate` says what becomes of its ICCID, unless that has been decided before. */
export function retire(draft: Draft, fate: 'recycle' | 'withdraw', reason: string): void {
  const { profile } = draft.order
  if (profile === undefined) return
  const decided = profile.fate === undefined ? { fate, fateReason: reason } : {}
  draft.order.retired = [...draft.order.retired, { ...profile, ...decided }]
  draft.order.profile = undefined
}
