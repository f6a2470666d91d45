/** The SIM document: who owns a SIM and what data was granted to it. Store: container `sims`, partition and id are the ICCID. */

import { parseDuration } from './duration'
import type { Iccid } from './identifiers'
import type { Plan } from './plan'
import { endOf, regrouped, type Usage } from './usage'

/** Data that a plan put on a SIM. */
export interface Grant {
  /** Order that granted it: a SIM holds at most one grant per order. */
  orderId: string
  planId: string
  kind: Plan['kind']
  dataMB: number
  durationMs: number
  /** ISO 3166-1 alpha-2 codes where the data may be used; `*` alone: everywhere. */
  locations: readonly string[]
  /** ISO 8601. Absent until the first evidence of use: the clock stands, and the whole duration is left. */
  startsAt?: string
}

/** A plan that renews itself. It is one subscription from the first order until it ends, whatever number of renewals. */
export interface Subscription {
  /** Id of the order that began it. */
  id: string
  planId: string
  /** Order that paid for the present period, and which period that is (1 for the first). */
  orderId: string
  period: number
  /** ISO 8601: end of the present period; the next one begins then. */
  endsAt: string
  /** ISO 8601: the person has cancelled it, and it is not renewed. */
  cancelledAt?: string | undefined
  /** It was not renewed. */
  ended?: 'payment-refused' | 'cancelled' | undefined
}

/** A SIM of the operator. */
export interface Sim {
  schema: 1
  iccid: Iccid
  /**
   * - `esim`: a profile that we sold
   * - `warm`: a physical SIM that connects and has, or may get, a plan
   * - `monitor`: used by the Mobile Plans service to watch GetBalance
   * - `excluded`: within our ranges, yet not for Mobile Plans
   */
  kind: 'esim' | 'warm' | 'monitor' | 'excluded'
  subscriberId?: string
  /** Order that claimed this SIM for its subscriber. */
  orderId?: string
  /**
   * The order that claimed this warm SIM was called off, and calls of it may still be carried out: until it lets the SIM go, no other
   * order is given it.
   */
  resting?: true
  grants: readonly Grant[]
  /** Subscriptions that were begun on this SIM, those that have ended included. */
  subscriptions?: readonly Subscription[] | undefined
  /** Data used; absent: none yet. */
  usage?: Usage | undefined
}

/** A SIM without any data. */
export function createSim(facts: Pick<Sim, 'iccid' | 'kind'> & Partial<Pick<Sim, 'subscriberId' | 'orderId'>>): Sim {
  return { schema: 1, ...facts, grants: [] }
}

/** A plan whose duration cannot be read was let through somewhere: `parseOperator` refuses it. */
export class PlanDurationError extends Error {
  readonly code = 'plan_duration_unreadable'
  constructor(planId: string) {
    super(`the duration of plan ${planId} is not an ISO 8601 duration`)
    this.name = 'PlanDurationError'
  }
}

/**
 * What an order of this plan grants. The countries where a plan is sold are those where its data can be used.
 *
 * @throws {PlanDurationError} `plan_duration_unreadable`
 */
export function grantOf(plan: Plan, orderId: string): Grant {
  const durationMs = parseDuration(plan.duration)
  if (durationMs === undefined) throw new PlanDurationError(plan.id)
  return { orderId, planId: plan.id, kind: plan.kind, dataMB: plan.dataMB, durationMs, locations: plan.markets }
}

/** The SIM with the grant; the same object when its order has granted already, so that repeating does nothing. */
export function addGrant(sim: Sim, grant: Grant): Sim {
  if (sim.grants.some(({ orderId }) => orderId === grant.orderId)) return sim
  return { ...sim, grants: [...sim.grants, grant] }
}

/** The SIM with the grant's clock started; unchanged when it runs already or there is no such grant. */
export function startGrant(sim: Sim, orderId: string, at: Date): Sim {
  const waiting = sim.grants.some((grant) => grant.orderId === orderId && grant.startsAt === undefined)
  if (!waiting) return sim
  return regrouped({
    ...sim,
    grants: sim.grants.map((grant) => (grant.orderId === orderId ? { ...grant, startsAt: at.toISOString() } : grant)),
  })
}

/** The SIM without the order's grant; unchanged when there is none. */
export function removeGrant(sim: Sim, orderId: string): Sim {
  if (!sim.grants.some((grant) => grant.orderId === orderId)) return sim
  return {
    ...sim,
    grants: sim.grants.filter((grant) => grant.orderId !== orderId),
  }
}

/** How long past grants and subscriptions stay in the document, in milliseconds: longer than reports of usage may be late. */
const keepPastMs = 30 * 24 * 60 * 60_000

/**
 * The SIM without what ended long ago, so that its document stays small however often it is topped up. A subscription that may still be
 * renewed stays: its renewal can wait for staff for as long as they take.
 */
export function withoutPast(sim: Sim, now: Date): Sim {
  const oldest = now.getTime() - keepPastMs
  const grants = sim.grants.filter((grant) => endOf(grant) >= oldest)
  if (grants.length === sim.grants.length) return sim
  const subscriptions = sim.subscriptions?.filter(
    ({ endsAt, cancelledAt, ended }) =>
      Date.parse(endsAt) >= oldest || (cancelledAt === undefined && ended === undefined),
  )
  const first = Math.min(
    ...grants.map(({ startsAt }) => (startsAt === undefined ? now.getTime() : Date.parse(startsAt))),
  )
  const since = new Date(Math.min(first, oldest)).toISOString()
  const usage = sim.usage && { ...sim.usage, sums: sim.usage.sums.filter(({ from }) => from >= since) }
  return { ...sim, grants, ...(subscriptions && { subscriptions }), ...(usage && { usage }) }
}

/**
 * The SIM after an order was taken back: without its grant, and with no subscription that it pays for. A profile that held nothing else is
 * forgotten (`undefined`); a warm SIM that the order had claimed, or may still claim by a late call, rests, or is anybody's again. Unchanged
 * when nothing is left to take back.
 */
export function takeBack(sim: Sim, orderId: string, claim: 'rest' | 'free'): Sim | undefined {
  const without = withoutSubscriptionOf(removeGrant(sim, orderId), orderId)
  if (claim === 'rest' && isFree(without)) return { ...without, orderId, resting: true }
  if (without.grants.length > 0 || without.orderId !== orderId) return without
  if (without.kind === 'esim') return undefined
  if (claim === 'rest') return without.resting ? without : { ...without, resting: true }
  const { subscriberId: _, orderId: __, resting: ___, ...free } = without
  return free
}

function isFree({ kind, subscriberId, orderId }: Sim): boolean {
  return kind === 'warm' && subscriberId === undefined && orderId === undefined
}

function withoutSubscriptionOf(sim: Sim, orderId: string): Sim {
  const paid = sim.subscriptions?.find((subscription) => subscription.orderId === orderId)
  return paid === undefined ? sim : endSubscription(sim, paid.id, 'cancelled')
}

/**
 * The SIM whose subscription is paid for until the end of this period. A cancellation stays. Unchanged when it says so already, and when
 * the order that paid has no grant on it (any more).
 */
export function renewSubscription(
  sim: Sim,
  paid: Pick<Subscription, 'id' | 'planId' | 'orderId' | 'period' | 'endsAt'>,
): Sim {
  if (!sim.grants.some(({ orderId }) => orderId === paid.orderId)) return sim
  const known = sim.subscriptions?.find(({ id }) => id === paid.id)
  if (known !== undefined && known.period >= paid.period) return sim
  const others = sim.subscriptions?.filter(({ id }) => id !== paid.id) ?? []
  const { cancelledAt } = known ?? {}
  return { ...sim, subscriptions: [...others, { ...paid, ...(cancelledAt === undefined ? {} : { cancelledAt }) }] }
}

/** The SIM whose subscription the person has cancelled; unchanged when it has none of this id, or it was cancelled before. */
export function cancelSubscription(sim: Sim, id: string, now: Date): Sim {
  return changeSubscription(sim, id, (known) =>
    known.cancelledAt === undefined ? { ...known, cancelledAt: now.toISOString() } : known,
  )
}

/** The SIM whose subscription has ended; unchanged when it has none of this id, or it had ended before. */
export function endSubscription(sim: Sim, id: string, because: NonNullable<Subscription['ended']>): Sim {
  return changeSubscription(sim, id, (known) => (known.ended === undefined ? { ...known, ended: because } : known))
}

function changeSubscription(sim: Sim, id: string, change: (known: Subscription) => Subscription): Sim {
  const known = sim.subscriptions?.find((subscription) => subscription.id === id)
  const changed = known && change(known)
  if (known === undefined || changed === undefined || changed === known) return sim
  return { ...sim, subscriptions: sim.subscriptions?.map((item) => (item === known ? changed : item)) }
}
