/**
 * Identifiers of SIMs, devices, downloads and orders: how they are read, checked, made and masked.
 * All of them stay text: as numbers ICCIDs and EIDs would be rounded from the 16th digit on.
 */
import { RandomnessError, toCrockford } from './crockford'

/** Brands: a value of these types has been checked by the parser of the same name. */
declare const brand: unique symbol
type Branded<T, B extends string> = T & { readonly [brand]: B }

/** 18 to 20 digits, without padding. */
export type Iccid = Branded<string, 'Iccid'>
/** 32 digits, mod 97 = 1. */
export type Eid = Branded<string, 'Eid'>
/** 15 digits. */
export type Imei = Branded<string, 'Imei'>
/** Upper-case letters, digits and `-`. The only secret that opens the download. */
export type MatchingId = Branded<string, 'MatchingId'>
/** Up to 64 characters, decoded, as received. */
export type TransactionId = Branded<string, 'TransactionId'>
/** 26 characters of lower-case Crockford base 32 (128 random bits): safe in URLs and store keys. */
export type OrderId = Branded<string, 'OrderId'>

/**
 * Reads an ICCID in any spelling that reaches us: bare, with `iccid:` before it (any case, blanks around), with one trailing `F`.
 * The check digit is not looked at: real cards and documented samples break it (see {@link iccidHasValidLuhn}).
 *
 * @param text already percent-decoded
 * @see ITU-T E.118 for the layout; SGP.22 §5.2.1 for the padding; Mobile Plans "Account management" for the prefix
 */
export function parseIccid(text: string): Iccid | undefined {
  const match = /^\s*(?:iccid:\s*)?(\d{18,20})[Ff]?\s*$/i.exec(text)
  return match ? (match[1] as Iccid) : undefined
}

/**
 * Luhn check digit that completes `digits` (which come without it): 0 to 9.
 *
 * @param digits decimal digits only; any length
 * @see ISO/IEC 7812-1, annex B
 */
export function luhnCheckDigit(digits: string): number {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const weighted = index % 2 === 0 ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return (10 - (sum % 10)) % 10
}

/** Whether the last digit of `digits` is the Luhn check digit of the others. */
function endsWithLuhnDigit(digits: string): boolean {
  return luhnCheckDigit(digits.slice(0, -1)) === digits.charCodeAt(digits.length - 1) - 48
}

/** Whether an ICCID ends with its Luhn check digit. Worth a warning, never a refusal. */
export function iccidHasValidLuhn(iccid: Iccid): boolean {
  return endsWithLuhnDigit(iccid)
}

/** The 20-character form for SM-DP+s that do not take 19 digits (SGP.22 before 2.2): 19 digits get one `F`, others stay. */
export function padIccid(iccid: Iccid): string {
  return iccid.length === 19 ? `${iccid}F` : iccid
}

/** An inclusive range of ICCIDs of one length. The bounds need not be card numbers. */
export interface IccidRange {
  from: string
  to: string
}

/** Whether an ICCID lies in one of the ranges. Text comparison suffices, as both bounds have the ICCID's length. */
export function isInRanges(iccid: Iccid, ranges: readonly IccidRange[]): boolean {
  return ranges.some(({ from, to }) => from.length === iccid.length && from <= iccid && iccid <= to)
}

/** Remainder of a decimal number of any length divided by 97, digit by digit: 32 digits do not fit a JavaScript number. */
function modulo97(digits: string): number {
  let remainder = 0
  for (let index = 0; index < digits.length; index += 1) {
    remainder = (remainder * 10 + digits.charCodeAt(index) - 48) % 97
  }
  return remainder
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s/g, '')
}

/** Whether the text has the length of an EID: 32 digits, inner blanks ignored. */
export function eidLooksComplete(text: string): boolean {
  return /^\d{32}$/.test(withoutBlanks(text))
}

/** Whether 32 digits (blanks ignored) carry the right check digits: the whole number modulo 97 is 1 (ISO/IEC 7064 MOD 97-10). */
export function eidCheckDigitsPass(text: string): boolean {
  const digits = withoutBlanks(text)
  return /^\d{32}$/.test(digits) && modulo97(digits) === 1
}

/**
 * Reads an EID; blanks anywhere are ignored, as people copy it in groups. Wrong check digits give `undefined`:
 * a wrong EID would bind a paid profile to nobody's device.
 *
 * @see GSMA SGP.29 and SGP.02 for layout and check digits
 */
export function parseEid(text: string): Eid | undefined {
  return eidCheckDigitsPass(text) ? (withoutBlanks(text) as Eid) : undefined
}

/** Appends the two check digits to the first 30 digits of an EID; `undefined` unless there are exactly 30 digits. */
export function completeEid(first30: string): Eid | undefined {
  if (!/^\d{30}$/.test(first30)) return undefined
  const check = 98 - modulo97(`${first30}00`)
  return `${first30}${String(check).padStart(2, '0')}` as Eid
}

/** Reads an IMEI: 15 digits, blanks and hyphens ignored. The check digit is a separate question ({@link imeiHasValidLuhn}). */
export function parseImei(text: string): Imei | undefined {
  const digits = text.replaceAll(/[\s-]/g, '')
  return /^\d{15}$/.test(digits) ? (digits as Imei) : undefined
}

/** Whether an IMEI ends with its Luhn check digit (3GPP TS 23.003). */
export function imeiHasValidLuhn(imei: Imei): boolean {
  return endsWithLuhnDigit(imei)
}

/** Longest transaction id, in characters, after decoding (Mobile Plans "Web portal"). */
export const maxTransactionIdLength = 64

/**
 * Takes a transaction id as the app sent it: 1 to 64 printable characters without blanks at the ends, never changed.
 *
 * @param text already percent-decoded, once
 */
export function parseTransactionId(text: string): TransactionId | undefined {
  const trimmed = text.trim()
  if (trimmed.length === 0 || trimmed.length > maxTransactionIdLength) return undefined
  return /^[^\p{Cc}\p{Cs}]+$/u.test(trimmed) ? (trimmed as TransactionId) : undefined
}

/**
 * Makes a matching id: 4 groups of 5 characters, 100 random bits. It is all that protects a download not bound to an EID.
 *
 * @param randomBytes at least 13, from a cryptographic source
 * @throws {RandomnessError} `too_few_random_bytes`
 */
export function createMatchingId(randomBytes: Uint8Array): MatchingId {
  if (randomBytes.length < 13) throw new RandomnessError(13, randomBytes.length)
  const text = toCrockford(randomBytes, 20)
  return [text.slice(0, 5), text.slice(5, 10), text.slice(10, 15), text.slice(15)].join('-') as MatchingId
}

/**
 * Makes an order id of 26 characters.
 *
 * @param randomBytes at least 16, from a cryptographic source
 * @throws {RandomnessError} `too_few_random_bytes`
 */
export function createOrderId(randomBytes: Uint8Array): OrderId {
  if (randomBytes.length < 16) throw new RandomnessError(16, randomBytes.length)
  return toCrockford(randomBytes.subarray(0, 16), 26).toLowerCase() as OrderId
}

/** Reads an order id, exactly as {@link createOrderId} writes it. */
export function parseOrderId(text: string): OrderId | undefined {
  return /^[0-9a-hjkmnp-tv-z]{26}$/.test(text) ? (text as OrderId) : undefined
}

/**
 * Short reference of an order for people, such as `MP-7H2K-QX4M`: printable, speakable, and of no use as a key,
 * since it holds 40 of the id's 128 bits.
 */
export function orderReference(orderId: OrderId): string {
  return `MP-${orderId.slice(0, 4)}-${orderId.slice(4, 8)}`.toUpperCase()
}

/**
 * Form of an identifier for logs: `…` and its last four characters, enough to compare two lines and too little to identify anyone.
 * Texts shorter than 12 characters, where four would give away too much, become `…` alone.
 */
export function maskIdentifier(text: string): string {
  return text.length < 12 ? '…' : `…${text.slice(-4)}`
}
