/** Chance from a seed: the same seed always tells the same story (mulberry32, 32 bits of state; enough for a simulation). */
export interface Random {
  /** 0 ≤ x < 1. */
  next(): number
  /** A whole number, 0 ≤ n < `below`. */
  below(below: number): number
  /** True in this share of cases. */
  chance(share: number): boolean
  /** One of several. */
  pick<T>(from: readonly T[]): T
  bytes(length: number): Uint8Array
}

export function createRandom(seed: number): Random {
  let state = Math.imul(seed ^ 0x5bd1e995, 0x2545f491) | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number) => Math.floor(next() * n)
  return {
    next,
    below,
    chance: (share) => next() < share,
    pick<T>(from: readonly T[]): T {
      const chosen = from[below(from.length)]
      if (chosen === undefined) throw new Error('nothing to pick from')
      return chosen
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  }
}
