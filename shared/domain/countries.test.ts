import { expect, test } from 'vitest'
import { isCountryCode } from './countries'

test('assigned codes in upper case are countries, everything else is not', () => {
  expect(['DE', 'US', 'GB', 'AQ', 'SS', 'BQ'].every(isCountryCode)).toBe(true)
  expect(['UK', 'XX', 'EU', 'AN', 'de', 'USA', '', 'D', '12'].some(isCountryCode)).toBe(false)
})

test('every code is one that Intl has a name for', () => {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const codes = letters.flatMap((a) => letters.map((b) => a + b)).filter(isCountryCode)
  expect(codes).toHaveLength(249)
  expect(codes.filter((code) => names.of(code) === undefined)).toEqual([])
})
