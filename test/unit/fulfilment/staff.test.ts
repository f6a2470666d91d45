/** What staff do with orders that are parked, and what comes of it. */
import { describe, expect, test } from 'vitest'
import type { Order } from '../../../shared/domain/order/order'
import { stockPartition } from '../../../shared/fulfilment/stock'
import { createWorld, type World } from '../../support/order-world'
import { asynchronousPlan } from '../../support/plans'
import { act, cancelledUnpaid, failing, installedUnpaid, money, parkedAt } from '../../support/staff'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const request = { budgetMs: 2500 }

describe('retry', () => {
  test('after the SM-DP+ came back the order becomes ready and is delivered, and its story names who asked', async () => {
    const { world, order } = await parkedAt('downloadOrder', 'unreached')
    expect(order.stage).toMatchObject({ state: 'parked', reason: 'retries-used-up', from: 'placed' })
    world.verdict = () => 'work'
    const calls = world.calls.length
    const { order: taken } = await act(world, order, 'retry', { note: 'certificate renewed' })
    expect(taken.stage.state).toBe('placed')
    expect(taken.log).toContainEqual({
      at: new Date(world.now).toISOString(),
      what: 'staff: retry',
      detail: 'by sam, certificate renewed',
    })
    expect(world.calls.slice(calls), 'the command itself calls nobody').toEqual([])
    await world.runFor(1_000)
    const ready = await world.order(order.id)
    expect(ready.stage.state).toBe('ready')
    await world.orders.send(order.id, { type: 'handover' }, request)
    await world.download(ready)
    await world.runFor(HOUR)
    expect((await world.order(order.id)).stage.state).toBe('active')
    expect(money(world, order)).toMatchObject({ captured: 999, voided: 0 })
    expect(await world.open()).toEqual([])
  })

  test('works while the queue is down: the sweep finds the order within a minute', async () => {
    const { world, order } = await parkedAt('downloadOrder', 'unreached')
    world.verdict = () => 'work'
    world.wakes = []
    world.wakesLost = true
    await act(world, order, 'retry')
    world.wakesLost = false
    await world.runFor(2 * MINUTE)
    expect((await world.order(order.id)).stage.state).toBe('ready')
  })

  test('a call that may still be worked on gets its time before it is repeated', async () => {
    const { world, order } = await parkedAt('downloadOrder', 'lost-before')
    world.now = Date.parse(order.stage.since) + 1_000
    const { order: taken } = await act(world, order, 'retry')
    expect(Date.parse(taken.checkAt ?? '')).toBe(Date.parse(order.stage.since) + 40_000)
  })

  test('parks again, with a full hour of trying, while the SM-DP+ is still away', async () => {
    const { world, order } = await parkedAt('downloadOrder', 'unreached')
    const calls = world.calls.length
    await act(world, order, 'retry')
    await world.runFor(3 * HOUR)
    expect((await world.order(order.id)).stage).toMatchObject({ state: 'parked', reason: 'retries-used-up' })
    expect(world.calls.slice(calls).filter((call) => call === 'downloadOrder')).toHaveLength(12)
  })

  test('a refused capture is asked again under a new idempotency key', async () => {
    const { world, order } = await installedUnpaid()
    expect(order.stage).toMatchObject({ state: 'parked', reason: 'capture-refused', from: 'installed' })
    world.verdict = () => 'work'
    await act(world, order, 'retry')
    await world.runFor(HOUR)
    expect((await world.order(order.id)).stage.state).toBe('active')
    expect(money(world, order)).toMatchObject({ captured: 999 })
  })

  test('a refused void likewise, and the order stays cancelled', async () => {
    const { world, order } = await cancelledUnpaid()
    expect(order.stage).toMatchObject({ state: 'parked', reason: 'void-refused', from: 'cancelled' })
    world.verdict = () => 'work'
    await act(world, order, 'retry')
    await world.runFor(HOUR)
    expect(await world.order(order.id)).toMatchObject({
      stage: { state: 'cancelled', because: 'person' },
      closed: true,
    })
    expect(money(world, order)).toMatchObject({ captured: 0, voided: 999 })
  })

  test('after a second failed download the person gets another eSIM', async () => {
    const world = await createWorld()
    const order = await world.orders.place(world.purchase(), request)
    const fresh = await world.notice(order, 4, false, '8.2.10/4.2')
    const parked = await world.notice(fresh, 4, false, '8.2.10/4.2')
    expect(parked.stage).toMatchObject({ state: 'parked', reason: 'download-failed' })
    await act(world, parked, 'retry')
    await world.runFor(MINUTE)
    const third = await world.order(order.id)
    expect(third.stage.state).toBe('ready')
    expect(third.profile?.iccid).not.toBe(fresh.profile?.iccid)
  })

  test('an order by profile type whose orphan staff have seen to is placed once more', async () => {
    const world = await createWorld({ rules: { orderByProfileTypeOnly: true } })
    world.verdict = failing('downloadOrder', 'lost-before')
    const order = await world.orders.place(world.purchase(), request)
    await world.runFor(10 * MINUTE)
    world.verdict = () => 'work'
    await act(world, order, 'retry')
    await world.runFor(MINUTE)
    expect((await world.order(order.id)).stage.state).toBe('ready')
  })

  test('the download window begins afresh', async () => {
    const world = await createWorld()
    world.verdict = failing('network.activateLine', 'unreached')
    const order = await world.orders.place(world.purchase(asynchronousPlan), request)
    await world.runFor(40 * 24 * HOUR)
    expect((await world.order(order.id)).stage).toMatchObject({ state: 'parked', from: 'ready' })
    world.verdict = () => 'work'
    await act(world, order, 'retry')
    await world.runFor(29 * 24 * HOUR)
    expect((await world.order(order.id)).stage.state).toBe('ready')
    await world.runFor(2 * 24 * HOUR)
    expect((await world.order(order.id)).stage.state).toBe('expired')
  })

  test('a stock row that names another order is asked for once, and again when staff have mended it', async () => {
    const world = await createWorld()
    const order = await world.orders.place(world.purchase(), request)
    const iccid = order.profile?.iccid
    if (iccid === undefined) throw new Error('no profile')
    const partition = stockPartition('consumer', iccid)
    const row = await world.documents.get<{ orderId: string }>('stock', partition, iccid)
    if (row === undefined) throw new Error('no row')
    const changed = await world.documents.replace(
      'stock',
      partition,
      iccid,
      { ...row.value, orderId: 'other' },
      row.etag,
    )
    await world.orders.send(order.id, { type: 'cancel' }, request)
    await world.runFor(2 * HOUR)
    const parked = await world.order(order.id)
    expect(parked.stage).toMatchObject({ state: 'parked', reason: 'stock-mismatch', from: 'cancelled' })
    expect(parked.tries['quarantineIccid:1']?.attempts).toBe(1)
    if (changed.ok) await world.documents.replace('stock', partition, iccid, row.value, changed.etag)
    await act(world, parked, 'retry')
    await world.runFor(HOUR)
    expect(await world.stock()).toMatchObject({ free: 10 })
    expect((await world.order(order.id)).closed).toBe(true)
  })
})

describe('cancel', () => {
  test('takes everything back, the money too', async () => {
    const { world, order } = await parkedAt('confirmOrder', 'refuse 9.9/9.9')
    expect(order.stage).toMatchObject({ state: 'parked', reason: 'smdp-refused' })
    await act(world, order, 'cancel')
    await world.runFor(HOUR)
    expect(await world.order(order.id)).toMatchObject({ stage: { state: 'cancelled', because: 'staff' }, closed: true })
    expect(money(world, order)).toMatchObject({ captured: 0, voided: 999 })
    expect(await world.stock()).toMatchObject({ free: 10 })
    expect(world.lines.size).toBe(0)
  })

  test('also calls off an order that is not parked, as the person could', async () => {
    const world = await createWorld()
    const order = await world.orders.place(world.purchase(), request)
    expect((await act(world, order, 'cancel')).order.stage).toMatchObject({ state: 'cancelling', because: 'staff' })
  })

  test('is refused once the money was taken or the eSIM is installed, and changes nothing', async () => {
    const { world, order } = await installedUnpaid()
    expect(await act(world, order, 'cancel')).toEqual({ order, refused: 'installed' })
    world.verdict = () => 'work'
    const { order: going } = await act(world, order, 'retry')
    await world.runFor(1_000)
    expect(await act(world, going, 'cancel')).toMatchObject({ refused: 'captured' })
  })

  test('is refused for an order that has ended', async () => {
    const { world, order } = await cancelledUnpaid()
    expect(await act(world, order, 'cancel')).toEqual({ order, refused: 'ended' })
  })
})

describe('resolve', () => {
  test('a refused capture that was settled in billing leaves the person their plan and calls billing no more', async () => {
    const { world, order } = await installedUnpaid()
    const calls = world.calls.length
    const { order: settled } = await act(world, order, 'resolve')
    expect(settled).toMatchObject({ stage: { state: 'installed' }, payment: { status: 'settled' } })
    await world.runFor(HOUR)
    expect(await world.order(order.id)).toMatchObject({ stage: { state: 'active' }, closed: true })
    expect(world.calls.slice(calls).filter((call) => call.startsWith('billing'))).toEqual([])
    expect(await world.open()).toEqual([])
  })

  test('a refused capture of an eSIM that the person does not have ends in the ordinary void', async () => {
    const { world, order } = await installedUnpaid()
    world.verdict = () => 'work'
    await act(world, order, 'resolve', { outcome: 'not-delivered' })
    await world.runFor(HOUR)
    expect(await world.order(order.id)).toMatchObject({ stage: { state: 'cancelled', because: 'staff' }, closed: true })
    expect(money(world, order)).toMatchObject({ captured: 0, voided: 999 })
  })

  test('a void that was settled in billing ends the order', async () => {
    const { world, order } = await cancelledUnpaid()
    const { order: settled } = await act(world, order, 'resolve', { note: 'paid back by transfer' })
    expect(settled).toMatchObject({ stage: { state: 'cancelled', because: 'person' }, payment: { status: 'settled' } })
    await world.runFor(HOUR)
    expect((await world.order(order.id)).closed).toBe(true)
  })

  test('delivered without evidence: the plan starts and the money is taken', async () => {
    const world = await createWorld()
    const order = await world.orders.place(world.purchase(), request)
    await world.orders.send(order.id, { type: 'handover' }, request)
    await world.notice(order, 3)
    await world.runFor(30 * HOUR)
    const parked = await world.order(order.id)
    expect(parked.stage).toMatchObject({ state: 'parked', reason: 'no-install-evidence' })
    expect(await act(world, parked, 'resolve')).toMatchObject({ refused: 'outcome-unknown' })
    const { order: resolved } = await act(world, parked, 'resolve', { outcome: 'delivered' })
    expect(resolved.stage).toMatchObject({ state: 'installed', by: 'staff' })
    await world.runFor(HOUR)
    expect((await world.order(order.id)).stage.state).toBe('active')
    expect(money(world, order)).toMatchObject({ captured: 999 })
  })

  test('not delivered: the money goes back and nobody else is given the ICCID', async () => {
    const world = await createWorld()
    const order = await world.orders.place(world.purchase(), request)
    await world.orders.send(order.id, { type: 'handover' }, request)
    await world.notice(order, 3)
    await world.runFor(30 * HOUR)
    await act(world, order, 'resolve', { outcome: 'not-delivered' })
    await world.runFor(HOUR)
    expect(await world.order(order.id)).toMatchObject({ stage: { state: 'cancelled', because: 'staff' }, closed: true })
    expect(money(world, order)).toMatchObject({ captured: 0, voided: 999 })
    expect(await world.stock()).toMatchObject({ free: 9, unavailable: 1 })
    expect(world.lines.size).toBe(0)
  })

  async function paidAndNotDelivered(world: World): Promise<Order> {
    world.verdict = failing('network.activateLine', 'refuse unknown_plan')
    const order = await world.orders.place(world.purchase(asynchronousPlan), request)
    await world.orders.send(order.id, { type: 'handover' }, request)
    await world.download(order)
    await world.runFor(2 * HOUR)
    const parked = await world.order(order.id)
    expect(parked).toMatchObject({
      stage: { reason: 'line-refused', from: 'installed' },
      payment: { status: 'captured' },
    })
    return parked
  }

  test('not delivered although the money was taken: it is paid back', async () => {
    const world = await createWorld()
    const parked = await paidAndNotDelivered(world)
    await act(world, parked, 'resolve', { outcome: 'not-delivered' })
    await world.runFor(HOUR)
    expect(await world.order(parked.id)).toMatchObject({
      stage: { state: 'cancelled', because: 'staff' },
      payment: { status: 'refunded' },
      closed: true,
    })
    expect(money(world, parked)).toMatchObject({ captured: 999, refunded: 999 })
  })

  test.each([
    ['retry', 'refunded'],
    ['resolve', 'settled'],
  ] as const)('a refund that billing refuses waits for staff; %s brings it to its end', async (action, status) => {
    const world = await createWorld()
    const parked = await paidAndNotDelivered(world)
    world.verdict = failing('billing.refund', 'refuse too_old')
    await act(world, parked, 'resolve', { outcome: 'not-delivered' })
    await world.runFor(MINUTE)
    const due = await world.order(parked.id)
    expect(due.stage).toMatchObject({ state: 'parked', reason: 'refund-due' })
    world.verdict = () => 'work'
    await act(world, due, action, { note: 'refund 4711' })
    await world.runFor(HOUR)
    expect(await world.order(parked.id)).toMatchObject({
      stage: { state: 'cancelled' },
      payment: { status },
      closed: true,
    })
  })

  test('a line that was put right by hand is not asked for again', async () => {
    const world = await createWorld()
    world.verdict = failing('network.deactivateLine', 'refuse locked')
    const order = await world.orders.place(world.purchase(), request)
    await world.orders.send(order.id, { type: 'cancel' }, request)
    expect((await world.order(order.id)).stage).toMatchObject({ reason: 'line-refused', from: 'cancelling' })
    await act(world, order, 'resolve', { outcome: 'not-delivered' })
    await world.runFor(HOUR)
    expect(await world.order(order.id)).toMatchObject({ stage: { state: 'cancelled' }, closed: true })
    expect(await world.stock(), 'the SM-DP+ had confirmed the cancellation').toMatchObject({ free: 10 })
  })

  test('delivered is refused where the order cannot have delivered anything', async () => {
    const { world, order } = await cancelledUnpaid()
    expect(await act(world, order, 'resolve', { outcome: 'delivered' })).toEqual({
      order,
      refused: 'profile-cancelled',
    })
    const early = await parkedAt('billing.authorise', 'unreached')
    expect(await act(early.world, early.order, 'resolve', { outcome: 'delivered' })).toMatchObject({
      refused: 'no-profile',
    })
  })
})

test('an act on an order that is not parked changes nothing and says so', async () => {
  const world = await createWorld()
  const order = await world.orders.place(world.purchase(), request)
  for (const action of ['retry', 'resolve'] as const)
    expect(await act(world, order, action, { outcome: 'delivered' })).toEqual({ order, refused: 'not-parked' })
})

test('two of staff at once: one act counts, the other is told', async () => {
  const { world, order } = await parkedAt('downloadOrder', 'unreached')
  const answers = await Promise.all([act(world, order, 'retry'), act(world, order, 'retry', { by: 'kim' })])
  expect(answers.filter(({ refused }) => refused === 'not-parked')).toHaveLength(1)
})

test('an order that was parked before stages were kept can be taken up as well', async () => {
  const { world, order } = await parkedAt('downloadOrder', 'unreached')
  const stored = await world.documents.get<Order>('orders', order.id, order.id)
  if (stored === undefined || order.stage.state !== 'parked') throw new Error('not parked')
  const { was: _, ...stage } = order.stage
  await world.documents.replace('orders', order.id, order.id, { ...stored.value, stage }, stored.etag)
  world.verdict = () => 'work'
  await act(world, order, 'retry')
  await world.runFor(1_000)
  expect((await world.order(order.id)).stage.state).toBe('ready')
})

test('an order that staff call off although its capture had worked unseen is refunded', async () => {
  const world = await createWorld()
  const order = await world.orders.place(world.purchase(), request)
  await world.orders.send(order.id, { type: 'handover' }, request)
  world.verdict = failing('billing.capture', 'lost-after')
  await world.download(order)
  await world.runFor(3 * HOUR)
  const parked = await world.order(order.id)
  expect(parked.stage).toMatchObject({ state: 'parked', reason: 'retries-used-up', from: 'installed' })
  world.verdict = () => 'work'
  await act(world, parked, 'resolve', { outcome: 'not-delivered' })
  await world.runFor(HOUR)
  expect(await world.order(order.id)).toMatchObject({
    stage: { state: 'cancelled' },
    payment: { status: 'refunded' },
    closed: true,
  })
  expect(money(world, order)).toMatchObject({ captured: 999, refunded: 999, voided: 0 })
})
