/**
 * Keys of Azure Tables. The service forbids `/ \ # ?` and control characters in PartitionKey and RowKey ("Understanding the
 * Table service data model") and `%` is known to break older gateways, while our keys may be any text.
 *
 * Every escape is two characters: a lead, which is the last allowed character below the ones it stands for, and an index.
 * A lead never appears alone, so no code is the beginning of another, and codes sort as the characters they stand for:
 * encoded keys have exactly the order of the original ones. 200 characters become at most 400, below the limit of 512.
 * Letters, digits, `-`, `_`, `:` and most others stay as they are.
 */

interface Escapes {
  lead: string
  /** First and last code unit that the lead stands for; the lead itself is among them. */
  from: number
  to: number
}

const escapes: readonly Escapes[] = [
  { lead: '!', from: 0x00, to: 0x21 }, // control characters, space, !
  { lead: '"', from: 0x22, to: 0x23 }, // " #
  { lead: '$', from: 0x24, to: 0x25 }, // $ %
  { lead: '.', from: 0x2e, to: 0x2f }, // . /
  { lead: '>', from: 0x3e, to: 0x3f }, // > ?
  { lead: '[', from: 0x5b, to: 0x5c }, // [ \
  { lead: '~', from: 0x7e, to: 0x9f }, // ~ and the second block of control characters
]

const indexes = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

const codeOf = new Map<string, string>()
const characterOf = new Map<string, string>()
for (const { lead, from, to } of escapes) {
  for (let unit = from; unit <= to; unit += 1) {
    const character = String.fromCharCode(unit)
    const code = lead + indexes.charAt(unit - from)
    codeOf.set(character, code)
    characterOf.set(code, character)
  }
}

const codes = /[!"$.>[~][0-9A-Z]/g

/** Writes any text as a key that Azure Tables accepts, keeping the order. */
export function encodeTableKey(key: string): string {
  return Array.from({ length: key.length }, (_, index) => codeOf.get(key.charAt(index)) ?? key.charAt(index)).join('')
}

/** Reads what `encodeTableKey` wrote. */
export function decodeTableKey(encoded: string): string {
  return encoded.replace(codes, (code) => characterOf.get(code) ?? code)
}
