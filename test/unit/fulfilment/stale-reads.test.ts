/**
 * Reads that show the past, as another instance could meet them if the account of Cosmos DB offered less than `Strong`: every write
 * names the version it read, so the worst that an order meets is a conflict or a wake without effect, and the sweep makes up for that.
 * What they could break is the one thing that is decided on another document's absence: a slot whose order is not seen yet is taken
 * for free, and two purchases for one device that are placed at once may both go on. Hence `Strong`.
 */
import { expect, test } from 'vitest'
import type { Order } from '../../../shared/domain/order/order'
import { createWorld, type World } from '../../support/order-world'
import { asynchronousPlan, delayedPlan, inlinePlan } from '../../support/plans'
import { withStaleReads } from '../../support/stale-reads'

const MINUTE = 60_000

/** A world whose reads look back as many calls as `lag` says, from the moment on at which the stock is filled. */
async function createStaleWorld(lag: () => number): Promise<World> {
  let ready = false
  const world = await createWorld({ through: (store) => withStaleReads(store, () => (ready ? lag() : 0)) })
  ready = true
  return world
}

/** Numbers from 0 to 1 that look random, the same for the same seed (xorshift). */
function numbersFrom(seed: number): () => number {
  let state = (seed * 7919) >>> 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

const latest = async (world: World, orders: Order[]) => Promise.all(orders.map(({ id }) => world.order(id)))

test('a wake that meets an instance which has not seen the write does nothing, and the sweep makes up for it', async () => {
  let ago = 0
  const world = await createStaleWorld(() => ago)
  world.verdict = (call) => (call === 'downloadOrder' ? 'busy' : 'work')
  const placed = await world.orders.place(world.purchase(), { budgetMs: 2_500 })
  world.verdict = () => 'work'
  const [wake] = world.wakes.splice(0)
  world.now = Math.max(world.now, wake?.at ?? 0)
  const before = world.calls.length

  // As before its last write the order waits for an answer of the SM-DP+, and nothing is due.
  ago = 2
  await world.orders.send(placed.id, { type: 'wake' })
  expect(world.calls.slice(before)).toEqual([])

  ago = 0
  await world.runFor(2 * MINUTE)
  expect((await world.order(placed.id)).stage.state).toBe('ready')
})

test.each([1, 5, 20, 50])('with reads of up to %i calls ago every order ends right', async (most) => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const random = numbersFrom(seed)
    let stale = true
    const world = await createStaleWorld(() => (stale ? Math.floor(random() * (most + 1)) : 0))
    const plan = [inlinePlan, delayedPlan, asynchronousPlan][seed % 3] ?? inlinePlan
    const people = ['one', 'two'].map((subscriberId) => world.purchase(plan, { subscriberId }))
    const placed = await Promise.all(people.map((purchase) => world.orders.place(purchase, { budgetMs: 2_500 })))
    await world.runFor(120 * MINUTE)

    stale = false
    const [kept, dropped] = await latest(world, placed)
    if (kept === undefined || dropped === undefined) throw new Error('an order is gone')
    stale = true
    await world.download(kept)
    await world.orders.send(dropped.id, { type: 'cancel' }, { budgetMs: 2_500 })
    await world.runFor(48 * 60 * MINUTE)

    stale = false
    const ends = await latest(world, placed)
    expect([seed, ...ends.map(({ stage }) => stage.state)]).toEqual([seed, 'active', 'cancelled'])
    expect(await world.open()).toEqual([])
    expect(await world.stock()).toEqual({ free: 9, claimed: 0, quarantine: 0, unavailable: 0 })
    expect([...world.ledger.values()].map(({ captured, voided }) => [captured, voided])).toEqual(
      expect.arrayContaining([
        [999, 0],
        [0, 999],
      ]),
    )
    expect(world.ledger.size).toBe(2)
  }
})
