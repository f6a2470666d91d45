import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDeviceReport, parseDeviceTime } from './device-report'

const report = (codes?: string, times?: string, iccid?: string) =>
  parseDeviceReport(
    new Headers({
      ...(codes === undefined ? {} : { 'X-MP-LPAError-Codes': codes }),
      ...(times === undefined ? {} : { 'X-MP-LPAError-TimeStamps': times }),
      ...(iccid === undefined ? {} : { 'X-MP-LPAError-ICCIDs': iccid }),
    }),
  )

describe('times', () => {
  test.each([
    ['3/2/2024 9:05:07 AM', '2024-03-02T09:05:07.000Z'],
    ['12/31/2024 12:00:00 AM', '2024-12-31T00:00:00.000Z'],
    ['12/31/2024 12:00:00 PM', '2024-12-31T12:00:00.000Z'],
    ['3/2/2024 9:05:07 PM +01:00', '2024-03-02T20:05:07.000Z'],
    ['3/2/2024 9:05:07 AM -08:00', '2024-03-02T17:05:07.000Z'],
    ['3/2/2024 9:05:07 AM Z', '2024-03-02T09:05:07.000Z'],
    ['3/2/2024 21:05:07', '2024-03-02T21:05:07.000Z'],
    ['3/2/2024 9:05 PM', '2024-03-02T21:05:00.000Z'],
    ['3/2/2024  9:05:07\u202fPM', '2024-03-02T21:05:07.000Z'],
    ['2024-03-02T09:05:07', '2024-03-02T09:05:07.000Z'],
    ['2024-03-02T09:05:07+01:00', '2024-03-02T08:05:07.000Z'],
  ])('%j is %s', (text, iso) => {
    expect(parseDeviceTime(text)?.toISOString()).toBe(iso)
  })

  test.each([
    '',
    'yesterday',
    '13/2/2024 9:05:07 AM',
    '2/31/2024 9:05:07 AM',
    '3/2/2024 13:05:07 PM',
    '3/2/2024 9:60:07 AM',
    '2024-13-02T09:05:07',
  ])('%j is unknown', (text) => {
    expect(parseDeviceTime(text)).toBeUndefined()
  })
})

describe('reports', () => {
  test('a long one is turned away as fast as it is read', () => {
    expect(parseDeviceTime(`3/2/2024 9:05:07${' '.repeat(500_000)}!`)).toBeUndefined()
  })

  test('without headers there is nothing to act on', () => {
    expect(report()).toEqual({ errors: [] })
    expect(report('', '', '')).toEqual({ errors: [] })
  })

  test('the latest time decides, wherever it stands', () => {
    const times = '3/2/2024 9:09:00 AM,3/2/2024 9:07:41 AM'
    expect(report('ServerNotReachable,CardBusy', times).errorToActOn?.code).toBe('ServerNotReachable')
  })

  test('without times the last code decides; fewer times than codes leave the rest unknown', () => {
    expect(report('ServerNotReachable,CardBusy').errorToActOn).toEqual({ code: 'CardBusy' })
    expect(report('ServerNotReachable,CardBusy', '3/2/2024 9:05:07 AM')).toMatchObject({
      errors: [{ code: 'ServerNotReachable', at: '2024-03-02T09:05:07.000Z' }, { code: 'CardBusy' }],
      errorToActOn: { code: 'ServerNotReachable' },
    })
  })

  test('of equal times the later in the list decides', () => {
    const times = '3/2/2024 9:05:07 AM,3/2/2024 9:05:07 AM'
    expect(report('ServerNotReachable,CardBusy', times).errorToActOn?.code).toBe('CardBusy')
  })

  test('an unknown code counts as Other, and an empty one does not shift the times', () => {
    expect(report('BrandNew,,CardBusy', 'x,y,3/2/2024 9:05:07 AM').errors).toEqual([
      { code: 'Other' },
      { code: 'CardBusy', at: '2024-03-02T09:05:07.000Z' },
    ])
  })

  test('the first ICCID counts; one that is none is left out', () => {
    expect(report('CardBusy', undefined, '8901260123456789011F, 8901260123456789029').iccid).toBe('8901260123456789011')
    expect(report('CardBusy', undefined, 'abc').iccid).toBeUndefined()
  })

  test('no header makes the reader throw, and at most 50 errors are kept', () => {
    const header = fc.string().map((text) => text.replaceAll(/[^\x20-\x7e]/g, ''))
    fc.assert(
      fc.property(header, header, header, (codes, times, iccid) => {
        expect(report(codes, times, iccid).errors.length).toBeLessThanOrEqual(50)
      }),
    )
    expect(report('CardBusy,'.repeat(300)).errors).toHaveLength(50)
  })
})
