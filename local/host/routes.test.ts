import { describe, expect, test } from 'vitest'
import { matchRoute, parseRoute } from './routes'

describe('a route template', () => {
  test.each([
    ['portal', 'portal', {}],
    ['portal', 'PORTAL/', {}],
    ['v1/sims/{simId}/balances', 'v1/sims/iccid: 898/balances', { simId: 'iccid: 898' }],
    ['v1/sims/{simId}/balances', 'V1/Sims/1/Balances', { simId: '1' }],
    ['{*rest}', '', {}],
    ['{*rest}', 'a/b/', { rest: 'a/b' }],
    ['v1/{**rest}', 'v1', {}],
    ['a/{b?}', 'a', {}],
    ['a/{b?}', 'a/c', { b: 'c' }],
    ['a/{b=d}', 'a', { b: 'd' }],
    ['a/{b:int?}', 'a', {}],
    ['files/{name}.{extension}', 'files/report.final.pdf', { name: 'report.final', extension: 'pdf' }],
    ['order-{id:int}', 'order-12', { id: '12' }],
    ['{year:regex(^\\d{{4}}$)}', '2026', { year: '2026' }],
    ['{a:range(1,9)}', '9', { a: '9' }],
    [
      '{a:length(2,3)}/{b:guid}',
      'abc/0f8fad5bd9cb469fa16570867728950e',
      { a: 'abc', b: '0f8fad5bd9cb469fa16570867728950e' },
    ],
    ['{a:bool}', 'TRUE', { a: 'TRUE' }],
    ['{a:long}', '8988303000000123456', { a: '8988303000000123456' }],
  ])('%s takes "%s"', (template, path, params) => {
    expect(matchRoute(parseRoute(template), path)).toEqual(params)
  })

  test.each([
    ['portal', 'portals'],
    ['portal', ''],
    ['a/{b}', 'a'],
    ['a/{b}', 'a/'],
    ['a/{b}', 'a/b/c'],
    ['a/{b}/c', 'a//c'],
    ['{id:int}', '2147483648'],
    ['{id:int}', '1.5'],
    ['{id:long}', '9223372036854775808'],
    ['{id:guid}', 'not-a-guid'],
    ['{id:alpha}', 'a1'],
    ['{id:minlength(3)}', 'ab'],
    ['{id:range(1,9)}', '10'],
    ['a/{b:int?}', 'a/x'],
    ['order-{id}', 'order-'],
  ])('%s refuses "%s"', (template, path) => {
    expect(matchRoute(parseRoute(template), path)).toBeUndefined()
  })

  test.each(['/a', '~/a', 'a//b', '{a', 'a}', '{}', '{a}/{A}', '{*rest}/b', '{a:unknown}', '{a:int(3)}', 'a?b'])(
    '%s is malformed',
    (template) => {
      expect(() => parseRoute(template)).toThrow(expect.objectContaining({ code: 'route_invalid' }))
    },
  )
})
