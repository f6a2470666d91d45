/** Texts of the status codes that the simulator gives, in our words (SGP.22 tables 24 to 32, 40 and 43). */
const meanings: Record<string, string> = {
  '1.1/1.1': 'The caller is not known here.',
  '1.2/4.2': 'Processing failed.',
  '1.2/4.4': 'Busy for the moment.',
  '1.3.1/2.1': 'Content-Type must be application/json and the body a JSON object.',
  '1.3.2/2.1': 'X-Admin-Protocol must be gsma/rsp/v2 with a minor version.',
  '8.1/4.8': 'Not enough space on the eUICC.',
  '8.1.1/2.2': 'The EID is missing.',
  '8.1.1/3.8': 'The EID is not the expected one.',
  '8.1.1/3.10': 'Another EID is tied to this ICCID.',
  '8.2/1.2': 'The profile is not released yet.',
  '8.2/3.7': 'The package cannot be bound anew.',
  '8.2.1/1.2': 'Not allowed on this profile.',
  '8.2.1/3.3': 'The profile is not available for this function.',
  '8.2.1/3.5': 'The profile cannot be released from its state.',
  '8.2.1/3.9': 'The ICCID is not known.',
  '8.2.1/3.10': 'Another EID is tied to this ICCID.',
  '8.2.5/3.7': 'No profile of this type is left.',
  '8.2.5/3.8': 'The profile is of another type.',
  '8.2.5/3.9': 'The profile type is not known.',
  '8.2.5/4.3': 'No eligible profile for this device.',
  '8.2.6/3.3': 'The matching id is in use.',
  '8.2.6/3.8': 'The matching id was refused.',
  '8.2.6/3.10': 'Another matching id is tied to this ICCID.',
  '8.8.5/4.10': 'The download order has expired.',
  '8.8.5/6.4': 'Too many download attempts.',
  '8.9/5.1': 'The SM-DS cannot be reached.',
  '8.10.1/3.9': 'No session with this transaction id.',
}

/** What Windows reports for a code of ES9+, by the names of the portal's listener (equal descriptions). */
const windowsErrors: Record<string, string> = {
  '8.1/4.8': 'insufficientSpaceOnCard',
  '8.1.1/3.8': 'eidMismatch',
  '8.2/1.2': 'profileNotReleasedByOperator',
  '8.2/3.7': 'profileNotAvailableForNewBinding',
  '8.2.5/4.3': 'noEligibleProfileForThisDevice',
  '8.2.6/3.8': 'invalidMatchingId',
  '8.2.7/2.2': 'confirmationCodeMissing',
  '8.2.7/3.8': 'incorrectConfirmationCode',
  '8.2.7/6.4': 'confirmationCodeMaxRetriesExceeded',
}

/** Codes after which no further attempt with this order can succeed: the profile goes to Error and the operator is told. */
const endingCodes = new Set(['8.1/4.8', '8.2/3.7', '8.2.5/4.3', '8.2.7/6.4', '8.8.5/4.10', '8.8.5/6.4'])

/** A code taken apart, as the wire wants it. */
export function splitCode(code: string): { subjectCode: string; reasonCode: string } {
  const [subjectCode = '', reasonCode = ''] = code.split('/')
  return { subjectCode, reasonCode }
}

/** What a code means, for `message`. */
export function meaningOf(code: string): string {
  return meanings[code] ?? 'The function failed.'
}

/** Name of the activation error that Windows shows to the portal. */
export function windowsErrorOf(code: string): string {
  return windowsErrors[code] ?? 'serverFailure'
}

/** Whether a download refused with this code ends the order. */
export function endsOrder(code: string): boolean {
  return endingCodes.has(code)
}
