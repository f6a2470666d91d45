import { expect, test } from 'vitest'
import { Lanes } from './lanes'

/** Work that ends when it is told to. */
function createWork() {
  const rounds: { items: readonly number[]; end: (error?: Error) => void }[] = []
  const work = (items: readonly number[]) =>
    new Promise<string[]>((resolve, reject) => {
      const end = (error?: Error) => (error === undefined ? resolve(items.map(String)) : reject(error))
      rounds.push({ items, end })
    })
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return { rounds, work, settled }
}

test('who comes while others are worked on waits, and is worked on together with whoever else came', async () => {
  const lanes = new Lanes<string, number, string>()
  const { rounds, work, settled } = createWork()
  const results = [lanes.run('a', [1], work)]
  await settled()
  results.push(lanes.run('a', [2, 3], work), lanes.run('a', [4], work))
  await settled()
  expect(rounds.map(({ items }) => items)).toEqual([[1]])
  rounds[0]?.end()
  await settled()
  expect(rounds.map(({ items }) => items)).toEqual([[1], [2, 3, 4]])
  rounds[1]?.end()
  expect(await Promise.all(results)).toEqual([['1'], ['2', '3'], ['4']])
})

test('other keys do not wait', async () => {
  const lanes = new Lanes<string, number, string>()
  const { rounds, work, settled } = createWork()
  const results = [lanes.run('a', [1], work), lanes.run('b', [2], work)]
  await settled()
  expect(rounds).toHaveLength(2)
  for (const { end } of rounds) end()
  expect(await Promise.all(results)).toEqual([['1'], ['2']])
})

test('a failure is told to those whose items were worked on, and the next ones are worked on all the same', async () => {
  const lanes = new Lanes<string, number, string>()
  const { rounds, work, settled } = createWork()
  const together = [lanes.run('a', [1], work), lanes.run('a', [2], work)].map((one) => one.catch(String))
  await settled()
  const after = lanes.run('a', [3], work)
  rounds[0]?.end(new Error('the store is away'))
  expect(await Promise.all(together)).toEqual(['Error: the store is away', 'Error: the store is away'])
  await settled()
  rounds[1]?.end()
  expect(await after).toEqual(['3'])
})
