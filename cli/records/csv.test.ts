import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCsv } from '../../test/support/csv'
import { csvLine } from './csv'

test.each([
  [['a', 1, null, ''], 'a,1,,\r\n'],
  [['a,b', 'say "hi"', 'two\nlines'], '"a,b","say ""hi""","two\nlines"\r\n'],
  [['a;=1+1', 'tab\there'], '"a;=1+1","tab\there"\r\n'],
])('%j is written as RFC 4180 says', (cells, line) => {
  expect(csvLine(cells)).toBe(line)
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1', "'=1"])(
  'a spreadsheet does not take %j for a formula',
  (text) => {
    expect(readCsv(csvLine([text]))).toEqual([[`'${text}`]])
  },
)

test('a number stays a number, though it is negative', () => {
  expect(csvLine([-5])).toBe('-5\r\n')
})

test('whatever the cells hold, a reader gets it back by taking one apostrophe away', () => {
  const cell = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('=', "'", '"', ',', ';', '\r', '\n', 'x') }))
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 4 }), (rows) => {
      const read = readCsv(rows.map(csvLine).join(''))
      expect(read.map((row) => row.map((text) => text.replace(/^'/, '')))).toEqual(rows)
    }),
  )
})
