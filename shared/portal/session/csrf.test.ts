import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { comesFromElsewhere, csrfMatches, csrfToken } from './csrf'

const secret = randomBytes(32).toString('base64url')

test('a token of the session matches, looks different on every page, and never holds the secret', () => {
  const tokens = Array.from({ length: 20 }, () => csrfToken(secret, randomBytes(32)))
  expect(new Set(tokens).size).toBe(20)
  for (const token of tokens) {
    expect(csrfMatches(secret, token)).toBe(true)
    expect(token).not.toContain(secret)
  }
})

test('the token of another session does not match', () => {
  expect(csrfMatches(randomBytes(32).toString('base64url'), csrfToken(secret, randomBytes(32)))).toBe(false)
})

test('no text but a token matches', () => {
  fc.assert(fc.property(fc.string(), (text) => !csrfMatches(secret, text)))
  expect(csrfMatches('', '')).toBe(false)
  expect(csrfMatches('', csrfToken('', randomBytes(32)))).toBe(false)
})

test.each<[string, Record<string, string>, boolean]>([
  ['neither header, as EdgeHTML', {}, false],
  ['same-origin', { 'sec-fetch-site': 'same-origin' }, false],
  ['typed by the person', { 'sec-fetch-site': 'none' }, false],
  ['cross-site', { 'sec-fetch-site': 'cross-site' }, true],
  ['another sub-domain', { 'sec-fetch-site': 'same-site' }, true],
  ['our origin', { origin: 'https://portal.example.net' }, false],
  ['an opaque origin, as our referrer policy makes it', { origin: 'null' }, false],
  ['an opaque origin of a foreign frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }, true],
  ['another origin', { origin: 'https://evil.example' }, true],
  ['our host by another scheme', { origin: 'http://portal.example.net' }, true],
])('whether another site sent it: %s', (_, headers, elsewhere) => {
  expect(comesFromElsewhere(new Headers(headers), ['https://portal.example.net'])).toBe(elsewhere)
})
