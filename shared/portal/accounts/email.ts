import { createHmac } from 'node:crypto'

/** Longest e-mail address, in characters (RFC 5321, section 4.5.3.1.3, less the angle brackets). */
export const longestEmail = 254

/**
 * The spelling under which an address is looked up: trimmed, compatibility forms folded, lower case. `undefined` where the text
 * cannot be an address; whether mail arrives there is another question.
 */
export function normaliseEmail(text: string): string | undefined {
  const folded = text.normalize('NFKC').trim().toLowerCase()
  if (folded.length > longestEmail) return undefined
  return /^[^\s@<>"',;:\\]{1,64}@[^\s@<>"',;:\\.]+(?:\.[^\s@<>"',;:\\.]+)+$/.test(folded) ? folded : undefined
}

/**
 * The key of a login in the store: whoever reads the store without `loginKey` learns no address and cannot test one.
 *
 * @param email as {@link normaliseEmail} gives it
 * @param purpose keeps the keys of credentials and of failed attempts apart
 */
export function loginId(loginKey: Uint8Array, email: string, purpose: 'login' | 'attempts'): string {
  return createHmac('sha256', loginKey).update(`${purpose}\n${email}`).digest('hex')
}
