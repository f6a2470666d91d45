import { describe, expect, test } from 'vitest'
import { balancesOf } from '../../../shared/domain/balance'
import type { Order } from '../../../shared/domain/order/order'
import { readSim } from '../../../shared/fulfilment/sims'
import { createWorld, eid, type World } from '../../support/order-world'
import { asynchronousPlan, delayedPlan, inlinePlan } from '../../support/plans'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const request = { budgetMs: 2500 }

async function buy(world: World, plan = inlinePlan, more = {}): Promise<Order> {
  return world.orders.place(world.purchase(plan, more), request)
}

function money(world: World, order: Order) {
  return world.ledger.get(order.id)
}

describe('a plan whose profile is ready at once', () => {
  test('is released, on the network and on the balance when Buy answers, and charged only once it is installed', async () => {
    const world = await createWorld()
    let order = await buy(world)
    expect(order.stage.state).toBe('ready')
    expect(order.profile).toMatchObject({ smdp: 'released', line: 'on', granted: true, stock: 'claimed' })
    expect(money(world, order)).toEqual({ authorised: 999, captured: 0, voided: 0 })
    await world.orders.send(order.id, { type: 'handover' }, request)
    order = await world.download(order)
    expect(order.stage.state).toBe('installed')
    expect(money(world, order)?.captured).toBe(999)
    order = (await world.orders.send(order.id, { type: 'registration', state: 'home' }, request)) ?? order
    expect(order.stage).toMatchObject({ state: 'active', registered: true })
    expect(order.closed).toBe(true)
    expect(await world.open()).toEqual([])
    expect(await world.stock()).toEqual({ free: 9, claimed: 0, quarantine: 0, unavailable: 0 })
    const sim = order.profile && (await readSim(world.documents, order.profile.iccid))
    expect(sim && balancesOf(sim, { now: new Date(world.now + DAY) })).toMatchObject([
      { type: 'MODIRECTPAYG', dataRemainingMB: 5120, timeRemainingMs: 29 * DAY },
    ])
  })

  test('counts as done a while after installation when the device never reports registration', async () => {
    const world = await createWorld()
    const order = await world.download(await buy(world))
    await world.runFor(20 * MINUTE)
    expect((await world.order(order.id)).stage).toMatchObject({ state: 'active', registered: false })
  })

  test('is done in the browser channel as soon as the SM-DP+ reports the installation', async () => {
    const world = await createWorld()
    const order = await world.download(await buy(world, inlinePlan, { channel: 'browser' }))
    expect(order.stage.state).toBe('active')
  })

  test('expires when nobody downloads it, and is paid back', async () => {
    const world = await createWorld()
    const order = await buy(world)
    await world.runFor(31 * DAY)
    expect((await world.order(order.id)).stage.state).toBe('expired')
    expect(money(world, order)).toEqual({ authorised: 999, captured: 0, voided: 999 })
    expect(await world.stock()).toMatchObject({ free: 10 })
    expect(world.lines.size).toBe(0)
  })
})

describe('a plan whose profile comes later', () => {
  test('is held at the SM-DP+, and released, connected and credited five minutes before the toast', async () => {
    const world = await createWorld()
    let order = await buy(world, delayedPlan)
    expect(order.stage.state).toBe('ready')
    expect(order.profile).toMatchObject({ smdp: 'confirmed', line: 'off', granted: false })
    await world.orders.send(order.id, { type: 'handover' }, request)
    await world.runFor(24 * MINUTE)
    expect((await world.order(order.id)).profile?.smdp).toBe('confirmed')
    await world.runFor(2 * MINUTE)
    order = await world.order(order.id)
    expect(order.profile).toMatchObject({ smdp: 'released', line: 'on', granted: true })
    expect((await world.download(order)).stage.state).toBe('installed')
  })

  test('waits for both delays when the network needs time too', async () => {
    const world = await createWorld()
    const order = await buy(world, { ...delayedPlan, registerAfter: 30 })
    await world.runFor(54 * MINUTE)
    expect((await world.order(order.id)).profile?.smdp).toBe('confirmed')
    await world.runFor(2 * MINUTE)
    expect((await world.order(order.id)).profile?.smdp).toBe('released')
  })

  test('cancelled before its release, returns everything and is never charged', async () => {
    const world = await createWorld()
    let order = await buy(world, delayedPlan)
    order = (await world.orders.send(order.id, { type: 'cancel' }, request)) ?? order
    expect(order.stage).toMatchObject({ state: 'cancelled', because: 'person' })
    expect(money(world, order)).toMatchObject({ captured: 0, voided: 999 })
    expect(await world.stock()).toMatchObject({ free: 9, quarantine: 1 })
    await world.runFor(15 * MINUTE)
    expect(await world.stock()).toMatchObject({ free: 10, quarantine: 0 })
    expect((await world.order(order.id)).closed).toBe(true)
  })
})

describe('a plan whose network needs time', () => {
  test('is handed over at once, and its line is activated before the device registers', async () => {
    const world = await createWorld()
    let order = await buy(world, asynchronousPlan)
    expect(order.profile).toMatchObject({ smdp: 'released', line: 'off', granted: true })
    await world.orders.send(order.id, { type: 'handover' }, request)
    order = await world.download(order)
    expect(order.stage.state).toBe('installed')
    await world.runFor(54 * MINUTE)
    expect((await world.order(order.id)).stage.state).toBe('installed')
    await world.runFor(2 * MINUTE)
    expect((await world.order(order.id)).profile?.line).toBe('on')
  })
})

describe('buying twice', () => {
  test('with the same order id leads to the first order', async () => {
    const world = await createWorld()
    const purchase = world.purchase()
    const [first, second] = await Promise.all([
      world.orders.place(purchase, request),
      world.orders.place(purchase, request),
    ])
    expect(second.id).toBe(first.id)
    await world.runFor(5 * MINUTE)
    expect(world.ledger.size).toBe(1)
    expect(await world.stock()).toMatchObject({ free: 9, claimed: 1 })
  })

  test('for the same device from a second tab leads to the order that is open', async () => {
    const world = await createWorld()
    const first = await buy(world)
    const second = await buy(world)
    expect(second.id).toBe(first.id)
    expect(world.ledger.size).toBe(1)
  })

  test('from two tabs at once opens one order only', async () => {
    const world = await createWorld()
    const orders = await Promise.all([buy(world), buy(world), buy(world)])
    await world.runFor(5 * MINUTE)
    expect(new Set(orders.map(({ id }) => id)).size).toBe(1)
    expect(world.ledger.size).toBe(1)
    expect(await world.stock()).toMatchObject({ free: 9, claimed: 1 })
  })

  test('is possible again once the first order has ended', async () => {
    const world = await createWorld()
    const first = await buy(world)
    await world.orders.send(first.id, { type: 'cancel' }, request)
    const second = await buy(world)
    expect(second.id).not.toBe(first.id)
    expect(second.stage.state).toBe('ready')
  })

  test('for two devices opens two orders', async () => {
    const world = await createWorld()
    const first = await buy(world)
    const second = await buy(world, inlinePlan, { device: {} })
    expect(second.id).not.toBe(first.id)
  })
})

describe('what goes wrong on the way', () => {
  test('a refused payment ends the order before anything is reserved', async () => {
    const world = await createWorld()
    world.verdict = (call) => (call === 'billing.authorise' ? 'refuse declined' : 'work')
    const order = await buy(world)
    expect(order.stage).toMatchObject({ state: 'cancelled', because: 'payment-refused' })
    expect(order.closed).toBe(true)
    expect(world.calls).not.toContain('downloadOrder')
  })

  test('an empty stock pays back at once', async () => {
    const world = await createWorld({ stock: 0 })
    const order = await buy(world)
    expect(order.stage).toMatchObject({ state: 'cancelled', because: 'sold-out' })
    expect(money(world, order)).toMatchObject({ voided: 999 })
  })

  test('an ICCID that the SM-DP+ gave to somebody else is taken out of stock, and another is used', async () => {
    const world = await createWorld({ stock: 3 })
    const profile = [...world.registry.snapshot().profiles][0]
    if (profile === undefined) throw new Error('no profile')
    world.registry.apply(profile, { type: 'downloadOrder', eid }, new Date(world.now))
    const orders: Order[] = []
    for (const device of [{ eid }, {}]) orders.push(await buy(world, inlinePlan, { device }))
    const third = await buy(world, inlinePlan, { subscriberId: 'subscriber-2' })
    await world.runFor(MINUTE)
    expect(orders.map(({ stage }) => stage.state)).toEqual(['ready', 'ready'])
    expect((await world.order(third.id)).stage).toMatchObject({ state: 'cancelled', because: 'sold-out' })
    expect(await world.stock()).toMatchObject({ claimed: 2, unavailable: 1 })
    expect(world.registry.get(profile.iccid)?.state).toBe('Linked')
  })

  for (const [call, verdict] of [
    ['downloadOrder', 'lost-after'],
    ['downloadOrder', 'lost-before'],
    ['downloadOrder', 'busy'],
    ['downloadOrder', 'unreached'],
    ['confirmOrder', 'lost-after'],
    ['confirmOrder', 'lost-before'],
    ['billing.authorise', 'lost-after'],
    ['billing.capture', 'lost-after'],
    ['network.activateLine', 'lost-after'],
  ] as const) {
    test(`one ${call} that is ${verdict} delays the order and changes nothing else`, async () => {
      const world = await createWorld()
      let failed = false
      world.verdict = (name) => {
        if (name !== call || failed) return 'work'
        failed = true
        return verdict
      }
      const order = await buy(world)
      await world.runFor(3 * MINUTE)
      expect((await world.order(order.id)).stage.state).toBe('ready')
      await world.download(await world.order(order.id))
      await world.runFor(20 * MINUTE)
      const done = await world.order(order.id)
      expect(done.stage.state).toBe('active')
      expect(money(world, order)).toEqual({ authorised: 999, captured: 999, voided: 0 })
      expect(await world.stock()).toEqual({ free: 9, claimed: 0, quarantine: 0, unavailable: 0 })
    })
  }

  test('a call that the SM-DP+ carries out after we gave up and cancelled is undone by the second cancelOrder', async () => {
    const world = await createWorld({ stock: 1 })
    world.verdict = (call) => (call === 'downloadOrder' ? 'late' : 'work')
    const order = await buy(world)
    world.verdict = () => 'work'
    await world.orders.send(order.id, { type: 'cancel' }, request)
    await world.runFor(30 * MINUTE)
    expect((await world.order(order.id)).stage.state).toBe('cancelled')
    expect(world.registry.snapshot().profiles.map(({ state }) => state)).toEqual(['Available'])
    expect(await world.stock()).toMatchObject({ free: 1 })
  })

  test('while an effect is under way nobody else starts it', async () => {
    const world = await createWorld()
    const order = await buy(world, delayedPlan)
    world.now += 26 * MINUTE
    await Promise.all(Array.from({ length: 5 }, () => world.orders.send(order.id, { type: 'wake' }, request)))
    expect(world.calls.filter((call) => call === 'releaseProfile')).toHaveLength(1)
    expect(world.calls.filter((call) => call === 'network.activateLine')).toHaveLength(1)
  })

  test('a process that was held up between its decision and its call leaves the call to the next', async () => {
    const world = await createWorld()
    let heldUp = false
    world.afterStore = ({ name, container }) => {
      if (heldUp || name !== 'replace' || container !== 'orders') return
      heldUp = true
      world.now += 5_000
    }
    const order = await buy(world)
    expect(order).toMatchObject({ stage: { state: 'placed' }, slotClaimed: false })
    expect(world.calls.filter((call) => call !== 'wake')).toEqual([])
    await world.runFor(2 * MINUTE)
    expect((await world.order(order.id)).stage.state).toBe('ready')
  })

  test('an SM-DP+ that stays away for an hour leaves the order to staff, with the reason', async () => {
    const world = await createWorld()
    world.verdict = (call) => (call === 'downloadOrder' ? 'unreached' : 'work')
    const order = await buy(world)
    await world.runFor(3 * 60 * MINUTE)
    expect((await world.order(order.id)).stage).toMatchObject({ state: 'parked', reason: 'retries-used-up' })
    expect(await world.open()).toHaveLength(1)
  })

  test('a queue that is down delays nothing by more than the sweep', async () => {
    const world = await createWorld()
    world.wakesLost = true
    world.verdict = (call) => (call === 'downloadOrder' ? 'busy' : 'work')
    const order = await buy(world)
    world.wakesLost = false
    world.verdict = () => 'work'
    await world.runFor(2 * MINUTE)
    expect((await world.order(order.id)).stage.state).toBe('ready')
  })

  test('a wake that the sweep itself sent and that was lost, too, is sent again within two minutes', async () => {
    const world = await createWorld()
    world.verdict = (call) => (call === 'downloadOrder' ? 'busy' : 'work')
    const order = await buy(world)
    world.verdict = () => 'work'
    // Every message so far ends where nobody reads it, as in a poison queue.
    world.wakes = []
    world.now += 10_000
    expect((await world.sweep()).woken).toBe(1)
    world.wakes = []
    await world.runFor(2 * MINUTE)
    expect((await world.order(order.id)).stage.state).toBe('ready')
  })

  test('a failed installation leads to one fresh profile, and a second failure to staff', async () => {
    const world = await createWorld()
    const order = await buy(world)
    await world.orders.send(order.id, { type: 'handover' }, request)
    const first = order.profile?.iccid
    const fresh = await world.notice(order, 4, false, '8.2.10/4.2')
    expect(fresh.stage.state).toBe('ready')
    expect(fresh.profile?.iccid).not.toBe(first)
    expect(money(world, order)).toEqual({ authorised: 999, captured: 0, voided: 0 })
    const parked = await world.notice(fresh, 4, false, '8.2.10/4.2')
    expect(parked.stage).toMatchObject({ state: 'parked', reason: 'download-failed' })
  })

  test('an SM-DP+ that chooses the ICCID parks the order when its answer is lost, and is never asked twice', async () => {
    const world = await createWorld({ rules: { orderByProfileTypeOnly: true } })
    world.verdict = (call) => (call === 'downloadOrder' ? 'lost-after' : 'work')
    const order = await buy(world)
    await world.runFor(10 * MINUTE)
    expect((await world.order(order.id)).stage).toMatchObject({ state: 'parked', reason: 'possible-orphan' })
    expect(world.calls.filter((call) => call === 'downloadOrder')).toHaveLength(1)
  })
})

describe('cancelling against the download', () => {
  test('after the download began changes nothing but is remembered', async () => {
    const world = await createWorld()
    let order = await buy(world)
    await world.orders.send(order.id, { type: 'handover' }, request)
    const profile = order.profile && world.registry.get(order.profile.iccid)
    if (profile === undefined) throw new Error('no profile')
    world.registry.apply(profile, { type: 'authenticate', eid }, new Date(world.now))
    world.registry.apply(world.registry.get(profile.iccid) ?? profile, { type: 'package', eid }, new Date(world.now))
    order = (await world.orders.send(order.id, { type: 'cancel' }, request)) ?? order
    expect(order.stage.state).toBe('downloading')
    expect(money(world, order)).toEqual({ authorised: 999, captured: 0, voided: 0 })
    order = await world.notice(order, 4)
    expect(money(world, order)).toMatchObject({ captured: 999, voided: 0 })
  })

  test('with a lost answer finds out by a probe that the cancellation had worked', async () => {
    const world = await createWorld()
    const order = await buy(world)
    await world.orders.send(order.id, { type: 'handover' }, request)
    let lost = false
    world.verdict = (call) => {
      if (call !== 'cancelOrder' || lost) return 'work'
      lost = true
      return 'lost-after'
    }
    await world.orders.send(order.id, { type: 'cancel' }, request)
    await world.runFor(20 * MINUTE)
    const ended = await world.order(order.id)
    expect(ended.stage.state).toBe('cancelled')
    expect(money(world, order)).toMatchObject({ captured: 0, voided: 999 })
    expect(await world.stock()).toMatchObject({ free: 10 })
    expect(world.registry.snapshot().profiles.every(({ state }) => state === 'Available')).toBe(true)
  })

  test('with a lost answer finds out by a probe that the download had won', async () => {
    const world = await createWorld()
    const order = await buy(world)
    await world.orders.send(order.id, { type: 'handover' }, request)
    let lost = false
    world.verdict = (call) => {
      if (call !== 'cancelOrder' || lost) return 'work'
      lost = true
      const profile = order.profile && world.registry.get(order.profile.iccid)
      if (profile !== undefined) world.registry.apply(profile, { type: 'package', eid }, new Date(world.now))
      return 'lost-before'
    }
    await world.orders.send(order.id, { type: 'cancel' }, request)
    await world.runFor(5 * MINUTE)
    expect((await world.order(order.id)).stage.state).toBe('downloading')
    expect(money(world, order)).toEqual({ authorised: 999, captured: 0, voided: 0 })
  })

  test("a device's claim of success in the middle of a cancellation does not stop it", async () => {
    const world = await createWorld()
    const order = await buy(world)
    await world.orders.send(order.id, { type: 'handover' }, request)
    world.verdict = (call) => (call === 'cancelOrder' ? 'busy' : 'work')
    await world.orders.send(order.id, { type: 'cancel' }, request)
    await world.orders.send(order.id, { type: 'deviceResult', code: 'Success' }, request)
    world.verdict = () => 'work'
    await world.runFor(20 * MINUTE)
    expect((await world.order(order.id)).stage.state).toBe('cancelled')
  })
})
