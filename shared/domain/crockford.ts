/** Crockford's base 32: digits and letters without I, L, O and U, so that it survives being read aloud or typed. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Too little randomness was handed to a function that makes an unguessable value. A fault of the caller, never of a user. */
export class RandomnessError extends Error {
  readonly code = 'too_few_random_bytes'
  constructor(needed: number, given: number) {
    super(`needs at least ${needed} random bytes, got ${given}`)
    this.name = 'RandomnessError'
  }
}

/**
 * The first `length` characters of the bytes in Crockford's base 32 (upper case), most significant bit first; missing low bits are 0.
 *
 * @throws {RandomnessError} when the bytes do not reach to the last character
 */
export function toCrockford(bytes: Uint8Array, length: number): string {
  const needed = Math.floor((length * 5) / 8)
  if (bytes.length < needed) throw new RandomnessError(needed, bytes.length)
  let text = ''
  let bits = 0
  let held = 0
  let next = 0
  while (text.length < length) {
    if (held < 5) {
      bits = ((bits & 0x1f) << 8) | (bytes[next] ?? 0)
      next += 1
      held += 8
    }
    held -= 5
    text += alphabet.charAt((bits >> held) & 0x1f)
  }
  return text
}
