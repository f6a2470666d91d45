import { expect, test } from 'vitest'
import { iccidHasValidLuhn, isInRanges, parseIccid } from '../../shared/domain/identifiers'
import { demoCards, demoStock } from './demo-stock'

const range = { from: '8999901000000000000', to: '8999901000999999999' }
const plans = [{ profileType: 'B' }, { profileType: 'A' }, { profileType: 'B' }]

test('each profile type gets its own ICCIDs, valid and in the ranges', () => {
  const stock = demoStock({ plans, iccidRanges: [range] }, 200)
  expect(stock.filter((row) => row.profileType === 'A')).toHaveLength(200)
  expect(stock.filter((row) => row.profileType === 'B')).toHaveLength(200)
  expect(new Set(stock.map((row) => row.iccid)).size).toBe(400)
  for (const { iccid } of stock) {
    expect(parseIccid(iccid)).toBe(iccid)
    expect(iccidHasValidLuhn(iccid) && isInRanges(iccid, [range])).toBe(true)
  }
})

test('the first ICCIDs of a range are left alone', () => {
  const [first] = demoStock({ plans, iccidRanges: [range] }, 1)
  expect(first?.iccid.slice(0, -1)).toBe('899990100000001000')
})

test('ranges that are too small give what they have', () => {
  const small = { from: '8999901000000000000', to: '8999901000000000049' }
  const other = { from: '899990200000000000', to: '899990200000000019' }
  const stock = demoStock({ plans, iccidRanges: [small, other] }, 200)
  expect(stock).toHaveLength(7)
  expect(stock.every(({ iccid }) => isInRanges(iccid, [small, other]))).toBe(true)
})

test('SIM cards are valid, in the ranges, and none of the stock', () => {
  const cards = demoCards({ iccidRanges: [range] }, 3)
  expect(new Set(cards).size).toBe(3)
  const stock = new Set(demoStock({ plans, iccidRanges: [range] }, 200).map(({ iccid }) => iccid))
  for (const iccid of cards) {
    expect(iccidHasValidLuhn(iccid) && isInRanges(iccid, [range])).toBe(true)
    expect(stock.has(iccid)).toBe(false)
  }
  expect(demoCards({ iccidRanges: [{ from: '8999901000000000000', to: '8999901000000000049' }] }, 3)).toEqual([])
})
