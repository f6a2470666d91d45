/** The process ends between any two steps in the life of a SIM that somebody has; what was left is finished, once. */
import { describe, expect, test } from 'vitest'
import type { Iccid } from '../../../shared/domain/identifiers'
import type { Order } from '../../../shared/domain/order/order'
import { createSim, type Sim } from '../../../shared/domain/sim'
import { endSubscriptionOf, placeRenewals } from '../../../shared/fulfilment/renewals'
import { crashAt, noMoreCrashes, survives } from '../../support/crashes'
import { createWorld, quiet, type World } from '../../support/order-world'
import { asynchronousPlan, inlinePlan } from '../../support/plans'
import { act, failing } from '../../support/staff'

const iccid = '8988303000000999999' as Iccid
const monthly = { ...inlinePlan, id: 'test-monthly', kind: 'subscription' as const }
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const budget = { budgetMs: 2_500 }

interface Life {
  name: string
  /** What was before; nothing ends there. */
  before(world: World): Promise<Order | undefined>
  /** What people and timers do, and do again after the process has ended. */
  happens(world: World, order: Order | undefined): Promise<unknown>
  expectRight(world: World, order: Order | undefined): Promise<void>
}

async function putSim(world: World, facts: Partial<Sim> = {}): Promise<undefined> {
  await world.documents.insert('sims', iccid, iccid, { ...createSim({ iccid, kind: 'warm' }), ...facts })
}

async function simOf(world: World): Promise<Sim> {
  const stored = await world.documents.get<Sim>('sims', iccid, iccid)
  if (stored === undefined) throw new Error('the SIM is gone')
  return stored.value
}

const orderId = '0123456789abcdefghjkmnpqrs' as Order['id']
const buy = (world: World, kind: 'warm-sim' | 'add-balance', plan = inlinePlan) =>
  world.orders.place(world.purchase(plan, { id: orderId, topUp: { kind, iccid } }), budget)

const renewalParts = (world: World) => {
  const { documents, orders } = world
  return { documents, orders, clock: () => new Date(world.now), log: quiet }
}

/** A subscription whose renewal is to be placed now. */
async function dueForRenewal(world: World): Promise<Order> {
  await putSim(world, { subscriberId: 'subscriber-1' })
  const order = await buy(world, 'add-balance', monthly)
  world.now += 29 * DAY + 2 * MINUTE
  return order
}

/** The next midnight after so long: then the calendar is read back for weeks. */
async function renewalsAfter(world: World, ms: number): Promise<void> {
  world.now = Math.ceil((world.now + ms) / DAY) * DAY
  await placeRenewals(renewalParts(world))
  await world.runFor(HOUR)
}

async function renewalsFor(world: World, ms: number): Promise<void> {
  const end = world.now + ms
  while (world.now < end) {
    await placeRenewals(renewalParts(world))
    const now = world.now
    await world.runFor(HOUR)
    world.now = now + HOUR
  }
}

const unsubscribe = (world: World, order: Order | undefined) =>
  endSubscriptionOf(renewalParts(world), {
    iccid,
    subscriptionId: order?.id ?? '',
    subscriberId: 'subscriber-1',
    ...budget,
  })

const lives: Life[] = [
  {
    name: 'a warm SIM is bought',
    before: (world) => putSim(world),
    happens: (world) => buy(world, 'warm-sim'),
    async expectRight(world) {
      expect((await world.order(orderId)).stage.state).toBe('active')
      expect(world.ledger.get(orderId)).toEqual({ authorised: 999, captured: 999, voided: 0 })
      expect(await simOf(world)).toMatchObject({ subscriberId: 'subscriber-1', orderId, grants: [{ orderId }] })
      expect([...world.lines]).toEqual([iccid])
    },
  },
  {
    name: 'a warm SIM is called off while the network hesitates',
    async before(world) {
      await putSim(world)
      world.verdict = failing('network.activateLine', 'lost-after')
      return undefined
    },
    async happens(world) {
      await buy(world, 'warm-sim')
      await world.orders.send(orderId, { type: 'cancel' }, budget)
      await world.runFor(HOUR)
    },
    async expectRight(world) {
      const order = await world.order(orderId)
      // The line came on before the person could call it off: then the SIM is theirs.
      if (order.stage.state === 'active') return expect([...world.lines]).toEqual([iccid])
      expect(order.stage.state).toBe('cancelled')
      const { captured = 0, authorised = 0, voided = 0 } = world.ledger.get(orderId) ?? {}
      expect([captured, voided]).toEqual([0, authorised])
      expect(await simOf(world)).toEqual(createSim({ iccid, kind: 'warm' }))
      expect([...world.lines]).toEqual([])
    },
  },
  {
    name: 'data is added',
    before: (world) => putSim(world, { subscriberId: 'subscriber-1' }),
    happens: (world) => buy(world, 'add-balance'),
    async expectRight(world) {
      expect((await world.order(orderId)).stage.state).toBe('active')
      expect(world.ledger.get(orderId)).toEqual({ authorised: 999, captured: 999, voided: 0 })
      expect((await simOf(world)).grants).toHaveLength(1)
    },
  },
  {
    name: 'a subscription begins',
    before: (world) => putSim(world),
    happens: (world) => buy(world, 'warm-sim', monthly),
    async expectRight(world) {
      expect((await simOf(world)).subscriptions).toMatchObject([{ id: orderId, period: 1 }])
      await renewalsAfter(world, 30 * DAY)
      expect((await simOf(world)).subscriptions).toMatchObject([{ id: orderId, period: 2 }])
      expect([...world.ledger.values()].map(({ captured }) => captured)).toEqual([999, 999])
    },
  },
  {
    name: 'a subscription is renewed',
    before: dueForRenewal,
    happens: (world) => renewalsFor(world, 2 * HOUR),
    async expectRight(world) {
      await renewalsAfter(world, HOUR)
      const sim = await simOf(world)
      expect(sim.grants).toHaveLength(2)
      expect(sim.subscriptions).toMatchObject([{ id: orderId, period: 2 }])
      expect([...world.ledger.values()].map(({ captured }) => captured)).toEqual([999, 999])
      await renewalsAfter(world, 30 * DAY)
      expect((await simOf(world)).subscriptions).toMatchObject([{ id: orderId, period: 3 }])
    },
  },
  {
    name: 'a subscription is cancelled in the minute of its renewal',
    before: dueForRenewal,
    async happens(world, order) {
      await placeRenewals(renewalParts(world))
      await unsubscribe(world, order)
    },
    async expectRight(world, order) {
      expect(await unsubscribe(world, order)).toMatchObject({ ok: true })
      await renewalsAfter(world, HOUR)
      await renewalsAfter(world, 33 * DAY)
      const { grants, subscriptions } = await simOf(world)
      const paid = [...world.ledger.values()].filter(({ captured }) => captured > 0)
      expect(paid).toHaveLength(grants.length)
      expect(grants.length).toBeLessThanOrEqual(2)
      expect(subscriptions?.[0]?.cancelledAt).toBeDefined()
      for (const { authorised, captured, voided } of world.ledger.values()) expect(captured + voided).toBe(authorised)
    },
  },
  {
    name: 'staff give money back',
    async before(world) {
      world.verdict = failing('network.activateLine', 'refuse unknown_plan')
      const order = await world.orders.place(world.purchase(asynchronousPlan, { id: orderId }), budget)
      await world.orders.send(order.id, { type: 'handover' }, budget)
      await world.download(order)
      await world.runFor(2 * HOUR)
      world.verdict = () => 'work'
      return world.order(order.id)
    },
    async happens(world) {
      await act(world, await world.order(orderId), 'resolve', { outcome: 'not-delivered' })
      await world.runFor(HOUR)
    },
    async expectRight(world) {
      expect(await world.order(orderId)).toMatchObject({
        stage: { state: 'cancelled' },
        payment: { status: 'refunded' },
      })
      expect(world.ledger.get(orderId)).toMatchObject({ captured: 999, refunded: 999 })
    },
  },
]

/** @param crash the step at which the process ends; 0: never */
async function live(life: Life, crash: number): Promise<{ world: World; steps: number; crashed: boolean }> {
  const world = await createWorld()
  const order = await life.before(world)
  const usual = world.verdict
  const { steps } = crashAt(world, crash)
  const crashed = !(await survives(life.happens(world, order)))
  const counted = steps()
  noMoreCrashes(world)
  world.verdict = usual
  await world.runFor(3 * MINUTE)
  world.verdict = () => 'work'
  if (crashed) await life.happens(world, order)
  await world.runFor(3 * HOUR)
  await life.expectRight(world, order)
  expect(await world.open()).toEqual([])
  return { world, steps: counted, crashed }
}

describe('wherever the process ends while', () => {
  test.for(lives)('$name', { timeout: 60_000 }, async (life) => {
    const { steps, crashed } = await live(life, 0)
    expect(crashed).toBe(false)
    expect(steps).toBeGreaterThan(10)
    for (let crash = 1; crash <= steps; crash++)
      expect((await live(life, crash)).crashed, `step ${crash} of ${steps}`).toBe(true)
  })
})
