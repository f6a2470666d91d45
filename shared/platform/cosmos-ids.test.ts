import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeItemId, encodeItemId } from './cosmos-ids'

const anyText = fc.oneof(
  fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }),
  fc.string({
    minLength: 1,
    maxLength: 200,
    unit: fc.constantFrom(...'/\\#?%~ \u0000\u009f\u00a0\u00e9\uffffazAZ09'.split('')),
  }),
)
const sign = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

test('identifiers stay readable', () => {
  for (const id of ['8988303000000123456', 'a3f-B_9', 'iccid:89']) expect(encodeItemId(id)).toBe(id)
})

test('only visible ASCII gets there, nothing that the service forbids, and never more than its limit', () => {
  fc.assert(
    fc.property(anyText, (id) => {
      expect(encodeItemId(id)).toMatch(/^[^\s/\\?#%\u0080-\uffff]{1,1023}$/)
    }),
  )
})

test('every id comes back as it was', () => {
  fc.assert(
    fc.property(anyText, (id) => {
      expect(decodeItemId(encodeItemId(id))).toBe(id)
    }),
  )
})

test('encoded ids sort as the ids themselves', () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      expect(sign(encodeItemId(a), encodeItemId(b))).toBe(sign(a, b))
    }),
    { numRuns: 500 },
  )
})
