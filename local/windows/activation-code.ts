/** The parts of an activation code that a device needs (GSMA SGP.22 §4.1). */
export interface ActivationCode {
  host: string
  matchingId: string
  confirmationCodeRequired: boolean
}

const hostName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i

/**
 * Reads an activation code as a script callback must pass it: bare, without the `LPA:` prefix.
 * @returns `problem`: why Windows would call it invalid
 */
export function readActivationCode(text: string): { ok: true; code: ActivationCode } | { ok: false; problem: string } {
  const invalid = (problem: string) => ({ ok: false as const, problem })
  if (/^lpa:/i.test(text)) return invalid('the code starts with LPA:, which belongs to links and QR codes only')
  if (text.length > 255) return invalid('the code is longer than 255 characters')
  const [format, host, matchingId, , flag] = text.split('$')
  if (format !== '1') return invalid('the format field is not 1')
  if (host === undefined || matchingId === undefined) return invalid('a $ is missing: 1$<SM-DP+ host>$<matching id>')
  if (!hostName.test(host)) return invalid('the SM-DP+ address is not a bare host name')
  if (!/^[0-9a-z-]*$/i.test(matchingId))
    return invalid('the matching id holds other characters than letters, digits and -')
  if (flag !== undefined && flag !== '1') return invalid('the confirmation flag must be 1 or absent')
  return { ok: true, code: { host, matchingId, confirmationCodeRequired: flag === '1' } }
}
