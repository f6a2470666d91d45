/** The commands on the real order process: what is printed, what is written, and that nothing personal gets out. */
import { describe, expect, test } from 'vitest'
import type { Iccid } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import { createSim } from '../../shared/domain/sim'
import { createWorld, eid, type World } from '../../test/support/order-world'
import { inlinePlan } from '../../test/support/plans'
import type { Io } from '../io'
import { type ActOptions, actCommand } from './act'
import { type ListOptions, listCommand } from './list'
import { referenceOf } from './open-orders'
import { showCommand } from './show'

const HOUR = 60 * 60_000
const request = { budgetMs: 2500 }

function terminal() {
  const said = { out: '', err: '' }
  const io: Io = {
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    errIsTerminal: false,
    readStdin: async () => '',
    env: {},
    folder: '/nowhere',
  }
  return { io, said }
}

/** One order parked because the SM-DP+ stayed away, one that is ready. */
async function twoOrders() {
  const world = await createWorld()
  world.now = Date.now() - 3 * HOUR
  world.verdict = (call) => (call === 'downloadOrder' ? 'unreached' : 'work')
  const first = await world.orders.place(world.purchase(), request)
  await world.runFor(3 * HOUR - 1)
  world.verdict = () => 'work'
  const second = await world.orders.place(world.purchase(inlinePlan, { subscriberId: 'subscriber-2' }), request)
  return { world, parked: await world.order(first.id), ready: second }
}

async function list(world: World, options: Partial<ListOptions> = {}) {
  const { io, said } = terminal()
  expect(await listCommand(io, { json: false, ...options }, world.documents)).toBe('good')
  return said
}

async function act(world: World, action: 'retry' | 'cancel' | 'resolve', text: string, options?: Partial<ActOptions>) {
  const { io, said } = terminal()
  const wakes = {
    horizonMs: 15 * 60_000,
    async send({ orderId }: { orderId: string }, at: Date) {
      if (world.wakesLost) throw new Error('queue is down')
      world.wakes.push({ orderId, at: at.getTime() })
    },
  }
  const outcome = await actCommand(
    io,
    action,
    text,
    { json: false, by: 'sam', ...options },
    { documents: world.documents, wakes },
  )
  world.now = Date.now() + 1_000
  return { outcome, ...said }
}

async function show(order: Order, world: World, options: { json?: boolean; reveal?: boolean; name?: string } = {}) {
  const { io, said } = terminal()
  const { json = false, reveal = false, name = order.id } = options
  await showCommand(io, name, { json, reveal }, world.documents, new Date(world.now))
  return said.out
}

describe('orders list', () => {
  test('shows open orders, the longest standing first, and reads those only', async () => {
    const { world, parked, ready } = await twoOrders()
    const read: string[] = []
    world.beforeStore = ({ name, container, partition }) => {
      if (container !== 'open') read.push(`${name} ${partition}`)
    }
    const { out, err } = await list(world)
    expect(read.sort()).toEqual([`get ${parked.id}`, `get ${ready.id}`].sort())
    const [head, ...rows] = out.trimEnd().split('\n')
    expect(head?.split(/ +/)).toEqual(['reference', 'id', 'state', 'reason', 'since', 'kind', 'plan', 'checkAt'])
    expect(rows.map((row) => row.split(/ +/).slice(0, 4))).toEqual([
      [referenceOf(parked), parked.id, 'parked', 'retries-used-up'],
      [referenceOf(ready), ready.id, 'ready', ready.stage.since],
    ])
    expect(err).toBe('2 open, 1 of them parked\n')
  })

  test('can be narrowed to a state, to parked orders, and to purchases that have not ended', async () => {
    const { world, parked, ready } = await twoOrders()
    await world.orders.send(ready.id, { type: 'cancel' }, request)
    const ids = async (options: Partial<ListOptions>) =>
      JSON.parse((await list(world, { json: true, ...options })).out).map(({ id }: { id: string }) => id)
    expect(await ids({})).toEqual([parked.id, ready.id])
    expect(await ids({ state: 'cancelled' })).toEqual([ready.id])
    expect(await ids({ parked: true })).toEqual([parked.id])
    expect(await ids({ open: true })).toEqual([parked.id])
    expect((await list(world, { state: 'active' })).err).toBe('No open order found.\n')
  })
})

describe('orders for SIMs that people have', () => {
  const iccid = '8988303000000999999' as Iccid
  const monthly = { ...inlinePlan, id: 'test-monthly', kind: 'subscription' as const }

  /** More data whose money billing will not give. */
  async function parkedTopUp() {
    const world = await createWorld()
    world.now = Date.now()
    const sim = createSim({ iccid, kind: 'warm', subscriberId: 'subscriber-1' })
    await world.documents.insert('sims', iccid, iccid, sim)
    world.verdict = (call) => (call === 'billing.capture' ? 'refuse expired' : 'work')
    const order = await world.orders.place(world.purchase(monthly, { topUp: { kind: 'add-balance', iccid } }), request)
    world.verdict = () => 'work'
    return { world, order }
  }

  test('are listed and shown by kind, with SIM and subscription, the ICCID masked', async () => {
    const { world, order } = await parkedTopUp()
    expect((await list(world)).out).toMatch(/ capture-refused .* add-balance +test-monthly /)
    const out = await show(order, world)
    expect(out).toContain('add-balance by webview')
    expect(out).toContain(`Renews   period 1 of subscription ${order.id}; no renewal in the calendar yet\n`)
    expect(out).toContain('SIM      ICCID …9999, balance granted\n')
    expect(out + (await show(order, world, { json: true }))).not.toContain(iccid)
    expect(await show(order, world, { reveal: true })).toContain(iccid)
  })

  test('are settled by resolve, which knows that the person has the balance', async () => {
    const { world, order } = await parkedTopUp()
    expect(await act(world, 'resolve', order.id)).toMatchObject({ outcome: 'good' })
    await world.runFor(HOUR)
    expect(await world.order(order.id)).toMatchObject({ stage: { state: 'active' }, payment: { status: 'settled' } })
  })
})

describe('orders show', () => {
  test('tells stage, next step, money, profile and story, with identifiers masked', async () => {
    const { world, parked } = await twoOrders()
    const out = await show(parked, world)
    expect(out).toContain('retries-used-up, from placed')
    expect(out).toContain('Next     staff; looked at again at')
    expect(out).toContain('Payment  authorised')
    expect(out).toContain('downloadOrder:1 12 times in a row')
    expect(out).toContain('claimIccid  done')
    const { iccid, matchingId } = parked.profile ?? {}
    for (const secret of [eid, iccid, matchingId]) {
      expect(out).not.toContain(secret)
      expect(await show(parked, world, { json: true })).not.toContain(secret)
      expect(await show(parked, world, { reveal: true })).toContain(secret)
      expect(await show(parked, world, { reveal: true, json: true })).toContain(secret)
    }
  })

  test('finds an open order by its reference, in any case, and another by id only', async () => {
    const { world, parked, ready } = await twoOrders()
    const name = referenceOf(parked).toLowerCase()
    expect(await show(parked, world, { name })).toContain(parked.id)
    await world.download(ready)
    await world.runFor(HOUR)
    const done = await world.order(ready.id)
    expect(done.closed).toBe(true)
    expect(await show(done, world)).toContain('nothing: closed')
    await expect(show(done, world, { name: referenceOf(done) })).rejects.toThrow('found by its id only')
    await expect(show(done, world, { name: '0'.repeat(26) })).rejects.toThrow('no order with this id')
    await expect(show(done, world, { name: 'that one' })).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('orders retry, cancel, resolve', () => {
  test('retry is written with its author, and the app carries the order on', async () => {
    const { world, parked } = await twoOrders()
    const { outcome, out } = await act(world, 'retry', referenceOf(parked), { note: 'SM-DP+\nis back' })
    expect({ outcome, out }).toEqual({
      outcome: 'good',
      out: `${referenceOf(parked)} is placed; the app carries it on.\n`,
    })
    expect((await world.order(parked.id)).log).toContainEqual(
      expect.objectContaining({ what: 'staff: retry', detail: 'by sam, SM-DP+ is back' }),
    )
    await world.runFor(1_000)
    expect((await world.order(parked.id)).stage.state).toBe('ready')
  })

  test('without --by the name is that of the computer', async () => {
    const { world, parked } = await twoOrders()
    const { io } = terminal()
    const wakes = { horizonMs: 0, send: async () => undefined }
    await actCommand(io, 'cancel', parked.id, { json: true }, { documents: world.documents, wakes })
    const line = (await world.order(parked.id)).log.find(({ what }) => what === 'staff: cancel')
    expect(line?.detail).toMatch(/^by .+/)
  })

  test('an act that the order does not allow is a finding that says why, and changes nothing', async () => {
    const { world, parked, ready } = await twoOrders()
    expect(await act(world, 'retry', ready.id)).toEqual({
      outcome: 'findings',
      out: '',
      err: 'Nothing was changed: the order is not parked; it goes on by itself.\n',
    })
    expect(await world.order(ready.id)).toEqual(ready)
    const unsaid = await act(world, 'resolve', parked.id, { json: true })
    expect(unsaid.outcome).toBe('findings')
    expect(JSON.parse(unsaid.out)).toMatchObject({ id: parked.id, state: 'parked', refused: 'outcome-unknown' })
  })

  test('a queue that is down keeps nothing from being written', async () => {
    const { world, parked } = await twoOrders()
    world.wakesLost = true
    const { outcome, err } = await act(world, 'cancel', parked.id)
    expect(outcome).toBe('good')
    expect(err).toContain('wake not sent')
    expect((await world.order(parked.id)).stage).toMatchObject({ state: 'cancelled', because: 'staff' })
  })

  test('personal data in a note is masked, and a note that is too long is refused', async () => {
    const { world, parked } = await twoOrders()
    await expect(act(world, 'retry', parked.id, { note: 'x'.repeat(141) })).rejects.toMatchObject({ code: 'usage' })
    await act(world, 'retry', parked.id, { note: `called a@b.example about ${eid}` })
    const line = (await world.order(parked.id)).log.find(({ what }) => what === 'staff: retry')
    expect(line?.detail).toBe('by sam, called …@… about …7853')
  })
})
