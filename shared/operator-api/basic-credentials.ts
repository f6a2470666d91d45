import { hash, timingSafeEqual } from 'node:crypto'

/**
 * Compares an `Authorization: Basic …` header with `user:password` in constant time (RFC 7617).
 *
 * @param header as received; absent or of another scheme: no match
 */
export function basicCredentialsMatch(header: string | null, expected: string): boolean {
  const match = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '')
  const given = Buffer.from(match?.[1] ?? '', 'base64')
  // Digests are of one length, whatever was sent.
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer')) && match !== null
}
