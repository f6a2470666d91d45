import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Launch, parseLaunch } from './launch'

const eid = '89044045930000000000001234567853'
const imei = '490154203237518'
const iccids = '8901260123456789011,8901260123456789029'
const esim = `market=DE&location=PT&transactionId=%2FKx3pQ9mTzW1.2&eid=${eid}&imei=${imei}&iccids=${iccids}`
const physical = `iccid=8901260123456789037&imei=${imei}&market=us&transactionId=Zp0aM4cVbN8kQe2R.3&location=us`

const parse = (rawQuery: string, headers: Record<string, string> = {}) =>
  parseLaunch({ rawQuery, headers: new Headers(headers) })

function launchOf(rawQuery: string, headers?: Record<string, string>): Launch {
  const parsed = parse(rawQuery, headers)
  if (!parsed.ok) throw new Error(`${parsed.field} ${parsed.problem}`)
  return parsed.launch
}

describe('launches', () => {
  test('an eSIM with two profiles of ours', () => {
    expect(launchOf(`?${esim}`)).toEqual({
      isLaunch: true,
      sim: 'esim',
      eid,
      imei,
      iccids: ['8901260123456789011', '8901260123456789029'],
      location: 'PT',
      market: 'DE',
      transactionId: '/Kx3pQ9mTzW1.2',
      warnings: [],
      report: { errors: [] },
    })
  })

  test('a physical SIM, with countries in lower case', () => {
    expect(launchOf(physical)).toEqual({
      isLaunch: true,
      sim: 'physical',
      iccid: '8901260123456789037',
      imei,
      iccids: [],
      location: 'US',
      market: 'US',
      transactionId: 'Zp0aM4cVbN8kQe2R.3',
      warnings: [],
      report: { errors: [] },
    })
  })

  test('a launch survives the session store, which keeps JSON', () => {
    expect(JSON.parse(JSON.stringify(launchOf(esim)))).toEqual(launchOf(esim))
  })

  test.each(['', '?', 'utm_source=mail', 'transactionId=abc', 'eid=', 'iccids=,%20,', 'market=DE'])(
    '?%s is a bare visit',
    (query) => {
      expect(launchOf(query).isLaunch).toBe(false)
    },
  )

  test('a bare visit is not reproached for what it lacks', () => {
    expect(launchOf('').warnings).toEqual([])
  })
})

describe('loads with a warning', () => {
  test('blanks after the equals sign and the comma, which are not even worth a warning', () => {
    const query = esim.replace('eid=', 'eid=%20').replace(',', ',%20')
    expect(launchOf(query)).toEqual(launchOf(esim))
    expect(launchOf(query.replaceAll('%20', '+'))).toEqual(launchOf(esim))
  })

  const warned = (query: string) => launchOf(query).warnings.map(({ field, problem }) => `${field} ${problem}`)

  test('missing parameters', () => {
    expect(warned(`eid=${eid}`)).toEqual([
      'imei missing',
      'location missing',
      'market missing',
      'transactionId missing',
    ])
  })

  test('a repeated parameter, of which the first counts', () => {
    const launch = launchOf(`${esim}&market=FR&eid=x`)
    expect(launch).toMatchObject({ market: 'DE', eid })
    expect(launch.warnings).toEqual([
      { field: 'market', problem: 'repeated' },
      { field: 'eid', problem: 'repeated' },
    ])
  })

  test('unknown parameters, repeated or not, go unmentioned', () => {
    expect(warned(`${esim}&x=1&x=2&toString=3&toString=4`)).toEqual([])
  })

  test('an EID with wrong check digits, which is not used', () => {
    const launch = launchOf(esim.replace(eid, '89044045930000000000001234567854'))
    expect(launch.eid).toBeUndefined()
    expect(launch).toMatchObject({ isLaunch: true, sim: 'esim', warnings: [{ field: 'eid', problem: 'check-digit' }] })
  })

  test('short numbers, which are not used either', () => {
    expect(warned('eid=1234&imei=123&location=PT&market=DE&transactionId=x&iccids=55')).toEqual([
      'iccids wrong-length',
      'eid wrong-length',
      'imei wrong-length',
    ])
  })

  test('ICCIDs and IMEIs with wrong check digits are used; a trailing F goes, a repeated ICCID stands once', () => {
    const launch = launchOf('iccids=988247000100003555,8901260123456789011F,8901260123456789011f&imei=490154203237519')
    expect(launch).toMatchObject({ iccids: ['988247000100003555', '8901260123456789011'], imei: '490154203237519' })
    expect(launch.warnings).toContainEqual({ field: 'iccids', problem: 'check-digit' })
    expect(launch.warnings).toContainEqual({ field: 'imei', problem: 'check-digit' })
  })

  test('countries that are none', () => {
    expect(warned('eid=1&imei=&location=UK&market=DEU&transactionId=x')).toContain('location not-a-country')
    expect(launchOf('eid=1&location=XX').location).toBeUndefined()
  })
})

describe('transaction id', () => {
  const id = (text: string) => launchOf(`${physical.replace('Zp0aM4cVbN8kQe2R.3', text)}`).transactionId

  test('is decoded once, and a raw plus stays a plus', () => {
    expect(id('a+b')).toBe('a+b')
    expect(id('a%2Bb')).toBe('a+b')
    expect(id('a%252Fb')).toBe('a%2Fb')
    expect(id('a=b')).toBe('a=b')
  })

  test('a malformed percent sequence leaves the text as it came, with a warning', () => {
    const launch = launchOf('eid=1&transactionId=a%zz')
    expect(launch.transactionId).toBe('a%zz')
    expect(launch.warnings).toContainEqual({ field: 'transactionId', problem: 'malformed' })
  })

  test('64 characters count after decoding', () => {
    expect(id('%2F'.repeat(64))).toBe('/'.repeat(64))
    expect(parse(`eid=1&transactionId=${'%2F'.repeat(65)}`)).toEqual({
      ok: false,
      problem: 'too-long',
      field: 'transactionId',
    })
  })

  test('whatever id the app encodes is the id that we get', () => {
    const printable = fc
      .string({ minLength: 1, maxLength: 64, unit: 'grapheme-ascii' })
      .filter((text) => text.trim() === text)
    fc.assert(
      fc.property(printable, (text) => {
        expect(id(encodeURIComponent(text))).toBe(text)
      }),
    )
  })
})

describe('refused', () => {
  test.each([
    ['eid=89044045930000000000001234567853X', 'eid', 'too-long'],
    ['eid=8904404593000000000000123456785X', 'eid', 'not-digits'],
    ['eid=%3Cscript%3E', 'eid', 'not-digits'],
    ['eid=89%zz', 'eid', 'not-digits'],
    ['imei=49-015420-3237', 'imei', 'not-digits'],
    ['imei=4901542032375180', 'imei', 'too-long'],
    ['iccid=89012601234567890AB', 'iccid', 'not-digits'],
    ['iccid=890126012345678903712', 'iccid', 'too-long'],
    ['iccid=89012601234567890371234', 'iccid', 'too-long'],
    ['iccids=8901260123456789011,x', 'iccids', 'not-digits'],
    ['iccids=8901260123456789011,890126012345678901112', 'iccids', 'too-long'],
    [`iccids=${'8901260123456789011,'.repeat(65)}`, 'iccids', 'too-long'],
    [`market=${'D'.repeat(17)}`, 'market', 'too-long'],
    [`x=${'a'.repeat(8191)}`, 'query', 'too-long'],
  ])('%s', (query, field, problem) => {
    expect(parse(query)).toEqual({ ok: false, field, problem })
  })

  test('8 KB are still read', () => {
    expect(parse(`x=${'a'.repeat(8190)}`).ok).toBe(true)
  })

  test('no query makes the reader throw, and every identifier that it lets through is made of digits', () => {
    const name = fc.constantFrom(
      'eid',
      'iccid',
      'iccids',
      'imei',
      'market',
      'location',
      'transactionId',
      '__proto__',
      '%',
    )
    const query = fc
      .array(fc.tuple(name, fc.string()), { maxLength: 8 })
      .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'))
    fc.assert(
      fc.property(query, (text) => {
        const parsed = parse(text)
        if (!parsed.ok) return
        const { launch } = parsed
        for (const number of [launch.eid, launch.imei, launch.iccid, ...launch.iccids]) {
          if (number !== undefined) expect(number).toMatch(/^\d+$/)
        }
      }),
    )
  })
})

test('the report of an earlier download comes with the launch', () => {
  const launch = launchOf(esim, {
    'X-MP-LPAError-Codes': 'ServerNotReachable,CardBusy',
    'X-MP-LPAError-TimeStamps': '3/2/2024 9:05:07 AM,3/2/2024 9:07:41 AM',
    'X-MP-LPAError-ICCIDs': '8901260123456789011',
  })
  expect(launch.report).toEqual({
    errors: [
      { code: 'ServerNotReachable', at: '2024-03-02T09:05:07.000Z' },
      { code: 'CardBusy', at: '2024-03-02T09:07:41.000Z' },
    ],
    errorToActOn: { code: 'CardBusy', at: '2024-03-02T09:07:41.000Z' },
    iccid: '8901260123456789011',
  })
})
