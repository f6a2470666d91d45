/** What the store, the network or another process still does after the app has moved on. Each case was found by simulation. */
import { describe, expect, test } from 'vitest'
import { openPartition } from '../../../shared/fulfilment/open-index'
import { grantBalance, readSim } from '../../../shared/fulfilment/sims'
import { claimRow, quarantineRow, withdrawRow } from '../../../shared/fulfilment/stock'
import { type DocumentStore, StoreUnavailableError } from '../../../shared/platform/ports'
import { createWorld, eid, type Verdict, type World } from '../../support/order-world'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const budget = { budgetMs: 2_500 }

/** Buys while the store loses calls of one kind, and gives the order as it then stands. */
async function buy(world: World) {
  return world.orders.place(world.purchase(), budget)
}

/** The n-th write into a container fails, and nothing is known of its effect. */
function loseWrite(world: World, container: string, wanted: number): void {
  let writes = 0
  world.beforeStore = (operation) => {
    if (operation.container !== container || operation.name === 'get' || operation.name === 'listPartition') return
    writes += 1
    if (writes === wanted) throw new StoreUnavailableError('simulated')
  }
}

describe('a claim of an ICCID that was not answered', () => {
  test('cannot be carried out any more once the order has given the ICCID up', async () => {
    const world = await createWorld({ stock: 1 })
    loseWrite(world, 'stock', 1)
    const order = await buy(world)
    expect(order.profile?.stock).toBe('picked')
    const row = order.profile && { iccid: order.profile.iccid, profileType: order.plan.profileType }
    if (row === undefined) throw new Error('no ICCID was picked')
    await world.orders.send(order.id, { type: 'cancel' }, budget)
    expect(await world.stock()).toEqual({ free: 0, claimed: 0, quarantine: 1, unavailable: 0 })
    expect(await claimRow(world.documents, row.profileType, row.iccid, order.id)).toBe('taken')
    await world.runFor(HOUR)
    expect(await world.stock()).toEqual({ free: 1, claimed: 0, quarantine: 0, unavailable: 0 })
    expect((await world.order(order.id)).closed).toBe(true)
  })

  test('does not leave the ICCID resting for ever when it is refused late, because it rests already', async () => {
    const world = await createWorld({ stock: 1 })
    loseWrite(world, 'stock', 1)
    const order = await buy(world)
    world.beforeStore = () => {}
    // The quarantine is written, and its answer lost.
    world.afterStore = ({ container, name }) => {
      if (container !== 'stock' || name === 'get' || name === 'listPartition') return
      world.afterStore = () => {}
      throw new StoreUnavailableError('simulated')
    }
    await world.orders.send(order.id, { type: 'cancel' }, budget)
    expect(await world.stock()).toMatchObject({ quarantine: 1 })
    const outcome = { ok: false, kind: 'refused', code: 'taken', detail: 'by test' } as const
    const late = { type: 'result', effect: 'claimIccid', key: 'claimIccid:1', attempt: 1, outcome } as const
    expect((await world.orders.send(order.id, late, budget))?.closed).toBe(false)
    await world.runFor(HOUR)
    expect(await world.stock()).toEqual({ free: 1, claimed: 0, quarantine: 0, unavailable: 0 })
    expect((await world.order(order.id)).closed).toBe(true)
  })
})

describe('the open index', () => {
  test('is not moved later by a sweep that read the order before a write for which the marker was moved earlier', async () => {
    const world = await createWorld()
    const order = await buy(world)
    expect(order.stage.state).toBe('ready')
    world.wakes.length = 0
    world.wakesLost = true
    // The sweep comes between the two writes of the process that records the cancellation.
    let swept = false
    world.beforeStore = ({ name, container }) => {
      if (swept || name !== 'replace' || container !== 'orders') return undefined
      swept = true
      return world.sweep().then(() => undefined)
    }
    const cancelling = await world.orders.send(order.id, { type: 'cancel' }, budget)
    expect(swept).toBe(true)
    const stored = await world.order(order.id)
    const marker = await world.documents.get<{ checkAt: string }>('open', openPartition(order.id), order.id)
    expect(cancelling?.checkAt).toBe(stored.checkAt)
    expect(marker && stored.checkAt && marker.value.checkAt <= stored.checkAt).toBe(true)
  })
})

describe('an ICCID that is somebody else’s', () => {
  test('is not cancelled at the SM-DP+ by an order whose downloadOrder was never taken on', async () => {
    const world = await createWorld({ stock: 1 })
    const [theirs] = world.registry.snapshot().profiles
    if (theirs === undefined) throw new Error('no stock')
    world.registry.apply(theirs, { type: 'downloadOrder' }, new Date(world.now))
    world.verdict = (call) => (call === 'downloadOrder' ? 'busy' : 'work')
    const order = await buy(world)
    await world.orders.send(order.id, { type: 'cancel' }, budget)
    await world.runFor(HOUR)
    expect((await world.order(order.id)).stage.state).toBe('cancelled')
    expect(world.calls).not.toContain('cancelOrder')
    expect(world.registry.get(theirs.iccid)?.state).toBe('Allocated')
  })

  test.for(['at once', 'late'])(
    'keeps neither line nor balance of the order that took it for its own (line: %s)',
    async (line) => {
      const world = await createWorld({ stock: 1 })
      const [theirs] = world.registry.snapshot().profiles
      if (theirs === undefined) throw new Error('no stock')
      const stranger = eid.replace('1234567853', '9999999900')
      world.registry.apply(theirs, { type: 'downloadOrder', eid: stranger }, new Date(world.now))
      const failing = new Map<string, Verdict>([['downloadOrder', 'lost-before']])
      if (line === 'late') failing.set('network.activateLine', 'late')
      world.verdict = (call) => {
        const verdict = failing.get(call) ?? 'work'
        failing.delete(call)
        return verdict
      }
      const { id } = await buy(world)
      await world.runFor(2 * HOUR)
      expect((await world.order(id)).stage.state).toBe('cancelled')
      expect(await world.stock()).toEqual({ free: 0, claimed: 0, quarantine: 0, unavailable: 1 })
      expect([...world.lines]).toEqual([])
      expect(world.calls).toContain('network.activateLine')
      expect(await simOf(world.documents, theirs.iccid)).toBeUndefined()
    },
  )
})

describe('an ICCID that was taken out of stock', () => {
  test('stays out of it when a process that was held up puts it to rest', async () => {
    const world = await createWorld({ stock: 1 })
    const order = await buy(world)
    const { iccid } = order.profile ?? {}
    if (iccid === undefined) throw new Error('no profile')
    const { profileType } = order.plan
    await withdrawRow(world.documents, profileType, iccid, order.id, 'by test')
    const until = new Date(world.now + HOUR).toISOString()
    expect(await quarantineRow(world.documents, profileType, iccid, order.id, until)).toBe('done')
    expect(await world.stock()).toEqual({ free: 0, claimed: 0, quarantine: 0, unavailable: 1 })
  })
})

describe('an ICCID whose second cancelOrder is refused', () => {
  test('goes back to stock only when the SM-DP+ says that nothing is reserved', async () => {
    for (const [verdict, state] of [
      ['refuse 8.2.1/3.3', 'free'],
      ['refuse 8.2.1/1.2', 'unavailable'],
    ] as const) {
      const world = await createWorld({ stock: 1 })
      const order = await buy(world)
      await world.orders.send(order.id, { type: 'cancel' }, budget)
      world.verdict = (call) => (call === 'cancelOrder' ? verdict : 'work')
      await world.runFor(HOUR)
      expect(await world.stock()).toEqual({ free: 0, claimed: 0, quarantine: 0, unavailable: 0, [state]: 1 })
      expect((await world.order(order.id)).closed).toBe(true)
    }
  })
})

describe('an order that was called off while', () => {
  test('its line was being activated leaves no line behind', async () => {
    const world = await createWorld({ stock: 1 })
    world.verdict = (call) => (call === 'network.activateLine' ? 'late' : 'work')
    const order = await buy(world)
    await world.orders.send(order.id, { type: 'cancel' }, budget)
    world.verdict = () => 'work'
    expect([...world.lines]).toEqual([])
    await world.runFor(HOUR)
    expect(world.calls.filter((call) => call === 'network.deactivateLine')).toHaveLength(2)
    expect([...world.lines]).toEqual([])
    expect(await world.stock()).toEqual({ free: 1, claimed: 0, quarantine: 0, unavailable: 0 })
  })

  test('its balance was being granted leaves no balance behind', async () => {
    const world = await createWorld({ stock: 1 })
    loseWrite(world, 'sims', 1)
    const order = await buy(world)
    const { profile } = order
    if (profile === undefined) throw new Error('no profile')
    await world.orders.send(order.id, { type: 'cancel' }, budget)
    await world.runFor(MINUTE)
    await grantBalance(world.documents, profile.iccid, order)
    await world.runFor(HOUR)
    expect(await simOf(world.documents, profile.iccid)).toBeUndefined()
    expect(await world.stock()).toEqual({ free: 1, claimed: 0, quarantine: 0, unavailable: 0 })
  })
})

describe('a failure that the SM-DP+ reports twice', () => {
  test('does not count against a fresh profile with the same ICCID', async () => {
    const world = await createWorld({ stock: 1, rules: { orderByProfileTypeOnly: true } })
    const { id } = await buy(world)
    const order = await world.orders.send(id, { type: 'handover' }, budget)
    if (order?.profile === undefined) throw new Error('no profile')
    await world.notice(order, 4, false, '8.2.10/4.2')
    const fresh = await world.order(id)
    expect(fresh.profile?.iccid).toBe(order.profile.iccid)
    expect(fresh.profile?.number).toBe(2)
    await world.notice(order, 4, false, '8.2.10/4.2')
    const after = await world.order(id)
    expect(after.stage.state).toBe('ready')
    expect(after.log.at(-1)?.what).toBe('notice for a former profile')
  })
})

function simOf(documents: DocumentStore, iccid: string) {
  return readSim(documents, iccid as Parameters<typeof readSim>[1])
}
