/**
 * Activation codes: `1$<SM-DP+ address>$<matching id>[$<OID>[$1]]`, at most 255 characters.
 * Bare in documents, ES2+ and JavaScript callbacks; with `lpa:` in links and `LPA:` in QR codes.
 * No text here ever goes through `String.replace`, which would turn `$$1` into `$1`.
 *
 * @see GSMA SGP.22 v2 §4.1; Windows "Activate by link"
 */

/** Longest activation code, without the `LPA:` prefix, in characters. */
export const maxActivationCodeLength = 255

/** The fields of an activation code. */
export interface ActivationCode {
  /** Host name of the SM-DP+. */
  smdpAddress: string
  /** May be empty when read: the SM-DP+ then recognises the device by its EID. */
  matchingId: string
  /** OID that the SM-DP+'s certificate must carry. */
  oid?: string
  /** True when the person will be asked for a confirmation code; Mobile Plans forbids such codes in its callbacks. */
  confirmationCodeRequired?: boolean
}

/** Why a text is no activation code, or fields do not make one. */
export type ActivationCodeProblem = 'format' | 'address' | 'matching-id' | 'oid' | 'too-long'

/** The fields given do not make an activation code. The message names the field, never its value: the code is a secret. */
export class ActivationCodeError extends Error {
  readonly code = 'activation_code_invalid'
  constructor(readonly problem: ActivationCodeProblem) {
    super(`not an activation code: ${problem}`)
    this.name = 'ActivationCodeError'
  }
}

/** Whether the text is a host name: labels of 1 to 63 letters, digits and inner hyphens, joined by dots, at most 253 in all. */
export function isHostName(text: string): boolean {
  if (text.length === 0 || text.length > 253) return false
  return text.split('.').every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label))
}

function problemWith(code: ActivationCode): ActivationCodeProblem | undefined {
  if (!isHostName(code.smdpAddress)) return 'address'
  if (!/^[0-9A-Za-z-]*$/.test(code.matchingId)) return 'matching-id'
  if (code.oid !== undefined && !/^\d+(?:\.\d+)+$/.test(code.oid)) return 'oid'
  return undefined
}

/**
 * Writes the bare activation code, such as `1$smdp.example.net$7H2K-QX4M`. The matching id is passed on unchanged.
 *
 * @throws {ActivationCodeError} `activation_code_invalid`, with the field at fault in `problem`
 */
export function formatActivationCode(fields: ActivationCode): string {
  const problem = problemWith(fields)
  if (problem) throw new ActivationCodeError(problem)
  const parts = ['1', fields.smdpAddress, fields.matchingId]
  if (fields.confirmationCodeRequired) parts.push(fields.oid ?? '', '1')
  else if (fields.oid !== undefined) parts.push(fields.oid)
  const code = parts.join('$')
  if (code.length > maxActivationCodeLength) throw new ActivationCodeError('too-long')
  return code
}

/**
 * Reads an activation code with or without `LPA:` (any case), blanks around it ignored. Fields after the fifth are passed over, as
 * version 3 of the standard defines more. A lower-case matching id is accepted and kept.
 */
export function parseActivationCode(text: string): ActivationCode | undefined {
  const code = bareActivationCode(text)
  if (code.length > maxActivationCodeLength) return undefined
  const [format, smdpAddress, matchingId, oid, flag] = code.split('$')
  if (format !== '1' || smdpAddress === undefined || matchingId === undefined) return undefined
  if (flag !== undefined && flag !== '' && flag !== '1') return undefined
  const fields: ActivationCode = { smdpAddress, matchingId }
  if (oid !== undefined && oid !== '') fields.oid = oid
  if (flag === '1') fields.confirmationCodeRequired = true
  return problemWith(fields) ? undefined : fields
}

/** The code without `LPA:`, otherwise unchanged: the only form that a JavaScript callback may carry. */
export function bareActivationCode(text: string): string {
  const trimmed = text.trim()
  return /^lpa:/i.test(trimmed) ? trimmed.slice(4) : trimmed
}

/**
 * Link that opens the download in Windows Settings (Windows 11 24H2 and later). `$` stays raw: it is legal in a URI, and nobody
 * promises that Windows decodes `%24`.
 *
 * @param code bare activation code
 */
export function lpaLink(code: string): string {
  return `lpa:${code}`
}

/** Text of the QR code of a bare activation code: the same with the prefix in upper case (SGP.22 §4.1). */
export function qrText(code: string): string {
  return `LPA:${code}`
}
