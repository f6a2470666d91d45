import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSubMinute, parseSchedule } from './cron'

const after = new Date('2026-11-22T10:49:23.500Z') // a Sunday

describe('a schedule', () => {
  test.each([
    ['0 */5 * * * *', '2026-11-22T10:50:00.000Z'],
    ['* * * * * *', '2026-11-22T10:49:24.000Z'],
    ['0 0 * * * *', '2026-11-22T11:00:00.000Z'],
    ['0 0 */2 * * *', '2026-11-22T12:00:00.000Z'],
    ['0 0 9-17 * * *', '2026-11-22T11:00:00.000Z'],
    ['0 30 9 * * *', '2026-11-23T09:30:00.000Z'],
    ['0 30 9 * * 1-5', '2026-11-23T09:30:00.000Z'],
    ['0 30 9 * Jan Mon', '2027-01-04T09:30:00.000Z'],
    ['0 30 9 * january Sunday,sat', '2027-01-02T09:30:00.000Z'],
    ['5,8,10 * * * * *', '2026-11-22T10:50:05.000Z'],
    ['20/20 * * * * *', '2026-11-22T10:49:40.000Z'],
    ['0 0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
    ['0 0 0 29 2 1', '2044-02-29T00:00:00.000Z'],
    ['0 0 0 31 * *', '2026-12-31T00:00:00.000Z'],
    ['59 59 23 31 12 *', '2026-12-31T23:59:59.000Z'],
    ['*/5 * * * *', '2026-11-22T10:50:00.000Z'],
    ['00:00:30', '2026-11-22T10:49:53.500Z'],
    ['1.00:00:00', '2026-11-23T10:49:23.500Z'],
  ])('%s is next due at %s', (text, next) => {
    expect(parseSchedule(text).next(after)?.toISOString()).toBe(next)
  })

  test('both day and day of week must fit, unlike in Unix cron', () => {
    expect(parseSchedule('0 0 0 13 * Fri').next(after)?.toISOString()).toBe('2027-08-13T00:00:00.000Z')
  })

  test('a time that is due is not due again at the same instant', () => {
    const due = new Date('2026-11-22T10:50:00.000Z')
    expect(parseSchedule('0 */5 * * * *').next(due)?.toISOString()).toBe('2026-11-22T10:55:00.000Z')
  })

  test.each([
    '',
    '* * * *',
    '* * * * * * *',
    '60 * * * * *',
    '* * 24 * * *',
    '* * * 0 * *',
    '* * * * 13 *',
    '* * * * * 7',
    '*/0 * * * * *',
    '5-1 * * * * *',
    'a * * * * *',
    '1,,2 * * * * *',
    '0 0 0 31 2 *',
    '00:00:00',
    '? * * * * *',
  ])('"%s" is refused', (text) => {
    expect(() => parseSchedule(text)).toThrow(expect.objectContaining({ code: 'schedule_invalid' }))
  })

  test('the next time fits every field, and none between was left out', () => {
    const field = (least: number, most: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: least, max: most }).map(String),
        fc.integer({ min: 2, max: 20 }).map((step) => `*/${step}`),
        fc
          .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
          .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      )
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
    fc.assert(
      fc.property(field(0, 59), field(0, 59), field(0, 23), seconds, (second, minute, hour, from) => {
        const start = new Date(from * 1000)
        const next = parseSchedule(`${second} ${minute} ${hour} * * *`).next(start)
        let expected = new Date((from + 1) * 1000)
        const allowed = [values(second, 59), values(minute, 59), values(hour, 23)]
        while (!fits(expected, allowed)) expected = new Date(expected.getTime() + 1000)
        expect(next?.getTime()).toBe(expected.getTime())
      }),
      { numRuns: 30 },
    )
  })

  test('is known as shorter than a minute or not', () => {
    expect(
      ['* * * * * *', '*/30 * * * * *', '00:00:30', '0 * * * * *', '0 0 * * * *'].map((text) =>
        isSubMinute(parseSchedule(text), after),
      ),
    ).toEqual([true, true, true, false, false])
  })
})

/** What a field allows, spelled out another way than the parser does. */
function values(text: string, most: number): Set<number> {
  const all = Array.from({ length: most + 1 }, (_, value) => value)
  if (text.startsWith('*/')) return new Set(all.filter((value) => value % Number(text.slice(2)) === 0))
  const [from, to = from] = text.split('-').map(Number)
  return new Set(text === '*' ? all : all.filter((value) => value >= (from ?? 0) && value <= (to ?? 0)))
}

function fits(date: Date, [second, minute, hour]: readonly Set<number>[]): boolean {
  return Boolean(
    second?.has(date.getUTCSeconds()) && minute?.has(date.getUTCMinutes()) && hour?.has(date.getUTCHours()),
  )
}
