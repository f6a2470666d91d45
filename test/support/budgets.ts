/**
 * What one order asks of everything around it, counted: calls, not time, so that it is the same everywhere. The numbers themselves
 * stand in one place, the table "Calls of one order" in `docs/architecture.md`, which a test compares with what is counted here.
 */
import type { Order } from '../../shared/domain/order/order'
import type { Plan } from '../../shared/domain/plan'
import { createNotices } from '../../shared/fulfilment/notices'
import { createWorld, eid, quiet, type World } from './order-world'
import { asynchronousPlan, delayedPlan, inlinePlan } from './plans'

const kinds = ['store reads', 'store writes', 'wakes', 'ES2+', 'billing', 'network'] as const
export type Calls = Record<(typeof kinds)[number], number>

/** A way of an order through its life, without any fault: the row's name, and what happens. */
export interface Course {
  name: string
  run: (world: World) => Promise<Order>
  /** Where it must have led, so that nothing is counted that did not happen. */
  ends: Order['stage']['state']
}

/** As a request has it, and as a wake has it. */
const request = { budgetMs: 2_500 }

const buy = (plan: Plan) => (world: World) => world.orders.place(world.purchase(plan), request)

/** Every row of the table. Sweeps are not part of it: what they cost stands in `test/faults/sweep.test.ts`. */
export const courses: readonly Course[] = [
  { name: 'Buy, ready at once', run: buy(inlinePlan), ends: 'ready' },
  { name: 'Buy, downloadable later', run: buy(delayedPlan), ends: 'ready' },
  { name: 'Buy, online later', run: buy(asynchronousPlan), ends: 'ready' },
  {
    name: 'all of it, ready at once',
    ends: 'active',
    async run(world) {
      const order = await handOver(world, await buy(inlinePlan)(world))
      await download(world, order)
      return register(world, order)
    },
  },
  {
    name: 'all of it, downloadable later',
    ends: 'active',
    async run(world) {
      const order = await handOver(world, await buy(delayedPlan)(world))
      await wakeInTime(world, order)
      await download(world, order)
      return register(world, order)
    },
  },
  {
    name: 'all of it, online later',
    ends: 'active',
    async run(world) {
      const order = await handOver(world, await buy(asynchronousPlan)(world))
      await wakeInTime(world, await download(world, order))
      return register(world, order)
    },
  },
  {
    name: 'called off before the hand-over',
    ends: 'cancelled',
    async run(world) {
      const { id } = await buy(inlinePlan)(world)
      const cancelled = await world.orders.send(id, { type: 'cancel' }, request)
      return wakeInTime(world, needed(cancelled))
    },
  },
  {
    name: 'never downloaded',
    ends: 'expired',
    async run(world) {
      const expired = await wakeInTime(world, await buy(inlinePlan)(world))
      return wakeInTime(world, expired)
    },
  },
]

/** Runs one course in a fresh world and counts. */
export async function callsOf(course: Course): Promise<{ calls: Calls; order: Order }> {
  // Enough that every part of the stock has free rows: how many parts must be searched is chance otherwise.
  const world = await createWorld({ stock: 200 })
  let [reads, writes] = [0, 0]
  world.beforeStore = ({ name }) => {
    if (name === 'get' || name === 'listPartition') reads += 1
    else writes += 1
  }
  const order = await course.run(world)
  const those = (fits: (call: string) => boolean) => world.calls.filter(fits).length
  const es2Plus = ['downloadOrder', 'confirmOrder', 'releaseProfile', 'cancelOrder']
  const calls = {
    'store reads': reads,
    'store writes': writes,
    wakes: those((call) => call === 'wake'),
    'ES2+': those((call) => es2Plus.includes(call)),
    billing: those((call) => call.startsWith('billing.')),
    network: those((call) => call.startsWith('network.')),
  }
  return { calls, order }
}

/** The table as `docs/architecture.md` has it. */
export function tableOf(rows: readonly { name: string; calls: Calls }[]): string {
  const first = Math.max(...rows.map(({ name }) => name.length))
  const line = (name: string, cells: readonly string[]) => `| ${[name.padEnd(first), ...cells].join(' | ')} |`
  return [
    line('', kinds),
    line(
      '-'.repeat(first),
      kinds.map((kind) => `${'-'.repeat(kind.length - 1)}:`),
    ),
    ...rows.map(({ name, calls }) =>
      line(
        name,
        kinds.map((kind) => `${calls[kind]}`.padStart(kind.length)),
      ),
    ),
  ].join('\n')
}

async function handOver(world: World, order: Order): Promise<Order> {
  return needed(await world.orders.send(order.id, { type: 'handover' }, request))
}

async function register(world: World, order: Order): Promise<Order> {
  return needed(await world.orders.send(order.id, { type: 'registration', state: 'home' }, request))
}

/** The time comes that the order waits for, and with it a wake. */
async function wakeInTime(world: World, order: Order): Promise<Order> {
  if (order.checkAt === undefined) throw new Error(`an order that is ${order.stage.state} waits for no time`)
  world.now = Math.max(world.now, Date.parse(order.checkAt))
  return needed(await world.orders.send(order.id, { type: 'wake' }))
}

/** The device downloads and installs; the SM-DP+ sends its two notices. */
async function download(world: World, order: Order): Promise<Order> {
  const iccid = needed(order.profile).iccid
  const notices = createNotices(world.documents, world.orders, quiet)
  const at = () => new Date(world.now)
  for (const [event, point] of [
    [{ type: 'authenticate', eid }, undefined],
    [{ type: 'package', eid }, 3],
    [{ type: 'installation', success: true }, 4],
  ] as const) {
    const step = world.registry.apply(needed(world.registry.get(iccid)), event, at())
    if (!step.ok) throw new Error(`the SM-DP+ refused ${event.type}: ${step.code}`)
    if (point !== undefined) await notices.record({ iccid, point, status: 'success' })
  }
  return look(world, order.id)
}

/** Reads the order uncounted. */
async function look(world: World, orderId: string): Promise<Order> {
  const { beforeStore } = world
  world.beforeStore = () => {}
  const order = await world.order(orderId)
  world.beforeStore = beforeStore
  return order
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the order, or a part of it, is missing')
  return value
}
