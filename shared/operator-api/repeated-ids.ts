import { createHash } from 'node:crypto'

/** Transaction ids that were answered, in the memory of this process. */
export interface RepeatedIds {
  has(operation: string, transactionId: string, now: number): boolean
  add(operation: string, transactionId: string, now: number): void
}

/** How long an id is remembered. */
const KEPT_MS = 24 * 60 * 60_000

/**
 * Remembers ids for 24 hours, per operation. Of more than `most` the oldest are forgotten sooner: 200,000 are what the documented peak of 3 requests a second makes
 * in 18 hours, and take about 25 MB.
 *
 * @see Mobile Plans "Account management", status 409
 */
export function createRepeatedIds(most = 200_000): RepeatedIds {
  const seen = new Map<string, number>()
  // Ids may be of 128 characters; of each only as much is kept as tells two of them apart.
  const keyOf = (operation: string, id: string) =>
    createHash('sha256').update(`${operation} ${id}`).digest('base64').slice(0, 22)
  return {
    has(operation, transactionId, now) {
      const at = seen.get(keyOf(operation, transactionId))
      return at !== undefined && now - at < KEPT_MS
    },
    add(operation, transactionId, now) {
      const key = keyOf(operation, transactionId)
      seen.delete(key)
      seen.set(key, now)
      for (const [oldest, at] of seen) {
        if (seen.size <= most && now - at < KEPT_MS) break
        seen.delete(oldest)
      }
    },
  }
}
