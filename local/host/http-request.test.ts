import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodePath, isHostHeader, parseTarget, queryMap } from './http-request'

describe('a request target', () => {
  test.each([
    ['/a/b?c=d?e', '/a/b', '?c=d?e'],
    ['/a%20b/%C3%A9', '/a b/é', ''],
    ['/a%2Fb%2fc', '/a%2Fb%2fc', ''],
    ['/%zz%E9', '/%zz%E9', ''],
    ['/a/../b/./c', '/b/c', ''],
    ['/../../a/..', '/', ''],
    ['/%2e%2e/a', '/a', ''],
    ['http://example.org:1/a?b', '/a', '?b'],
    ['/a//b/', '/a//b/', ''],
  ])('%s has path %s and query "%s"', (target, path, query) => {
    expect(parseTarget(target)).toEqual({ path, query })
  })

  test.each(['*', 'a/b', '/a%00b'])('%s is refused', (target) => {
    expect(parseTarget(target)).toBeUndefined()
  })

  test('a path without percent signs survives decoding and encoding', () => {
    const segment = fc.string({ unit: 'binary', maxLength: 8 }).map((text) => text.replace(/[%/?.\0]/g, ''))
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        const path = `/${segments.join('/')}`
        expect(parseTarget(encodePath(path))?.path).toBe(path)
      }),
    )
  })
})

test('a query map merges repeated names and ignores their case', () => {
  expect(queryMap('?A=1&&a=%20x&b&c=1=2&%C3%A9=%zz&=v')).toEqual({
    A: { value: '1, x' },
    b: { value: '' },
    c: { value: '1=2' },
    é: { value: '%zz' },
    '': { value: 'v' },
  })
})

test.each([undefined, '', 'localhost', 'a.example:443', '127.0.0.1:7071', '[::1]:80'])('%s is a host', (host) => {
  expect(isHostHeader(host)).toBe(true)
})

test.each(['a b', 'a/b', 'a:b', 'a:999999', '[::1', 'user@a', '<b>', '%zz', 'a?b'])('%s is no host', (host) => {
  expect(isHostHeader(host)).toBe(false)
})
