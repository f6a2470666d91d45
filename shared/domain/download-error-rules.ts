/**
 * Every result of a profile download that Windows or the Mobile Plans app can name, and what we make of it.
 *
 * Names and numbers: Windows `ESimOperationStatus` (travels in `X-MP-LPAError-Codes`) and `MobilePlansActivationError` (what the
 * listener gets). Actions and limits are ours, except where the Windows reference advises: 20 (release), 24 (try again), 25 to 28
 * (contact the operator).
 */

/**
 * - `none`: nothing to repair
 * - `retry-same`: offer the same activation code again
 * - `new-profile`: cancel the profile and, once that is confirmed, order another
 * - `support`: show contact and reference, alert staff
 * - `stop`: no download can succeed on this device; void the payment
 */
export type DownloadAction = 'none' | 'retry-same' | 'new-profile' | 'support' | 'stop'

/** What to tell the person to do first; a key of the portal's texts. */
export type DownloadHint =
  | 'free-space'
  | 'wait'
  | 'other-connection'
  | 'accept-prompt'
  | 'insert-card'
  | 'restart-pc'
  | 'restart-app'
  | 'try-again'
  | 'contact-support'
  | 'other-device'

/** What is done about a result as long as our own record does not know better. */
export interface DownloadErrorRule {
  /** Number of the Windows API; absent for results of the app alone. */
  value?: number
  action: DownloadAction
  /** How often per order the action is taken before it becomes `support`. */
  limit: number
  hint?: DownloadHint
  /** Who should look at it, whatever the person does: an ordering fault, the operator's set-up, or our own code. */
  alert?: 'staff' | 'developers'
}

const retry = (value: number | undefined, hint: DownloadHint, limit = 3): DownloadErrorRule => ({
  ...(value === undefined ? {} : { value }),
  action: 'retry-same',
  limit,
  hint,
})
const replace = (value: number, alert?: 'staff'): DownloadErrorRule => ({
  value,
  action: 'new-profile',
  limit: 1,
  hint: 'try-again',
  ...(alert === undefined ? {} : { alert }),
})
const ask = (value: number | undefined, alert: 'staff' | 'developers' = 'staff'): DownloadErrorRule => ({
  ...(value === undefined ? {} : { value }),
  action: 'support',
  limit: 0,
  hint: 'contact-support',
  alert,
})

/** Rules by name in PascalCase. */
export const downloadErrorRules = {
  Success: { value: 0, action: 'none', limit: 0 },
  NotAuthorized: ask(1),
  NotFound: replace(2),
  PolicyViolation: ask(3),
  InsufficientSpaceOnCard: retry(4, 'free-space'),
  ServerFailure: retry(5, 'wait'),
  ServerNotReachable: retry(6, 'other-connection'),
  TimeoutWaitingForUserConsent: retry(7, 'accept-prompt'),
  IncorrectConfirmationCode: replace(8, 'staff'),
  ConfirmationCodeMaxRetriesExceeded: replace(9),
  CardRemoved: retry(10, 'insert-card'),
  CardBusy: retry(11, 'wait'),
  Other: retry(12, 'try-again', 1),
  CardGeneralFailure: retry(13, 'restart-pc', 1),
  ConfirmationCodeMissing: replace(14, 'staff'),
  InvalidMatchingId: replace(15),
  NoEligibleProfileForThisDevice: { value: 16, action: 'stop', limit: 0, hint: 'other-device' },
  OperationAborted: retry(17, 'try-again'),
  EidMismatch: replace(18),
  ProfileNotAvailableForNewBinding: replace(19),
  ProfileNotReleasedByOperator: retry(20, 'wait'),
  OperationProhibitedByProfileClass: ask(21),
  ProfileNotPresent: replace(22),
  NoCorrespondingRequest: retry(23, 'try-again', 1),
  TimeoutWaitingForResponse: retry(24, 'try-again'),
  IccidAlreadyExists: ask(25),
  ProfileProcessingError: ask(26),
  ServerNotTrusted: ask(27),
  ProfileDownloadMaxRetriesExceeded: replace(28),
  UnknownError: retry(undefined, 'try-again', 1),
  LpaInitializationError: retry(undefined, 'restart-pc', 1),
  ModemNotFound: { action: 'stop', limit: 0, hint: 'other-device' },
  LocalSettingsAccessFailed: retry(undefined, 'restart-app', 1),
  InvalidJson: ask(undefined, 'developers'),
  InvalidActivationCode: retry(undefined, 'try-again', 1),
  InvalidIccid: retry(undefined, 'try-again', 1),
  InvalidCallback: ask(undefined, 'developers'),
} as const satisfies Record<string, DownloadErrorRule>

/** Name of a download result, in PascalCase. */
export type DownloadErrorCode = keyof typeof downloadErrorRules
