import type { DocumentStore } from '../../platform/ports'

/**
 * Failed tries to sign in with one address, known or not: container `logins`, partition and id by `loginId(…, 'attempts')`.
 * It stands apart from the credential, so that an unknown address locks like a known one and sign-up is not in its way.
 */
interface Attempts {
  schema: 1
  failures: number
  /** ISO 8601. */
  lockedUntil?: string
  expiresAt: string
}

const failuresBeforeLock = 10
const firstLockMs = 60_000
/** A stranger who guesses must not keep the owner out for long. */
const longestLockMs = 15 * 60_000
const memoryMs = 24 * 60 * 60_000

/** How long the account rests after so many failures, in milliseconds: nothing before the tenth, then a minute, doubled each time. */
export function lockAfter(failures: number): number {
  if (failures < failuresBeforeLock) return 0
  return Math.min(firstLockMs * 2 ** (failures - failuresBeforeLock), longestLockMs)
}

/**
 * Counts a try before it is made: many at once cannot outrun the counter. {@link forgetAttempts} takes it back after success.
 *
 * @returns false while the address is locked, or when so many try at once that the counter cannot be written
 * @throws {StoreUnavailableError}
 */
export async function mayTry(documents: DocumentStore, id: string, now: Date): Promise<boolean> {
  for (let round = 0; round < 5; round += 1) {
    const stored = await documents.get<Attempts>('logins', id, id)
    if (stored?.value.lockedUntil !== undefined && stored.value.lockedUntil > now.toISOString()) return false
    const failures = (stored?.value.failures ?? 0) + 1
    const lockMs = lockAfter(failures)
    const value: Attempts = {
      schema: 1,
      failures,
      ...(lockMs > 0 ? { lockedUntil: new Date(now.getTime() + lockMs).toISOString() } : {}),
      expiresAt: new Date(now.getTime() + memoryMs).toISOString(),
    }
    const written = stored
      ? await documents.replace('logins', id, id, value, stored.etag)
      : await documents.insert('logins', id, id, value)
    if (written.ok) return true
  }
  return false
}

/** Forgets the failures of an address after its owner has signed in. */
export async function forgetAttempts(documents: DocumentStore, id: string): Promise<void> {
  await documents.delete('logins', id, id)
}
