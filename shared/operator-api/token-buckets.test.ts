import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTokenBuckets } from './token-buckets'

const takes = (times: number, take: () => { ok: boolean }) =>
  Array.from({ length: times }, () => take().ok).filter(Boolean).length

test('a burst is let through at once, then as many as come in', () => {
  const buckets = createTokenBuckets({ perSecond: 2, burst: 5 })
  expect(takes(10, () => buckets.take('a', 0))).toBe(5)
  expect(buckets.take('a', 499)).toEqual({ ok: false, retryAfterSeconds: 1 })
  expect(buckets.take('a', 500)).toEqual({ ok: true })
  expect(takes(100, () => buckets.take('a', 60_000))).toBe(5)
})

test('one key does not take from another', () => {
  const buckets = createTokenBuckets({ perSecond: 1, burst: 1 })
  expect([buckets.take('a', 0).ok, buckets.take('b', 0).ok, buckets.take('a', 0).ok]).toEqual([true, true, false])
})

test('the wait is told in whole seconds, and is long enough', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 50, noNaN: true }), fc.integer({ min: 1, max: 20 }), (perSecond, burst) => {
      const buckets = createTokenBuckets({ perSecond, burst })
      for (let i = 0; i < burst; i += 1) expect(buckets.take('a', 0).ok).toBe(true)
      const refused = buckets.take('a', 0)
      const wait = refused.ok ? 0 : refused.retryAfterSeconds
      expect(Number.isInteger(wait) && wait >= 1).toBe(true)
      expect(buckets.take('a', wait * 1000 + 1).ok).toBe(true)
    }),
  )
})

test('over any time no more pass than burst and rate allow', () => {
  const steps = fc.array(fc.nat(400), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (waits) => {
      const buckets = createTokenBuckets({ perSecond: 3, burst: 4 })
      let now = 0
      const passed = waits.filter((wait) => {
        now += wait
        return buckets.take('a', now).ok
      }).length
      expect(passed).toBeLessThanOrEqual(4 + (3 * now) / 1000 + 1e-6)
    }),
  )
})

test('a rate of nought is no limit, and a clock that goes back gives nothing away', () => {
  const free = createTokenBuckets({ perSecond: 0, burst: 1 })
  expect(takes(1000, () => free.take('a', 0))).toBe(1000)
  const buckets = createTokenBuckets({ perSecond: 1, burst: 1 })
  expect(buckets.take('a', 10_000).ok).toBe(true)
  expect(buckets.take('a', 0).ok).toBe(false)
  expect(buckets.take('a', 10_500).ok).toBe(false)
})

test('only so many keys are remembered, the last used ones', () => {
  const buckets = createTokenBuckets({ perSecond: 1, burst: 1 }, 3)
  for (const key of ['a', 'b', 'c', 'a', 'd']) buckets.take(key, 0)
  expect(buckets.take('a', 0).ok).toBe(false)
  expect(buckets.take('b', 0).ok).toBe(true)
})
