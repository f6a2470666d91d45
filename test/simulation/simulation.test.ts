/** Thousands of seeded lives of orders: whatever fails, and whoever goes first, every rule holds at the end. */
import { beforeAll, describe, expect, test } from 'vitest'
import { storyOf } from './report'
import { type RunReport, simulate } from './run'
import { emptyCells, tableText } from './table'

const full = process.env.TEST_SIZE === 'full'
const RUNS = full ? 100_000 : 5_000
const MOST_MS = full ? 20 * 60_000 : Number.POSITIVE_INFINITY
/** Stories of so many broken runs are enough to read. */
const STORIES = 3

describe('the order process in a simulated world', () => {
  const reached = new Map<string, number>()
  const broken: RunReport[] = []
  let runs = 0

  beforeAll(async () => {
    const started = Date.now()
    for (let seed = 1; seed <= RUNS && Date.now() - started < MOST_MS; seed++) {
      const report = await simulate(seed, reached)
      runs += 1
      if (report.broken.length > 0 && broken.length < STORIES) broken.push(report)
      // The test runner must get a word in.
      if (seed % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    console.log(`${runs} runs\n\n${tableText(reached)}`)
  }, 1_800_000)

  test('strands no order, takes no wrong money and loses no eSIM, whatever fails at whichever step', () => {
    expect(broken.map(storyOf).join('\n\n')).toBe('')
    expect(runs).toBeGreaterThanOrEqual(5_000)
  })

  test('meets every fault at every place and boundary', () => {
    expect(emptyCells(reached)).toEqual([])
  })

  test('tells the same story for the same seed', async () => {
    expect(await simulate(77)).toEqual(await simulate(77))
  })
})
