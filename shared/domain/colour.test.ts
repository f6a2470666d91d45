import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contrastRatio } from './colour'

test('black on white is 21, a colour on itself 1, and the order does not matter', () => {
  expect(contrastRatio('#000000', '#ffffff')).toBeCloseTo(21)
  const colour = fc.stringMatching(/^#[0-9a-f]{6}$/)
  fc.assert(
    fc.property(colour, colour, (a, b) => {
      expect(contrastRatio(a, a)).toBe(1)
      expect(contrastRatio(a, b)).toBe(contrastRatio(b, a))
      expect(contrastRatio(a, b)).toBeGreaterThanOrEqual(1)
      expect(contrastRatio(a, b)).toBeLessThanOrEqual(21.0001)
    }),
  )
})

test('the grey at the border of legibility on white has 4.5', () => {
  expect(contrastRatio('#767676', '#ffffff')).toBeGreaterThan(4.5)
  expect(contrastRatio('#777777', '#ffffff')).toBeLessThan(4.5)
})
