import { expect, test } from 'vitest'
import type { Order } from '../../shared/domain/order/order'
import { createSim } from '../../shared/domain/sim'
import { importStock, listStock, type StockRow, stockPartition } from '../../shared/fulfilment/stock'
import { createWorld, type World } from '../../test/support/order-world'
import { inlinePlan } from '../../test/support/plans'
import type { Io } from '../io'
import { reconcileCommand } from './commands'
import { type Reconciled, reconcileStock } from './reconcile'

const HOUR = 60 * 60_000
const request = { budgetMs: 2500 }

async function reconcile(world: World, fix = false) {
  let out = ''
  let err = ''
  const io: Io = {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    errIsTerminal: false,
    readStdin: async () => '',
    env: {},
    folder: '/nowhere',
  }
  const outcome = await reconcileCommand(io, { json: true, type: 'consumer', fix }, world.documents)
  const { findings } = JSON.parse(out) as { findings: Reconciled[] }
  return { outcome, err, findings }
}

/** An order long done, one ready, and the row of each. */
async function sold() {
  const world = await createWorld({ stock: 5 })
  const done = await world.download(await world.orders.place(world.purchase(), request))
  await world.runFor(2 * HOUR)
  const ready = await world.orders.place(world.purchase(), request)
  return { world, done: await world.order(done.id), ready }
}

async function setRow(world: World, iccid: string, row: Partial<StockRow>): Promise<void> {
  const partition = stockPartition('consumer', iccid)
  const stored = await world.documents.get<StockRow>('stock', partition, iccid)
  const value = { schema: 1, iccid, profileType: 'consumer', ...row }
  if (stored === undefined) await world.documents.insert('stock', partition, iccid, value)
  else await world.documents.replace('stock', partition, iccid, value, stored.etag)
}

async function freeIccid(world: World): Promise<string> {
  for await (const { iccid, state } of listStock(world.documents, ['consumer'])) if (state === 'free') return iccid
  throw new Error('none is free')
}

const iccidOf = (order: Order) => order.profile?.iccid ?? ''

test('a stock that fits its orders has no findings, also while orders are under way', async () => {
  const { world, ready } = await sold()
  expect(await reconcile(world)).toMatchObject({ outcome: 'good', findings: [] })
  world.verdict = (call) => (call === 'cancelOrder' ? 'lost-after' : 'work')
  await world.orders.send(ready.id, { type: 'cancel' }, request)
  expect(await reconcile(world)).toMatchObject({ outcome: 'good', findings: [] })
  world.verdict = () => 'work'
  await world.runFor(HOUR)
  expect(await reconcile(world)).toMatchObject({ outcome: 'good', findings: [] })
})

test('a crash between the row and its order is no finding: the order goes on', async () => {
  const { world, ready } = await sold()
  let crash = true
  world.afterStore = ({ name, container }) => {
    if (crash && container === 'stock' && name === 'delete') throw new Error('the process ends')
  }
  await expect(world.download(ready)).rejects.toThrow('the process ends')
  crash = false
  expect(await reconcile(world)).toMatchObject({ outcome: 'good', findings: [] })
})

test('the row of an ICCID that was sold is taken away, whether claimed or on sale again', async () => {
  const { world, done } = await sold()
  for (const row of [{ state: 'claimed', orderId: done.id }, { state: 'free' }] as const) {
    await setRow(world, iccidOf(done), row)
    const kind = row.state === 'free' ? 'on-sale-though-sold' : 'leftover'
    expect(await reconcile(world)).toMatchObject({
      outcome: 'findings',
      findings: [{ kind, fix: 'remove', fixed: false }],
    })
    expect(await reconcile(world, true)).toMatchObject({ outcome: 'good', findings: [{ kind, fixed: true }] })
    expect(await reconcile(world)).toMatchObject({ outcome: 'good', findings: [] })
  }
})

test('a row that its order has given back goes back on sale', async () => {
  const { world, ready } = await sold()
  await world.orders.send(ready.id, { type: 'cancel' }, request)
  await world.runFor(HOUR)
  await setRow(world, iccidOf(ready), { state: 'quarantine', orderId: ready.id, until: '2026-01-01T00:00:00.000Z' })
  expect(await reconcile(world, true)).toMatchObject({ outcome: 'good', findings: [{ kind: 'leftover', fixed: true }] })
  expect(await world.stock()).toMatchObject({ free: 4, quarantine: 0 })
})

test('a row claimed by an order that never held it is freed once that order is long closed, not before', async () => {
  const { world, done, ready } = await sold()
  const iccid = await freeIccid(world)
  await setRow(world, iccid, { state: 'claimed', orderId: ready.id })
  expect(await reconcile(world, true)).toMatchObject({
    outcome: 'findings',
    findings: [{ kind: 'not-owned', iccid, orderId: ready.id, fixed: false }],
  })
  await setRow(world, iccid, { state: 'claimed', orderId: done.id })
  expect(await reconcile(world, true)).toMatchObject({
    outcome: 'good',
    findings: [{ kind: 'not-owned', fixed: true }],
  })
})

test('what nobody can prove is only reported', async () => {
  const { world, ready } = await sold()
  const iccid = await freeIccid(world)
  await setRow(world, iccid, { state: 'claimed', orderId: 'nobody' })
  await setRow(world, iccidOf(ready), { state: 'claimed', orderId: 'nobody' })
  const { outcome, findings } = await reconcile(world, true)
  expect(outcome).toBe('findings')
  expect(findings.map(({ kind, fixed }) => ({ kind, fixed }))).toEqual([
    { kind: 'no-such-order', fixed: false },
    { kind: 'no-such-order', fixed: false },
    { kind: 'row-of-another', fixed: false },
  ])
})

test('an ICCID that serves a warm SIM, or stands in stock twice, is reported', async () => {
  const { world } = await sold()
  const iccid = await freeIccid(world)
  await world.documents.insert('sims', iccid, iccid, createSim({ iccid: iccid as never, kind: 'warm' }))
  expect(await reconcile(world)).toMatchObject({ findings: [{ kind: 'on-sale-though-sold', iccid }] })
  await world.documents.delete('sims', iccid, iccid)
  await importStock(world.documents, [{ iccid: iccid as never, profileType: 'other' }])
  const { findings } = await reconcileStock(world.documents, ['consumer', 'other'], {
    fix: true,
    now: () => new Date(world.now),
  })
  expect(findings).toMatchObject([
    { kind: 'in-two-types', iccid, fixed: false },
    { kind: 'in-two-types', iccid, fixed: false },
  ])
})

test('a warm SIM that is bought, rests or is free, and its orders, are no business of stock', async () => {
  const { world } = await sold()
  const iccid = '8988303000000999999'
  const sim = createSim({ iccid: iccid as never, kind: 'warm' })
  await world.documents.insert('sims', iccid, iccid, sim)
  world.verdict = (call) => (call === 'network.activateLine' ? 'late' : 'work')
  const buy = () =>
    world.orders.place(world.purchase(inlinePlan, { topUp: { kind: 'warm-sim', iccid: sim.iccid } }), request)
  const first = await buy()
  expect(await reconcile(world)).toMatchObject({ outcome: 'good', findings: [] })
  await world.orders.send(first.id, { type: 'cancel' }, request)
  expect(await reconcile(world)).toMatchObject({ outcome: 'good', findings: [] })
  world.verdict = () => 'work'
  await buy()
  await world.runFor(HOUR)
  expect(await reconcile(world)).toMatchObject({ outcome: 'good', findings: [] })
})

test('an order that may have left a reservation at the SM-DP+ is listed', async () => {
  const world = await createWorld({ rules: { orderByProfileTypeOnly: true } })
  world.verdict = (call) => (call === 'downloadOrder' ? 'lost-after' : 'work')
  const order = await world.orders.place(world.purchase(), request)
  await world.runFor(HOUR)
  expect(await reconcile(world)).toMatchObject({
    outcome: 'findings',
    findings: [{ kind: 'possible-orphan', orderId: order.id }],
  })
})
