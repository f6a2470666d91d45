/** Usage from charging: counted once each, whatever is repeated, late, out of order, or cut off when a worker dies. */
import { beforeEach, describe, expect, test } from 'vitest'
import { grantStates } from '../../../shared/domain/balance'
import type { Iccid } from '../../../shared/domain/identifiers'
import type { OrderEvent } from '../../../shared/domain/order/event'
import { addGrant, createSim, type Grant, type Sim } from '../../../shared/domain/sim'
import { bytesPerMB } from '../../../shared/domain/usage'
import {
  applyUsage,
  createUsageMemory,
  type UsageParts,
  type UsageReport,
  unappliedPartition,
} from '../../../shared/fulfilment/usage'
import { createMemoryDocumentStore, type StoreOperation } from '../../../shared/platform/memory-document-store'
import { createWorld, quiet } from '../../support/order-world'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const now = new Date('2026-03-10T12:00:00Z')
const ago = (ms: number) => new Date(now.getTime() - ms).toISOString()
const iccidOf = (n: number) => `8999901${String(n).padStart(12, '0')}` as Iccid
const grant: Grant = {
  orderId: 'order-1',
  planId: 'p',
  kind: 'payg',
  dataMB: 1_000_000,
  durationMs: 60 * DAY,
  locations: ['*'],
  startsAt: ago(20 * DAY),
}

interface Setup {
  parts: UsageParts
  told: { orderId: string; event: OrderEvent }[]
  /** Called before and after each write; may throw. */
  hook: { write: () => void }
}

let setup: Setup

beforeEach(() => {
  const hook = { write: () => {} }
  const onWrite = ({ name }: StoreOperation) => {
    if (name !== 'get' && name !== 'listPartition') hook.write()
  }
  const documents = createMemoryDocumentStore({ now: () => now, before: onWrite, after: onWrite })
  const told: Setup['told'] = []
  const orders = {
    async send(orderId: string, event: OrderEvent) {
      told.push({ orderId, event })
      return undefined
    },
  }
  setup = { parts: { documents, orders, clock: () => now, log: quiet }, told, hook }
})

async function putSim(n: number, known: Partial<Sim> = {}): Promise<void> {
  const iccid = iccidOf(n)
  const sim = { ...addGrant(createSim({ iccid, kind: 'esim' }), grant), ...known }
  await setup.parts.documents.insert('sims', iccid, iccid, sim)
}

async function simOf(n: number): Promise<Sim> {
  const stored = await setup.parts.documents.get<Sim>('sims', iccidOf(n), iccidOf(n))
  if (stored === undefined) throw new Error('expected a SIM')
  return stored.value
}

const usedMB = (sim: Sim) => 1_000_000 - (grantStates(sim, now)[0]?.dataRemainingMB ?? 0)
const report = (id: string, more: Partial<UsageReport> = {}): UsageReport => ({
  id,
  iccid: iccidOf(1),
  at: ago(HOUR),
  bytes: bytesPerMB,
  ...more,
})

describe('a batch', () => {
  test('tells of each report what became of it', async () => {
    await putSim(1)
    const answer = await applyUsage(setup.parts, [
      report('a'),
      report('b'),
      report('a'),
      report('old', { at: ago(8 * DAY) }),
      report('stray', { iccid: iccidOf(2) }),
    ])
    expect(answer).toEqual({ applied: ['a', 'b'], repeated: ['a'], late: ['old'], unknown: ['stray'] })
    expect(usedMB(await simOf(1))).toBe(2)
    expect(await applyUsage(setup.parts, [report('a')])).toMatchObject({ applied: [], repeated: ['a'] })
  })

  test('keeps what it cannot count for people to see, once each', async () => {
    const [late, stray] = [report('old', { at: ago(8 * DAY) }), report('stray')]
    await applyUsage(setup.parts, [late, stray])
    await applyUsage(setup.parts, [stray, late])
    const listed: unknown[] = []
    for (const [why, { at }] of [['late', late] as const, ['unknown', stray] as const])
      for await (const row of setup.parts.documents.listPartition('sims', unappliedPartition(why, at)))
        listed.push(row.value)
    expect(listed).toMatchObject([{ report: late }, { report: stray }])
  })

  test('costs one read and one write per SIM, however many reports it holds', async () => {
    const calls: string[] = []
    const documents = createMemoryDocumentStore({
      now: () => now,
      before: ({ name }) => void calls.push(name),
    })
    setup.parts = { ...setup.parts, documents }
    await putSim(1)
    calls.length = 0
    await applyUsage(
      setup.parts,
      Array.from({ length: 100 }, (_, n) => report(`${n}`)),
    )
    expect(calls).toEqual(['get', 'replace'])
  })

  test('of a SIM with thousands of reports in an hour reads no row twice, and finds every repeated one', async () => {
    const calls: string[] = []
    const documents = createMemoryDocumentStore({
      now: () => now,
      before: ({ name, id }) => void calls.push(`${name} ${id}`),
    })
    setup.parts = { ...setup.parts, documents, memory: createUsageMemory() }
    await putSim(1)
    const batches = Array.from({ length: 40 }, (_, at) => Array.from({ length: 100 }, (_, n) => report(`${at}-${n}`)))
    for (const batch of batches) await applyUsage(setup.parts, batch)
    const rows = calls.filter((call) => call.startsWith('get usage~'))
    expect(new Set(rows).size).toBe(rows.length)
    // One for each second write of the SIM, and here and there one more where a row is full.
    expect(calls.filter((call) => /^(insert|replace) usage~/.test(call)).length).toBeLessThan(25)
    const { memory: _, ...forgetful } = setup.parts
    for (const parts of [setup.parts, forgetful])
      for (const batch of batches)
        expect(await applyUsage(parts, batch.slice(0, 1))).toMatchObject({ applied: [], repeated: [batch[0]?.id] })
    expect(usedMB(await simOf(1))).toBe(4_000)
  })

  test('of one SIM that come at the same time share writes', async () => {
    const calls: string[] = []
    const documents = createMemoryDocumentStore({ now: () => now, before: ({ name }) => void calls.push(name) })
    setup.parts = { ...setup.parts, documents, memory: createUsageMemory() }
    await putSim(1)
    calls.length = 0
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => applyUsage(setup.parts, [report(`${n}`), report(`${n % 25}`)])),
    )
    expect(answers.flatMap(({ applied }) => applied).sort()).toEqual(
      Array.from({ length: 50 }, (_, n) => `${n}`).sort(),
    )
    expect(answers.every(({ applied, repeated }) => applied.length + repeated.length === 2)).toBe(true)
    expect(calls.length).toBeLessThan(8)
    expect(usedMB(await simOf(1))).toBe(50)
  })

  test('tells the order of a SIM whose balance has not begun that it is in use', async () => {
    const { startsAt: _, ...waiting } = grant
    await putSim(1, { orderId: 'order-1', grants: [waiting] })
    await applyUsage(setup.parts, [report('b', { at: ago(HOUR) }), report('a', { at: ago(2 * HOUR) })])
    expect(setup.told).toEqual([{ orderId: 'order-1', event: { type: 'usage', iccid: iccidOf(1), at: ago(2 * HOUR) } }])
  })
})

test('reports before and after the moment at which first use starts the clock are counted alike', async () => {
  const world = await createWorld()
  const order = await world.orders.place(world.purchase(), { budgetMs: 60_000 })
  await world.orders.send(order.id, { type: 'handover' })
  const iccid = order.profile?.iccid ?? iccidOf(0)
  const parts = { documents: world.documents, orders: world.orders, clock: () => new Date(world.now), log: quiet }
  const used = { bytes: bytesPerMB, iccid }
  world.now += HOUR
  await applyUsage(parts, [{ ...used, id: '1', at: new Date(world.now - 60_000).toISOString() }])
  await applyUsage(parts, [{ ...used, id: '2', at: new Date(world.now - 30_000).toISOString() }])
  expect((await world.order(order.id)).stage).toMatchObject({ state: 'active', registered: true })
  const sim = await world.documents.get<Sim>('sims', iccid, iccid)
  const [balance] = sim === undefined ? [] : grantStates(sim.value, new Date(world.now))
  expect(balance).toMatchObject({ dataRemainingMB: 5118 })
})

test('many reports, shuffled, a fifth of them twice, by workers that die at any write: balances are exact', async () => {
  const size = process.env.TEST_SIZE === 'full' ? 100_000 : 5_000
  const sims = 20
  let state = 42
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state / 2 ** 32
  }
  const expected = Array.from({ length: sims }, () => 0)
  const queue: UsageReport[] = []
  for (let n = 0; n < size; n += 1) {
    // A third of all is of one SIM, whose ids go through rows.
    const at = random() < 0.33 ? 0 : Math.floor(random() * sims)
    const bytes = Math.floor(random() * 100_000)
    expected[at] = (expected[at] ?? 0) + bytes
    const one = report(`report-${n}`, {
      iccid: iccidOf(at),
      at: ago(Math.floor(random() * (at === 0 ? 3 * HOUR : 3 * DAY))),
      bytes,
    })
    queue.push(one)
    if (random() < 0.2) queue.push(one)
  }
  for (let n = queue.length - 1; n > 0; n -= 1) {
    const other = Math.floor(random() * (n + 1))
    const [a, b] = [queue[n], queue[other]]
    if (a !== undefined && b !== undefined) [queue[n], queue[other]] = [b, a]
  }
  for (let n = 0; n < sims; n += 1) await putSim(n)
  let deaths = 0
  setup.hook.write = () => {
    if (random() > 0.01) return
    deaths += 1
    throw new Error('the worker dies')
  }
  const messages: UsageReport[][] = []
  for (let at = 0; at < queue.length; at += 250) messages.push(queue.slice(at, at + 250))
  const worker = async (parts: UsageParts) => {
    for (let batch = messages.pop(); batch !== undefined; batch = messages.pop()) {
      const taken = batch
      await applyUsage(parts, taken).catch(() => messages.unshift(taken))
    }
  }
  // Two processes that remember, and one that does not.
  const processes = [createUsageMemory(), createUsageMemory()].map((memory) => ({ ...setup.parts, memory }))
  await Promise.all([setup.parts, ...processes, ...processes].map(worker))
  setup.hook.write = () => {}
  const counted = await Promise.all(
    expected.map(async (_, n) => (await simOf(n)).usage?.sums.reduce((sum, { bytes }) => sum + bytes, 0)),
  )
  expect(counted).toEqual(expected)
  expect(deaths).toBeGreaterThan(5)
  for (let n = 0; n < sims; n += 1) expect(JSON.stringify(await simOf(n)).length).toBeLessThan(40_000)
}, 300_000)
