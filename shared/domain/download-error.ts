/** From the name of a download result to what to do about it. */
import {
  type DownloadAction,
  type DownloadErrorCode,
  type DownloadErrorRule,
  type DownloadHint,
  downloadErrorRules,
} from './download-error-rules'

export type { DownloadAction, DownloadErrorCode, DownloadErrorRule, DownloadHint } from './download-error-rules'

const byFoldedName = new Map(
  (Object.keys(downloadErrorRules) as DownloadErrorCode[]).map((code) => [code.toLowerCase(), code]),
)

/**
 * The result that a name stands for. Headers write `ServerFailure`, listeners `serverFailure`, the app's dialog perhaps
 * `SERVER_FAILURE`: case and underscores do not matter. An unknown name counts as `Other`.
 */
export function classifyDownloadError(name: string): DownloadErrorCode {
  return byFoldedName.get(name.slice(0, 100).trim().replaceAll('_', '').toLowerCase()) ?? 'Other'
}

/** The rule of a result. */
export function downloadErrorRule(code: DownloadErrorCode): DownloadErrorRule {
  return downloadErrorRules[code]
}

/** What is known besides the device's claim. */
export interface DownloadErrorFacts {
  code: DownloadErrorCode
  /** Remedies that this order has used up. */
  remedies: { retrySame: number; freshProfile: number }
  /** Our record of the SM-DP+'s answers and notices, which outranks whatever the device says. */
  record: {
    /** A notice said that the profile was installed. */
    installed: boolean
    /** The SM-DP+ confirmed the release. */
    released: boolean
  }
  /** Whether the device listed the profile's ICCID at this launch (`iccids`); absent: it gave no list, as in a browser. */
  onDevice?: boolean
  /** The activation code that was handed over differs from the SM-DP+'s. */
  codeDamaged?: boolean
  /** Another profile type of this plan would fit the device. */
  otherProfileType?: boolean
}

/** What to do about a failed download. */
export interface DownloadDecision {
  /** `activate`: the download did succeed; call `notifyBalanceAddition` with the ICCID. */
  action: DownloadAction | 'activate'
  /** What we do before the action: release the profile, or hand over the code of the SM-DP+ instead of the damaged one. */
  first?: 'release' | 'rebuild-code'
  hint?: DownloadHint
  alert?: 'staff' | 'developers'
}

/** Results that mean "this profile is on a device already". */
const alreadyThere: ReadonlySet<DownloadErrorCode> = new Set(['ProfileNotAvailableForNewBinding', 'IccidAlreadyExists'])

/** Results that mean "no such profile": with a profile that is known to be released, the fault may pass. */
const notThere: ReadonlySet<DownloadErrorCode> = new Set(['NotFound', 'ProfileNotPresent'])

/**
 * Decides about one reported result. Pure; whether a *claim of the device alone* may lead to a new profile or a refund is for the order to
 * decide, which asks the SM-DP+ first (by `cancelOrder`).
 */
export function decideDownloadError(facts: DownloadErrorFacts): DownloadDecision {
  const { code, record, remedies, onDevice } = facts
  const rule = downloadErrorRule(code)
  if (rule.action === 'none') return { action: 'none' }
  if (onDevice === true && (record.installed || alreadyThere.has(code))) return { action: 'activate' }
  if (record.installed) {
    // Installed by the SM-DP+'s account, and either unseen (no list) or gone from the device again.
    return onDevice === false ? support('staff') : { action: 'none' }
  }

  const retry = (limit: number, first?: DownloadDecision['first']): DownloadDecision =>
    remedies.retrySame < limit
      ? { action: 'retry-same', ...(first ? { first } : {}), hint: rule.hint ?? 'try-again', ...alertOf(rule) }
      : support(rule.alert ?? 'staff')
  const replace = (): DownloadDecision =>
    remedies.freshProfile < 1
      ? { action: 'new-profile', hint: 'try-again', ...alertOf(rule) }
      : support(rule.alert ?? 'staff')

  if (code === 'ProfileNotReleasedByOperator') return retry(rule.limit, record.released ? undefined : 'release')
  if (code === 'InvalidActivationCode') return retry(rule.limit, 'rebuild-code')
  if (code === 'InvalidMatchingId' && facts.codeDamaged === true) return retry(3, 'rebuild-code')
  if (notThere.has(code) && record.released && remedies.retrySame < 1) return retry(1)
  if (code === 'NoEligibleProfileForThisDevice' && facts.otherProfileType === true) return replace()

  switch (rule.action) {
    case 'retry-same':
      return retry(rule.limit)
    case 'new-profile':
      return replace()
    case 'stop':
      return { action: 'stop', ...(rule.hint ? { hint: rule.hint } : {}), ...alertOf(rule) }
    case 'support':
      return support(rule.alert ?? 'staff')
  }
}

function support(alert: 'staff' | 'developers'): DownloadDecision {
  return { action: 'support', hint: 'contact-support', alert }
}

function alertOf(rule: DownloadErrorRule): { alert?: 'staff' | 'developers' } {
  return rule.alert === undefined ? {} : { alert: rule.alert }
}
