import { expect, test } from 'vitest'
import { createRepeatedIds } from './repeated-ids'

const day = 24 * 60 * 60_000

test('an id is known for 24 hours after it was answered, for its operation alone', () => {
  const ids = createRepeatedIds()
  expect(ids.has('a', 'MSFT-1', 0)).toBe(false)
  ids.add('a', 'MSFT-1', 0)
  expect(ids.has('a', 'MSFT-1', day - 1)).toBe(true)
  expect(ids.has('a', 'MSFT-1', day)).toBe(false)
  expect(ids.has('b', 'MSFT-1', 1)).toBe(false)
  expect(ids.has('a', 'msft-1', 1)).toBe(false)
})

test('only so many are remembered, the latest ones', () => {
  const ids = createRepeatedIds(3)
  for (let i = 0; i < 5; i += 1) ids.add('a', `MSFT-${i}`, i)
  expect([0, 1, 2, 3, 4].filter((i) => ids.has('a', `MSFT-${i}`, 5))).toEqual([2, 3, 4])
})
