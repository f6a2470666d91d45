/** Records at the command line, on the store of the running app: what it sold and counted is exported, however much, and through kills. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOrderId, type OrderId } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import { createSim } from '../../shared/domain/sim'
import { enterSettled, readSettled } from '../../shared/fulfilment/purchase-records'
import type { UsageReport } from '../../shared/fulfilment/usage'
import { takeUsage } from '../../shared/fulfilment/usage-records'
import { type StorageProxy, startStorageProxy } from '../faults/storage-proxy'
import { readCsv } from '../support/csv'
import { onCloudEngine } from '../support/engine'
import { quiet } from '../support/order-world'
import { eventually, type Stack, startStack, testIccid } from '../support/stack'
import { send } from './browser'
import { type Charging, openCharging } from './charging'
import { buy, eidNumber, enter, orderOf } from './purchase'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** The server that speaks the protocol of Cosmos DB looks through a whole container for each list. */
const [many, days] = onCloudEngine ? [1_000, 20] : [process.env.TEST_SIZE === 'full' ? 20_000 : 2_000, 100]
const date = (instant: number) => new Date(instant).toISOString()
const midnight = Math.floor(Date.now() / DAY) * DAY

let stack: Stack
let proxy: StorageProxy
let charging: Charging
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'records-'))
  proxy = await startStorageProxy()
  stack = await startStack({ stock: 5 })
  proxy.connect(stack.enginePorts)
  charging = openCharging(stack)
})
afterAll(async () => {
  await charging.stop()
  await stack.stop()
  await proxy.stop()
  await rm(folder, { recursive: true })
})

function begin(args: string[], environment: Record<string, string> = {}): ChildProcess {
  const command = join(process.cwd(), 'dist/cli/mobile-plans.js')
  const env = { PATH: process.env.PATH ?? '', ...proxy.environment, ...environment }
  return spawn(process.execPath, [command, 'records', ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
}
/** Types `mobile-plans records …`. */
async function type(args: string[], environment?: Record<string, string>) {
  const child = begin(args, environment)
  if (child.stdout === null || child.stderr === null) throw new Error('expected pipes')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { status: child.exitCode, out, err }
}
const json = (lines: string) =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Side by side, as many as an engine takes. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = items.values()
  const worker = async () => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}

/** So many reports within so many hours before midnight, taken as the app takes them. */
async function used(hours: number, count: number): Promise<void> {
  const iccid = testIccid(700_000)
  await stack.documents.insert('sims', iccid, iccid, createSim({ iccid, kind: 'esim' }))
  const { documents } = stack
  const parts = { documents, orders: { send: async () => undefined }, clock: () => new Date(), log: quiet }
  const inHour = Math.ceil(count / hours)
  const batches = Array.from({ length: hours }, (_, hour) =>
    Array.from({ length: Math.min(inHour, count - hour * inHour) }, (_, n): UsageReport => {
      const at = date(midnight - hour * HOUR - 1_000 * n - 1)
      return { id: `${hour}-${n}`, iccid, at, bytes: 1_000 + n }
    }),
  )
  for (const batch of batches) if (batch.length > 0) await takeUsage(parts, batch, 400)
}

test('what the app sold and counted is in the records', async () => {
  const browser = await enter(stack, eidNumber(950))
  const { id } = await buy(browser, 'travel-2')
  const ready = await orderOf(stack, id)
  const event = (of: string) => ({ id: of, iccid: ready.profile?.iccid, at: date(Date.now() - 1_000), bytes: 4_096 })
  const [posted, queued] = [event('=posted'), event('queued')]
  const answer = await send(stack.url, '/v1/usage', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ events: [posted, { ...posted, id: 'stray', iccid: testIccid(999_998) }] }),
  })
  expect(answer.status).toBe(200)
  await charging.send({ events: [queued, posted] })
  const from = date(Date.now() - HOUR)
  const records = await eventually('both ways of usage to be recorded', async () => {
    const { out } = await type(['usage', '--from', from, '--format', 'jsonl'])
    return out.split('\n').length === 4 ? json(out) : undefined
  })
  const standings = records.map(({ eventId, standing, bytes }) => [eventId, standing, bytes])
  expect(standings.sort()).toEqual([
    ['=posted', 'counted', 4_096],
    ['queued', 'counted', 4_096],
    ['stray', 'unknown', 4_096],
  ])
  // First use has completed the purchase: it is on its way into the records, where it shows once its time is complete.
  const closed = await eventually('the purchase to be settled', async () => {
    const order = await orderOf(stack, id)
    return order.closed ? order : undefined
  })
  const settled: Order[] = []
  for await (const order of readSettled(stack.documents, new Date(closed.closedAt ?? ''))) settled.push(order)
  expect(settled.map((order) => order.id)).toEqual([id])
  expect(await type(['purchases', '--to', date(Date.now())])).toMatchObject({
    status: 2,
    out: '',
    err: expect.stringContaining('may not be complete yet'),
  })

  // The same order as many others, closed on three days before.
  const others = Array.from({ length: many }, (_, n): Order => {
    const closedAt = date(midnight - 3 * DAY + Math.floor((n * 3 * DAY) / many))
    const bytes = Buffer.alloc(16)
    bytes.writeUInt32BE(n, 12)
    return { ...closed, id: createOrderId(bytes), closedAt, profile: undefined }
  })
  await each(others, async (order) => {
    await enterSettled(stack.documents, { ...order, closed: false }, order)
    await stack.documents.insert('orders', order.id, order.id, order)
  })
  const period = ['--from', date(midnight - 3 * DAY), '--to', date(midnight)]
  // All of them at once would not fit.
  const small = { NODE_OPTIONS: '--max-old-space-size=64' }
  const whole = await type(['purchases', ...period, '--format', 'jsonl'], small)
  expect(whole).toMatchObject({ status: 0, err: expect.stringMatching(`^${many} records of purchases, `) })
  const found = json(whole.out)
  expect(found.map(({ orderId }) => orderId as OrderId)).toEqual(others.map((order) => order.id))
  expect(found[0]).toMatchObject({
    outcome: 'completed',
    payment: 'captured',
    moDirectStatus: 'Complete',
    market: 'DE',
  })
  const csv = await type(['purchases', ...period, '--output', 'purchases.csv'], small)
  expect(csv).toMatchObject({ status: 0, out: '' })
  const [head = [], ...rows] = readCsv(await readFile(join(folder, 'purchases.csv'), 'utf8'))
  expect(rows.map((row) => row[head.indexOf('orderId')])).toEqual(others.map((order) => order.id))
}, 300_000)

test('an export that is killed again and again goes on, and has every record once', async () => {
  const hours = days * 24
  await used(hours, many)
  const period = ['--from', date(midnight - hours * HOUR), '--to', date(midnight)]
  const whole = await type(['usage', ...period])
  expect(whole.status).toBe(0)
  expect(readCsv(whole.out)).toHaveLength(many + 1)

  const output = ['usage', ...period, '--output', 'usage.csv', '--resume']
  const markOf = async () => {
    const mark = await readFile(join(folder, 'usage.csv.resume'), 'utf8').catch(() => '{"bytes":0}')
    return (JSON.parse(mark) as { bytes: number }).bytes
  }
  const marks: number[] = []
  for (let kill = 0; kill < 2; kill += 1) {
    const before = await markOf()
    const child = begin(output)
    const exited = once(child, 'exit')
    await eventually('the export to get on', async () => (await markOf()) > before)
    child.kill('SIGKILL')
    expect((await exited)[1]).toBe('SIGKILL')
    marks.push(await markOf())
  }
  expect([...new Set(marks)].sort((a, b) => a - b)).toEqual(marks)
  expect((await readdir(folder)).filter((name) => name.startsWith('usage.csv')).sort()).toContain('usage.csv.part')

  // The store goes away, too: that is an error, and no loss.
  proxy.table.condition = 'away'
  const refused = await type(output)
  expect(refused).toMatchObject({ status: 1, err: expect.stringContaining('--resume goes on with it') })
  proxy.table.condition = 'up'
  const requests = proxy.table.requests.length
  expect(await type(output)).toMatchObject({ status: 0, err: expect.stringMatching(`^${many} records of usage, `) })
  expect(proxy.table.requests.length - requests).toBeLessThan(hours - 24) // it did not begin anew
  expect(await readFile(join(folder, 'usage.csv'), 'utf8')).toBe(whole.out)
  expect((await readdir(folder)).filter((name) => name.startsWith('usage.csv'))).toEqual(['usage.csv'])
}, 300_000)

test('a reader that leaves early ends the export without a word', async () => {
  const child = begin(['usage', '--from', date(midnight - days * DAY), '--to', date(midnight)])
  if (child.stdout === null || child.stderr === null) throw new Error('expected pipes')
  const err = text(child.stderr)
  await once(child.stdout, 'data')
  child.stdout.destroy()
  await once(child, 'close')
  expect([child.exitCode, await err]).toEqual([1, ''])
})
