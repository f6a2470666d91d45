import { describe, expect, test } from 'vitest'
import { parseMoment, periodOf } from './period'

const now = Date.parse('2026-03-10T12:34:56.789Z')
const complete = now - 600_000

describe('a moment', () => {
  test.each([
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T00:00:00Z', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T00:00:00.5+01:00', '2026-02-28T23:00:00.500Z'],
  ])('%s is %s', (text, instant) => {
    expect(new Date(parseMoment(text) ?? 0).toISOString()).toBe(instant)
  })

  test.each(['', 'yesterday', '2026-02-30', '2026-3-1', '2026-03-01T00:00:00', '2026-03-01 00:00', '1772323200'])(
    '%j is none',
    (text) => {
      expect(parseMoment(text)).toBeUndefined()
    },
  )
})

describe('a period', () => {
  test('begins at a midnight 31 days ago and goes as far as records are complete, where nobody says otherwise', () => {
    expect(periodOf({}, complete, now)).toEqual({ from: Date.parse('2026-02-07T00:00:00Z'), to: complete })
  })

  test.each([
    [{ from: complete, to: complete }, 'earlier than --to'],
    [{ from: now }, 'earlier than --to'],
    [{ to: complete + 1 }, '--to can be at most 2026-03-10T12:24:56.789Z'],
    [{ from: Date.parse('1999-01-01') }, 'so long ago'],
  ])('%j is refused', (asked, reason) => {
    expect(() => periodOf(asked, complete, now)).toThrow(reason)
  })
})
