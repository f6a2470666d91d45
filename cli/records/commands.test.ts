import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { appendFile, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Iccid } from '../../shared/domain/identifiers'
import { purchaseColumns } from '../../shared/domain/purchase-record'
import { createSim } from '../../shared/domain/sim'
import { usageColumns } from '../../shared/domain/usage-record'
import { takeUsage } from '../../shared/fulfilment/usage-records'
import { createMemoryDocumentStore } from '../../shared/platform/memory-document-store'
import { StoreUnavailableError } from '../../shared/platform/ports'
import { readCsv } from '../../test/support/csv'
import { createWorld, quiet } from '../../test/support/order-world'
import type { Io } from '../io'
import { run } from '../program'
import { type RecordsOptions, recordsCommand } from './commands'
import type { RecordKind } from './sources'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const start = Date.parse('2026-03-10T12:00:00.000Z')
const iccid = '8999901000000010004' as Iccid

let folder: string
let out: string
let err: string
let io: Io
let now: number
let documents: ReturnType<typeof createMemoryDocumentStore>
/** Called before each list of a partition; may throw. */
let beforeList: () => void

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'records-'))
  out = ''
  err = ''
  io = {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    errIsTerminal: false,
    readStdin: async () => '',
    env: {},
    folder,
  }
  now = start
  beforeList = () => {}
  documents = createMemoryDocumentStore({
    now: () => new Date(now),
    before: ({ name }) => {
      if (name === 'listPartition') beforeList()
    },
  })
})
afterEach(() => rmSync(folder, { recursive: true }))

const records = (kind: RecordKind, options: Partial<RecordsOptions> = {}, store = documents) =>
  recordsCommand(io, kind, { resume: false, ...options }, { documents: store, now: () => now, everyMs: 0 })
const file = (name: string) => readFileSync(join(folder, name), 'utf8')

/** A thousand bytes were used in each of the last hours, several times in each. */
async function used(hours: number, each = 3): Promise<void> {
  await documents.insert('sims', iccid, iccid, createSim({ iccid, kind: 'esim' }))
  const parts = { documents, orders: { send: async () => undefined }, clock: () => new Date(now), log: quiet }
  for (let hour = 0; hour < hours; hour += 1) {
    const reports = Array.from({ length: each }, (_, n) => {
      const at = new Date(start - hour * HOUR - n * 60_000 - 1_000).toISOString()
      return { id: `=${hour},${n}`, iccid, at, bytes: 1_000 }
    })
    await takeUsage(parts, reports, 400)
  }
}

describe('usage', () => {
  test('is written as CSV, in the order of time, with what a spreadsheet would take for a formula made harmless', async () => {
    await used(3, 1)
    expect(await records('usage', { from: start - 2 * HOUR })).toBe('good')
    const receivedAt = '2026-03-10T12:00:00.000Z'
    expect(out.endsWith('\r\n')).toBe(true)
    expect(readCsv(out)).toEqual([
      [...usageColumns],
      ['2026-03-10T10:59:59.000Z', iccid, "'=1,0", '1000', 'counted', receivedAt],
      ['2026-03-10T11:59:59.000Z', iccid, "'=0,0", '1000', 'counted', receivedAt],
    ])
    expect(err).toContain('2 records of usage, 2026-03-10T10:00:00.000Z to 2026-03-10T12:10:00.000Z\n')
    expect(err).toContain('may still change')
  })

  test('is written as JSON Lines, one object a line, as it is', async () => {
    await used(1, 2)
    await records('usage', { format: 'jsonl' })
    const lines = out.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { eventId: '=0,1', bytes: 1_000, iccid },
      { eventId: '=0,0', standing: 'counted' },
    ])
  })

  test('periods that follow each other have each record once, though they cut hours in two', async () => {
    await used(6, 5)
    const cuts = [start - 7 * HOUR, start - 4 * HOUR - 90_000, start - 2 * HOUR - 61_000, start]
    const found: string[] = []
    for (let n = 1; n < cuts.length; n += 1) {
      out = ''
      await records('usage', { format: 'jsonl', from: cuts[n - 1] ?? 0, to: cuts[n] ?? 0 })
      found.push(...out.trimEnd().split('\n'))
    }
    out = ''
    await records('usage', { format: 'jsonl' })
    expect(found).toHaveLength(30)
    expect(found).toEqual(out.trimEnd().split('\n'))
  })

  test('memory is freed as the reader takes what is written', async () => {
    await used(40, 100)
    let largest = 0
    let held = 0
    io.out = (text) => {
      held += text.length
      largest = Math.max(largest, held)
    }
    io.drained = async () => {
      held = 0
    }
    await records('usage')
    expect(largest).toBeLessThan(70_000)
  })
})

describe('purchases', () => {
  const parts = async () => {
    const world = await createWorld()
    const sold = async () => {
      const order = await world.orders.place(world.purchase(), { budgetMs: 60_000 })
      await world.orders.send(order.id, { type: 'handover' })
      await world.download(order)
      await world.orders.send(order.id, { type: 'registration', state: 'home' })
      return order.id
    }
    now = world.now
    return { world, sold }
  }

  test('show when they are settled, in that order; those under way do not', async () => {
    const { world, sold } = await parts()
    const first = await sold()
    world.now += 60_000
    const called = await world.orders.place(world.purchase(), { budgetMs: 60_000 })
    await world.orders.send(called.id, { type: 'cancel' })
    await world.runFor(DAY)
    await world.orders.place(world.purchase(), { budgetMs: 60_000 })
    now = world.now + HOUR
    await records('purchases', { format: 'jsonl' }, world.documents)
    const lines = out.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { orderId: first, outcome: 'completed', moDirectStatus: 'Complete', collectedMinor: 999, planName: 'Test 5 GB' },
      { orderId: called.id, outcome: 'cancelled', because: 'person', payment: 'voided', collectedMinor: 0 },
    ])
    out = ''
    await records('purchases', {}, world.documents)
    const [head, ...rows] = readCsv(out)
    expect(head).toEqual([...purchaseColumns])
    expect(rows.map((row) => row[1])).toEqual([first, called.id])
  })

  test('a second Buy that was led to the first order is no purchase', async () => {
    const { world } = await parts()
    await world.orders.place(world.purchase(), { budgetMs: 60_000 })
    await world.orders.place(world.purchase(), { budgetMs: 60_000 })
    now = world.now + HOUR
    await records('purchases', { format: 'jsonl' }, world.documents)
    expect(out).toBe('')
  })

  test('an entry whose order was not closed then counts for nothing', async () => {
    const { world, sold } = await parts()
    const id = await sold()
    const { closedAt = '' } = await world.order(id)
    for (const wrong of [
      new Date(Date.parse(closedAt) - 1).toISOString(),
      new Date(Date.parse(closedAt) + 1).toISOString(),
    ])
      await world.documents.insert('records', `purchases~${wrong.slice(0, 10)}`, `${wrong}~${id}`, {
        schema: 1,
        orderId: id,
        closedAt: wrong,
      })
    now = world.now + HOUR
    await records('purchases', { format: 'jsonl' }, world.documents)
    expect(out.trimEnd().split('\n')).toHaveLength(1)
  })

  test('of the last ten minutes are left for the next export', async () => {
    const { world, sold } = await parts()
    await sold()
    now = world.now
    await records('purchases', { format: 'jsonl' }, world.documents)
    expect(out).toBe('')
    await expect(records('purchases', { to: now }, world.documents)).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('a file', () => {
  const output = 'usage.csv'

  test('appears when it is complete, for its owner only, and is never written over', async () => {
    await used(2)
    expect(await records('usage', { output })).toBe('good')
    expect(readdirSync(folder)).toEqual([output])
    expect(statSync(join(folder, output)).mode & 0o777).toBe(0o600)
    expect(out).toBe('')
    const before = file(output)
    await expect(records('usage', { output })).rejects.toThrow('is there already')
    await expect(records('usage', { output, resume: true })).rejects.toThrow('is there already')
    expect(file(output)).toBe(before)
  })

  test('that was interrupted is gone on with where --resume says so, and as it was begun', async () => {
    await used(10)
    const from = start - DAY
    let lists = 0
    beforeList = () => {
      lists += 1
      if (lists === 20) throw new StoreUnavailableError('away')
    }
    await expect(records('usage', { output, from })).rejects.toThrow('away')
    expect(err).toContain('--resume goes on with it')
    expect(readdirSync(folder)).toEqual([`${output}.part`, `${output}.resume`])
    await expect(records('usage', { output })).rejects.toThrow('was not finished')
    await expect(records('usage', { output, resume: true, format: 'jsonl' })).rejects.toThrow('other --format')
    await expect(records('purchases', { output, resume: true })).rejects.toThrow('other records')
    await expect(records('usage', { output, resume: true, from: from - 1 })).rejects.toThrow('other --from')
    lists = 100
    now += DAY // the period stays the one that was begun
    await records('usage', { output, resume: true })
    expect(lists).toBeLessThan(110)
    await records('usage', { from, to: start + 600_000 })
    expect(file(output)).toBe(out)
    expect(readdirSync(folder)).toEqual([output])
  })

  test('is begun by --resume where there is none, and --resume needs a file', async () => {
    await used(1)
    await records('usage', { output, resume: true })
    expect(readCsv(file(output))).toHaveLength(4)
    await expect(records('usage', { resume: true })).rejects.toMatchObject({ code: 'usage' })
  })

  test('that has been damaged meanwhile is not gone on with', async () => {
    await used(10)
    let left = 19
    beforeList = () => {
      if (left-- === 0) throw new StoreUnavailableError('away')
    }
    await expect(records('usage', { output, from: start - DAY })).rejects.toThrow('away')
    const part = file(`${output}.part`)
    writeFileSync(join(folder, `${output}.part`), part.slice(0, -1))
    await expect(records('usage', { output, resume: true })).rejects.toThrow('shorter than it was')
    writeFileSync(join(folder, `${output}.resume`), '{"version":2}')
    await expect(records('usage', { output, resume: true })).rejects.toThrow('is not of an export')
  })

  test('cannot be written where there is no folder', async () => {
    await expect(records('usage', { output: 'nowhere/usage.csv' })).rejects.toThrow('cannot be written: ENOENT')
  })

  test('is the same however often and wherever it was interrupted, and whatever a killed process left behind it', async () => {
    await used(30)
    const from = start - 40 * HOUR - 1_234
    const to = start - 1_234
    await records('usage', { from, to })
    const stops = fc.array(fc.record({ after: fc.integer({ min: 0, max: 12 }), tail: fc.string() }), { maxLength: 5 })
    let runs = 0
    await fc.assert(
      fc.asyncProperty(stops, fc.constantFrom(0, 5), async (interruptions, everyMs) => {
        const path = `run-${runs++}.csv`
        let clock = now
        const go = () =>
          recordsCommand(
            io,
            'usage',
            { from, to, output: path, resume: true },
            { documents, now: () => clock++, everyMs },
          )
        for (const { after, tail } of interruptions) {
          let left = after
          beforeList = () => {
            left -= 1
            if (left < 0) throw new StoreUnavailableError('away')
          }
          await expect(go()).rejects.toThrow('away')
          // Written, and not yet vouched for: half a line, or lines that will come again.
          await appendFile(join(folder, `${path}.part`), tail)
        }
        beforeList = () => {}
        await go()
        expect(await readFile(join(folder, path), 'utf8')).toBe(out)
      }),
      { numRuns: 40 },
    )
  })

  test('is complete although the process ended between its last steps', async () => {
    await used(2)
    const [from, to] = [start - 3 * HOUR - 5, start - 5]
    await records('usage', { output: 'whole.csv', from, to })
    const whole = file('whole.csv')
    const task = { records: 'usage', format: 'csv', from, to }
    const mark = JSON.stringify({ version: 1, task, next: to, bytes: Buffer.byteLength(whole), count: 6 })
    // Before it got its name, and after.
    for (const name of ['a.csv.part', 'b.csv']) {
      writeFileSync(join(folder, name), whole)
      writeFileSync(join(folder, `${name.slice(0, 5)}.resume`), mark)
      err = ''
      expect(await records('usage', { output: name.slice(0, 5), resume: true })).toBe('good')
      expect(file(name.slice(0, 5))).toBe(whole)
      expect(err).toContain('6 records of usage')
    }
    expect(readdirSync(folder).sort()).toEqual(['a.csv', 'b.csv', 'whole.csv'])
  })
})

describe('at the command line', () => {
  test('--help says whose the columns are', async () => {
    for (const args of [
      ['records', '--help'],
      ['records', 'usage', '--help'],
    ]) {
      out = ''
      expect(await run(args, io, '1')).toBe(0)
      expect(out).toContain("The columns are this project's own")
    }
  })

  test.each([
    [['records', 'usage', '--from', 'yesterday'], 'It is a date such as 2026-03-01'],
    [['records', 'usage', '--from', '2026-02-30'], 'It is a date such as 2026-03-01'],
    [['records', 'usage', '--format', 'xml'], 'csv, jsonl'],
    [['records', 'everything'], "unknown command 'everything'"],
    [['records', 'usage', '--resume'], 'name it with --output'],
  ])('%j is refused in words', async (args, words) => {
    expect(await run(args, io, '1')).toBe(2)
    expect(err).toContain(words)
  })
})
