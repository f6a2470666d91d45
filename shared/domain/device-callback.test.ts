import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cellularIdLink, type DeviceCallback, type DevicePlaceholder, parseDeviceCallback } from './device-callback'
import { parseDeviceEntry } from './device-entry'

const state = 'Q2x8mT5vLr0ZkP9sWn3YbA'
const eid = '89044045930000000000001234567853'
const imei = '490154203237518'

function callbackOf(rawQuery: string): DeviceCallback {
  const parsed = parseDeviceCallback(rawQuery)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.callback
}

describe('link', () => {
  const callbackUrl = 'https://portal.example.net/portal/device'

  test('carries the callback URL raw, our values first, the placeholders last', () => {
    const link = cellularIdLink({ callbackUrl, values: { state }, ask: ['eid', 'imei', 'make', 'model'] })
    expect(link).toBe(
      `ms-settings:cellular-id?callbackUrl=https://portal.example.net/portal/device?state=${state}&eid={eid}&imei={imei}&make={make}&model={model}`,
    )
    expect(new URL(link).href).toBe(link)
  })

  test.each<[string, Partial<Parameters<typeof cellularIdLink>[0]>]>([
    ['callback_not_https', { callbackUrl: 'http://portal.example.net/portal/device' }],
    ['callback_not_https', { callbackUrl: `${callbackUrl}?x=1` }],
    ['callback_not_https', { callbackUrl: `${callbackUrl}#x` }],
    ['callback_not_https', { callbackUrl: '/portal/device' }],
    ['callback_without_placeholder', { ask: [] }],
    ['callback_value_unsafe', { values: { state: 'a b' } }],
    ['callback_value_unsafe', { values: { state: 'a%20b' } }],
    ['callback_value_unsafe', { values: { state: '{eid}' } }],
    ['callback_value_unsafe', { values: { 'st&te': 'a' } }],
    ['callback_value_unsafe', { values: { state: '' } }],
    ['callback_too_long', { values: { state: 'a'.repeat(1000) } }],
  ])('%s: %j', (code, changes) => {
    expect(() => cellularIdLink({ callbackUrl, values: { state }, ask: ['eid'], ...changes })).toThrow(
      expect.objectContaining({ code }),
    )
  })

  test('what Windows fills in is what we read', () => {
    const text = fc
      .string({ minLength: 1, maxLength: 100, unit: 'grapheme' })
      .filter((value) => value.trim() === value && !/\p{Cc}|\p{Cs}/u.test(value) && value.length <= 256)
    fc.assert(
      fc.property(text, text, (make, model) => {
        const base64 = (value: string) => Buffer.from(value, 'utf8').toString('base64')
        const filled = cellularIdLink({ callbackUrl, values: { state }, ask: ['eid', 'imei', 'make', 'model'] })
          .split('{eid}')
          .join(eid)
          .split('{imei}')
          .join(imei)
          .split('{make}')
          .join(base64(make))
          .split('{model}')
          .join(base64(model))
        const query = filled.slice(filled.lastIndexOf('?'))
        expect(callbackOf(query)).toEqual({ state, eid, imei, make, model, unusable: [] })
      }),
    )
  })
})

describe('callback', () => {
  test('the documented form, with unescaped padding', () => {
    const query = `state=${state}&eid=${eid}&imei=${imei}&make=Q29udG9zbw==&model=Q29udG9zbyBCb29rIDU=`
    expect(callbackOf(query)).toEqual({ state, eid, imei, make: 'Contoso', model: 'Contoso Book 5', unusable: [] })
  })

  test.each(['iccid=', 'iccid={iccid}', 'iccid=%7Biccid%7D', 'x=y', ''])('?%s: the ICCID is unknown', (query) => {
    expect(callbackOf(query)).toEqual({ unusable: [] })
  })

  test.each(['Q29udG9zbw==', 'Q29udG9zbw%3D%3D', 'Q29udG9zbw'])('make=%s is Contoso', (make) => {
    expect(callbackOf(`make=${make}`).make).toBe('Contoso')
  })

  test.each(['Pz8+', 'Pz8%2B', 'Pz8%20', 'Pz8-'])('model=%s: plus in all its disguises', (model) => {
    expect(callbackOf(`model=${model}`).model).toBe('??>')
  })

  test.each<[string, DevicePlaceholder]>([
    ['eid=12345678', 'eid'],
    ['eid=89044045930000000000001234567854', 'eid'],
    ['imei=123456789', 'imei'],
    ['iccid=12', 'iccid'],
    ['make=%F0%28', 'make'],
    ['make=_____w', 'make'],
    ['make=AAAA', 'make'],
    [`model=${'QUFB'.repeat(100)}`, 'model'],
  ])('?%s is listed as unusable', (query, field) => {
    expect(callbackOf(query)).toEqual({ unusable: [field] })
  })

  test('only a state that we could have made is taken', () => {
    for (const text of ['short', 'a'.repeat(129), `${state}%20`, '{state}', '%3Cscript%3Ealert'])
      expect(callbackOf(`state=${text}`).state).toBeUndefined()
  })

  test('the first of repeated values counts, and more than 8 KB are refused', () => {
    expect(callbackOf(`imei=${imei}&imei=1`).imei).toBe(imei)
    expect(parseDeviceCallback('a'.repeat(8193))).toEqual({ ok: false, problem: 'too-long', field: 'query' })
  })

  test('no query makes the reader throw', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => parseDeviceCallback(`make=${a}&model=${b}`).ok))
  })
})

describe('typed by hand', () => {
  test('blanks and hyphens do not matter', () => {
    expect(
      parseDeviceEntry({ eid: '8904 4045 9300 0000 0000 0012 3456 7853', imei: '49-015420-323751-8' }, ['eid']),
    ).toEqual({
      ok: true,
      identifiers: { eid, imei },
      warnings: [],
    })
  })

  test('a slip in the EID stops, in IMEI or ICCID it warns', () => {
    expect(parseDeviceEntry({ eid: '89044045930000000000001234567854' }, ['eid'])).toEqual({
      ok: false,
      problems: [{ field: 'eid', problem: 'check-digit' }],
    })
    expect(parseDeviceEntry({ imei: '490154203237519', iccid: '8901260123456789038F' }, [])).toEqual({
      ok: true,
      identifiers: { imei: '490154203237519', iccid: '8901260123456789038' },
      warnings: [
        { field: 'imei', problem: 'check-digit' },
        { field: 'iccid', problem: 'check-digit' },
      ],
    })
  })

  test('every field at fault is named', () => {
    expect(parseDeviceEntry({ eid: '', imei: '12', iccid: 'abc' }, ['eid'])).toEqual({
      ok: false,
      problems: [
        { field: 'eid', problem: 'missing' },
        { field: 'imei', problem: 'wrong-length' },
        { field: 'iccid', problem: 'not-digits' },
      ],
    })
  })

  test('an empty field that is not required is simply unknown', () => {
    expect(parseDeviceEntry({ imei: '  ' }, [])).toEqual({ ok: true, identifiers: {}, warnings: [] })
  })
})
