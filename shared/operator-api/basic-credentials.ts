import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Compares an `Authorization: Basic …` header with `user:password` in constant time (RFC 7617).
 *
 * @param header as received; absent or of another scheme: no match
 */
export function basicCredentialsMatch(header: string | null, expected: string): boolean {
  const match = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '')
  const given = Buffer.from(match?.[1] ?? '', 'base64')
  const digest = (value: Uint8Array) => createHash('sha256').update(value).digest()
  return timingSafeEqual(digest(given), digest(Buffer.from(expected, 'utf8'))) && match !== null
}
