import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { luhnCheckDigit } from '../../shared/domain/identifiers'
import { readSimFile } from './csv'

const one = '8999901000000010004'
const two = '8999901000000010012'
const rules = { iccidRanges: [{ from: '8999901000000000000', to: '8999901000999999999' }], profileTypes: ['A'] }

describe('forms of the file', () => {
  test.each([
    ['without names', `${one},A`],
    ['with names', `iccid,profileType\n${one},A`],
    ['with names in another order and case', `ProfileType;ICCID\nA;${one}`],
    ['with quotes, blanks, tabs and Windows line ends', `\uFEFF"iccid"\t"profileType"\r\n "${one}" \t A \r\n\r\n`],
    ['with the padding of an SM-DP+', `${one}F,A`],
  ])('%s', (_, text) => {
    expect(readSimFile(text, rules)).toEqual({ sims: [{ iccid: one, profileType: 'A' }], problems: [], warnings: [] })
  })

  test.each([
    `${one},warm`,
    `${one},kind=warm`,
    `${one},,warm`,
    `iccid,kind\n${one},warm`,
    `iccid,profileType,kind\n${one},,warm`,
  ])('a warm SIM: %s', (text) => {
    expect(readSimFile(text, rules)).toEqual({ sims: [{ iccid: one, kind: 'warm' }], problems: [], warnings: [] })
  })

  test('a quoted field may hold separators and quotes', () => {
    const { sims } = readSimFile(`${one},"A, ""B"""`, undefined)
    expect(sims).toEqual([{ iccid: one, profileType: 'A, "B"' }])
  })
})

describe('problems name the line and never the ICCID', () => {
  test.each([
    ['12345,A', 'not 18 to 20 digits'],
    [one, 'neither a profile type nor a kind'],
    [`iccid,profileType,kind\n${one},,cold`, 'neither warm nor monitor'],
    [`iccid,profileType,kind\n${one},A,warm`, 'not both'],
    [`${one},A\n${one},A`, 'the same ICCID as in line 1'],
    ['8988247000000000017,A', 'none of the iccidRanges'],
    [`${one},${'x'.repeat(101)}`, 'longer than 100'],
  ])('%s', (text, reason) => {
    const { problems } = readSimFile(text, rules)
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toContain(reason)
    expect(problems[0]?.line).toBe(text.split('\n').length)
    expect(problems[0]?.message).not.toMatch(/\d{12}/)
  })

  test('all of them are reported, and the good rows are kept', () => {
    const file = readSimFile(`iccid,profileType\nx,A\n${one},A\n\ny,A\n${two},A`, rules)
    expect(file.problems.map((problem) => problem.line)).toEqual([2, 5])
    expect(file.sims).toHaveLength(2)
  })
})

test('a wrong check digit and a profile type without a plan are warnings', () => {
  const file = readSimFile('8999901000000001009,B', rules)
  expect(file.sims).toHaveLength(1)
  expect(file.warnings.map((warning) => warning.message)).toEqual([
    'the check digit (Luhn) of the ICCID is wrong',
    'no plan of operator.json has the profile type B',
  ])
})

test('every row of any text is either a SIM or a problem', () => {
  const row = fc.oneof(
    fc.string(),
    fc.nat().map((body) => {
      const digits = body.toString().padStart(18, '0')
      return `${digits}${luhnCheckDigit(digits)},A`
    }),
  )
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const text = [`${one},A`, ...rows].join('\n')
      const filled = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '')
      const { sims, problems } = readSimFile(text, undefined)
      expect(sims.length + problems.length).toBe(filled.length)
    }),
  )
})
