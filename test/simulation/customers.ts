/** People with a SIM: they buy a plan for a warm SIM or more data, in two tabs or against one another, and cancel subscriptions. */
import { createOrderId, type Iccid } from '../../shared/domain/identifiers'
import { canCancel } from '../../shared/domain/order/apply'
import { hasEnded, type Order, type Purchase } from '../../shared/domain/order/order'
import type { Plan } from '../../shared/domain/plan'
import { BUDGET, buy, person } from './actors'
import { cancelShare } from './faults'
import type { World } from './world'

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Buys what they came for, and what follows from it. */
export async function customer(world: World, purchase: Purchase, plans: readonly Plan[]): Promise<void> {
  const { random } = world.wire
  world.busy += 1
  const bought = purchase.topUp === undefined ? await person(world, purchase) : await topUp(world, purchase)
  const order = world.store.orders.get(bought)
  const iccid = order?.profile?.iccid ?? order?.topUp?.iccid
  if (order?.stage.state === 'active' && iccid !== undefined) {
    if (order.subscription !== undefined && random.chance(0.5)) void unsubscribe(world, order, iccid)
    if (random.chance(0.3)) await topUp(world, another(world, purchase, iccid, 'add-balance', random.pick(plans)))
  } else if (order?.topUp !== undefined && order.stage.state === 'cancelled' && random.chance(0.5))
    // Thinks better of it, at once or later: the same SIM, by another order.
    await topUp(world, another(world, purchase, order.topUp.iccid, order.kind, purchase.plan))
  world.busy -= 1
}

function another(world: World, before: Purchase, iccid: Iccid, kind: Order['kind'], plan: Plan): Purchase {
  const { id: _, renews: __, ...rest } = before
  const id = createOrderId(world.wire.random.bytes(16))
  return { ...rest, id, plan, topUp: { kind: kind === 'warm-sim' ? kind : 'add-balance', iccid } }
}

/** One purchase for a SIM, perhaps from two tabs, each with an order id of its own. */
async function topUp(world: World, purchase: Purchase): Promise<string> {
  const { scheduler, random, plan } = world.wire
  await scheduler.step(undefined, random.below(random.pick([1, 5, 30]) * SECOND))
  const hasty = random.chance(cancelShare(plan, false) / 2)
  const second = { ...purchase, id: createOrderId(random.bytes(16)) }
  const [orderId] = await Promise.all([
    buy(world, purchase),
    ...(random.chance(0.25) ? [buy(world, second)] : []),
    ...(hasty ? [cancelSoon(world, purchase.id)] : []),
  ])
  for (let visit = random.below(6); visit > 0; visit--) {
    await scheduler.step(undefined, random.pick([0, SECOND, 5 * SECOND, MINUTE, 10 * MINUTE, HOUR]))
    const seen = await world.request((app) => app.orders.read(orderId))
    if (!seen.ok || seen.value === undefined) continue
    if (hasEnded(seen.value)) break
    const cancels = canCancel(seen.value) && random.chance(cancelShare(plan, false) * 2)
    const type = cancels ? 'cancel' : random.pick(['wake', 'handover'] as const)
    await world.request((app) => app.orders.send(orderId, { type }, BUDGET))
  }
  return orderId
}

async function cancelSoon(world: World, orderId: string): Promise<void> {
  const { scheduler, random } = world.wire
  await scheduler.step(undefined, random.below(random.pick([50, 2_000, 20_000])))
  await world.request((app) => app.orders.send(orderId, { type: 'cancel' }, BUDGET))
}

/** Cancels a subscription: some time later, or in the very minute in which its renewal is placed. */
async function unsubscribe(world: World, { subscriberId, subscription }: Order, iccid: Iccid): Promise<void> {
  const { scheduler, random, plan } = world.wire
  if (subscription === undefined) return
  world.busy += 1
  const subscriptionId = subscription.id
  const periods = random.pick([0, 1, 1, 1, 2])
  for (let period = 0; period < periods; period++) {
    const entry = [...world.store.calendar.values()].find(({ entry: { subscriptionId: id } }) => id === subscriptionId)
    const at = entry === undefined ? 0 : Math.ceil(Date.parse(entry.entry.placeAt) / MINUTE) * MINUTE
    const soon = random.pick([-1, 0, 0, 0.05, 0.5, 3, 20, 300]) * SECOND + random.below(SECOND)
    await scheduler.step(undefined, Math.max(0, at - scheduler.now) + soon)
  }
  await scheduler.step(undefined, random.pick([0, 0, MINUTE, HOUR]))
  for (let tries = 0; tries < (plan.aim === 'SIM write' ? 6 : 3); tries++) {
    if ((await world.request((app) => app.unsubscribe({ iccid, subscriptionId, subscriberId }))).ok) break
    await scheduler.step(undefined, 10 * SECOND)
  }
  world.busy -= 1
}
