import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { createLimiter } from './limiter'

/** A password as it is stored. The parameters stand beside the hash, so that they can be raised for new ones. */
export interface PasswordHash {
  N: number
  r: number
  p: number
  /** base64url */
  salt: string
  /** base64url, 32 bytes */
  hash: string
}

/** Cost: 2^15, 8, 1 takes 32 MB and some 60 ms (OWASP "Password Storage" gives 2^17 for a whole core; this runs beside requests). */
const cost = { N: 2 ** 15, r: 8, p: 1 }

/** Bytes of salt that {@link hashPassword} wants. */
export const saltBytes = 16

/** Three at once: the fourth thread of Node's pool stays free for name look-ups and compression. */
const limited = createLimiter({ atOnce: 3, waiting: 60 })

function derive(password: string, salt: Uint8Array, { N, r, p }: { N: number; r: number; p: number }): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r }
  return limited(
    () =>
      new Promise((resolve, reject) => {
        scrypt(password.normalize('NFKC'), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)))
      }),
  )
}

/**
 * Hashes a password with scrypt.
 *
 * @param parameters only tests take others than the default
 * @throws {TooBusyError} when too many others wait
 */
export async function hashPassword(password: string, salt: Uint8Array, parameters = cost): Promise<PasswordHash> {
  const hash = await derive(password, salt, parameters)
  return { ...parameters, salt: Buffer.from(salt).toString('base64url'), hash: hash.toString('base64url') }
}

/** Stands in for the credential of an unknown login, so that a refusal takes the same time. Its hash fits no password. */
const nobody: PasswordHash = { ...cost, salt: 'AAAAAAAAAAAAAAAAAAAAAA', hash: 'A'.repeat(43) }

/**
 * Whether the password is the stored one. Does the same work, and answers false, where nothing is stored.
 *
 * @throws {TooBusyError} when too many others wait
 */
export async function passwordMatches(password: string, stored: PasswordHash | undefined): Promise<boolean> {
  const expected = stored ?? nobody
  const actual = await derive(password, Buffer.from(expected.salt, 'base64url'), expected)
  const wanted = Buffer.from(expected.hash, 'base64url')
  return actual.length === wanted.length && timingSafeEqual(actual, wanted) && stored !== undefined
}
