import { expect, test } from 'vitest'
import { nearestName, unknownKeyMessage } from './suggestion'

const known = ['downloadAfter', 'registerAfter', 'profileType', 'id']

test.each([
  ['downloadafter', 'downloadAfter'],
  ['dowloadAfter', 'downloadAfter'],
  ['registrAfter', 'registerAfter'],
  ['profile_type', 'profileType'],
  ['ids', 'id'],
  ['banana', undefined],
  ['', undefined],
])('%j was probably meant to be %j', (given, meant) => {
  expect(nearestName(given, known)).toBe(meant)
})

test('a key that resembles none is answered with those there are', () => {
  expect(unknownKeyMessage('"banana"', ['$schema', ...known])).toBe(
    'is not known here: remove it, or use one of downloadAfter, registerAfter, profileType, id',
  )
})
