/**
 * Wakes on Service Bus: ten thousand orders whose profiles fall due within one minute, and what handling a wake costs beside a bare receive
 * loop of the SDK. The real order process, the real adapter and the SDK's receiver; the broker of this repository runs in a process of its own.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { ServiceBusClient } from '@azure/service-bus'
import { createOrderId, type Iccid } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import { markOpen } from '../../shared/fulfilment/open-index'
import type { Wake } from '../../shared/platform/ports'
import { createServiceBusWakeQueue } from '../../shared/platform/service-bus-wake-queue'
import { parseWake } from '../../shared/platform/wake-messages'
import { createWorld, eid, type World } from '../support/order-world'
import { delayedPlan } from '../support/plans'
import { compare, type Figure, median } from './measure'

const ORDERS = 10_000
const WITHIN_MS = 60_000
/** Enough to take up all messages and to settle down before the first is due. */
const LEAD_MS = 45_000
/** Of a round that measures throughput. */
const BATCH = 500
const ROUNDS = 7
const BATCH_LEAD_MS = 2_000
const MONTH_MS = 30 * 24 * 60 * 60_000
/** Our wakes may take 1 / 0.7 of the time that the bare loop takes. */
const SLOWEST = 1 / 0.7
/** As host.json has it. */
const maxConcurrentCalls = 16
const queues = { ours: 'order-wakes', bare: 'bare' }

interface Bus {
  connectionString: string
  stop(): Promise<void>
}

export async function bus(root: string): Promise<Figure[]> {
  const broker = await startBroker(root)
  try {
    const ours = await minute(oursOn, broker)
    const bare = await minute(bareOn, broker)
    const lateness = (name: string, value: number, baseline: number): Figure => {
      const what = `bus: ${name} of the lateness of ${ORDERS} wakes due within a minute`
      return { name: what, value, unit: 'ms', baseline, ratio: value / baseline, n: 1 }
    }
    return [
      lateness('p50', median(ours), median(bare)),
      lateness('p99', percentile(ours, 0.99), percentile(bare, 0.99)),
      ...(await throughput(broker)),
    ]
  } finally {
    await broker.stop()
  }
}

/** One way to handle wakes. */
interface Side {
  /** Arms a wake for each time. */
  arm(times: readonly Date[]): Promise<void>
  /** By how many milliseconds each was late that has been handled since the last call of `arm`. */
  late: number[]
  /** @throws {Error} when something was done twice, or not at all */
  check(): void
  close(): Promise<void>
}

/** The order process: each wake opens a line and releases a held profile, and arms the order's next wake. */
async function oursOn(broker: Bus): Promise<Side> {
  const connection = { by: 'connectionString', connectionString: broker.connectionString } as const
  const queue = createServiceBusWakeQueue({ connection, now: () => new Date(), queueName: queues.ours })
  const world = await createWorld({ stock: 64, wakes: queue })
  // Bought an hour ago, so that the release of every order is due: a wake finds it so, whenever it comes.
  world.now = Date.now() - 60 * 60_000
  const template = await world.orders.place(world.purchase(delayedPlan), { budgetMs: 2_500 })
  world.now = Date.now()
  const due = new Map<string, Date>()
  const side = { late: [] as number[] }
  const stop = receive(broker, queues.ours, async ({ orderId }) => {
    const wanted = due.get(orderId)
    if (wanted === undefined) return
    await world.orders.send(orderId, { type: 'wake' })
    side.late.push(Date.now() - wanted.getTime())
  })
  return Object.assign(side, {
    async arm(times: readonly Date[]) {
      side.late = []
      await inParallel(times, async (at) => {
        const orderId = await holdLike(world, template)
        due.set(orderId, at)
        await queue.send({ orderId }, at)
      })
    },
    check() {
      for (const effect of ['releaseProfile', 'network.activateLine']) {
        const times = world.calls.filter((call) => call === effect).length
        if (times !== due.size) throw new Error(`${effect} took place ${times} times for ${due.size} orders`)
      }
    },
    async close() {
      await stop()
      await queue.close()
    },
  })
}

let numbers = 0
/** Another order that stands where the template stands: ready, its profile held at the SM-DP+. */
async function holdLike(world: World, template: Order): Promise<string> {
  numbers += 1
  const { iccid = '', matchingId = '' } = template.profile ?? {}
  const own = `8999${String(numbers).padStart(15, '0')}` as Iccid
  const orderId = createOrderId(randomBytes(16))
  world.registry.add([{ iccid: own, profileType: template.plan.profileType }])
  for (const event of [
    { type: 'downloadOrder', eid },
    { type: 'confirmOrder', eid, matchingId: `M-${numbers}`, releaseFlag: false },
  ] as const) {
    const profile = world.registry.get(own)
    const step = profile && world.registry.apply(profile, event, new Date(world.now))
    if (!step?.ok) throw new Error(`the SM-DP+ refused ${event.type}`)
  }
  const text = JSON.stringify(template).replaceAll(template.id, orderId).replaceAll(iccid, own)
  const order = JSON.parse(text.replaceAll(matchingId, `M-${numbers}`)) as Order
  await markOpen(world.documents, orderId, new Date(order.checkAt ?? world.now), new Date(world.now))
  await world.documents.insert('orders', orderId, orderId, order)
  return orderId
}

/** The SDK alone, with the same messages: each that comes schedules one for a month ahead. */
async function bareOn(broker: Bus): Promise<Side> {
  const client = new ServiceBusClient(broker.connectionString)
  const sender = client.createSender(queues.bare)
  const due = new Map<string, Date>()
  const side = { late: [] as number[] }
  let count = 0
  const send = (orderId: string, at: Date) =>
    sender.scheduleMessages({ body: { orderId }, contentType: 'application/json' }, at)
  const stop = receive(broker, queues.bare, async ({ orderId }) => {
    await send(orderId, new Date(Date.now() + MONTH_MS))
    side.late.push(Date.now() - (due.get(orderId)?.getTime() ?? Number.NaN))
  })
  return Object.assign(side, {
    async arm(times: readonly Date[]) {
      side.late = []
      await inParallel(times, async (at) => {
        count += 1
        const orderId = `order-${count}`
        due.set(orderId, at)
        await send(orderId, at)
      })
    },
    check() {},
    async close() {
      await stop()
      await client.close()
    },
  })
}

/** Receives as the Functions host does. */
function receive(broker: Bus, queueName: string, handle: (wake: Wake) => Promise<void>): () => Promise<void> {
  const client = new ServiceBusClient(broker.connectionString)
  client.createReceiver(queueName).subscribe(
    {
      async processMessage({ body }) {
        const wake = parseWake(body)
        if (wake !== undefined) await handle(wake)
      },
      processError: async ({ error }) => console.error(error),
    },
    { maxConcurrentCalls },
  )
  return () => client.close()
}

/** Wakes spread over one minute; how late each was. */
async function minute(open: (broker: Bus) => Promise<Side>, broker: Bus): Promise<number[]> {
  const side = await open(broker)
  try {
    const first = Date.now() + LEAD_MS
    const times = Array.from({ length: ORDERS }, (_, index) => new Date(first + (index * WITHIN_MS) / ORDERS))
    await side.arm(times)
    if (Date.now() > first) throw new Error('arming took longer than it may')
    await allHandled(side, ORDERS, first + WITHIN_MS + 30_000)
    side.check()
    return side.late
  } finally {
    await side.close()
  }
}

/** Batches that fall due at one instant: milliseconds until the last was handled. */
async function throughput(broker: Bus): Promise<Figure[]> {
  const [ours, bare] = [await oursOn(broker), await bareOn(broker)]
  const batch = (side: Side) => async () => {
    const at = new Date(Date.now() + BATCH_LEAD_MS)
    await side.arm(Array.from({ length: BATCH }, (_, index) => new Date(at.getTime() + (index % 2))))
    await allHandled(side, BATCH, at.getTime() + 30_000)
    return Math.max(...side.late)
  }
  try {
    const name = `bus: time to handle ${BATCH} wakes due at once`
    const figures = await compare(name, 'ms', batch(ours), batch(bare), { rounds: ROUNDS, limit: SLOWEST })
    ours.check()
    return figures
  } finally {
    await Promise.all([ours.close(), bare.close()])
  }
}

async function allHandled(side: Side, count: number, deadline: number): Promise<void> {
  while (side.late.length < count) {
    if (Date.now() > deadline) throw new Error(`${count - side.late.length} of ${count} wakes were lost`)
    await delay(20)
  }
  // Whatever comes twice does so now.
  await delay(200)
}

async function inParallel<T>(items: readonly T[], act: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0
  const work = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index]
      if (item !== undefined) await act(item, index)
    }
  }
  await Promise.all(Array.from({ length: 32 }, work))
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN
}

/** The broker as `npm start` runs it: a process of its own, on any free port. */
async function startBroker(root: string): Promise<Bus> {
  const queueArgs = ['--queue', queues.bare]
  const program = join(root, '.local/build/broker.js')
  const child = spawn(process.execPath, [program, '--port', '0', '--control-port', '0', ...queueArgs], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const connectionString = /^Broker ready (.*)$/.exec(line)?.[1]
    if (connectionString === undefined) continue
    return {
      connectionString,
      async stop() {
        child.kill('SIGTERM')
        await once(child, 'exit')
      },
    }
  }
  throw new Error('the broker ended at its start')
}
