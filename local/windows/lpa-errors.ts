/**
 * What a download can end with. `ESimOperationStatus` (Windows API) names travel in the `X-MP-LPAError-Codes` header in PascalCase;
 * the activation listener speaks of members of `MobilePlansActivationError` in camelCase. The two lists overlap without being equal.
 */

/** `ESimOperationStatus` in the order of its values, 0 to 28. */
export const operationStatuses = [
  'Success',
  'NotAuthorized',
  'NotFound',
  'PolicyViolation',
  'InsufficientSpaceOnCard',
  'ServerFailure',
  'ServerNotReachable',
  'TimeoutWaitingForUserConsent',
  'IncorrectConfirmationCode',
  'ConfirmationCodeMaxRetriesExceeded',
  'CardRemoved',
  'CardBusy',
  'Other',
  'CardGeneralFailure',
  'ConfirmationCodeMissing',
  'InvalidMatchingId',
  'NoEligibleProfileForThisDevice',
  'OperationAborted',
  'EidMismatch',
  'ProfileNotAvailableForNewBinding',
  'ProfileNotReleasedByOperator',
  'OperationProhibitedByProfileClass',
  'ProfileNotPresent',
  'NoCorrespondingRequest',
  'TimeoutWaitingForResponse',
  'IccidAlreadyExists',
  'ProfileProcessingError',
  'ServerNotTrusted',
  'ProfileDownloadMaxRetriesExceeded',
] as const

/** Members that only the activation listener knows. */
export const listenerOnlyErrors = [
  'unknownError',
  'lpaInitializationError',
  'modemNotFound',
  'localSettingsAccessFailed',
  'invalidJson',
  'invalidActivationCode',
  'invalidIccid',
] as const

/** Statuses 24 to 28 are younger than the listener's list and have no member in it. */
const withoutMember = new Set<string>(operationStatuses.slice(24))

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

/** The 31 members of `MobilePlansActivationError`. */
export const activationErrorMembers: readonly string[] = [
  ...operationStatuses.filter((name) => !withoutMember.has(name)).map(lowerFirst),
  ...listenerOnlyErrors,
]

/** Every error that can be injected, as a listener member or, for the five without one, the status name in camelCase. */
export const allErrors: readonly string[] = [...operationStatuses.slice(1).map(lowerFirst), ...listenerOnlyErrors]

/**
 * Finds an error by any spelling.
 * @returns its name as in `allErrors`, or `undefined`
 */
export function findError(text: string): string | undefined {
  const folded = text.toLowerCase()
  return allErrors.find((name) => name.toLowerCase() === folded)
}

/** What the activation listener says for an error: a member of `MobilePlansActivationError`. */
export function listenerMember(error: string): string {
  return activationErrorMembers.includes(error) ? error : 'unknownError'
}

/** What the launch header says for an error: a name of `ESimOperationStatus`. */
export function headerCode(error: string): string {
  return operationStatuses.find((name) => lowerFirst(name) === error) ?? 'Other'
}

/**
 * Where in the download an injected error strikes.
 * `before`: nothing reaches the SM-DP+. `authenticated`: after the SM-DP+ has recognised the eUICC. `installing`: on the card, so
 * that the SM-DP+ hears of it.
 */
export function strikesAt(error: string): 'before' | 'authenticated' | 'installing' {
  if (installing.has(error)) return 'installing'
  return authenticated.has(error) ? 'authenticated' : 'before'
}
const installing = new Set([
  'insufficientSpaceOnCard',
  'cardRemoved',
  'cardBusy',
  'cardGeneralFailure',
  'operationProhibitedByProfileClass',
  'timeoutWaitingForResponse',
  'iccidAlreadyExists',
  'profileProcessingError',
  'other',
])
const authenticated = new Set([
  'policyViolation',
  'timeoutWaitingForUserConsent',
  'incorrectConfirmationCode',
  'confirmationCodeMaxRetriesExceeded',
  'confirmationCodeMissing',
  'operationAborted',
  'serverFailure',
  'profileDownloadMaxRetriesExceeded',
])

/**
 * Reason that the device gives to the SM-DP+ when it ends a session before the package (ES9+ CancelSession).
 * @returns `undefined` where it simply stays away
 */
export function cancelReason(error: string): 'timeout' | 'postponed' | 'pprNotAllowed' | undefined {
  if (error === 'timeoutWaitingForUserConsent') return 'timeout'
  if (error === 'operationAborted') return 'postponed'
  return error === 'policyViolation' ? 'pprNotAllowed' : undefined
}
