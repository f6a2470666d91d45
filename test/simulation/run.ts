/** One run: a world made from a seed, a time of faults, a time to recover, and the rules that must hold then. */
import { Registry } from '../../local/smdp/registry'
import { createOrderId, type Eid, type Iccid } from '../../shared/domain/identifiers'
import type { Order, Purchase } from '../../shared/domain/order/order'
import { defaultRules, type Rules } from '../../shared/domain/order/rules'
import type { Plan } from '../../shared/domain/plan'
import { importStock } from '../../shared/fulfilment/stock'
import { person } from './actors'
import type { Wire } from './calls'
import { createFaultPlan, type Reached } from './faults'
import { brokenRules } from './invariants'
import type { Truth } from './partners'
import { createRandom, type Random } from './random'
import { Scheduler } from './scheduler'
import { createWorld } from './world'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const START = Date.parse('2026-03-01T12:00:00Z')
/** Longer than an order can take that nobody downloads, together with everything that is tried again behind it. */
const PATIENCE_MS = 40 * DAY
/** Many times what the longest run needs: more means that it goes round in circles. */
const MOST_STEPS = 200_000
const PROFILE_TYPE = 'consumer'

export interface RunReport {
  seed: number
  steps: number
  /** Empty: all went well. */
  broken: string[]
  /** As they ended, with their logs. */
  orders: Order[]
}

/** @param reached gets a count for every fault that was played */
export async function simulate(seed: number, reached: Reached = new Map()): Promise<RunReport> {
  const random = createRandom(seed)
  const scheduler = new Scheduler(random, START)
  const plan = createFaultPlan(random, reached)
  const wire: Wire = { scheduler, random, plan, late: 0, crash: () => {} }
  const rules: Rules = { ...defaultRules, orderByProfileTypeOnly: plan.aim === 'reserveByType' || random.chance(0.06) }
  const truth = newTruth(random)
  const world = createWorld(wire, truth, rules, 1 + random.below(3))
  await fillStock(random, truth, rules, world.store.memory)

  for (const purchase of purchases(random)) void person(world, purchase)
  const healAt = START + random.pick([2 * MINUTE, 10 * MINUTE, 2 * 60 * MINUTE, 2 * DAY])
  scheduler.at(healAt, () => plan.heal())
  const end = healAt + PATIENCE_MS
  await scheduler.run(() => scheduler.now > end || scheduler.steps > MOST_STEPS || (plan.healed && world.atRest()))
  if (scheduler.steps > MOST_STEPS) world.violations.push('never comes to rest')
  const broken = await brokenRules(world, [PROFILE_TYPE])
  return { seed, steps: scheduler.steps, broken, orders: [...world.store.orders.values()] }
}

function newTruth(random: Random): Truth {
  return {
    registry: new Registry({ downloadLimit: 10, allowRepeatedConfirm: random.chance(0.3) }),
    accounts: new Map(),
    answers: new Map(),
    lines: new Map(),
    foreign: new Set(),
    robbed: new Set(),
    failed: new Map(),
    claimed: new Set(),
  }
}

/** Few ICCIDs, so that orders compete for them; now and then one that somebody else has ordered at the SM-DP+. */
async function fillStock(
  random: Random,
  truth: Truth,
  rules: Rules,
  documents: Parameters<typeof importStock>[0],
): Promise<void> {
  const iccids = Array.from({ length: 1 + random.below(4) }, (_, n) => `8988303000000${100_000 + n}` as Iccid)
  const items = iccids.map((iccid) => ({ iccid, profileType: PROFILE_TYPE }))
  truth.registry.add(items)
  if (rules.orderByProfileTypeOnly) return
  await importStock(documents, items)
  for (const iccid of iccids) {
    const profile = truth.registry.get(iccid)
    if (profile === undefined || !random.chance(0.15)) continue
    truth.foreign.add(iccid)
    const eid = random.chance(0.5) ? strangerEid : undefined
    truth.registry.apply(profile, { type: 'downloadOrder', eid }, new Date(START))
  }
}

const inline: Plan = {
  id: 'inline',
  name: { en: 'Simulated' },
  description: { en: 'Simulated' },
  kind: 'payg',
  price: { amountMinor: 999, currency: 'EUR', taxRate: 19 },
  dataMB: 5120,
  duration: 'P30D',
  markets: ['*'],
  downloadAfter: 0,
  registerAfter: 0,
  profileType: PROFILE_TYPE,
}
const plans: readonly Plan[] = [
  inline,
  { ...inline, id: 'delayed', downloadAfter: 30 },
  { ...inline, id: 'asynchronous', registerAfter: 60 },
]
const strangerEid = '89044045930000000000009999999900' as Eid
const eids = ['89044045930000000000001234567853', '89049032123451234512345678901235'] as Eid[]

/** One to three people, of whom two may be the same one with the same device. */
function purchases(random: Random): Purchase[] {
  return Array.from({ length: 1 + random.below(3) }, () => {
    const who = random.below(2)
    const eid = eids[who]
    return {
      id: createOrderId(random.bytes(16)),
      channel: random.pick(['webview', 'browser'] as const),
      subscriberId: `subscriber-${who}`,
      device: eid === undefined || random.chance(0.1) ? {} : { eid },
      plan: random.pick(plans),
      instrument: { ref: 'account:1', onFile: true },
      account: 'existing',
    } satisfies Purchase
  })
}
