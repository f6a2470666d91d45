import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clearSessionCookie, readCookies, setSessionCookie } from './cookies'

test('the cookie is bound to the host, hidden from scripts, and sent on navigations from outside', () => {
  expect(setSessionCookie('abc')).toBe('__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax')
  expect(clearSessionCookie()).toMatch(/^__Host-session=; .*Max-Age=0$/)
})

test.each<[string, string | null, object]>([
  ['nothing', null, {}],
  ['ours among others', 'a=b; __Host-session=x; c', { session: 'x' }],
  ['both', '__Host-lang=de;__Host-session=x', { session: 'x', language: 'de' }],
  ['the first of two', '__Host-session=x; __Host-session=y', { session: 'x' }],
  ['names that only look alike', '__host-session=x; session=y', {}],
  ['rubbish', ';;=;===;__Host-session', {}],
])('reads %s', (_, header, cookies) => {
  expect(readCookies(header)).toEqual(cookies)
})

test('no header makes it fail', () => {
  fc.assert(fc.property(fc.string(), (text) => readCookies(text) !== undefined))
})
