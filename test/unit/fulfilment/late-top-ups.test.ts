/** What a late call, or another order, may do to a SIM that somebody has. Each rule holds in the simulation; here are the plain cases. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Iccid } from '../../../shared/domain/identifiers'
import { decide } from '../../../shared/domain/order/decide'
import { createSim, type Sim } from '../../../shared/domain/sim'
import { endSubscriptionOf, placeRenewals, renewalId } from '../../../shared/fulfilment/renewals'
import { grantBalance } from '../../../shared/fulfilment/sims'
import { StoreUnavailableError } from '../../../shared/platform/ports'
import { createWorld, quiet, type World } from '../../support/order-world'
import { inlinePlan } from '../../support/plans'
import { failing } from '../../support/staff'

const iccid = '8988303000000999999' as Iccid
const monthly = { ...inlinePlan, id: 'test-monthly', kind: 'subscription' as const }
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const budget = { budgetMs: 2_500 }
let world: World

beforeEach(async () => {
  world = await createWorld()
})

const putSim = (facts: Partial<Sim> = {}) =>
  world.documents.insert('sims', iccid, iccid, { ...createSim({ iccid, kind: 'warm' }), ...facts })
const sim = async () => (await world.documents.get<Sim>('sims', iccid, iccid))?.value
const buy = (kind: 'warm-sim' | 'add-balance', subscriberId = 'subscriber-1', plan = inlinePlan) =>
  world.orders.place(world.purchase(plan, { subscriberId, topUp: { kind, iccid } }), budget)
const cancel = (id: string) => world.orders.send(id, { type: 'cancel' }, budget)
const renewals = () => ({ ...world, clock: () => new Date(world.now), log: quiet })

describe('a warm SIM that was called off while its line was being activated', () => {
  test.each(['subscriber-1', 'subscriber-2'])(
    'rests, and is then the next order’s, line and all (%s)',
    async (next) => {
      await putSim()
      world.verdict = failing('network.activateLine', 'late')
      const first = await buy('warm-sim')
      world.verdict = () => 'work'
      expect((await cancel(first.id))?.stage.state).toBe('cancelled')
      expect(await sim()).toMatchObject({ resting: true, orderId: first.id })
      const second = await buy('warm-sim', next)
      expect(second.stage.state).toBe('placed')
      await world.runFor(30 * MINUTE)
      expect((await world.order(second.id)).stage.state).toBe('active')
      expect(await sim()).toMatchObject({ subscriberId: next, orderId: second.id, grants: [{ orderId: second.id }] })
      expect([...world.lines]).toEqual([iccid])
      expect((await world.order(first.id)).closed).toBe(true)
    },
  )

  test('does not lose the next order’s line to a late attempt to close it', async () => {
    await putSim()
    world.verdict = failing('network.activateLine', 'lost-after')
    const first = await buy('warm-sim')
    await cancel(first.id)
    world.verdict = () => 'work'
    let closings = 0
    world.verdict = (call) => (call === 'network.deactivateLine' && closings++ === 0 ? 'late' : 'work')
    const second = await buy('warm-sim')
    await world.runFor(60 * MINUTE)
    expect((await world.order(second.id)).stage.state).toBe('active')
    expect(closings).toBeGreaterThan(1)
    expect([...world.lines]).toEqual([iccid])
  })

  test('is let go although the void waits for staff', async () => {
    await putSim()
    world.verdict = (call) =>
      call === 'network.activateLine' ? 'late' : call === 'billing.void' ? 'refuse captured' : 'work'
    const first = await buy('warm-sim')
    await cancel(first.id)
    await world.runFor(30 * MINUTE)
    expect((await world.order(first.id)).stage).toMatchObject({ state: 'parked', reason: 'void-refused' })
    expect(await sim()).toEqual(createSim({ iccid, kind: 'warm' }))
  })
})

test('a warm SIM whose calls were all answered is free at once', async () => {
  await putSim()
  world.verdict = failing('network.activateLine', 'refuse no_coverage')
  await buy('warm-sim')
  world.verdict = () => 'work'
  expect((await buy('warm-sim', 'subscriber-2')).stage.state).toBe('active')
})

test('a purchase for a SIM that is the person’s already does not end its line when it is called off', async () => {
  await putSim()
  await buy('warm-sim')
  world.verdict = failing('network.activateLine', 'lost-after')
  const again = await buy('warm-sim')
  world.verdict = () => 'work'
  await cancel(again.id)
  await world.runFor(60 * MINUTE)
  expect(await world.order(again.id)).toMatchObject({ stage: { state: 'cancelled' }, closed: true })
  expect([...world.lines]).toEqual([iccid])
  expect((await sim())?.grants).toHaveLength(1)
})

test('data that is added after the order was called off is taken back', async () => {
  await putSim({ subscriberId: 'subscriber-1' })
  let writes = 0
  world.beforeStore = ({ container, name }) => {
    if (container === 'sims' && name === 'replace' && ++writes === 1) throw new Error('held up')
  }
  const order = await buy('add-balance').catch(() => undefined)
  expect(order).toBeUndefined()
  const [{ orderId = '' } = {}] = await world.open()
  world.now += MINUTE
  await cancel(orderId)
  await grantBalance(world.documents, iccid, await world.order(orderId))
  expect((await sim())?.grants).toHaveLength(1)
  await world.runFor(30 * MINUTE)
  expect((await sim())?.grants).toEqual([])
  expect((await world.order(orderId)).closed).toBe(true)
})

describe('a subscription that is cancelled', () => {
  async function placed() {
    await putSim({ subscriberId: 'subscriber-1' })
    const first = await buy('add-balance', 'subscriber-1', monthly)
    world.now += 29 * DAY + 2 * MINUTE
    return first
  }
  const unsubscribe = (subscriptionId: string) =>
    endSubscriptionOf(renewals(), { iccid, subscriptionId, subscriberId: 'subscriber-1', ...budget })

  test('between the look at it and the renewal’s placement is not paid for', async () => {
    const { id } = await placed()
    // The calendar has been read, and the person cancels before the renewal is written.
    let cancelled = false
    world.beforeStore = ({ container, name }) => {
      if (cancelled || container !== 'orders' || name !== 'insert') return undefined
      cancelled = true
      return unsubscribe(id).then(() => undefined)
    }
    await placeRenewals(renewals())
    await world.runFor(30 * MINUTE)
    expect(cancelled).toBe(true)
    const renewal = await world.order(renewalId(iccid, id, 2))
    expect(renewal).toMatchObject({ stage: { state: 'cancelled', because: 'person' }, closed: true })
    expect(world.ledger.get(renewal.id)).toMatchObject({ captured: 0, voided: 999 })
    expect(await sim()).toMatchObject({ grants: [{ orderId: id }], subscriptions: [{ ended: 'cancelled' }] })
  })

  test('after its renewal was credited keeps that period, and gets no other', async () => {
    const { id } = await placed()
    world.verdict = failing('billing.capture', 'busy')
    await placeRenewals(renewals())
    await world.runFor(MINUTE)
    await unsubscribe(id)
    world.verdict = () => 'work'
    await world.runFor(30 * MINUTE)
    expect(await world.order(renewalId(iccid, id, 2))).toMatchObject({ stage: { state: 'active' }, closed: true })
    world.now += 31 * DAY
    world.now = Math.ceil(world.now / DAY) * DAY
    expect(await placeRenewals(renewals())).toEqual({ placed: 0, dropped: 1 })
  })
})

test('a refused grant that is told of late parks no order that was called off', async () => {
  await putSim({ subscriberId: 'subscriber-1' })
  world.verdict = failing('billing.authorise', 'busy')
  const { id } = await buy('add-balance')
  await cancel(id)
  const order = await world.order(id)
  const tries = { ...order.tries, grantBalance: { attempts: 1, answered: 0, failures: 0 } }
  const outcome = { ok: false, kind: 'refused', code: 'not-yours', detail: '' } as const
  const late = { type: 'result', effect: 'grantBalance', key: 'grantBalance', attempt: 1, outcome } as const
  expect(decide({ ...order, tries }, late, new Date(world.now), world.rules).order.stage.state).toBe('cancelled')
})

test('a warm SIM that was called off while it was being claimed is not claimed late, nor sold before that is certain', async () => {
  await putSim()
  let writes = 0
  world.beforeStore = ({ container, name }) => {
    if (container === 'sims' && name === 'replace' && ++writes === 1) throw new StoreUnavailableError('simulated')
  }
  const first = await buy('warm-sim')
  await cancel(first.id)
  const second = await buy('warm-sim')
  expect(await grantBalance(world.documents, iccid, first)).toBe('sim-resting')
  expect(second.stage.state).toBe('placed')
  await world.runFor(30 * MINUTE)
  expect((await world.order(second.id)).stage.state).toBe('active')
  expect(await sim()).toMatchObject({ orderId: second.id, grants: [{ orderId: second.id }] })
})
