/** One run: a world made from a seed, a time of faults, a time to recover, and the rules that must hold then. */
import { Registry } from '../../local/smdp/registry'
import { parseDuration } from '../../shared/domain/duration'
import type { Eid, Iccid } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import { defaultRules, type Rules } from '../../shared/domain/order/rules'
import { importStock } from '../../shared/fulfilment/stock'
import type { Wire } from './calls'
import { customer } from './customers'
import { createFaultPlan, type Reached } from './faults'
import { brokenRules, failuresAreBounded } from './invariants'
import type { Truth } from './partners'
import { about, demandOf, fillSims, PROFILE_TYPE } from './purchases'
import { createRandom, type Random } from './random'
import { Scheduler } from './scheduler'
import { brokenRulesOfSims } from './sim-invariants'
import { employStaff } from './staff'
import { createWorld } from './world'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.parse('2026-03-01T12:00:00Z')
/** Longer than an order can take that nobody downloads, together with everything that is tried again behind it. */
const PATIENCE_MS = 40 * DAY
/** Many times what the longest run needs: more means that it goes round in circles. */
const MOST_STEPS = 200_000

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

  // Here and now: staff may take the order up again.
  world.store.parked.push((order) =>
    failuresAreBounded(world, order, (text) => world.violations.push(`order ${order.id} ${text}`)),
  )
  await fillSims(world)

  const { purchases, plans, subscription } = demandOf(random, plan)
  const periodMs = parseDuration(subscription.duration) ?? 0
  const renewing = plan.aim !== undefined && about.renewals.has(plan.aim)
  world.renewUntil = START + Math.round(periodMs * random.pick(renewing ? [1.2, 2.2, 3.2] : [0, 1, 2.2, 3.2]))
  if (random.chance(plan.aim === 'endSubscription' ? 0.8 : 0.15))
    truth.broke = { from: START, until: START + periodMs + random.pick([HOUR, 30 * HOUR, 40 * DAY]) }
  if (plan.aim === 'refund' || random.chance(0.6)) employStaff(world)
  for (const purchase of purchases) void customer(world, purchase, plans)
  const outage = [2 * MINUTE, 10 * MINUTE, 2 * HOUR, 2 * DAY, Math.round(2 * periodMs)]
  const healAt = START + (renewing || plan.aim === 'refund' ? 4 * DAY + 2 * periodMs : random.pick(outage))
  scheduler.at(healAt, () => plan.heal())
  const end = Math.max(healAt, world.renewUntil) + PATIENCE_MS
  await scheduler.run(() => scheduler.now > end || scheduler.steps > MOST_STEPS || (plan.healed && world.atRest()))
  if (scheduler.steps > MOST_STEPS) world.violations.push('never comes to rest')
  const broken = [...(await brokenRules(world, [PROFILE_TYPE])), ...brokenRulesOfSims(world)]
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
    gone: new Set(),
    broke: { from: 0, until: 0 },
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

const strangerEid = '89044045930000000000009999999900' as Eid
