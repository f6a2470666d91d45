import { expect, test } from 'vitest'
import { isLoginKeys, parseLoginKeys } from './login-keys'

const one = Buffer.alloc(32, 1).toString('base64url')
const two = Buffer.alloc(48, 2).toString('base64url')

test('the first key is the current one, the others are for finding', () => {
  expect(parseLoginKeys(one)).toEqual({ current: new Uint8Array(32).fill(1), older: [] })
  expect(parseLoginKeys(`${two}, ${one}\n`)).toEqual({
    current: new Uint8Array(48).fill(2),
    older: [new Uint8Array(32).fill(1)],
  })
})

test.each([
  '',
  'short',
  `${one},`,
  `,${one}`,
  `${one} ${two}`,
  one.slice(1),
  `${one}=`,
  '@Microsoft.KeyVault(SecretUri=https://v/)',
])('%j is no key', (text) => {
  expect(isLoginKeys(text)).toBe(false)
  expect(parseLoginKeys(text)).toBeUndefined()
})
