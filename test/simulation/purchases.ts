/** What people come for: few SIMs and few ICCIDs, so that they compete. */
import { createOrderId, type Eid, type Iccid } from '../../shared/domain/identifiers'
import type { Purchase } from '../../shared/domain/order/order'
import type { Plan } from '../../shared/domain/plan'
import { createSim } from '../../shared/domain/sim'
import { inlinePlan } from '../support/plans'
import type { FaultPlan } from './faults'
import type { Random } from './random'
import type { World } from './world'

export const PROFILE_TYPE = 'consumer'

const inline: Plan = { ...inlinePlan, id: 'inline' }
const delayed: Plan = { ...inline, id: 'delayed', downloadAfter: 30 }
const asynchronous: Plan = { ...inline, id: 'asynchronous', registerAfter: 60 }
/** Of a length that suits the app's timers little, or much: periods shorter than an outage, and longer than a renewal takes. */
const subscriptions = (['PT2H', 'PT10H', 'P2D', 'P30D'] as const).map(
  (duration): Plan => ({ ...inline, id: `each-${duration}`, kind: 'subscription', duration }),
)

const eids = ['89044045930000000000001234567853', '89049032123451234512345678901235'] as Eid[]
/** Anybody's; a second one only now and then. */
const warm = ['8988303000000900001', '8988303000000900002'] as Iccid[]
/** Of the first subscriber's from the start. */
const owned = '8988303000000900003' as Iccid

export interface Demand {
  purchases: Purchase[]
  /** Plans that are bought later, by those who come again. */
  plans: Plan[]
  /** Of the longest subscription on sale. */
  subscription: Plan
}

/** One to three people, of whom two may be the same one with the same device or SIM. */
export function demandOf(random: Random, { aim }: FaultPlan): Demand {
  const subscription = random.pick(subscriptions)
  const renewing = aim !== undefined && about.renewals.has(aim)
  const share = renewing ? 0.9 : 0.25
  const warmSims = random.chance(0.8) ? warm.slice(0, 1) : warm
  const plans = [inline, inline, subscription]
  const purchases = Array.from({ length: 1 + random.below(3) }, (): Purchase => {
    const who = random.below(2)
    const eid = eids[who]
    const kind = about.esims.has(aim ?? 'wake')
      ? 'new-esim'
      : random.pick(['new-esim', 'new-esim', 'new-esim', 'warm-sim', 'warm-sim', 'add-balance'] as const)
    const delivery = aim === 'refund' ? asynchronous : random.pick([inline, delayed, asynchronous])
    const sold = kind === 'new-esim' ? delivery : inline
    const renews = { kind: subscription.kind, duration: subscription.duration, id: `${sold.id}-${subscription.id}` }
    return {
      id: createOrderId(random.bytes(16)),
      channel: random.pick(['webview', 'browser'] as const),
      subscriberId: `subscriber-${kind === 'add-balance' ? 0 : who}`,
      device: eid === undefined || random.chance(0.1) ? {} : { eid },
      plan: random.chance(share) ? { ...sold, ...renews } : sold,
      instrument: { ref: 'account:1', onFile: true },
      account: 'existing',
      ...(kind === 'new-esim'
        ? {}
        : { topUp: { kind, iccid: kind === 'add-balance' ? owned : random.pick(warmSims) } }),
    }
  })
  return { purchases, plans, subscription }
}

/** Effects and steps that few purchases come to. */
export const about: Record<'renewals' | 'esims', ReadonlySet<string>> = {
  renewals: new Set(['scheduleRenewal', 'endSubscription', 'calendar list', 'calendar delete', 'SIM write']),
  esims: new Set(['probeProfile', 'refund', 'reserveByType', 'useIccid', 'releaseProfile', 'returnIccid', 'notice']),
}

/** The physical SIMs, as they were imported. */
export async function fillSims({ store, truth }: World): Promise<void> {
  const sims = [
    ...warm.map((iccid) => createSim({ iccid, kind: 'warm' })),
    createSim({ iccid: owned, kind: 'warm', subscriberId: 'subscriber-0' }),
  ]
  for (const sim of sims) await store.memory.insert('sims', sim.iccid, sim.iccid, sim)
  truth.lines.set(owned, 'before')
}
