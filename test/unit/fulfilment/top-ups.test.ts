/** Plans on a SIM that the person has already: warm SIMs, more data, and subscriptions that renew themselves. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Iccid } from '../../../shared/domain/identifiers'
import type { Order } from '../../../shared/domain/order/order'
import { createSim, type Sim } from '../../../shared/domain/sim'
import { endSubscriptionOf, placeRenewals } from '../../../shared/fulfilment/renewals'
import { createWorld, quiet, type World } from '../../support/order-world'
import { inlinePlan } from '../../support/plans'

const iccid = '8988303000000999999' as Iccid
const monthly = { ...inlinePlan, id: 'test-monthly', kind: 'subscription' as const }
const HOUR = 60 * 60_000
const DAY = 24 * HOUR

let world: World

beforeEach(async () => {
  world = await createWorld()
})

async function putSim(facts: Partial<Sim> = {}): Promise<void> {
  await world.documents.insert('sims', iccid, iccid, { ...createSim({ iccid, kind: 'warm' }), ...facts })
}

async function sim(): Promise<Sim | undefined> {
  return (await world.documents.get<Sim>('sims', iccid, iccid))?.value
}

const buy = (kind: 'warm-sim' | 'add-balance', plan = inlinePlan): Promise<Order> =>
  world.orders.place(world.purchase(plan, { topUp: { kind, iccid } }), { budgetMs: 60_000 })

const money = (order: Order) => world.ledger.get(order.id)

/** The minute's work: renewals are placed, then everything that is due is done. */
async function passing(ms: number, step = HOUR / 2): Promise<void> {
  const end = world.now + ms
  while (world.now < end) {
    await placeRenewals({
      documents: world.documents,
      orders: world.orders,
      clock: () => new Date(world.now),
      log: quiet,
    })
    const now = world.now
    await world.runFor(step)
    world.now = now + step
  }
}

describe('a warm SIM', () => {
  test('becomes the person’s, is switched on, gets the plan, and is paid for', async () => {
    await putSim()
    const order = await buy('warm-sim')
    expect(order.stage.state).toBe('active')
    expect(order.closed).toBe(true)
    expect(await sim()).toMatchObject({
      subscriberId: 'subscriber-1',
      orderId: order.id,
      grants: [{ orderId: order.id }],
    })
    expect((await sim())?.grants[0]?.startsAt).toBeDefined()
    expect(world.lines.has(iccid)).toBe(true)
    expect(money(order)).toMatchObject({ captured: 999, voided: 0 })
  })

  test('of somebody else is left alone, and nothing is charged', async () => {
    await putSim({ subscriberId: 'somebody' })
    const order = await buy('warm-sim')
    expect(order.stage).toMatchObject({ state: 'cancelled', because: 'sim-refused' })
    expect(money(order)).toMatchObject({ captured: 0, voided: 999 })
    expect(await sim()).toMatchObject({ subscriberId: 'somebody', grants: [] })
    expect(world.calls).not.toContain('network.activateLine')
  })

  test('that the network refuses is free again, and nothing is charged', async () => {
    await putSim()
    world.verdict = (call) => (call === 'network.activateLine' ? 'refuse unknown-line' : 'work')
    const order = await buy('warm-sim')
    expect(order.stage).toMatchObject({ state: 'cancelled', because: 'line-refused' })
    expect(await sim()).not.toHaveProperty('subscriberId')
    expect(money(order)).toMatchObject({ captured: 0, voided: 999 })
  })

  test.each(['excluded', 'monitor'] as const)('that is %s is not sold', async (kind) => {
    await putSim({ kind })
    expect((await buy('warm-sim')).stage).toMatchObject({ state: 'cancelled', because: 'sim-refused' })
  })
})

describe('more data', () => {
  test('is added to a SIM of the person’s and paid for, without touching its line', async () => {
    await putSim({ subscriberId: 'subscriber-1' })
    const order = await buy('add-balance')
    expect(order.stage.state).toBe('active')
    expect((await sim())?.grants).toHaveLength(1)
    expect(world.calls.filter((call) => call.startsWith('network'))).toEqual([])
    expect(money(order)).toMatchObject({ captured: 999 })
  })

  test('is not sold for a SIM that nobody knows', async () => {
    expect((await buy('add-balance')).stage).toMatchObject({ state: 'cancelled', because: 'sim-refused' })
  })

  test('can be told to the device once it is there, and not be cancelled any more', async () => {
    await putSim({ subscriberId: 'subscriber-1' })
    const order = await buy('add-balance')
    expect((await world.orders.send(order.id, { type: 'handover' }))?.handover).toMatchObject({ attempts: 1 })
    expect((await world.orders.send(order.id, { type: 'cancel' }))?.stage.state).toBe('active')
  })

  test('whose payment is refused is not added', async () => {
    await putSim({ subscriberId: 'subscriber-1' })
    world.verdict = (call) => (call === 'billing.authorise' ? 'refuse card' : 'work')
    expect((await buy('add-balance')).stage).toMatchObject({ state: 'cancelled', because: 'payment-refused' })
    expect((await sim())?.grants).toEqual([])
  })

  test('that billing will not collect waits for staff with the data in place', async () => {
    await putSim({ subscriberId: 'subscriber-1' })
    world.verdict = (call) => (call === 'billing.capture' ? 'refuse expired' : 'work')
    const order = await buy('add-balance')
    expect(order.stage).toMatchObject({ state: 'parked', reason: 'capture-refused', from: 'ready' })
    expect((await sim())?.grants).toHaveLength(1)
  })
})

describe('a subscription', () => {
  async function subscribed(): Promise<Order> {
    await putSim({ subscriberId: 'subscriber-1' })
    return buy('add-balance', monthly)
  }

  test('is renewed before its period ends, and the next period begins when the paid one ends', async () => {
    const first = await subscribed()
    const [{ startsAt = '' } = {}] = (await sim())?.grants ?? []
    const end = new Date(Date.parse(startsAt) + 30 * DAY).toISOString()
    expect((await sim())?.subscriptions).toMatchObject([{ id: first.id, period: 1, endsAt: end }])
    await passing(31 * DAY)
    const grants = (await sim())?.grants ?? []
    expect(grants).toHaveLength(2)
    expect(grants[1]?.startsAt).toBe(end)
    expect((await sim())?.subscriptions).toMatchObject([{ id: first.id, period: 2, orderId: grants[1]?.orderId }])
    const renewal = await world.order(grants[1]?.orderId ?? '')
    expect(renewal).toMatchObject({ kind: 'renewal', stage: { state: 'active' }, closed: true })
    expect(Date.parse(renewal.placedAt)).toBeLessThanOrEqual(Date.parse(end) - 23 * HOUR)
    expect(money(renewal)).toMatchObject({ captured: 999 })
  })

  test('goes on for as long as it is paid', async () => {
    await subscribed()
    await passing(100 * DAY, 3 * HOUR)
    expect((await sim())?.subscriptions).toMatchObject([{ period: 4 }])
    // The first period has been over for a month, so its grant has left the document.
    expect((await sim())?.grants).toHaveLength(3)
    expect([...world.ledger.values()].map(({ captured }) => captured)).toEqual([999, 999, 999, 999])
  })

  test('that the person cancels keeps what is paid and is not renewed', async () => {
    const { id } = await subscribed()
    const request = { iccid, subscriptionId: id, subscriberId: 'subscriber-1', budgetMs: 1000 }
    const parts = { documents: world.documents, orders: world.orders, clock: () => new Date(world.now) }
    expect(await endSubscriptionOf(parts, { ...request, subscriberId: 'somebody' })).toMatchObject({ ok: false })
    expect(await endSubscriptionOf(parts, request)).toMatchObject({ ok: true })
    await passing(40 * DAY, 3 * HOUR)
    expect((await sim())?.grants).toHaveLength(1)
    expect(world.ledger.size).toBe(1)
  })

  test('whose payment is refused is asked for again, and goes on once it works', async () => {
    await subscribed()
    let refusals = 0
    world.verdict = (call) => (call === 'billing.authorise' && refusals++ < 2 ? 'refuse no-funds' : 'work')
    await passing(32 * DAY)
    expect(refusals).toBe(3)
    expect((await sim())?.grants).toHaveLength(2)
  })

  test('waits for a billing system that is away for hours, and goes on without staff', async () => {
    await subscribed()
    await passing(29.2 * DAY, 3 * HOUR)
    world.verdict = (call) => (call.startsWith('billing.') ? 'unreached' : 'work')
    await passing(8 * HOUR)
    world.verdict = () => 'work'
    await passing(DAY)
    expect((await sim())?.subscriptions).toMatchObject([{ period: 2 }])
  })

  test('that is never paid ends some days later, and says so', async () => {
    const { id } = await subscribed()
    world.verdict = (call) => (call === 'billing.authorise' ? 'refuse no-funds' : 'work')
    await passing(40 * DAY, 3 * HOUR)
    expect((await sim())?.grants).toHaveLength(1)
    expect((await sim())?.subscriptions).toMatchObject([{ id, ended: 'payment-refused' }])
    expect([...world.ledger.values()].map(({ captured }) => captured)).toEqual([999])
    expect(await world.open()).toEqual([])
  })

  test('cancelled while a refused renewal is being asked for again ends at once', async () => {
    const { id } = await subscribed()
    world.verdict = (call) => (call === 'billing.authorise' ? 'refuse no-funds' : 'work')
    await passing(29.5 * DAY, 3 * HOUR)
    expect(await world.open()).toHaveLength(1)
    const parts = { documents: world.documents, orders: world.orders, clock: () => new Date(world.now) }
    await endSubscriptionOf(parts, { iccid, subscriptionId: id, subscriberId: 'subscriber-1', budgetMs: 60_000 })
    expect(await world.open()).toEqual([])
    expect((await sim())?.subscriptions).toMatchObject([{ ended: 'cancelled' }])
  })

  test('is renewed once only, however often the calendar is read', async () => {
    await subscribed()
    world.now += 29.5 * DAY
    const parts = { documents: world.documents, orders: world.orders, clock: () => new Date(world.now), log: quiet }
    // The calendar's hour has passed: the daily look finds it.
    world.now = Math.ceil(world.now / DAY) * DAY
    await Promise.all([placeRenewals(parts), placeRenewals(parts)])
    await placeRenewals(parts)
    await world.runFor(DAY)
    expect((await sim())?.grants).toHaveLength(2)
    expect(world.ledger.size).toBe(2)
  })
})
