/**
 * Failed downloads: from what SM-DP+ and device say to what the order does about it. Which code leads to which action is decided by
 * `decideDownloadError`; here it is carried out.
 *
 * The device's word guides the person, and costs the operator nothing by itself: the next profile and the return of the money wait for the
 * SM-DP+ to confirm that the profile has been cancelled.
 */
import { type DownloadDecision, type DownloadErrorCode, decideDownloadError } from '../download-error'
import { cancelling, type Draft, enter, isIn, iso, note, noteOnce, park } from './draft'
import { awaitsEvidence, installed } from './evidence'
import type { Order, Problem } from './order'

/** Codes that say no more than that something failed. */
const vague: ReadonlySet<DownloadErrorCode> = new Set(['Other', 'UnknownError'])

/** A failure at any point ends the download at the SM-DP+: the same code opens nothing any more. */
export function smdpReportsFailure(draft: Draft, point: number, statusCode = 'unknown'): void {
  const { order } = draft
  if (!isIn(order, 'ready', 'downloading')) return noteOnce(draft, 'download failed', `point ${point}, ${statusCode}`)
  note(draft, 'download failed', `point ${point}, ${statusCode}`)
  order.evidence.startedAt ??= iso(draft)
  const second = order.remedies.freshProfile > 0
  order.problem = {
    at: iso(draft),
    source: 'smdp',
    code: statusCode,
    action: second ? 'support' : 'new-profile',
    ...(second ? { alert: 'staff' } : {}),
  }
  if (second) return park(draft, 'download-failed', statusCode)
  order.remedies.freshProfile += 1
  cancelling(draft, 'download-failed', 'fresh-profile')
}

/**
 * The device says that the download failed. One hand-over counts one failure: listener, launch headers and reloads may tell it again, and
 * may name a further cause, which is acted on but not counted as a further try.
 *
 * @param onDevice whether the device listed the profile at this launch; undefined: it gave no list
 */
export function deviceReportsFailure(draft: Draft, code: DownloadErrorCode, onDevice: boolean | undefined): void {
  const { order } = draft
  const { handover } = order
  if (handover === undefined) return
  const isInstalled = order.evidence.installedAt !== undefined
  const told = handover.failures ?? []
  const { retrySame, freshProfile } = order.remedies
  const decision = decideDownloadError({
    code,
    // A cause that comes later belongs to a failure that has been counted.
    remedies: { retrySame: told.length > 0 ? Math.max(0, retrySame - 1) : retrySame, freshProfile },
    record: { installed: isInstalled, released: order.profile?.smdp === 'released' },
    ...(onDevice === undefined ? {} : { onDevice }),
  })
  if (isInstalled) return afterInstallation(draft, code, decision)
  if (decision.action === 'activate') return foundOnDevice(draft, code, decision)
  if (!isIn(order, 'ready', 'downloading')) return
  if (told.includes(code) || (told.length > 0 && vague.has(code))) return
  order.handover = { ...handover, failures: [...told, code] }
  note(draft, 'device reports a failed download', `${code}: ${decision.action}`)
  order.problem = problemOf(draft, code, decision)
  switch (decision.action) {
    case 'none':
      return
    case 'retry-same':
      if (told.length === 0) order.remedies.retrySame += 1
      return sameCodeAgain(draft, decision.first)
    case 'new-profile':
      order.remedies.freshProfile += 1
      return cancelling(draft, 'download-failed', 'fresh-profile')
    case 'stop':
      return cancelling(draft, 'download-failed', 'cancelled')
    case 'support':
      return park(draft, 'download-failed', code)
  }
}

/** The code is built from the record at each hand-over, so one that was damaged on its way is whole again without further ado. */
function sameCodeAgain(draft: Draft, first: DownloadDecision['first']): void {
  const { order } = draft
  // The device has come to download: it waits no longer for the time that was reckoned for its toast.
  if (first === 'release' && order.profile !== undefined) order.profile.releaseAskedAt ??= iso(draft)
  if (isIn(order, 'downloading')) enter(draft, { state: 'ready', since: iso(draft) }, 'same code again')
}

/** Nothing that a device says takes an installation back; the person is helped to use the eSIM, or to reach support. */
function afterInstallation(draft: Draft, code: DownloadErrorCode, decision: DownloadDecision): void {
  const { order } = draft
  const { action } = decision
  if (action !== 'activate' && action !== 'support') return
  if (!isIn(order, 'installed', 'active')) return
  // It has been on the network: there is nothing to switch on.
  if (action === 'activate' && order.evidence.registeredAt !== undefined) return
  const { problem, handover } = order
  const known = problem?.code === code && problem.action === action && problem.at >= (handover?.lastAt ?? '')
  if (known) return
  note(draft, 'device reports a failed download', `${code}: ${action}`)
  order.problem = problemOf(draft, code, decision)
}

/** The device lists the profile and refuses it as one that it has: as good as the listener's word, and counted as that. */
function foundOnDevice(draft: Draft, code: DownloadErrorCode, decision: DownloadDecision): void {
  const { order } = draft
  if (!isIn(order, 'ready', 'downloading') && !awaitsEvidence(order)) return
  note(draft, 'device reports a failed download', `${code}: ${decision.action}`)
  installed(draft, 'listener')
  if (order.evidence.installedAt !== undefined) order.problem = problemOf(draft, code, decision)
}

function problemOf(draft: Draft, code: string, { action, alert }: DownloadDecision): Problem {
  return { at: iso(draft), source: 'device', code, action, ...(alert === undefined ? {} : { alert }) }
}

/**
 * Somebody said that the download failed, yet the SM-DP+ takes the profile back no more: it has been downloaded. Neither another profile
 * nor the money follows; staff find out, unless evidence comes first.
 */
export function failedYetDownloaded(draft: Draft): void {
  const { order } = draft
  if (order.problem !== undefined) order.problem = { ...order.problem, action: 'support', alert: 'staff' }
  park(draft, 'download-failed', `${order.problem?.code ?? 'unknown'}, too late to cancel`)
}

/** Whether the person is offered to use an eSIM that is on the device already, instead of downloading it. */
export function canActivate(order: Order): boolean {
  return order.problem?.action === 'activate' && isIn(order, 'installed', 'active')
}
