/** The keys under which login names are stored, as a setting or a secret holds them. */

/** Keys of the HMAC over login names. New logins are stored under the first; the others are for finding. */
export interface LoginKeys {
  current: Uint8Array
  older: readonly Uint8Array[]
}

/** What the text must be. */
export const loginKeysForm =
  'base64url of at least 32 random bytes; several, separated by commas, the current one first'

const oneKey = /^[A-Za-z0-9_-]{43,}$/

/** Whether a text holds one key or more. */
export function isLoginKeys(text: string): boolean {
  return partsOf(text).every((part) => oneKey.test(part))
}

/**
 * Reads the keys: `CURRENT` or `CURRENT,OLDER,…`.
 *
 * To change the key without locking anybody out, the new one is first added at the end; once every process has read that, it is moved to
 * the front. Logins move to it as their owners sign in.
 *
 * @returns undefined when the text is not {@link loginKeysForm}
 */
export function parseLoginKeys(text: string): LoginKeys | undefined {
  if (!isLoginKeys(text)) return undefined
  const [current, ...older] = partsOf(text).map((part) => new Uint8Array(Buffer.from(part, 'base64url')))
  return current && { current, older }
}

function partsOf(text: string): string[] {
  return text.split(',').map((part) => part.trim())
}
