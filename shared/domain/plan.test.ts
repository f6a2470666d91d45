import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import sample from '../../operator.json'
import { formatAmount, formatPrice } from './money'
import { parseOperator } from './operator'
import {
  downloadDelayMinutes,
  formatMegabytes,
  planById,
  planDelivery,
  plansFor,
  registrationIntervalMinutes,
  roundUpToQuarterHour,
} from './plan'

/** `Intl` separates with various blanks. */
const plain = (text: string) => text.replaceAll(/\s/g, ' ')

test.each([
  [0, 0, 'inline', 0, 0],
  [30, 0, 'delayed', 30, 0],
  [0, 30, 'asynchronous', 0, 30],
  [0, 5, 'asynchronous', 0, 15],
  [20, 25, 'delayed', 45, 0],
])('downloadAfter %i, registerAfter %i: %s', (downloadAfter, registerAfter, delivery, delay, interval) => {
  const plan = { downloadAfter, registerAfter }
  expect(planDelivery(plan)).toBe(delivery)
  expect(downloadDelayMinutes(plan)).toBe(delay)
  expect(registrationIntervalMinutes(plan)).toBe(interval)
})

test('rounding to quarter hours never goes down, never adds a whole one, and keeps 0', () => {
  expect(roundUpToQuarterHour(0)).toBe(0)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_080 }), (minutes) => {
      const rounded = roundUpToQuarterHour(minutes)
      expect(rounded % 15).toBe(0)
      expect(rounded - minutes).toBeGreaterThanOrEqual(0)
      expect(rounded - minutes).toBeLessThan(15)
    }),
  )
})

describe('plans of a market', () => {
  const parsed = parseOperator(sample)
  const plans = parsed.ok ? parsed.operator.plans : []

  test('regional plans show in their markets only, world-wide ones everywhere, all of them where the market is unknown', () => {
    expect(plansFor(plans, 'SE').map(({ id }) => id)).toEqual(['travel-2', 'travel-10', 'regional-20', 'monthly-15'])
    expect(plansFor(plans, 'se')).toEqual(plansFor(plans, 'SE'))
    expect(plansFor(plans, 'JP').map(({ id }) => id)).toEqual(['travel-2', 'travel-10', 'monthly-15'])
    expect(plansFor(plans, undefined)).toEqual(plans)
  })

  test('a plan is found by its id', () => {
    expect(planById(plans, 'home-50')?.registerAfter).toBe(5)
    expect(planById(plans, 'none')).toBeUndefined()
  })
})

describe('money', () => {
  test.each([
    [999, 'EUR', 'en', '€9.99'],
    [999, 'EUR', 'de', '9,99 €'],
    [1200, 'JPY', 'en', '¥1,200'],
    [1234, 'KWD', 'en', 'KWD 1.234'],
  ])('%i minor units of %s in %s: %s', (amount, currency, language, text) => {
    expect(plain(formatAmount(amount, currency, language))).toBe(text)
    expect(formatPrice({ amountMinor: amount, currency, taxRate: 0 }, language)).toBe(
      formatAmount(amount, currency, language),
    )
  })
})

test.each([
  [500, 'en', '500 MB'],
  [4352, 'en', '4.25 GB'],
  [4352, 'de', '4,25 GB'],
  [1024, 'en', '1 GB'],
  [1023.9, 'en', '1,023 MB'],
  [2047, 'en', '1.99 GB'],
  [0, 'en', '0 MB'],
  [-5, 'en', '0 MB'],
])('%d MB in %s: %s', (megabytes, language, text) => {
  expect(plain(formatMegabytes(megabytes, language))).toBe(text)
})
