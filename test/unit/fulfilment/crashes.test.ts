/** The process ends between any two steps of a purchase, each step once; the sweep finds what was left and finishes it. */
import { describe, expect, test } from 'vitest'
import type { Order } from '../../../shared/domain/order/order'
import type { Plan } from '../../../shared/domain/plan'
import { readSim } from '../../../shared/fulfilment/sims'
import { crashAt, noMoreCrashes, survives } from '../../support/crashes'
import { createWorld, type World } from '../../support/order-world'
import { asynchronousPlan, delayedPlan, inlinePlan } from '../../support/plans'

const MINUTE = 60_000

type Ending = 'installs' | 'cancels'

/**
 * The person presses Buy, perhaps again after the crash, and installs; or changes their mind.
 *
 * @param crash the step at which the process ends; 0: never
 */
async function live(
  world: World,
  plan: Plan,
  ending: Ending,
  crash: number,
): Promise<{ order: Order; steps: number; crashed: boolean }> {
  const purchase = world.purchase(plan)
  const { steps } = crashAt(world, crash)
  const budget = { budgetMs: 2500 }
  const act = async () => {
    const order = await world.orders.place(purchase, budget)
    await world.orders.send(order.id, { type: 'handover' }, budget)
    if (ending === 'cancels') await world.orders.send(order.id, { type: 'cancel' }, budget)
    else {
      if (plan.downloadAfter > 0) await world.runFor(plan.downloadAfter * MINUTE)
      await world.download(await world.order(order.id))
    }
  }
  const crashed = !(await survives(act()))
  const counted = steps()
  noMoreCrashes(world)
  await world.runFor(3 * MINUTE)
  // The person comes back, as they would.
  const { id } = await world.orders.place(purchase, budget)
  await world.runFor(90 * MINUTE)
  const order = await world.order(id)
  if (order.stage.state === 'ready' || order.stage.state === 'downloading') {
    if (ending === 'cancels') await world.orders.send(id, { type: 'cancel' }, budget)
    else {
      await world.orders.send(id, { type: 'handover' }, budget)
      const installed = order.profile && world.registry.get(order.profile.iccid)?.state === 'Installed'
      await (installed ? world.notice(order, 4) : world.download(order))
    }
  }
  await world.runFor(2 * 60 * MINUTE)
  return { order: await world.order(id), steps: counted, crashed }
}

async function expectRight(world: World, order: Order, ending: Ending): Promise<void> {
  const entry = world.ledger.get(order.id)
  const profiles = world.registry.snapshot().profiles
  const taken = profiles.filter(({ state }) => state !== 'Available')
  expect(order.closed).toBe(true)
  expect(await world.open()).toEqual([])
  if (ending === 'installs') {
    expect(order.stage.state).toBe('active')
    expect(entry).toEqual({ authorised: 999, captured: 999, voided: 0 })
    expect(taken.map(({ iccid }) => iccid)).toEqual([order.profile?.iccid])
    expect(await world.stock()).toEqual({ free: 9, claimed: 0, quarantine: 0, unavailable: 0 })
    const sim = order.profile && (await readSim(world.documents, order.profile.iccid))
    expect(sim?.grants).toHaveLength(1)
    expect([...world.lines]).toEqual([order.profile?.iccid])
  } else {
    expect(order.stage.state).toBe('cancelled')
    expect(entry?.captured ?? 0).toBe(0)
    expect(entry?.voided ?? 0).toBe(entry?.authorised ?? 0)
    expect(taken).toEqual([])
    expect(await world.stock()).toEqual({ free: 10, claimed: 0, quarantine: 0, unavailable: 0 })
    expect([...world.lines]).toEqual([])
  }
}

for (const plan of [inlinePlan, delayedPlan, asynchronousPlan]) {
  for (const ending of ['installs', 'cancels'] as const) {
    describe(`a person who ${ending} (${plan.id})`, () => {
      test('gets what they paid for and pays for what they got, wherever the process ends', async () => {
        const whole = await createWorld()
        const { order, steps, crashed } = await live(whole, plan, ending, 0)
        await expectRight(whole, order, ending)
        expect(crashed).toBe(false)
        expect(steps).toBeGreaterThan(40)
        for (let crash = 1; crash <= steps; crash++) {
          const world = await createWorld()
          const life = await live(world, plan, ending, crash)
          expect(life.crashed, `step ${crash} of ${steps}`).toBe(true)
          await expectRight(world, life.order, ending)
        }
      })
    })
  }
}
