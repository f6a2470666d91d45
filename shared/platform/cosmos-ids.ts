/**
 * Ids of Cosmos DB. The service forbids `/ \ ? #`, allows 1,023 bytes and advises letters and digits of ASCII ("Azure Cosmos DB
 * service quotas"); its SDK refuses ids of spaces alone, whichever spaces Unicode has. Our ids may be any text.
 *
 * They are written as keys of Azure Tables are, and what then is left beyond ASCII as four characters each: `~`, a small letter, two
 * of 62 digits. The codes sort as what they stand for, so the order is that of UTF-16 units whatever the service compares, and 200
 * characters come to 800 bytes at most. Ordinary ids stay as they are.
 */
import { decodeTableKey, encodeTableKey } from './table-keys'

/** In the order of ASCII. */
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const base = digits.length
const first = 0xa0
const firstLetter = 'a'.charCodeAt(0)

/** Writes any text as an id that Cosmos DB accepts, keeping the order. */
export function encodeItemId(id: string): string {
  return encodeTableKey(id).replace(/[\u00a0-\uffff]/g, (unit) => {
    const number = unit.charCodeAt(0) - first
    const letter = String.fromCharCode(firstLetter + Math.floor(number / base ** 2))
    return `~${letter}${digits.charAt(Math.floor(number / base) % base)}${digits.charAt(number % base)}`
  })
}

/** Reads what `encodeItemId` wrote. */
export function decodeItemId(encoded: string): string {
  const keys = encoded.replace(
    /~([a-z])([0-9A-Za-z])([0-9A-Za-z])/g,
    (_, letter: string, high: string, low: string) => {
      const number =
        (letter.charCodeAt(0) - firstLetter) * base ** 2 + digits.indexOf(high) * base + digits.indexOf(low)
      return String.fromCharCode(first + number)
    },
  )
  return decodeTableKey(keys)
}
