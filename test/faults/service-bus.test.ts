/**
 * Purchases whose wakes go through Service Bus while that fails in every way: links and connections break in the middle of sends, deliveries
 * and settlements, locks end, messages come twice, the service restarts and falls silent. The real order process, the real adapter, the
 * SDK's receiver, and the sweep. A minute of the orders lasts half a second. `TEST_SIZE=full`: 200 purchases, otherwise 40.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ServiceBusClient } from '@azure/service-bus'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Broker, startBroker } from '../../local/broker/broker'
import type { Order } from '../../shared/domain/order/order'
import type { WakeQueue } from '../../shared/platform/ports'
import { createServiceBusWakeQueue } from '../../shared/platform/service-bus-wake-queue'
import { parseWake } from '../../shared/platform/wake-messages'
import { createWorld, type World } from '../support/order-world'
import { delayedPlan, inlinePlan } from '../support/plans'
import { largeTrouble, smallTrouble } from './bus-trouble'

const full = process.env.TEST_SIZE === 'full'
const size = full ? 200 : 40
/** Milliseconds of the orders in one of ours. */
const speed = 120
const queueName = 'order-wakes'
const patienceMs = full ? 240_000 : 60_000

let broker: Broker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker.stop())

/** Numbers that look random and are the same each time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The order process on a clock that runs fast, its wakes on the broker. */
async function openShop(stock: number) {
  const bus = broker.createQueue(queueName, { lockDurationMs: 2_000, duplicateDetectionMs: 60_000 })
  const connection = { by: 'connectionString', connectionString: broker.connectionString } as const
  const queue = createServiceBusWakeQueue({ connection, now: () => new Date(), timeoutMs: 1_000 })
  const realStart = Date.now()
  let virtualStart = 0
  const wakes: WakeQueue = {
    horizonMs: queue.horizonMs,
    send: (wake, at) => queue.send(wake, new Date(Math.ceil(realStart + (at.getTime() - virtualStart) / speed))),
  }
  const world = await createWorld({ stock, wakes })
  virtualStart = world.now
  Object.defineProperty(world, 'now', { get: () => virtualStart + (Date.now() - realStart) * speed })

  let woken = 0
  /** An instance of the app that receives. The SDK may wait a minute for a claim that was lost with its connection. */
  const startInstance = () => {
    const retryOptions = { retryDelayInMs: 50, timeoutInMs: 1_000 }
    const client = new ServiceBusClient(broker.connectionString, { retryOptions })
    client.createReceiver(queueName).subscribe(
      {
        async processMessage({ body }) {
          woken += 1
          const wake = parseWake(body)
          if (wake !== undefined) await world.orders.send(wake.orderId, { type: 'wake' })
        },
        processError: async () => undefined,
      },
      { maxConcurrentCalls: 8 },
    )
    return client
  }
  const instances = [startInstance(), startInstance()]
  let closed = false
  // Instances come and go, as the scaler wills.
  const ends: Promise<unknown>[] = []
  const endFirst = () => ends.push(Promise.race([instances.shift()?.close(), delay(5_000)]).catch(() => undefined))
  const scaling = setInterval(() => {
    instances.push(startInstance())
    endFirst()
  }, 3_000)
  const sweeping = (async () => {
    while (!closed) {
      await world.sweep()
      await delay(60_000 / speed)
    }
  })()
  return {
    world,
    bus,
    woken: () => woken,
    async close() {
      closed = true
      clearInterval(scaling)
      await sweeping
      for (const _ of [...instances]) endFirst()
      await Promise.all(ends)
      await queue.close()
    },
  }
}

const until = async (what: string, holds: () => Promise<boolean> | boolean) => {
  const deadline = Date.now() + patienceMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await delay(50)
  }
}

/** Buys, waits until the profile is released, downloads, goes online, and waits for the end. */
async function journey(world: World, index: number): Promise<Order> {
  // Every other profile is held back for three minutes, so that a wake has to come at a time.
  const plan = index % 2 === 0 ? inlinePlan : { ...delayedPlan, downloadAfter: 8 }
  const { id } = await world.orders.place(world.purchase(plan, { subscriberId: `subscriber-${index}` }), {
    budgetMs: 2_500,
  })
  await until(`the profile of ${id}`, async () => {
    const { profile, stage } = await world.order(id)
    return stage.state === 'ready' && profile !== undefined && world.registry.get(profile.iccid)?.state === 'Released'
  })
  await world.download(await world.order(id))
  await world.orders.send(id, { type: 'registration', state: 'home' })
  await until(`the end of ${id}`, async () => (await world.order(id)).closed)
  return world.order(id)
}

/** What must hold when all have ended: everybody got one profile and paid once, and nothing is left behind. */
async function expectAllWell(world: World, orders: Order[]): Promise<void> {
  expect(orders.map(({ stage }) => stage.state)).toEqual(orders.map(() => 'active'))
  expect(new Set(orders.map(({ profile }) => profile?.iccid)).size).toBe(size)
  expect([...world.ledger.values()]).toEqual(orders.map(() => ({ authorised: 999, captured: 999, voided: 0 })))
  expect(orders.filter(({ profile }) => world.registry.get(profile?.iccid ?? '')?.state !== 'Installed')).toEqual([])
  expect(await world.stock()).toMatchObject({ free: 10, claimed: 0, quarantine: 0, unavailable: 0 })
  await until('an empty open index', async () => (await world.open()).length === 0)
}

describe('Service Bus', () => {
  test(
    `fails in every way while ${size} people buy: none is lost, none done twice`,
    async () => {
      const shop = await openShop(size + 10)
      const random = randomFrom(7)
      // The SM-DP+ is busy now and then, so that orders wait and have to be woken.
      shop.world.verdict = () => (random() < 0.25 ? 'busy' : 'work')
      const met = new Set<string>()
      broker.decide = smallTrouble(0.05, random, met)
      let ended = false
      const trouble = (async () => {
        for (let index = 0; !ended; index += 1) {
          await largeTrouble[index % largeTrouble.length]?.(broker)
          await delay(1_500)
        }
      })()
      try {
        const orders = await Promise.all(Array.from({ length: size }, (_, index) => journey(shop.world, index)))
        ended = true
        await trouble
        await expectAllWell(shop.world, orders)
        expect(shop.woken()).toBeGreaterThan(size)
        // Otherwise it shows nothing.
        expect([...met].filter((moment) => moment.startsWith('send')).length).toBeGreaterThan(3)
      } finally {
        ended = true
        broker.decide = () => 'work'
        await trouble
        await shop.close()
      }
    },
    patienceMs + 30_000,
  )

  test(
    'delivers every message twice, and takes nothing in the meantime: the sweep makes up for it',
    async () => {
      const shop = await openShop(size + 10)
      const random = randomFrom(11)
      shop.world.verdict = () => (random() < 0.25 ? 'busy' : 'work')
      const since = Date.now()
      // Two seconds in which every wake is lost; then every one comes twice.
      broker.decide = ({ at }) => (at !== 'send' ? 'work' : Date.now() - since < 2_000 ? 'ignore' : 'twice')
      try {
        const orders = await Promise.all(Array.from({ length: size }, (_, index) => journey(shop.world, index)))
        await expectAllWell(shop.world, orders)
      } finally {
        broker.decide = () => 'work'
        await shop.close()
      }
    },
    patienceMs + 30_000,
  )
})
