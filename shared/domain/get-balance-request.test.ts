import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseGetBalanceRequest } from './get-balance-request'

const simId = '8988247000100003319'
const parse = (query: string, id = simId) => parseGetBalanceRequest(id, new URLSearchParams(query))

describe('accepted', () => {
  test.each<[string, object]>([
    ['', { fields: 'basic' }],
    ['fieldsTemplate=basic&limit=1&location=US', { fields: 'basic', limit: 1, location: 'US' }],
    ['fieldsTemplate=basic&limit=1&location=us', { fields: 'basic', limit: 1, location: 'US' }],
    ['fieldsTemplate=full', { fields: 'full' }],
    ['fieldTemplate=Full', { fields: 'full' }],
    ['fieldsTemplate=Basic', { fields: 'basic' }],
    ['limit=2147483647', { fields: 'basic', limit: 2_147_483_647 }],
    ['limit=0', { fields: 'basic', limit: 0 }],
    ['location=', { fields: 'basic' }],
    ['location=UK', { fields: 'basic', location: 'GB' }],
    ['location=AQ', { fields: 'basic', location: 'AQ' }],
    ['colour=blue&colour=red', { fields: 'basic' }],
  ])('?%s', (query, request) => {
    expect(parse(query)).toEqual({ ok: true, request: { iccid: simId, ...request } })
  })

  test.each([`iccid:${simId}`, `iccid: ${simId}`, `ICCID:${simId}F`])('the SIM written as %j', (id) => {
    expect(parse('', id)).toEqual({ ok: true, request: { iccid: simId, fields: 'basic' } })
  })
})

describe('refused', () => {
  test.each([
    ['fieldsTemplate=everything', 'fieldsTemplate'],
    ['fieldTemplate=everything', 'fieldsTemplate'],
    ['fieldsTemplate=', 'fieldsTemplate'],
    ['fieldsTemplate=full&fieldTemplate=full', 'fieldsTemplate'],
    ['limit=-1', 'limit'],
    ['limit=2147483648', 'limit'],
    ['limit=99999999999999999999', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e3', 'limit'],
    ['limit=%2B1', 'limit'],
    ['limit=abc', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['location=XX', 'location'],
    ['location=USA', 'location'],
    ['location=12', 'location'],
    ['location=Us', 'location'],
    ['location=US&location=US', 'location'],
    ['fieldsTemplate=full&limit=1&location=ZZ', 'location'],
  ])('?%s names %s', (query, parameter) => {
    const parsed = parse(query)
    expect(parsed).toMatchObject({ ok: false, parameter })
    expect(!parsed.ok && parsed.message).toContain(parameter)
  })

  test('a bad parameter outranks a bad SIM', () => {
    expect(parse('limit=x', 'nonsense')).toMatchObject({ parameter: 'limit' })
    expect(parse('', 'nonsense')).toMatchObject({ parameter: 'simId' })
    expect(parse('', 'imsi:310150123456789')).toMatchObject({ parameter: 'simId' })
  })

  test('messages never repeat what was sent', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{6,20}$/), (text) => {
        const parsed = parse(`limit=${text}`)
        expect(!parsed.ok && parsed.message).toBe('limit must be an integer from 0 to 2147483647')
      }),
    )
  })
})
