/** Whatever fails, and whoever does what when: no order is lost, doubled or stranded, and money follows the profile. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StaffEvent } from '../../../shared/domain/order/event'
import type { Order } from '../../../shared/domain/order/order'
import { staffRefusal } from '../../../shared/domain/order/staff'
import { listStock, type StockRow } from '../../../shared/fulfilment/stock'
import { Crash, createWorld, eid, type Verdict, type World } from '../../support/order-world'
import { asynchronousPlan, delayedPlan, inlinePlan } from '../../support/plans'
import { expectSims, isPast, monthly, owned, putSims, renewals, simOf, unsubscribe, warm } from '../../support/sims'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const runs = process.env.TEST_SIZE === 'full' ? 20_000 : 1_000

type Step =
  | { do: 'buy'; plan: number }
  /** One of two people buys for the warm SIM that both want, or the first adds data to a SIM of theirs. */
  | { do: 'top-up'; kind: 'warm-sim' | 'add-balance'; person: number; plan: number }
  /** Half a day before a period ends. */
  | { do: 'renew' | 'unsubscribe' }
  | { do: 'handover' | 'cancel' | 'sweep' | 'deliver' | 'install' | 'fail' | 'register' }
  | { do: 'claim'; code: string }
  | { do: 'wait'; minutes: number }
  | { do: 'staff'; action: StaffEvent['action'] }
  /** For two hours, long enough to park an order, all calls of one kind fail alike. */
  | { do: 'outage'; call: string; verdict: Verdict }

interface Scenario {
  steps: Step[]
  /** What becomes of the n-th call; after the list all calls work. */
  calls: Verdict[]
  /** At which store call the process ends; 0: never. */
  crash: number
  wakesLost: boolean
}

const verdicts: Verdict[] = ['work', 'unreached', 'lost-before', 'lost-after', 'late', 'busy']
const onlyTopUps: fc.Arbitrary<Step>[] = [
  fc.record({
    do: fc.constant('top-up' as const),
    kind: fc.constantFrom('warm-sim', 'warm-sim', 'add-balance' as const),
    person: fc.integer({ min: 1, max: 2 }),
    plan: fc.nat(1),
  }),
  fc.record({ do: fc.constantFrom('renew', 'unsubscribe' as const) }),
]
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('buy' as const), plan: fc.nat(2) }) },
  ...onlyTopUps.map((arbitrary) => ({ weight: 3, arbitrary })),
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('handover', 'cancel', 'sweep', 'deliver', 'install', 'fail', 'register' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      code: fc.constantFrom('ServerNotReachable', 'EidMismatch', 'ModemNotFound', 'NotAuthorized', 'Unheard'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.constantFrom(0.1, 1, 3, 30, 600) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('staff' as const),
      action: fc.constantFrom('retry', 'cancel', 'resolve' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('outage' as const),
      call: fc.constantFrom(
        'downloadOrder',
        'confirmOrder',
        'releaseProfile',
        'cancelOrder',
        'billing.authorise',
        'billing.capture',
        'billing.void',
        'network.activateLine',
        'network.deactivateLine',
      ),
      verdict: fc.constantFrom<Verdict>('unreached', 'lost-before', 'lost-after', 'refuse 9.9/9.9'),
    }),
  },
)
const scenario: fc.Arbitrary<Scenario> = fc.record({
  steps: fc.array(step, { minLength: 3, maxLength: 14 }),
  calls: fc.array(fc.constantFrom(...verdicts), { maxLength: 40 }),
  crash: fc.nat(120),
  wakesLost: fc.boolean(),
})

async function live(world: World, { steps, calls, crash, wakesLost }: Scenario): Promise<void> {
  let call = 0
  let storeCalls = 0
  world.wakesLost = wakesLost
  world.verdict = () => calls[call++] ?? 'work'
  world.beforeStore = () => {
    storeCalls += 1
    if (storeCalls === crash) throw new Crash()
  }
  let latest: string | undefined
  for (const step of steps) {
    try {
      latest = (await take(world, step, latest)) ?? latest
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
    world.now += 1_000
  }
  world.verdict = () => 'work'
  world.beforeStore = () => {}
  world.wakesLost = false
}

async function take(world: World, step: Step, latest: string | undefined): Promise<string | undefined> {
  const budget = { budgetMs: 2500 }
  if (step.do === 'outage') {
    const usual = world.verdict
    world.verdict = (call) => (call === step.call ? step.verdict : usual(call))
    try {
      await world.runFor(120 * MINUTE)
    } finally {
      world.verdict = usual
    }
    return undefined
  }
  if (step.do === 'wait') {
    await world.runFor(step.minutes * MINUTE)
    return undefined
  }
  if (step.do === 'sweep') {
    await world.sweep()
    return undefined
  }
  if (step.do === 'buy') {
    const purchase = world.purchase([inlinePlan, delayedPlan, asynchronousPlan][step.plan])
    await world.orders.place(purchase, budget)
    return purchase.id
  }
  if (step.do === 'top-up') {
    const subscriberId = `subscriber-${step.kind === 'add-balance' ? 1 : step.person}`
    const topUp = { kind: step.kind, iccid: step.kind === 'add-balance' ? owned : warm }
    const purchase = world.purchase(step.plan === 0 ? inlinePlan : monthly, { subscriberId, topUp })
    await world.orders.place(purchase, budget)
    return purchase.id
  }
  if (step.do === 'renew') {
    // The calendar is read back for weeks at midnight only.
    world.now = Math.ceil((world.now + 29.5 * DAY) / DAY) * DAY
    // Both to their end: what one left running would go on while the clock leaps ahead.
    const both = await Promise.allSettled([renewals(world), renewals(world)])
    for (const one of both) if (one.status === 'rejected') throw one.reason
    return undefined
  }
  if (step.do === 'unsubscribe') {
    await unsubscribe(world)
    return undefined
  }
  const order = latest === undefined ? undefined : await world.orders.read(latest)
  if (order === undefined) return undefined
  if (step.do === 'staff') {
    await staffAct(world, order, step.action)
    return undefined
  }
  if (step.do === 'handover' || step.do === 'cancel') await world.orders.send(order.id, { type: step.do }, budget)
  else if (step.do === 'claim') await world.orders.send(order.id, { type: 'deviceResult', code: step.code }, budget)
  else if (step.do === 'register')
    await world.orders.send(order.id, { type: 'registration', state: 'searching' }, budget)
  else await device(world, order, step.do)
  return undefined
}

/** The device does what the SM-DP+ lets it do, and only if the person was given the code. */
async function device(world: World, order: Order, what: 'deliver' | 'install' | 'fail'): Promise<void> {
  const profile = order.profile && world.registry.get(order.profile.iccid)
  if (profile === undefined || order.handover === undefined) return
  const apply = (event: Parameters<World['registry']['apply']>[1]) => {
    const current = world.registry.get(profile.iccid) ?? profile
    return world.registry.apply(current, event, new Date(world.now)).ok
  }
  if (!apply({ type: 'authenticate', eid }) || !apply({ type: 'package', eid })) return
  await world.notice(order, 3)
  if (what === 'deliver') return
  apply({ type: 'installation', success: what === 'install' })
  await world.notice(order, 4, what === 'install', what === 'install' ? undefined : '8.2.10/4.2')
  await world.notice(order, 3)
}

/** Staff look first, and say what is true: money is given back and the profile taken away by hand before they resolve. */
async function staffAct(world: World, order: Order, action: StaffEvent['action']): Promise<void> {
  const event: StaffEvent = { type: 'staff', action, by: 'sam' }
  if (action !== 'resolve') {
    await world.orders.send(order.id, event)
    return
  }
  if (order.stage.state !== 'parked') return
  const profile = order.profile && world.registry.get(order.profile.iccid)
  const ended = order.stage.from === 'cancelled' || order.stage.from === 'expired'
  const has = order.topUp === undefined ? profile?.state === 'Installed' : order.stage.from === 'ready'
  const outcome = has && !ended ? 'delivered' : 'not-delivered'
  if (staffRefusal(order, { ...event, outcome }) !== undefined) return
  const entry = world.ledger.get(order.id)
  if (outcome === 'delivered') {
    if (entry !== undefined) entry.captured = entry.authorised
  } else {
    if (entry !== undefined && entry.captured === 0) entry.voided = entry.authorised
    if (profile !== undefined) takeAway(world, profile.iccid)
    const sim = order.topUp && (await simOf(world, order.topUp.iccid))
    if (sim?.orderId === order.id) world.lines.delete(sim.iccid)
  }
  await world.orders.send(order.id, { ...event, outcome })
}

/** Staff end the reservation at the SM-DP+ by hand. */
function takeAway(world: World, iccid: string): void {
  for (const type of ['installation', 'cancelOrder'] as const) {
    const profile = world.registry.get(iccid)
    if (profile === undefined || profile.state === 'Available') return
    if (type === 'installation') world.registry.apply(profile, { type, success: false }, new Date(world.now))
    else {
      const { eid: device, matchingId } = profile
      world.registry.apply(profile, { type, eid: device, matchingId, finalState: 'Available' }, new Date(world.now))
    }
  }
}

/** Staff see to every parked order: they try again, and settle by hand what parks again. */
async function settleAll(world: World): Promise<void> {
  for (const action of ['retry', 'resolve', 'retry', 'resolve', 'resolve'] as const) {
    for (const { orderId } of await world.open()) {
      const order = await world.orders.read(orderId)
      if (order?.stage.state === 'parked') await staffAct(world, order, action)
    }
    await world.runFor(45 * 24 * 60 * MINUTE)
  }
  expect(await world.open(), 'staff can bring every order to its end').toEqual([])
}

async function expectWhole(world: World): Promise<void> {
  const rows: StockRow[] = []
  for await (const row of listStock(world.documents, ['consumer'])) rows.push(row)
  const owners = new Map<string, string>()
  for (const id of new Set([...world.ledger.keys(), ...rows.flatMap(({ orderId }) => orderId ?? [])])) {
    const order = await world.orders.read(id)
    if (order === undefined) throw new Error('money or stock without an order')
    const entry = world.ledger.get(id) ?? { authorised: 0, captured: 0, voided: 0 }
    const parked = order.stage.state === 'parked'
    expect(order.closed || parked, `stranded in ${order.stage.state}`).toBe(true)
    const installed = order.profile && world.registry.get(order.profile.iccid)?.state === 'Installed'
    const credited = order.topUp && (await simOf(world, order.topUp.iccid)).grants.some(({ orderId }) => orderId === id)
    const refunded = entry.refunded ?? 0
    if (!parked) {
      expect(entry.captured > refunded, 'captured exactly when delivered').toBe(
        installed === true || credited === true || isPast(world, order),
      )
      if (order.stage.state !== 'active' && refunded === 0) expect(entry.voided).toBe(entry.authorised)
    }
    expect(entry.captured === 0 || entry.voided === 0).toBe(true)
    for (const profile of [order.profile, ...order.retired])
      if (
        profile !== undefined &&
        profile.stock !== 'returned' &&
        profile.stock !== 'withdrawn' &&
        profile.stock !== 'picked'
      ) {
        expect(owners.has(profile.iccid), 'an ICCID has one owner').toBe(false)
        owners.set(profile.iccid, id)
      }
  }
  for (const { iccid, state } of world.registry.snapshot().profiles) {
    const row = rows.find((candidate) => candidate.iccid === iccid)
    if (row?.state === 'free') expect(state, 'a free ICCID is free at the SM-DP+ too').toBe('Available')
    else expect(row === undefined ? owners.has(iccid) : row.orderId !== undefined).toBe(true)
  }
}

test('no order is lost, doubled or stranded under any faults, crashes and orders of events', {
  timeout: 1_200_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const world = await createWorld({ stock: 5 })
      await putSims(world)
      await live(world, given)
      await world.runFor(45 * 24 * 60 * MINUTE)
      await expectWhole(world)
      await expectSims(world)
      await settleAll(world)
      await expectWhole(world)
      await expectSims(world)
    }),
    { numRuns: runs, endOnFailure: false },
  )
})
