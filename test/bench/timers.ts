/**
 * A thousand delayed downloads that fall due within one minute: how late each is released, in the real app on Azurite with the queue
 * trigger of the local host, beside a bare loop that makes the same calls at the same times. Each round takes two minutes, so there are
 * two pairs and no more; the two baselines, which run one after the other, are the control.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { QueueServiceClient } from '@azure/storage-queue'
import { build } from 'esbuild'
import { createMatchingId, createOrderId, type Iccid } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import { defaultRules, releaseAt } from '../../shared/domain/order/rules'
import { markOpen } from '../../shared/fulfilment/open-index'
import { sweep } from '../../shared/fulfilment/sweep'
import { createEs2Plus } from '../../shared/platform/es2plus/client'
import { createLog } from '../../shared/platform/log'
import { createStorageWakeQueue } from '../../shared/platform/storage-wake-queue'
import { createWorld } from '../support/order-world'
import { delayedPlan } from '../support/plans'
import { eventually, type Stack, startStack, testIccid } from '../support/stack'
import type { Figure } from './measure'
import { median } from './measure'
import type { LoopTask } from './timers-loop'

const DOWNLOADS = 1_000
const WITHIN_MS = 60_000
/** From here on everything must be in store and queue when the first falls due. */
const LEAD_MS = 40_000
const ROUNDS = 2
/** As much later than the bare loop's the app's slowest releases may be. */
const LIMIT = 2
const LOOP_QUEUE = 'loop-wakes'
const now = () => new Date()

interface Lateness {
  p50: number
  p99: number
}

/** Carries out one round on a fresh stack. */
type Runner = (stack: Stack, orders: readonly Order[]) => Promise<() => Promise<void>>

export async function timers(root: string): Promise<Figure[]> {
  const template = await templateOrder()
  const loop = await buildLoop(root)
  const app = () => round(root, template, runApp)
  const bare = () => round(root, template, (stack, orders) => runLoop(root, loop, stack, orders))
  const subject: Lateness[] = []
  const baseline: Lateness[] = []
  // App, loop, loop, app: whatever grows or shrinks over time does so for both.
  for (let n = 0; n < ROUNDS; n++) {
    if (n % 2 === 0) subject.push(await app())
    baseline.push(await bare())
    if (n % 2 === 1) subject.push(await app())
  }
  const figure = (name: 'p50' | 'p99', limit: { limit?: number }): Figure => ({
    name: `timers: ${name} of the lateness of ${DOWNLOADS} releases due within a minute`,
    value: median(subject.map((run) => run[name])),
    unit: 'ms',
    baseline: median(baseline.map((run) => run[name])),
    ratio: median(subject.map((run, n) => run[name] / (baseline[n]?.[name] ?? Number.NaN))),
    n: ROUNDS,
    ...limit,
  })
  const [first, second] = [baseline[0]?.p99 ?? Number.NaN, baseline[1]?.p99 ?? Number.NaN]
  const control = { value: second, unit: 'ms', baseline: first, ratio: second / first, n: 1 }
  return [
    figure('p50', {}),
    figure('p99', { limit: LIMIT }),
    { name: 'timers: p99 (control: baseline against itself)', ...control },
  ]
}

/** A delayed order as Buy leaves it: ready, held at the SM-DP+, waiting for its release. */
async function templateOrder(): Promise<Order> {
  const world = await createWorld({ stock: 200 })
  const order = await world.orders.place(world.purchase(delayedPlan), { budgetMs: 2_500 })
  const calls: string[] = []
  world.beforeStore = ({ name }) => void calls.push(name)
  world.now = Date.parse(order.checkAt ?? '')
  world.calls.length = 0
  await world.orders.send(order.id, { type: 'wake' })
  const made = [...calls, ...world.calls].join(' ')
  const expected = 'get replace replace get insert replace replace network.activateLine releaseProfile'
  // The loop makes these calls by heart: a comparison with other ones would say nothing.
  if (made !== expected) throw new Error(`a release now makes other calls than the loop of timers-loop.ts: ${made}`)
  return order
}

async function round(root: string, template: Order, run: Runner): Promise<Lateness> {
  const stack = await startStack({ root, stock: 1 })
  try {
    await stack.killHost()
    const iccids = Array.from({ length: DOWNLOADS }, (_, n) => testIccid(100_000 + n))
    const orders = await holdAtSmdp(stack, template, iccids)
    const stop = await run(stack, orders)
    try {
      const last = Math.max(...orders.map((order) => releaseAt(order, defaultRules)))
      await delay(last - Date.now())
      const releases = await eventually('all downloads to be released', () => allReleases(stack, iccids), 60_000)
      return latenessOf(orders, releases)
    } finally {
      await stop()
    }
  } finally {
    await stack.stop()
  }
}

/** Makes the orders and has the SM-DP+ hold their profiles. The time counts from here. */
async function holdAtSmdp(stack: Stack, template: Order, iccids: readonly Iccid[]): Promise<Order[]> {
  const stocked = await fetch(`${stack.smdpUrl}/control/stock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(iccids.map((iccid) => ({ iccid, profileType: template.plan.profileType }))),
  })
  if (!stocked.ok) throw new Error(`the SM-DP+ took no stock: ${stocked.status}`)
  const es2plus = createEs2Plus({ url: stack.smdpUrl, requesterIdentifier: '2.999.1.7' })
  const matchingIds = iccids.map(() => createMatchingId(randomBytes(16)))
  await inParallel(iccids, async (iccid, n) => {
    const matchingId = matchingIds[n] ?? createMatchingId(randomBytes(16))
    const context = (what: string) => ({ callId: `${what}-${n}` })
    const ordered = await es2plus.downloadOrder({ iccid }, context('order'))
    const confirmed = await es2plus.confirmOrder({ iccid, matchingId, release: false }, context('confirm'))
    if (!ordered.ok || !confirmed.ok) throw new Error('the SM-DP+ did not take an order')
  })
  await es2plus.close()
  const first = Date.now() + LEAD_MS
  return iccids.map((iccid, n) => {
    const due = Math.round(first + (n * WITHIN_MS) / DOWNLOADS)
    const matchingId = matchingIds[n] ?? createMatchingId(randomBytes(16))
    return heldOrder(template, iccid, matchingId, due)
  })
}

function heldOrder(template: Order, iccid: Iccid, matchingId: ReturnType<typeof createMatchingId>, due: number): Order {
  const { profile } = template
  if (profile === undefined) throw new Error('the template has no profile')
  const readyAt = new Date(due - (releaseAt(template, defaultRules) - Date.parse(template.readyAt ?? ''))).toISOString()
  const subscriberId = createOrderId(randomBytes(16))
  return {
    ...template,
    id: createOrderId(randomBytes(16)),
    subscriberId,
    slot: `${subscriberId}~any`,
    placedAt: readyAt,
    updatedAt: readyAt,
    readyAt,
    stage: { state: 'ready', since: readyAt },
    profile: { ...profile, iccid, matchingId, eid: undefined },
    checkAt: new Date(due).toISOString(),
  }
}

/** Orders and markers into the store; the sweep, as each minute, sends the wakes; the app takes them. */
async function runApp(stack: Stack, orders: readonly Order[]): Promise<() => Promise<void>> {
  const { documents, connectionString } = stack
  await inParallel(orders, async (order) => {
    await markOpen(documents, order.id, new Date(order.checkAt ?? ''), new Date(order.placedAt))
    await documents.insert('orders', order.id, order.id, order)
  })
  const wakes = createStorageWakeQueue({ connectionString, now })
  const { woken } = await sweep({ documents, wakes, clock: now, log: createLog() })
  if (woken !== orders.length) throw new Error(`the sweep woke ${woken} of ${orders.length} orders`)
  await stack.startHost()
  inTime(orders)
  return () => stack.killHost()
}

async function runLoop(
  root: string,
  file: string,
  stack: Stack,
  orders: readonly Order[],
): Promise<() => Promise<void>> {
  const { documents, connectionString, smdpUrl, standinsUrl } = stack
  const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient(LOOP_QUEUE)
  await queue.createIfNotExists()
  await inParallel(orders, async (order) => {
    await documents.insert('orders', order.id, order.id, order)
    const message = JSON.stringify({ orderId: order.id, iccid: order.profile?.iccid })
    // As the app's queue does it: whole seconds, never too early.
    const visibilityTimeout = Math.ceil((releaseAt(order, defaultRules) - Date.now()) / 1_000)
    await queue.sendMessage(Buffer.from(message).toString('base64'), { visibilityTimeout })
  })
  const { batchSize, newBatchThreshold } = await queueSettings(root)
  const task: LoopTask = { connectionString, queue: LOOP_QUEUE, smdpUrl, standinsUrl, batchSize, newBatchThreshold }
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH ?? '', TIMERS_LOOP: JSON.stringify(task) },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  inTime(orders)
  return () => end(child)
}

function inTime(orders: readonly Order[]): void {
  const [first] = orders
  if (first !== undefined && releaseAt(first, defaultRules) < Date.now() + 1_000)
    throw new Error(
      `this machine is too slow or too busy: the orders were not in place ${LEAD_MS / 1000} s after they were made`,
    )
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

async function queueSettings(root: string): Promise<{ batchSize: number; newBatchThreshold: number }> {
  const host = JSON.parse(await readFile(join(root, 'host.json'), 'utf8')) as {
    extensions: { queues: { batchSize: number; newBatchThreshold: number } }
  }
  return host.extensions.queues
}

async function buildLoop(root: string): Promise<string> {
  const outfile = join(root, '.local/bench/timers-loop.js')
  const entryPoints = [join(root, 'test/bench/timers-loop.ts')]
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' })
  return outfile
}

/** When each profile was released, by ICCID; undefined while one is missing. */
async function allReleases(stack: Stack, iccids: readonly Iccid[]): Promise<Map<string, number[]> | undefined> {
  const profiles = (await (await fetch(`${stack.smdpUrl}/control/profiles`)).json()) as {
    iccid: string
    history: { at: string; event: string }[]
  }[]
  const releases = new Map(
    profiles.map(({ iccid, history }) => [
      iccid,
      history.filter(({ event }) => event === 'releaseProfile').map(({ at }) => Date.parse(at)),
    ]),
  )
  return iccids.every((iccid) => (releases.get(iccid) ?? []).length > 0) ? releases : undefined
}

function latenessOf(orders: readonly Order[], releases: ReadonlyMap<string, number[]>): Lateness {
  const late = orders.map((order) => {
    const [at = Number.NaN, ...more] = releases.get(order.profile?.iccid ?? '') ?? []
    if (more.length > 0) throw new Error('a profile was released twice')
    return at - releaseAt(order, defaultRules)
  })
  late.sort((a, b) => a - b)
  if ((late[0] ?? 0) < 0) throw new Error('a profile was released too early')
  const share = (part: number) => late[Math.ceil(part * late.length) - 1] ?? Number.NaN
  return { p50: share(0.5), p99: share(0.99) }
}

/** 32 at a time. */
async function inParallel<T>(items: readonly T[], work: (item: T, index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index]
      if (item !== undefined) await work(item, index)
    }
  }
  await Promise.all(Array.from({ length: 32 }, worker))
}
