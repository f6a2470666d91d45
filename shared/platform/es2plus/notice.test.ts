import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maxResultDataLength, parseProgressNotice } from './notice'

const eid = '89033024010400000100000000009136'
const complete = {
  header: { functionRequesterIdentifier: 'smdp.example.net', functionCallIdentifier: 'TX-567' },
  eid,
  iccid: '8988247000100003319F',
  profileType: 'P9054-2',
  timestamp: '2026-03-16T09:30:47Z',
  notificationPointId: 4,
  notificationPointStatus: { status: 'Executed-Success' },
  resultData: 'oBJPEKAAAAVZEBD/////iQAAEQA=',
}

function noticeOf(changes: Record<string, unknown>) {
  const result = parseProgressNotice({ ...complete, ...changes })
  if (!result.ok) throw new Error(`refused: ${result.reason}`)
  return result.notice
}

test('a complete notice is read as it stands', () => {
  expect(noticeOf({})).toEqual({
    iccid: '8988247000100003319',
    eid,
    profileType: 'P9054-2',
    point: 4,
    status: 'success',
    at: new Date('2026-03-16T09:30:47Z'),
    resultData: 'oBJPEKAAAAVZEBD/////iQAAEQA=',
    requester: 'smdp.example.net',
  })
})

describe('leniency', () => {
  test('the point may be a number or digits, and one that nobody has heard of', () => {
    expect([3, '3', '04', 101, 0].map((notificationPointId) => noticeOf({ notificationPointId }).point)).toEqual([
      3, 3, 4, 101, 0,
    ])
  })

  test('the ICCID may be padded, in either case, or not', () => {
    for (const iccid of ['8988247000100003319', '8988247000100003319F', '8988247000100003319f']) {
      expect(noticeOf({ iccid }).iccid).toBe('8988247000100003319')
    }
    expect(noticeOf({ iccid: '89470100001234567840' }).iccid).toBe('89470100001234567840')
  })

  test.each([
    [{ timestamp: '2026-03-16T09:30:47.123Z' }, '2026-03-16T09:30:47.123Z'],
    [{ timestamp: '2026-03-16T09:30:47.123456789+01:00' }, '2026-03-16T08:30:47.123Z'],
    [{ timestamp: '2026-03-16T09:30:47-0530' }, '2026-03-16T15:00:47.000Z'],
    [{ timestamp: undefined, timeStamp: '2026-03-16T09:30:47Z' }, '2026-03-16T09:30:47.000Z'],
    [{ timestamp: 1773653447 }, '2026-03-16T09:30:47.000Z'],
    [{ timestamp: '1773653447' }, '2026-03-16T09:30:47.000Z'],
    [{ timestamp: 1773653447123 }, '2026-03-16T09:30:47.123Z'],
    [{ timestamp: 'yesterday' }, undefined],
    [{ timestamp: '2026-03-16T09:30:47' }, undefined],
    [{ timestamp: '2026-13-16T09:30:47Z' }, undefined],
    [{ timestamp: 5 }, undefined],
    [{ timestamp: {} }, undefined],
    [{ timestamp: undefined }, undefined],
  ])('the time of %j is %s', (changes, expected) => {
    expect(noticeOf(changes).at?.toISOString()).toBe(expected)
  })

  test('what does not decide may be missing, wrong or too much', () => {
    expect(
      parseProgressNotice({
        iccid: complete.iccid,
        notificationPointId: '4',
        notificationPointStatus: { status: 'Executed-WithWarning', statusCodeData: { subjectCode: 8.2 } },
        header: 'none',
        eid: '01020300405060708090A0B0C0D0EOF',
        profileType: 'x'.repeat(5_000),
        resultData: '§§§',
        imei: '356938035643809',
        tac: '35693803',
      }),
    ).toEqual({ ok: true, notice: { iccid: '8988247000100003319', point: 4, status: 'success' } })
  })

  test('result data may be broken into lines; what is no Base64 is passed over as fast as it is read', () => {
    const read = (resultData: string) => {
      const parsed = parseProgressNotice({ ...complete, resultData })
      return parsed.ok ? parsed.notice.resultData : parsed.reason
    }
    expect(read(' QUJD\r\nREVG\n== \n')).toBe('QUJDREVG==')
    expect(read(`${' '.repeat(1_000_000)}!`)).toBeUndefined()
  })

  test('long result data is cut off', () => {
    expect(noticeOf({ resultData: 'A'.repeat(100_000) }).resultData).toHaveLength(maxResultDataLength)
  })
})

test('a failure keeps its code as text: 3.10 is not 3.1', () => {
  const notificationPointStatus = { status: 'Failed', statusCodeData: { subjectCode: '8.2.1', reasonCode: '3.10' } }
  expect(noticeOf({ notificationPointStatus })).toMatchObject({ status: 'failed', statusCode: '8.2.1/3.10' })
  expect(noticeOf({ notificationPointStatus: { status: 'Expired' } })).toMatchObject({ status: 'failed' })
})

test.each<[unknown, string]>([
  [undefined, 'not-an-object'],
  ['text', 'not-an-object'],
  [[complete], 'not-an-object'],
  [{ ...complete, iccid: undefined }, 'iccid-missing'],
  [{ ...complete, iccid: null }, 'iccid-missing'],
  [{ ...complete, iccid: '1234' }, 'iccid-malformed'],
  [{ ...complete, iccid: Number('8988247000100003319') }, 'iccid-malformed'],
  [{ ...complete, notificationPointId: undefined }, 'point-malformed'],
  [{ ...complete, notificationPointId: 'four' }, 'point-malformed'],
  [{ ...complete, notificationPointId: 3.5 }, 'point-malformed'],
  [{ ...complete, notificationPointStatus: undefined }, 'status-malformed'],
  [{ ...complete, notificationPointStatus: { status: 'Maybe' } }, 'status-malformed'],
])('case %#: a body that can never be processed is refused', (body, reason) => {
  expect(parseProgressNotice(body)).toEqual({ ok: false, reason })
})

test('no body at all makes the parser throw', () => {
  fc.assert(
    fc.property(fc.anything(), (body) => {
      expect(typeof parseProgressNotice(body).ok).toBe('boolean')
    }),
  )
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(complete)), fc.anything(), (member, value) => {
      expect(typeof parseProgressNotice({ ...complete, [member]: value }).ok).toBe('boolean')
    }),
  )
})
