import { hash, timingSafeEqual } from 'node:crypto'

/** Digest of the credentials that are expected, which do not change while the process runs. */
let known: { credentials: string; digest: Buffer } | undefined

function digestOf(credentials: string): Buffer {
  if (known?.credentials !== credentials) known = { credentials, digest: hash('sha256', credentials, 'buffer') }
  return known.digest
}

/**
 * Compares an `Authorization: Basic …` header with `user:password` in constant time (RFC 7617).
 *
 * @param header as received; absent or of another scheme: no match
 */
export function basicCredentialsMatch(header: string | null, expected: string): boolean {
  const match = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '')
  const given = Buffer.from(match?.[1] ?? '', 'base64')
  // Digests are of one length, whatever was sent.
  return timingSafeEqual(hash('sha256', given, 'buffer'), digestOf(expected)) && match !== null
}
