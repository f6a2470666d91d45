/**
 * Delayed downloads by the thousand on simulated time: several processes of the app, each with its own clock, on one store, one queue and
 * one SM-DP+. Nothing fails here, and calls take no time; what is tried is when things happen.
 */
import { type HistoryEntry, Registry } from '../../local/smdp/registry'
import { createOrderId, type Iccid } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import { defaultRules, releaseAt } from '../../shared/domain/order/rules'
import type { Plan } from '../../shared/domain/plan'
import { createFulfilment } from '../../shared/fulfilment/fulfilment'
import type { OpenMarker } from '../../shared/fulfilment/open-index'
import type { Orders } from '../../shared/fulfilment/orders'
import { createPerform } from '../../shared/fulfilment/perform'
import { importStock } from '../../shared/fulfilment/stock'
import { type SweepParts, sweep } from '../../shared/fulfilment/sweep'
import { createMemoryDocumentStore } from '../../shared/platform/memory-document-store'
import type { Billing, CallResult, DocumentStore, Es2Plus, Log, Provisioning } from '../../shared/platform/ports'
import { createRandom, type Random } from './random'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HORIZON_MS = 15 * MINUTE
/** As many messages are given out at once. */
const BATCH = 16
const PROFILE_TYPE = 'consumer'
const silent: Log = { info() {}, warn() {}, error() {}, with: () => silent }

export interface TimersOptions {
  count: number
  /** How far the clock of each process is ahead of true time. */
  skewsMs: readonly number[]
  plan: Plan
  /** The first purchase; the others follow within a minute. */
  start: Date
  seed?: number
}

/** One order's release: times in milliseconds. */
export interface Release {
  /** How often the SM-DP+ was asked. */
  times: number
  /** By true time, after the time that the order had written down for it. */
  lateMs: number
}

interface Instance {
  orders: Orders
  sweep: () => ReturnType<typeof sweep>
}

/** Buys `count` delayed plans within one minute, lets time pass until all are released, and tells how each went. */
export async function playTimers(options: TimersOptions): Promise<Release[]> {
  const { count, skewsMs, plan, start, seed = 1 } = options
  const random = createRandom(seed)
  const world = { now: start.getTime() }
  const trueClock = () => new Date(world.now)
  const documents = createMemoryDocumentStore({ now: trueClock })
  const registry = new Registry({ downloadLimit: 10, allowRepeatedConfirm: false })
  const stock = Array.from({ length: count }, (_, n) => ({
    iccid: `89883030${String(n).padStart(11, '0')}` as Iccid,
    profileType: PROFILE_TYPE,
  }))
  registry.add(stock)
  await importStock(documents, stock)
  const queue = new Queue()
  const instances = skewsMs.map((skewMs): Instance => {
    const clock = () => new Date(world.now + skewMs)
    const wakes: SweepParts['wakes'] = {
      horizonMs: HORIZON_MS,
      // As the real adapter does it: a delay, reckoned by the sender's clock, in whole seconds, no longer than the horizon.
      async send({ orderId }, at) {
        const delayMs = Math.min(Math.max(at.getTime() - clock().getTime(), 0), HORIZON_MS)
        queue.put(world.now + Math.ceil(delayMs / SECOND) * SECOND, orderId)
      },
    }
    const perform = createPerform({ documents, randomBytes: random.bytes, ...partners(registry, trueClock) })
    const parts = { documents, wakes, perform, rules: defaultRules, clock, log: silent }
    return { orders: createFulfilment(parts), sweep: () => sweep(parts) }
  })

  const ids = await buyAll(instances, random, world, options)
  const end = start.getTime() + plan.downloadAfter * MINUTE + 30 * MINUTE
  const work = { instances, queue, random, world }
  for (let nextSweep = world.now; world.now < end; ) {
    await deliverDue(work)
    if (world.now >= nextSweep) {
      await random.pick(instances).sweep()
      // Sweeps that would find nothing within the horizon are left out, for speed.
      nextSweep = Math.max(world.now + MINUTE, (await earliestMarker(documents)) - HORIZON_MS - 10 * MINUTE)
      continue
    }
    world.now = Math.min(nextSweep, queue.next(), end)
  }
  const stories = new Map(registry.snapshot().profiles.map(({ iccid, history }) => [iccid, history]))
  return Promise.all(ids.map((id) => releaseOf(documents, stories, id)))
}

/** Messages by the time at which they are given out. */
class Queue {
  readonly #due = new Map<number, string[]>()

  put(at: number, orderId: string): void {
    const those = this.#due.get(at)
    if (those === undefined) this.#due.set(at, [orderId])
    else those.push(orderId)
  }

  next(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#due.keys())
  }

  take(now: number): string[] {
    const times = [...this.#due.keys()].filter((at) => at <= now)
    const taken = times.sort((a, b) => a - b).flatMap((at) => this.#due.get(at) ?? [])
    for (const at of times) this.#due.delete(at)
    return taken
  }
}

interface Work {
  queue: Queue
  instances: readonly Instance[]
  random: Random
  world: { now: number }
}

/** The processes take what is due, all of a batch at once. */
async function deliverDue({ queue, instances, random, world }: Work): Promise<void> {
  for (let due = queue.take(world.now); due.length > 0; due = queue.take(world.now))
    for (let n = 0; n < due.length; n += BATCH)
      await Promise.all(
        due.slice(n, n + BATCH).map((orderId) => random.pick(instances).orders.send(orderId, { type: 'wake' })),
      )
}

async function buyAll(
  instances: readonly Instance[],
  random: Random,
  world: { now: number },
  { count, plan, start }: TimersOptions,
): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    world.now = start.getTime() + Math.floor((n * (MINUTE - 1)) / count)
    const order = await random.pick(instances).orders.place(
      {
        id: createOrderId(random.bytes(16)),
        channel: 'webview',
        subscriberId: `person-${n}`,
        device: {},
        plan,
        instrument: { ref: 'account:1', onFile: true },
        account: 'existing',
      },
      { budgetMs: 2_500 },
    )
    if (order.stage.state !== 'ready') throw new Error(`Buy left order ${n} ${order.stage.state}`)
    ids.push(order.id)
  }
  return ids
}

async function earliestMarker(documents: DocumentStore): Promise<number> {
  let earliest = Number.POSITIVE_INFINITY
  for (let shard = 0; shard < 16; shard++)
    for await (const { value } of documents.listPartition<OpenMarker>('open', `${shard}`))
      earliest = Math.min(earliest, Date.parse(value.checkAt))
  return earliest
}

async function releaseOf(
  documents: DocumentStore,
  stories: ReadonlyMap<string, readonly HistoryEntry[]>,
  id: string,
): Promise<Release> {
  const order = (await documents.get<Order>('orders', id, id))?.value
  if (order?.profile === undefined) throw new Error('an order is lost')
  const released = (stories.get(order.profile.iccid) ?? []).filter(({ event }) => event === 'releaseProfile')
  const [first] = released
  const lateMs = first === undefined ? Number.POSITIVE_INFINITY : Date.parse(first.at) - releaseAt(order, defaultRules)
  return { times: released.length, lateMs }
}

function partners(registry: Registry, now: () => Date) {
  const done: CallResult<Record<string, never>> = { ok: true, value: {} }
  const refused = (code: string): CallResult<never> => ({ ok: false, kind: 'refused', code, detail: code })
  const at = <T>(iccid: Iccid | undefined, event: Parameters<Registry['apply']>[1], value: T): CallResult<T> => {
    const profile = iccid && registry.get(iccid)
    if (!profile) return refused('8.2.1/3.9')
    const step = registry.apply(profile, event, now())
    return step.ok ? { ok: true, value } : refused(step.code)
  }
  const es2plus: Es2Plus = {
    downloadOrder: async ({ iccid, eid }) =>
      at(iccid, { type: 'downloadOrder', eid }, { iccid: iccid ?? ('' as Iccid) }),
    confirmOrder: async ({ iccid, eid, matchingId, release }) =>
      at(iccid, { type: 'confirmOrder', eid, matchingId, releaseFlag: release }, { matchingId }),
    releaseProfile: async ({ iccid }) => at(iccid, { type: 'releaseProfile' }, {}),
    cancelOrder: async ({ iccid, eid, matchingId, finalState }) =>
      at(iccid, { type: 'cancelOrder', eid, matchingId, finalState }, {}),
  }
  const billing: Billing = {
    instruments: async () => ({ ok: true, value: { instruments: [] } }),
    redeemVoucher: async () => refused('unknown-voucher'),
    authorise: async ({ orderId }) => ({ ok: true, value: { authorisationId: orderId } }),
    capture: async () => done,
    void: async () => done,
    refund: async () => done,
  }
  const provisioning: Provisioning = { activateLine: async () => done, deactivateLine: async () => done }
  return { es2plus, billing, provisioning }
}
