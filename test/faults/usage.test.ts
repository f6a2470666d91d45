/**
 * Usage by endpoint and queue, shuffled and a fifth of it twice, while the app is killed again and again: every report counts once. The sender sends
 * again what was not answered. `TEST_SIZE=full`: 100,000 reports, otherwise 5,000.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSim, type Grant } from '../../shared/domain/sim'
import { bytesPerMB } from '../../shared/domain/usage'
import { send } from '../api/browser'
import { createRandom } from '../simulation/random'
import { onCloudEngine } from '../support/engine'
import { eventually, type Stack, startStack, testIccid, withoutSweep } from '../support/stack'

const full = process.env.TEST_SIZE === 'full'
const size = full ? 100_000 : 5_000
const perBatch = full ? 250 : 50
const longestMs = full ? 300_000 : 90_000
/** A message that is in a worker's hands each time has one delivery left. */
const kills = 4
const senders = 8
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)
const random = createRandom(seed)
const iccids = Array.from({ length: 20 }, (_, n) => testIccid(600_000 + n))
const grant: Grant = {
  orderId: 'one',
  planId: 'travel-2',
  kind: 'payg',
  dataMB: 1_000_000,
  durationMs: 30 * 86_400_000,
  locations: ['*'],
  startsAt: new Date(Date.now() - 10 * 86_400_000).toISOString(),
}

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ environment: withoutSweep, stock: 1, hiddenSeconds: 2 })
  for (const iccid of iccids) {
    const sim = { ...createSim({ iccid, kind: 'esim' }), grants: [grant] }
    await stack.documents.insert('sims', iccid, iccid, sim)
  }
}, 60_000)
afterAll(() => stack.stop())

/** Batches of reports, and what must have been counted of each SIM when all have arrived. */
function makeBatches(): { batches: string[]; expected: Map<string, number> } {
  const expected = new Map(iccids.map((iccid) => [iccid, 0]))
  const reports: object[] = []
  for (let n = 0; n < size; n += 1) {
    // A third of all is of one SIM and the last hour; of the rest some come days late.
    const hot = random.chance(0.33)
    const iccid = iccids[hot ? 0 : random.below(iccids.length)] ?? testIccid(600_000)
    const bytes = random.below(100_000)
    const spread = hot ? 3_600_000 : random.chance(0.05) ? 6 * 86_400_000 : 6 * 3_600_000
    const at = new Date(Date.now() - random.below(spread)).toISOString()
    expected.set(iccid, (expected.get(iccid) ?? 0) + bytes)
    const report = { id: `report-${n}`, iccid, at, bytes }
    reports.push(...(random.chance(0.2) ? [report, report] : [report]))
  }
  const shuffled = reports
    .map((report) => ({ report, place: random.below(1_000_000_000) }))
    .sort((a, b) => a.place - b.place)
    .map(({ report }) => report)
  const batches: string[] = []
  for (let at = 0; at < shuffled.length; at += perBatch)
    batches.push(JSON.stringify({ events: shuffled.slice(at, at + perBatch) }))
  return { batches, expected }
}

async function counted(): Promise<Map<string, number>> {
  const sums = iccids.map(async (iccid) => {
    const stored = await stack.documents.get<{ usage?: { sums: { bytes: number }[] } }>('sims', iccid, iccid)
    return [iccid, stored?.value.usage?.sums.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0] as const
  })
  return new Map(await Promise.all(sums))
}

test(
  `${size} reports, shuffled, a fifth of them twice, and the app killed ${kills} times: balances are exact`,
  async () => {
    console.info(`TEST_SEED=${seed}`)
    const { batches, expected } = makeBatches()
    // With odd batches, which go to the endpoint.
    const killAt = Array.from({ length: kills }, (_, n) => Math.floor(((n + 1) * batches.length) / (kills + 1)) | 1)
    let taken = 0
    let cutOff = 0
    const post = async (body: string): Promise<boolean> => {
      try {
        const headers = { 'content-type': 'application/json' }
        const { status } = await send(stack.url, '/v1/usage', { method: 'POST', body, headers })
        if (status !== 200 && status !== 503) throw new TypeError(`usage was answered ${status}`)
        return status === 200
      } catch (error) {
        if (error instanceof TypeError) throw error
        cutOff += 1
        return false
      }
    }
    const restart = async () => {
      await stack.killHost()
      if (onCloudEngine) stack.usage.broker?.queue('usage').expireLocks()
      await stack.startHost()
    }
    let restarts: Promise<unknown> = Promise.resolve()
    const sender = async () => {
      for (let body = batches[taken]; body !== undefined; body = batches[taken]) {
        const number = taken++
        if (number % 2 === 0) await stack.usage.put(body)
        else {
          const sent = post(body)
          if (killAt.includes(number)) restarts = restarts.then(restart)
          if (!(await sent)) await eventually('usage to be taken', () => post(body), longestMs)
        }
      }
    }
    await Promise.all(Array.from({ length: senders }, sender))
    await restarts
    const total = [...expected.values()].reduce((sum, bytes) => sum + bytes, 0)
    const sum = async () => [...(await counted()).values()].reduce((bytes, one) => bytes + one, 0)
    await eventually('every report to be counted', async () => (await sum()) >= total, longestMs)
    await eventually('the queue to be empty', async () => (await stack.usage.waiting()) === 0, longestMs)

    expect(await counted()).toEqual(expected)
    expect(await stack.usage.givenUp()).toBe(0)
    expect(cutOff, 'the kills met nobody').toBeGreaterThanOrEqual(kills)
    const first = testIccid(600_000)
    const { body } = await send(stack.url, `/v1/sims/${first}/balances`)
    const leftMB = grant.dataMB - (expected.get(first) ?? 0) / bytesPerMB
    expect(JSON.parse(body)).toMatchObject({ balances: [{ dataRemainingInMB: expect.closeTo(leftMB, 2) }] })
  },
  2 * longestMs,
)
