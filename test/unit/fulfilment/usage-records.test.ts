/** Records of usage: each report once, whatever was sent again, in whichever batches, by workers that died on the way. */
import * as fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import type { Iccid } from '../../../shared/domain/identifiers'
import { createSim, type Sim } from '../../../shared/domain/sim'
import { hourOf } from '../../../shared/domain/usage'
import type { UsageRecord } from '../../../shared/domain/usage-record'
import type { UsageParts, UsageReport } from '../../../shared/fulfilment/usage'
import { readUsage, takeUsage, usagePartition } from '../../../shared/fulfilment/usage-records'
import { createMemoryDocumentStore } from '../../../shared/platform/memory-document-store'
import { quiet } from '../../support/order-world'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const start = Date.parse('2026-03-10T12:00:00.000Z')
const iccidOf = (n: number) => `8999901${String(n).padStart(12, '0')}` as Iccid

interface Setup {
  parts: UsageParts
  calls: string[]
  now: number
  /** Called before each write; may throw. */
  beforeWrite: () => void
}
let setup: Setup

function createSetup(): Setup {
  const made: Setup = { calls: [], now: start, beforeWrite: () => {} } as unknown as Setup
  const clock = () => new Date(made.now)
  const before = ({ name, container }: { name: string; container: string }) => {
    made.calls.push(`${name} ${container}`)
    if (name !== 'get' && name !== 'listPartition') made.beforeWrite()
  }
  const documents = createMemoryDocumentStore({ now: clock, before })
  made.parts = { documents, orders: { send: async () => undefined }, clock, log: quiet }
  return made
}

beforeEach(() => {
  setup = createSetup()
})

async function putSim({ parts }: Setup, n: number): Promise<void> {
  await parts.documents.insert('sims', iccidOf(n), iccidOf(n), createSim({ iccid: iccidOf(n), kind: 'esim' }))
}
const report = (id: string, more: Partial<UsageReport> = {}): UsageReport => ({
  id,
  iccid: iccidOf(1),
  at: new Date(start - HOUR).toISOString(),
  bytes: 1_000,
  ...more,
})
const take = (...reports: UsageReport[]) => takeUsage(setup.parts, reports, 400)

async function recordsOf({ parts }: Setup, hours: Iterable<string>, held?: number): Promise<UsageRecord[]> {
  const records: UsageRecord[] = []
  for (const hour of new Set(hours))
    for await (const record of readUsage(parts.documents, new Date(`${hour}:00:00.000Z`), held)) records.push(record)
  return records
}
const all = (held?: number) => recordsOf(setup, ['2026-03-01T00', '2026-03-10T10', '2026-03-10T11'], held)

test('each report is recorded with what became of it, and the answer is that of the batch', async () => {
  await putSim(setup, 1)
  const old = report('old', { at: '2026-03-01T00:59:59.999Z' })
  const answer = await take(
    report('b'),
    report('a', { bytes: 5 }),
    report('b'),
    old,
    report('c', { iccid: iccidOf(2) }),
  )
  expect(answer).toEqual({ applied: ['b', 'a'], repeated: ['b'], late: ['old'], unknown: ['c'] })
  const receivedAt = new Date(start).toISOString()
  const [at, iccid] = ['2026-03-10T11:00:00.000Z', iccidOf(1)]
  expect(await all()).toEqual([
    { at: old.at, iccid, eventId: 'old', bytes: 1_000, standing: 'late', receivedAt },
    { at, iccid, eventId: 'a', bytes: 5, standing: 'counted', receivedAt },
    { at, iccid, eventId: 'b', bytes: 1_000, standing: 'counted', receivedAt },
    { at, iccid: iccidOf(2), eventId: 'c', bytes: 1_000, standing: 'unknown', receivedAt },
  ])
})

test('one id on two SIMs is two reports, each with its own standing', async () => {
  await putSim(setup, 1)
  await take(report('same'), report('same', { iccid: iccidOf(2) }))
  expect((await all()).map(({ iccid, standing }) => [iccid, standing])).toEqual([
    [iccidOf(1), 'counted'],
    [iccidOf(2), 'unknown'],
  ])
})

test('a batch costs one write for its hour besides those of its SIMs, and nothing more when it comes a third time', async () => {
  await putSim(setup, 1)
  const batch = Array.from({ length: 100 }, (_, n) => report(`${n}`))
  setup.calls.length = 0
  await take(...batch)
  expect(setup.calls).toEqual(['get sims', 'replace sims', 'insert records'])
  for (let again = 0; again < 3; again += 1) await take(...batch)
  let rows = 0
  for await (const _ of setup.parts.documents.listPartition('records', usagePartition(batch[0]?.at ?? ''))) rows += 1
  expect(rows).toBe(2) // counted, and counted before
  expect(await all()).toHaveLength(100)
})

test('the largest batch that is taken fits into rows', async () => {
  await putSim(setup, 1)
  const bytes = 2 ** 40
  await take(...Array.from({ length: 1_000 }, (_, n) => report(`${'x'.repeat(60)}${1_000 + n}`, { bytes })))
  expect(await all()).toHaveLength(1_000)
})

test('a report whose SIM became known is counted from then on', async () => {
  await take(report('a'))
  expect(await all()).toMatchObject([{ standing: 'unknown' }])
  await putSim(setup, 1)
  setup.now += HOUR
  await take(report('a'))
  expect(await all()).toMatchObject([{ standing: 'counted', receivedAt: new Date(start + HOUR).toISOString() }])
})

test('a report sent again with other bytes is recorded as it was counted', async () => {
  await putSim(setup, 1)
  await take(report('a'))
  setup.now += 1_000
  await take(report('a', { bytes: 7 }))
  expect(await all()).toMatchObject([{ bytes: 1_000 }])
})

test('a record is lost neither before nor after its batch was applied', async () => {
  await putSim(setup, 1)
  for (const fatal of [0, 1]) {
    let writes = 0
    setup.beforeWrite = () => {
      if (writes++ === fatal) throw new Error('the worker dies')
    }
    await expect(take(report(`r${fatal}`))).rejects.toThrow('the worker dies')
    setup.beforeWrite = () => {}
    await take(report(`r${fatal}`))
  }
  expect((await all()).map(({ eventId, standing }) => [eventId, standing])).toEqual([
    ['r0', 'counted'],
    ['r1', 'counted'],
  ])
})

test('an hour with more reports than are held at once is read in shares, and says the same', async () => {
  await putSim(setup, 1)
  for (let n = 0; n < 1_000; n += 250) await take(...Array.from({ length: 250 }, (_, i) => report(`r${n + i}`)))
  const whole = await all()
  const inShares = await all(60)
  expect(inShares).toHaveLength(1_000)
  expect(new Set(inShares.map(({ eventId }) => eventId))).toEqual(new Set(whole.map(({ eventId }) => eventId)))
})

test('records expire after the days that were asked for', async () => {
  await putSim(setup, 1)
  await takeUsage(setup.parts, [report('a')], 30)
  setup.now += 30 * DAY - 1
  expect(await all()).toHaveLength(1)
  setup.now += 1
  expect(await all()).toEqual([])
})

test('whatever is repeated, in whichever batches, and wherever a worker dies: each report is recorded exactly once', async () => {
  const sent = fc.record({
    id: fc.integer({ min: 0, max: 11 }),
    sim: fc.integer({ min: 0, max: 2 }),
    dies: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 4 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(sent, { minLength: 1, maxLength: 12 }), { maxLength: 12 }), async (batches) => {
      const world = createSetup()
      for (const sim of [0, 1]) await putSim(world, sim) // the third is unknown
      // The contents of a report follow from its id and SIM, as the sender promises.
      const made = (id: number, sim: number): UsageReport => {
        const at = new Date(start - (id % 3) * HOUR - (id % 4 === 3 ? 9 * DAY : 0)).toISOString()
        return { id: `r${id}`, iccid: iccidOf(sim), at, bytes: 100 * id + sim }
      }
      const wanted = new Map<string, UsageReport>()
      for (const batch of batches) {
        const reports = batch.map(({ id, sim }) => made(id, sim))
        for (const one of reports) wanted.set(`${one.iccid} ${one.id}`, one)
        let left = batch[0]?.dies ?? Number.POSITIVE_INFINITY
        world.beforeWrite = () => {
          left -= 1
          if (left < 0) throw new Error('the worker dies')
        }
        await takeUsage(world.parts, reports, 400).catch(() => undefined)
        world.beforeWrite = () => {}
        world.now += 1_000
        if (left < 0) await takeUsage(world.parts, reports, 400) // charging sends it again
      }
      const records = await recordsOf(
        world,
        [...wanted.values()].map(({ at }) => hourOf(at)),
      )
      const expected = [...wanted.values()].map(({ id, iccid, at, bytes }) => {
        const late = Date.parse(at) < start - 7 * DAY
        const standing = late ? 'late' : iccid === iccidOf(2) ? 'unknown' : 'counted'
        return `${iccid} ${id} ${at} ${bytes} ${standing}`
      })
      const found = records.map(
        ({ eventId, iccid, at, bytes, standing }) => `${iccid} ${eventId} ${at} ${bytes} ${standing}`,
      )
      expect(found.sort()).toEqual(expected.sort())
      // What is recorded as counted is what the balance was reduced by.
      for (const sim of [0, 1]) {
        const stored = await world.parts.documents.get<Sim>('sims', iccidOf(sim), iccidOf(sim))
        const used = stored?.value.usage?.sums.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0
        const counted = records.filter(({ iccid, standing }) => iccid === iccidOf(sim) && standing === 'counted')
        expect(counted.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(used)
      }
    }),
    { numRuns: process.env.TEST_SIZE === 'full' ? 2_000 : 200 },
  )
})
