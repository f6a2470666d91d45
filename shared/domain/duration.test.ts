import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeDuration, formatDuration, parseDuration } from './duration'

const hour = 3_600_000
const day = 24 * hour

test.each([
  ['P30D', 30 * day],
  ['P2W', 14 * day],
  ['P1DT2H30M10S', day + 2.5 * hour + 10_000],
  ['PT12H', 12 * hour],
  ['PT90M', 1.5 * hour],
  ['PT0S', 0],
  ['P23DT23H', 23 * day + 23 * hour],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each([
  '',
  'P',
  'PT',
  'P1DT',
  '30D',
  'P1M',
  'P1Y',
  'PT1.5H',
  '-P1D',
  'P-1D',
  'p1d',
  'PT5S1M',
  ' P1D',
  'P1D ',
  'P99999999999D',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

describe('writing', () => {
  test.each([
    [0, 'PT0S'],
    [-1, 'PT0S'],
    [Number.NaN, 'PT0S'],
    [Number.POSITIVE_INFINITY, 'PT0S'],
    [999, 'PT0S'],
    [12 * day + 6 * hour, 'P12DT6H'],
    [day, 'P1D'],
    [61_500, 'PT1M1S'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('what is written is read back to the second, in the form that GetBalance promises', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4000 * day }), (ms) => {
        const text = formatDuration(ms)
        expect(parseDuration(text)).toBe(Math.floor(ms / 1000) * 1000)
        expect(text).toMatch(/^P(?=\d|T\d)(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?$/)
      }),
    )
  })
})

test.each([
  [30 * day, 'en', '30 days'],
  [day, 'en', '1 day'],
  [30 * day, 'de', '30 Tage'],
  [3 * hour + 20 * 60_000, 'en', '3 hours, 20 minutes'],
  [2 * day + 5 * 60_000, 'en', '2 days'],
  [90_000, 'en', '1 minute'],
  [5000, 'en', '5 seconds'],
  [0, 'en', '0 seconds'],
])('%d ms in %s: %s', (ms, language, text) => {
  expect(describeDuration(ms, language)).toBe(text)
})
