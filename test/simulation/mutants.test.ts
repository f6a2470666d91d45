/** The simulation is worth what it catches: each of these mistakes is caught. */
import { describe, expect, test } from 'vitest'
import { mutants, mutated, simulationOf } from './mutants'

/** A mutant that lives this long was not caught. */
const MOST_RUNS = 3_000

describe('the simulation catches', () => {
  test.for(mutants)('$name', { timeout: 120_000 }, async (mutant) => {
    const simulate = await simulationOf(mutant)
    let broken: string[] = []
    for (let seed = 1; seed <= MOST_RUNS && broken.length === 0; seed++) broken = (await simulate(seed)).broken
    expect(broken).not.toEqual([])
  })
})

test('a mutant whose passage is no longer in the source fails loudly', () => {
  const [first] = mutants
  expect(first && (() => mutated(first, 'export {}'))).toThrow('occurs 0 times')
})
