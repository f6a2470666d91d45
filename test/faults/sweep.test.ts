/**
 * The safety net at size: orders whose wakes were lost move on after one sweep, and what a sweep costs depends on the open orders alone,
 * however many closed ones the store holds. `TEST_SIZE=full`: 50,000 closed orders, and the timer itself instead of a sweep by hand.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tmf640 } from '../../local/standins/provisioning'
import { createOrderId, type OrderId, parseEid } from '../../shared/domain/identifiers'
import { type Order, type Purchase, placeOrder } from '../../shared/domain/order/order'
import { defaultRules } from '../../shared/domain/order/rules'
import { planById } from '../../shared/domain/plan'
import { createFulfilment } from '../../shared/fulfilment/fulfilment'
import { type OpenMarker, openPartition, openPartitions } from '../../shared/fulfilment/open-index'
import { createPerform } from '../../shared/fulfilment/perform'
import { sweep } from '../../shared/fulfilment/sweep'
import { type BillingClient, createBilling } from '../../shared/platform/billing'
import { createEs2Plus, type Es2PlusClient } from '../../shared/platform/es2plus/client'
import { createLog } from '../../shared/platform/log'
import { loadOperator } from '../../shared/platform/operator-file'
import { createProvisioning, type ProvisioningClient } from '../../shared/platform/provisioning'
import { openState } from '../../shared/platform/state'
import { send } from '../api/browser'
import { eidNumber, orderOf } from '../api/purchase'
import { eventually, type Stack, startStack } from '../support/stack'
import { type StorageProxy, startStorageProxy } from './storage-proxy'

const full = process.env.TEST_SIZE === 'full'
const closedOrders = full ? 50_000 : 1_000
const openOrders = 50
const now = () => new Date()
const newId = () => createOrderId(randomBytes(16))
const log = { ...createLog(), info() {} }

let stack: Stack
/** In front of the store, for this process only: counts what a sweep asks. */
let proxy: StorageProxy
let billing: BillingClient
let es2plus: Es2PlusClient
let provisioning: ProvisioningClient
const open: OrderId[] = []

beforeAll(async () => {
  proxy = await startStorageProxy()
  stack = await startStack({ stock: openOrders + 10 })
  proxy.connect(stack.enginePorts)
  // Nobody but this process sweeps while it counts.
  await stack.killHost()
  billing = createBilling({ url: `${stack.standinsUrl}/billing` })
  es2plus = createEs2Plus({ url: stack.smdpUrl, requesterIdentifier: '2.999.1.7', callTimeoutMs: 3_000 })
  provisioning = createProvisioning({ url: `${stack.standinsUrl}${tmf640}` })
}, 60_000)
afterAll(async () => {
  await Promise.all([billing.close(), es2plus.close(), provisioning.close()])
  await stack.stop()
  await proxy.stop()
})

/** A purchase by somebody with a device of their own. */
async function purchaseOf(number: number): Promise<Purchase> {
  const { plans } = await loadOperator('operator.json')
  const plan = planById(plans, 'travel-2')
  if (plan === undefined) throw new Error('the sample has no such plan')
  const subscriberId = newId()
  const asked = await billing.instruments(subscriberId, { callId: newId() })
  const [instrument] = asked.ok ? asked.value.instruments : []
  if (instrument === undefined) throw new Error('there is no way to pay')
  return {
    id: newId(),
    channel: 'browser',
    subscriberId,
    device: { eid: parseEid(eidNumber(number)), market: 'DE', location: 'DE' },
    plan,
    instrument,
    account: 'existing',
  }
}

/** Runs `work` for 0 … count-1, 48 at a time. */
async function inParallel(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await work(index)
  }
  await Promise.all(Array.from({ length: Math.min(48, count) }, worker))
}

/** Orders that have ended long ago, as they are kept for good. */
async function insertClosed(count: number): Promise<void> {
  const purchase = await purchaseOf(0)
  const at = new Date(Date.now() - 30 * 24 * 60 * 60_000)
  await inParallel(count, async () => {
    const id = newId()
    const placed = placeOrder({ ...purchase, id }, at)
    const order: Order = {
      ...placed,
      closed: true,
      stage: { state: 'active', since: at.toISOString(), registered: true },
      log: Array.from({ length: 20 }, () => ({ at: at.toISOString(), what: 'effect', detail: 'done' })),
    }
    expect((await stack.documents.insert('orders', id, id, order)).ok).toBe(true)
  })
}

/** Real purchases that got stuck: the SM-DP+ was away, and then every wake was lost. */
async function stickPurchases(): Promise<void> {
  const { documents } = stack
  const perform = createPerform({ documents, billing, provisioning, es2plus, randomBytes })
  const wakes = stack.wakes.open()
  const orders = createFulfilment({ documents, wakes, perform, rules: defaultRules, clock: now, log })
  await fetch(`${stack.smdpUrl}/control/down`, { method: 'POST' })
  await inParallel(openOrders, async (index) => {
    const order = await orders.place(await purchaseOf(index), { budgetMs: 2_500 })
    expect(order.stage.state).toBe('placed')
    open.push(order.id)
  })
  await fetch(`${stack.smdpUrl}/control/up`, { method: 'POST' })
  expect(await stack.wakes.waiting()).toBeGreaterThanOrEqual(openOrders)
  await stack.wakes.clear()
}

/** One sweep by the real adapters into a queue of its own: what it found, what it asked of the store, how long it took. */
async function measure(round: number) {
  const documents = await openState(proxy.environment, { clock: now })
  if (documents === undefined) throw new Error('there is no store')
  const wakes = stack.wakes.open(`round-${round}`)
  const before = proxy.table.requests.length
  const started = performance.now()
  const report = await sweep({ documents, wakes, clock: now, log })
  return { report, requests: proxy.table.requests.slice(before), ms: Math.round(performance.now() - started) }
}

/** As if no sweep had been: the markers as the purchases left them. */
async function forgetSweeps(): Promise<void> {
  for (const id of open) {
    const partition = openPartition(id)
    const stored = await stack.documents.get<OpenMarker>('open', partition, id)
    if (stored === undefined) throw new Error('an open order has no marker')
    const { wokenFor: _, ...marker } = stored.value
    expect((await stack.documents.replace('open', partition, id, marker, stored.etag)).ok).toBe(true)
  }
}

test(
  `${openOrders} lost orders among ${closedOrders} closed ones move on after one sweep, which costs what the open ones cost`,
  async () => {
    const began = performance.now()
    await insertClosed(closedOrders / 10)
    await stickPurchases()
    // The first sweep after a purchase also moves the marker to what the order wants, for one more write each.
    const first = await measure(0)
    await forgetSweeps()
    const few = await measure(1)
    await forgetSweeps()
    await insertClosed((closedOrders / 10) * 9)
    const inserted = Math.round(performance.now() - began)
    const many = await measure(2)
    await forgetSweeps()

    for (const { report } of [first, few, many])
      expect(report).toMatchObject({ open: openOrders, woken: openOrders, removed: 0 })
    // Each partition, then one read and one write for each open order. A tenth of the closed ones or all: no difference.
    expect(first.requests.length).toBeLessThanOrEqual(openPartitions.length + 3 * openOrders)
    expect(few.requests).toHaveLength(openPartitions.length + 2 * openOrders)
    expect(many.requests).toHaveLength(few.requests.length)
    expect(many.requests.filter((request) => /\/orders\(\)\?|\/orders\/docs$/.test(request))).toEqual([])

    const restarted = performance.now()
    await stack.startHost()
    if (!full) {
      const sent = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }
      expect((await send(stack.url, '/admin/functions/sweep', sent)).status).toBe(202)
    }
    await eventually(
      'all lost orders to be ready',
      async () => {
        const states = await Promise.all(open.map(async (id) => (await orderOf(stack, id)).stage.state))
        return states.every((state) => state === 'ready')
      },
      full ? 120_000 : 50_000,
    )
    const moved = Math.round(performance.now() - restarted)
    expect((await stack.stock()).claimed).toBe(openOrders)
    const money = (await stack.ledger()).map(({ kind, orderId }) => `${orderId} ${kind}`).sort()
    expect(money).toEqual(open.map((id) => `${id} authorised`).sort())
    console.info(
      JSON.stringify({
        closedOrders,
        openOrders,
        insertedMs: inserted,
        sweepRequests: [few.requests.length, many.requests.length],
        sweepMs: [few.ms, many.ms],
        allMovedOnMs: moved,
      }),
    )
  },
  full ? 900_000 : 60_000,
)
