/** Staff, and orders that wait for them, in the world of orders. */
import type { StaffEvent } from '../../shared/domain/order/event'
import type { Order } from '../../shared/domain/order/order'
import { recordStaffAct, type StaffAnswer } from '../../shared/fulfilment/staff'
import { createWorld, quiet, type Verdict, type World } from './order-world'
import { inlinePlan } from './plans'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const request = { budgetMs: 2500 }

/** As the command does it: in a process of its own, without SM-DP+, billing or network. */
export async function act(
  world: World,
  order: Order,
  action: StaffEvent['action'],
  more: Partial<StaffEvent> = {},
): Promise<StaffAnswer> {
  const wakes = {
    horizonMs: 15 * MINUTE,
    async send({ orderId }: { orderId: string }, at: Date) {
      if (world.wakesLost) throw new Error('queue is down')
      world.wakes.push({ orderId, at: at.getTime() })
    },
  }
  const { documents, rules } = world
  const parts = { documents, wakes, rules, clock: () => new Date(world.now), log: quiet }
  const answer = await recordStaffAct(parts, order.id, { type: 'staff', action, by: 'sam', ...more })
  if (answer === undefined) throw new Error('no such order')
  return answer
}

/** All calls of one name fail alike. */
export const failing = (name: string, verdict: Verdict) => (call: string) => (call === name ? verdict : 'work')
/** What billing has for the order. */
export const money = (world: World, order: Order) => world.ledger.get(order.id)

interface Parked {
  world: World
  order: Order
}

/** An order that was parked because a call of this name kept failing. */
export async function parkedAt(name: string, verdict: Verdict, plan = inlinePlan): Promise<Parked> {
  const world = await createWorld()
  world.verdict = failing(name, verdict)
  const order = await world.orders.place(world.purchase(plan), request)
  await world.runFor(3 * HOUR)
  return { world, order: await world.order(order.id) }
}

/** Installed, and the capture was refused. */
export async function installedUnpaid(): Promise<Parked> {
  const world = await createWorld()
  const bought = await world.orders.place(world.purchase(), request)
  await world.orders.send(bought.id, { type: 'handover' }, request)
  world.verdict = failing('billing.capture', 'refuse authorisation_expired')
  const order = await world.download(await world.order(bought.id))
  return { world, order }
}

/** Cancelled, and the void was refused. */
export async function cancelledUnpaid(): Promise<Parked> {
  const world = await createWorld()
  const bought = await world.orders.place(world.purchase(), request)
  world.verdict = failing('billing.void', 'refuse captured')
  const order = (await world.orders.send(bought.id, { type: 'cancel' }, request)) ?? bought
  return { world, order }
}
