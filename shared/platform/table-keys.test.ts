import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeTableKey, encodeTableKey } from './table-keys'

const anyText = fc.oneof(
  fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }),
  fc.string({
    minLength: 1,
    maxLength: 200,
    unit: fc.constantFrom(...'/\\#?%!"$.>[~ \u0000\u001f\u007f\u009f\u00a0aZ09'),
  }),
)
const sign = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const isForbidden = (character: string) =>
  '/\\#?%'.includes(character) || character < ' ' || (character >= '\u007f' && character <= '\u009f')

describe('keys of Azure Tables', () => {
  test('identifiers stay readable', () => {
    for (const id of ['8988303000000123456', 'a3f-B_9', 'iccid:89', 'sub+eid=1@x']) expect(encodeTableKey(id)).toBe(id)
  })

  test('what the service forbids never gets there, and no key grows over its limit', () => {
    fc.assert(
      fc.property(anyText, (key) => {
        const encoded = encodeTableKey(key)
        expect([...encoded].filter(isForbidden)).toEqual([])
        expect(encoded.length).toBeLessThanOrEqual(2 * key.length)
      }),
    )
  })

  test('every key comes back as it was', () => {
    fc.assert(
      fc.property(anyText, (key) => {
        expect(decodeTableKey(encodeTableKey(key))).toBe(key)
      }),
    )
  })

  test('encoded keys sort as the keys themselves', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(sign(encodeTableKey(a), encodeTableKey(b))).toBe(sign(a, b))
      }),
      { numRuns: 500 },
    )
  })
})
