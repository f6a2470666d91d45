import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ActivationCode,
  formatActivationCode,
  isHostName,
  lpaLink,
  parseActivationCode,
  qrText,
} from './activation-code'

const smdpAddress = 'smdp.example.net'
const matchingId = '7H2K-QX4M-9D3T'

describe('writing', () => {
  test.each<[ActivationCode, string]>([
    [{ smdpAddress, matchingId }, '1$smdp.example.net$7H2K-QX4M-9D3T'],
    [{ smdpAddress, matchingId, confirmationCodeRequired: true }, '1$smdp.example.net$7H2K-QX4M-9D3T$$1'],
    [{ smdpAddress, matchingId, oid: '2.999.7' }, '1$smdp.example.net$7H2K-QX4M-9D3T$2.999.7'],
    [
      { smdpAddress, matchingId, oid: '2.999.7', confirmationCodeRequired: true },
      '1$smdp.example.net$7H2K-QX4M-9D3T$2.999.7$1',
    ],
    [{ smdpAddress, matchingId: '' }, '1$smdp.example.net$'],
    [{ smdpAddress, matchingId: '', oid: '2.999.7' }, '1$smdp.example.net$$2.999.7'],
  ])('%j becomes %s', (fields, code) => {
    expect(formatActivationCode(fields)).toBe(code)
    expect(parseActivationCode(code)).toEqual(fields)
  })

  test.each<[string, ActivationCode]>([
    ['address', { smdpAddress: 'https://smdp.example.net', matchingId }],
    ['address', { smdpAddress: '', matchingId }],
    ['matching-id', { smdpAddress, matchingId: 'ab_c' }],
    ['matching-id', { smdpAddress, matchingId: 'A$B' }],
    ['oid', { smdpAddress, matchingId, oid: 'x' }],
    ['too-long', { smdpAddress, matchingId: 'A'.repeat(240) }],
  ])('a wrong %s is an error that does not show the value', (problem, fields) => {
    expect(() => formatActivationCode(fields)).toThrow(
      expect.objectContaining({
        code: 'activation_code_invalid',
        problem,
        message: `not an activation code: ${problem}`,
      }),
    )
  })

  test('link and QR code carry the code raw, with all its dollar signs', () => {
    const code = '1$smdp.example.net$7H2K-QX4M-9D3T$$1'
    expect(lpaLink(code)).toBe('lpa:1$smdp.example.net$7H2K-QX4M-9D3T$$1')
    expect(qrText(code)).toBe('LPA:1$smdp.example.net$7H2K-QX4M-9D3T$$1')
    expect(new URL(lpaLink(code)).href).toBe(lpaLink(code))
  })
})

describe('reading', () => {
  test.each(['LPA:', 'lpa:', 'Lpa:', ' LPA:', ''])('the prefix %j is accepted', (prefix) => {
    expect(parseActivationCode(`${prefix}1$smdp.example.net$X`)).toEqual({ smdpAddress, matchingId: 'X' })
  })

  test('a lower-case matching id is kept, and further fields are passed over', () => {
    expect(parseActivationCode('1$smdp.example.net$abC$$$1$x')).toEqual({ smdpAddress, matchingId: 'abC' })
  })

  test.each([
    '',
    '2$smdp.example.net$X',
    '1$smdp.example.net',
    '1$https://smdp.example.net$X',
    '1$smdp.example.net$ab_c',
    '1$smdp.example.net$7H2K$$0',
    '1$smdp.example.net$7H2K$oid',
    `1$smdp.example.net$${'A'.repeat(240)}`,
    'LPA:LPA:1$smdp.example.net$X',
  ])('%j is refused', (text) => {
    expect(parseActivationCode(text)).toBeUndefined()
  })

  test('whatever is written is read back the same, bare, as a link and as a QR code', () => {
    const label = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?$/)
    const fields = fc.record(
      {
        smdpAddress: fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.')),
        matchingId: fc.stringMatching(/^[0-9A-Z-]{0,60}$/),
        oid: fc.array(fc.nat(9999), { minLength: 2, maxLength: 6 }).map((numbers) => numbers.join('.')),
        confirmationCodeRequired: fc.constant(true as const),
      },
      { requiredKeys: ['smdpAddress', 'matchingId'] },
    )
    fc.assert(
      fc.property(fields, (given) => {
        const code = formatActivationCode(given)
        for (const text of [code, lpaLink(code), qrText(code)]) expect(parseActivationCode(text)).toEqual(given)
      }),
    )
  })

  test('no text makes the reader throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseActivationCode(text)))
  })
})

test('host names have labels of 1 to 63 characters and 253 in all', () => {
  expect(['localhost', 'a.b-c.example', `${'a'.repeat(63)}.net`].every(isHostName)).toBe(true)
  expect(
    ['', '.', 'a..b', '-a.net', 'a-.net', `${'a'.repeat(64)}.net`, 'a_b.net', 'a.net:8443', `${'a.'.repeat(127)}`].some(
      isHostName,
    ),
  ).toBe(false)
})
