/** Thousands of delayed downloads that fall due together: each is released once and in time, whatever the clocks of the processes say. */
import { afterEach, describe, expect, test } from 'vitest'
import { defaultRules } from '../../shared/domain/order/rules'
import { delayedPlan } from '../support/plans'
import { playTimers, type Release } from './timers'

const full = process.env.TEST_SIZE === 'full'
const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAYS = 24 * 60
const start = new Date('2026-03-01T12:00:00Z')
const agreeing = [0, 0, 0]

const latest = (releases: readonly Release[]) => Math.max(...releases.map(({ lateMs }) => lateMs))
const earliest = (releases: readonly Release[]) => Math.min(...releases.map(({ lateMs }) => lateMs))

function expectOnceEach(releases: readonly Release[], count: number): void {
  expect(releases).toHaveLength(count)
  expect(releases.filter(({ times }) => times !== 1)).toEqual([])
}

const many = full ? 10_000 : 1_000
test(`${many} downloads due within one minute are all released, none twice, none early, none more than a second late`, async () => {
  const releases = await playTimers({ count: many, skewsMs: agreeing, plan: delayedPlan, start })
  expectOnceEach(releases, many)
  expect(earliest(releases)).toBeGreaterThanOrEqual(0)
  expect(latest(releases)).toBeLessThanOrEqual(SECOND)
}, 600_000)

test.each([1, 90, 364])(
  'a download that is %i days away is released as if it were minutes away',
  async (days) => {
    const count = full ? 1_000 : 100
    const plan = { ...delayedPlan, downloadAfter: days * DAYS }
    const releases = await playTimers({ count, skewsMs: agreeing, plan, start })
    expectOnceEach(releases, count)
    expect(earliest(releases)).toBeGreaterThanOrEqual(0)
    expect(latest(releases)).toBeLessThanOrEqual(SECOND)
  },
  120_000,
)

test.each([1, 2, 3])(
  'clocks that disagree by minutes shift a release by as much, and never double it (seed %i)',
  async (seed) => {
    const count = full ? 2_000 : 200
    const skewMs = 2 * MINUTE
    const releases = await playTimers({ count, skewsMs: [-skewMs, 0, skewMs], plan: delayedPlan, start, seed })
    expectOnceEach(releases, count)
    expect(earliest(releases)).toBeGreaterThanOrEqual(-skewMs)
    // A wake that comes to a clock behind its sender's is too early; the sweep sends another, a minute after the time, within a minute.
    expect(latest(releases)).toBeLessThanOrEqual(skewMs + 2 * MINUTE + SECOND)
    expect(latest(releases), 'still before the device asks').toBeLessThan(defaultRules.releaseMarginMs)
  },
  120_000,
)

describe('across a change to or from summer time', () => {
  const zone = process.env.TZ
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })

  test.each([
    ['2026-03-29T00:30:00Z', 'Europe/Berlin'],
    ['2026-10-25T00:30:00Z', 'Europe/Berlin'],
    ['2026-10-03T15:00:00Z', 'Australia/Lord_Howe'],
  ])('a plan bought at %s in %s is released after as many minutes as ever', async (bought, place) => {
    process.env.TZ = place
    const at = new Date(bought)
    const later = new Date(at.getTime() + 60 * MINUTE)
    expect(at.getTimezoneOffset(), 'the clocks change within this hour').not.toBe(later.getTimezoneOffset())
    const releases = await playTimers({
      count: 20,
      skewsMs: agreeing,
      plan: { ...delayedPlan, downloadAfter: 95 },
      start: at,
    })
    expectOnceEach(releases, 20)
    expect(earliest(releases)).toBeGreaterThanOrEqual(0)
    expect(latest(releases)).toBeLessThanOrEqual(SECOND)
  })
})
