import { timingSafeEqual } from 'node:crypto'

const length = 32

/**
 * The form token of a session: its secret under a pad that is new on every page, so that compressed pages betray nothing of it
 * (BREACH). base64url of pad and masked secret.
 *
 * @param pad 32 random bytes
 */
export function csrfToken(secret: string, pad: Uint8Array): string {
  const bytes = Buffer.from(secret, 'base64url')
  const masked = bytes.map((byte, index) => byte ^ (pad[index] ?? 0))
  return Buffer.concat([pad, masked]).toString('base64url')
}

/** Whether a form's token was made from this secret. Takes the same time for every token of the right length. */
export function csrfMatches(secret: string, token: string): boolean {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== 2 * length) return false
  const unmasked = bytes.subarray(length).map((byte, index) => byte ^ (bytes[index] ?? 0))
  const expected = Buffer.from(secret, 'base64url')
  return expected.length === length && timingSafeEqual(unmasked, expected)
}

/**
 * Whether the browser says that another site sent this request. EdgeHTML sends neither header, and our own pages' forms send
 * `Origin: null` because of their referrer policy: only a header that is present and wrong counts, the token decides.
 *
 * @param own origins under which the portal is reached
 */
export function comesFromElsewhere(headers: Headers, own: readonly string[]): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  const origin = headers.get('origin')
  return origin !== null && origin !== 'null' && !own.includes(origin)
}
