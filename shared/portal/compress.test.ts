import { expect, test } from 'vitest'
import { takesGzip } from './compress'

test.each<[string | null, boolean]>([
  ['gzip', true],
  ['br, GZIP;q=0.8', true],
  ['deflate, *', true],
  ['gzip;q=1.000', true],
  ['gzip;q=0', false],
  ['gzip;q=0.000', false],
  ['br', false],
  ['xgzip', false],
  ['', false],
  [null, false],
])('Accept-Encoding %j takes gzip: %j', (header, takes) => {
  expect(takesGzip(header)).toBe(takes)
})
