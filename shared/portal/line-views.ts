/** Lines as pages show them: what is left, subscriptions, and news that a person should not miss. */
import { grantStates } from '../domain/balance'
import { formatDuration } from '../domain/duration'
import { localText } from '../domain/local-text'
import { formatPrice } from '../domain/money'
import { hasEnded, type Order } from '../domain/order/order'
import { type Plan, planById } from '../domain/plan'
import type { Sim, Subscription } from '../domain/sim'
import { renewalId } from '../fulfilment/renewals'
import { type Line, linePath } from './lines'
import { isAskedAgain } from './top-up-standing'
import type { BalanceView, LineView, SubscriptionView } from './views'
import type { Visit } from './visit'

const hour = 60 * 60_000
const day = 24 * hour
/** A subscription that has ended is shown for so long after the end of its last period. */
const rememberedMs = 30 * day

/** A line with all that is shown of it. */
export interface ShownLine extends Line {
  subscriptions: readonly ShownSubscription[]
}

/** A subscription with what its page needs besides. */
export interface ShownSubscription {
  subscription: Subscription
  plan: Plan | undefined
  view: SubscriptionView
}

/** Path on which a subscription is cancelled. */
export function cancelPath(subscriptionId: string): string {
  return `/portal/subscriptions/${subscriptionId}/cancel`
}

/**
 * Adds to each line how its subscriptions stand: for each that goes on one or two point reads, of the order that says the price and, once
 * the next period is due, of its renewal.
 */
export function withSubscriptions(visit: Visit, lines: readonly Line[]): Promise<ShownLine[]> {
  return Promise.all(
    lines.map(async (line) => {
      const shown = await Promise.all(
        (line.sim.subscriptions ?? []).map((each) => shownSubscription(visit, line, each)),
      )
      return { ...line, subscriptions: shown.filter((each) => each !== undefined) }
    }),
  )
}

async function shownSubscription(
  visit: Visit,
  line: Line,
  subscription: Subscription,
): Promise<ShownSubscription | undefined> {
  const { orders, operator } = visit.portal
  const { id, endsAt, ended, cancelledAt } = subscription
  const now = visit.now.getTime()
  const live = ended === undefined && cancelledAt === undefined
  if (!live && now > Date.parse(endsAt) + rememberedMs) return undefined
  const due = live && now >= Date.parse(endsAt) - operator.fulfilment.renewalLeadHours * hour
  const [order, renewal] = await Promise.all([
    live ? orders.read(subscription.orderId) : undefined,
    due ? orders.read(renewalId(line.iccid, id, subscription.period + 1)) : undefined,
  ])
  const plan = order?.plan ?? planById(operator.plans, subscription.planId)
  const state = stateOf(visit, subscription, renewal)
  const stays = state.is === 'renews' || state.is === 'refused'
  const view: SubscriptionView = {
    planName: plan === undefined ? subscription.planId : planNameOf(visit, plan),
    price: plan === undefined ? '' : formatPrice(plan.price, visit.language),
    state,
    ...(stays ? { cancelPath: cancelPath(id) } : {}),
  }
  return { subscription, plan, view }
}

function stateOf(visit: Visit, subscription: Subscription, renewal: Order | undefined): SubscriptionView['state'] {
  const { endsAt, ended, cancelledAt } = subscription
  if (ended !== undefined) return { is: 'ended', because: ended }
  if (cancelledAt !== undefined) {
    return Date.parse(endsAt) <= visit.now.getTime()
      ? { is: 'ended', because: 'cancelled' }
      : { is: 'cancelled', endsAt }
  }
  if (renewal !== undefined && isAskedAgain(renewal)) {
    const graceMs = visit.portal.operator.fulfilment.renewalGraceHours * hour
    return { is: 'refused', endsAt, until: new Date(Date.parse(endsAt) + graceMs).toISOString() }
  }
  if (renewal !== undefined && hasEnded(renewal) && renewal.stage.state !== 'active')
    return { is: 'ended', because: 'payment-refused' }
  return { is: 'renews', at: endsAt }
}

/** A line in full. `planNames`: of orders that were read already, by id, for plans that are no longer on sale. */
export function lineView(visit: Visit, line: ShownLine, planNames: ReadonlyMap<string, string>): LineView {
  const { sim } = line
  const balances = balancesOf(visit, sim, planNames)
  const unexpired = grantStates(sim, visit.now).length > 0
  return {
    end: line.iccid.slice(-4),
    state: balances.length > 0 ? 'active' : unexpired ? 'used-up' : 'expired',
    balances,
    subscriptions: line.subscriptions.map(({ view }) => view),
    addDataPath: linePath(line.ref),
  }
}

function balancesOf(visit: Visit, sim: Sim, planNames: ReadonlyMap<string, string>): BalanceView[] {
  return grantStates(sim, visit.now)
    .filter(({ dataRemainingMB }) => dataRemainingMB > 0)
    .map(({ grant, dataRemainingMB, timeRemainingMs }) => {
      const plan = planById(visit.portal.operator.plans, grant.planId)
      const later = grant.startsAt !== undefined && Date.parse(grant.startsAt) > visit.now.getTime()
      return {
        planName: planNames.get(grant.orderId) ?? (plan === undefined ? grant.planId : planNameOf(visit, plan)),
        dataRemainingMB,
        timeRemaining: formatDuration(timeRemainingMs),
        ...(later ? { startsAt: grant.startsAt } : {}),
      }
    })
}

/** The plan's name in the visit's language. */
export function planNameOf(visit: Visit, plan: Plan): string {
  return localText(plan.name, visit.language, visit.portal.operator.defaultLanguage)
}
