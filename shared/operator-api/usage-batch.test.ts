import { describe, expect, test } from 'vitest'
import { maxReportBytes, maxUsageReports, parseUsageBatch } from './usage-batch'

const now = new Date('2026-03-10T12:00:00Z')
const iccid = '8999901000000010004'
const event = { id: 'cdr-1', iccid, at: '2026-03-10T11:00:00Z', bytes: 5 }
const parse = (...events: unknown[]) => parseUsageBatch({ events }, now)
const faultsOf = (body: unknown) => {
  const batch = parseUsageBatch(body, now)
  return batch.ok ? [] : batch.faults
}

test('a report is read as it is, its instant in UTC, its megabytes as bytes', () => {
  expect(
    parse(
      event,
      { id: '2', iccid: `iccid:${iccid}F`, at: '2026-03-10T12:30:00.25+01:00', megabytes: 1.5 },
      { id: '3', iccid, at: '2026-03-10T07:00:00-05:00', bytes: 0 },
    ),
  ).toEqual({
    ok: true,
    reports: [
      { ...event, at: '2026-03-10T11:00:00.000Z' },
      { id: '2', iccid, at: '2026-03-10T11:30:00.250Z', bytes: 1_572_864 },
      { id: '3', iccid, at: '2026-03-10T12:00:00.000Z', bytes: 0 },
    ],
  })
})

describe('a fault is told by event and field, without the value', () => {
  test.each<[string, object, object]>([
    ['id', { id: '' }, { field: 'id' }],
    ['blank in the id', { id: 'a b' }, { field: 'id' }],
    ['long id', { id: 'x'.repeat(65) }, { field: 'id' }],
    ['id as a number', { id: 7 }, { field: 'id', message: 'is text' }],
    ['no id', { id: undefined }, { field: 'id', message: 'is missing' }],
    ['letters in the ICCID', { iccid: '8999901000x' }, { field: 'iccid' }],
    ['ICCID as a number', { iccid: 8_999_901_000_000_010_000 }, { field: 'iccid' }],
    ['no offset', { at: '2026-03-10T11:00:00' }, { field: 'at' }],
    ['no such day', { at: '2026-02-30T11:00:00Z' }, { field: 'at' }],
    ['no such hour', { at: '2026-03-09T24:00:00Z' }, { field: 'at' }],
    ['eleven minutes ahead', { at: '2026-03-10T12:11:00Z' }, { field: 'at', message: 'is more than 10 minutes ahead' }],
    ['years ago', { at: '2022-03-10T12:11:00Z' }, { field: 'at', message: 'is more than 400 days ago' }],
    ['negative', { bytes: -1 }, { field: 'bytes' }],
    ['half a byte', { bytes: 0.5 }, { field: 'bytes', message: 'is whole' }],
    ['bytes as text', { bytes: '5' }, { field: 'bytes' }],
    ['too much', { bytes: maxReportBytes + 1 }, { field: 'bytes' }],
    ['too many megabytes', { bytes: undefined, megabytes: 1e9 }, { field: 'megabytes' }],
    ['both units', { megabytes: 1 }, { message: 'has either bytes or megabytes' }],
    ['no unit', { bytes: undefined }, { message: 'has either bytes or megabytes' }],
    ['another field', { [iccid]: 1 }, { message: 'has a field that is not known' }],
  ])('%s', (_, change, fault) => {
    const bad = JSON.parse(JSON.stringify({ ...event, ...change })) as object
    const faults = faultsOf({ events: [event, bad] })
    expect(faults).toMatchObject([{ index: 1, ...fault }])
    expect(JSON.stringify(faults)).not.toContain('899990')
  })

  test('what is no object at all', () => {
    for (const events of [[null], ['x'], [5], [[]], [[event]]])
      expect(faultsOf({ events })).toEqual([{ index: 0, message: 'is an object' }])
    for (const body of [undefined, null, [], 'x', {}, { events: {} }, { events: [event], more: 1 }])
      expect(faultsOf(body)).toMatchObject([{ message: 'the body is {"events": […]} and nothing else' }])
  })
})

test('a batch holds 1 to 1,000 reports, and tells of 20 faults at most', () => {
  expect(faultsOf({ events: [] })).toMatchObject([{ field: 'events' }])
  const many = (count: number, one: object) => Array.from({ length: count }, () => one)
  expect(parse(...many(maxUsageReports, event)).ok).toBe(true)
  expect(faultsOf({ events: many(maxUsageReports + 1, event) })).toMatchObject([{ field: 'events' }])
  const batch = parse(...many(30, { ...event, id: '' }))
  expect(batch).toMatchObject({ ok: false, count: 30 })
  expect(batch.ok ? 0 : batch.faults.length).toBe(20)
})

test('an instant ten minutes ahead is taken: clocks differ', () => {
  expect(parse({ ...event, at: '2026-03-10T12:10:00Z' }).ok).toBe(true)
})
