/** Limits of requests: one bucket of tokens per key, in the memory of this process. */

/** A request that may go on, or how long to wait. */
export type Taken = { ok: true } | { ok: false; retryAfterSeconds: number }

/** Buckets, one for each key. */
export interface TokenBuckets {
  /** Takes a token. `now` in milliseconds; it may stand still, and is taken not to go back. */
  take(key: string, now: number): Taken
}

/**
 * A bucket holds up to `burst` tokens and is refilled with `perSecond`. Of more keys than `keys`, those used longest ago are forgotten, which can only let
 * more through: memory stays bounded whoever calls.
 *
 * @param limit `perSecond` 0: no limit
 */
export function createTokenBuckets(limit: { perSecond: number; burst: number }, keys = 20_000): TokenBuckets {
  const { perSecond, burst } = limit
  const buckets = new Map<string, { tokens: number; at: number }>()
  return {
    take(key, now) {
      if (perSecond === 0) return { ok: true }
      const known = buckets.get(key)
      const passed = known === undefined ? 0 : Math.max(0, now - known.at)
      const tokens = known === undefined ? burst : Math.min(burst, known.tokens + (passed * perSecond) / 1000)
      const taken = tokens >= 1
      // Set anew, so that the order of the map is that of the last use.
      buckets.delete(key)
      buckets.set(key, { tokens: taken ? tokens - 1 : tokens, at: Math.max(now, known?.at ?? now) })
      const [oldest] = buckets.keys()
      if (buckets.size > keys && oldest !== undefined) buckets.delete(oldest)
      return taken ? { ok: true } : { ok: false, retryAfterSeconds: Math.ceil((1 - tokens) / perSecond) }
    },
  }
}
