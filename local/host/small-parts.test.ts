import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Backoff } from './backoff'
import { expandBraces, expandGlob } from './glob'
import { parseJsonWithComments } from './json'
import { decodeMessage } from './queue-message'
import { parseTimeSpan } from './time-span'

describe('a glob', () => {
  let root = ''
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'glob-'))
    for (const path of [
      'dist/index.js',
      'dist/index.js.map',
      'dist/functions/b.js',
      'dist/functions/a.js',
      'dist/functions/in/c.mjs',
      'dist/.hidden.js',
      'x+y.js',
    ]) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), '')
    }
  })
  afterAll(() => rmSync(root, { recursive: true }))

  test.each([
    ['dist/index.js', ['dist/index.js']],
    ['./dist/index.js', ['dist/index.js']],
    ['dist/{index,functions/*}.js', ['dist/index.js', 'dist/functions/a.js', 'dist/functions/b.js']],
    ['dist/**/*.{js,mjs}', ['dist/index.js', 'dist/functions/a.js', 'dist/functions/b.js', 'dist/functions/in/c.mjs']],
    ['dist/functions/?.js', ['dist/functions/a.js', 'dist/functions/b.js']],
    ['dist/functions/[!a].js', ['dist/functions/b.js']],
    ['dist/.*.js', ['dist/.hidden.js']],
    ['x+*.js', ['x+y.js']],
    ['dist', []],
    ['absent/*.js', []],
  ])('%s finds %j', (pattern, files) => {
    expect(expandGlob(pattern, root)).toEqual(files)
  })

  test('braces expand inside braces', () => {
    expect(expandBraces('a{b,c{d,e}}f{,g}')).toEqual(['abf', 'abfg', 'acdf', 'acdfg', 'acef', 'acefg'])
  })
})

test.each([
  ['00:00:30', 30_000],
  ['1.02:03:04.5', 93_784_500],
  ['00:05', 300_000],
  ['24:00:00', undefined],
  ['00:60:00', undefined],
  ['30', undefined],
  ['', undefined],
])('the time span "%s" is %s ms', (text, ms) => {
  expect(parseTimeSpan(text)).toBe(ms)
})

test('settings files may hold comments and a byte order mark, and comment marks inside strings stay', () => {
  expect(parseJsonWithComments('\uFEFF{ // one\n "a": "http://x/*y*/", /* two\n */ "b\\"//": 1 }')).toEqual({
    a: 'http://x/*y*/',
    'b"//': 1,
  })
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJsonWithComments(text)).toEqual(JSON.parse(text))
    }),
  )
})

test('polls of an empty queue grow from 100 ms to the longest wait, and a find begins anew', () => {
  const backoff = new Backoff(2000, () => 0.5)
  const waits = [true, false, false, false, false, false, false, true].map((found) => backoff.next(found))
  expect(waits).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 100])
})

test('base64 messages are decoded strictly', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(decodeMessage(Buffer.from(text).toString('base64'), 'base64')).toBe(text)
    }),
  )
  expect(['{"a":1}', 'abc', 'ab=c', 'a b!'].map((text) => decodeMessage(text, 'base64'))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(decodeMessage('as it is', 'none')).toBe('as it is')
})
