/** What it means when the SM-DP+ said no: most of its refusals are answers to the question what an unanswered call had done. */
import type { CallFailure } from '../../platform/ports'
import { failedYetDownloaded } from './download-problems'
import { answerAll, type Draft, enter, isIn, iso, keyOf, note, park, retire, triesOf, unanswered } from './draft'
import { later } from './later'
import type { Order, Profile } from './order'
import { confirmed, ordered, rank } from './profiles'
import { isHeld, MISPICK_LIMIT } from './rules'

/**
 * Refusals on the way to a downloadable profile. "Already in use" means that an earlier attempt of ours worked if, and only if,
 * there was one whose answer nobody saw; otherwise the ICCID is somebody else's, and is taken out of our stock.
 */
export function orderingRefused(
  draft: Draft,
  effect: 'downloadOrder' | 'confirmOrder' | 'releaseProfile',
  key: string,
  profile: Profile | undefined,
  { code }: CallFailure,
): void {
  const { order } = draft
  if (profile === undefined || profile !== order.profile || profile.smdp === 'cancelled') return
  const reached = { downloadOrder: 'ordered', confirmOrder: 'confirmed', releaseProfile: 'released' } as const
  if (rank(profile.smdp) >= rank(reached[effect])) return
  const earlierMayHaveWorked = unanswered(order, key) > 0
  if (earlierMayHaveWorked && ALREADY_DONE[effect].has(code)) {
    note(draft, effect, 'an earlier attempt had worked')
    answerAll(order, key)
    if (effect === 'downloadOrder') return ordered(profile)
    if (effect === 'confirmOrder') return confirmed(order, profile, undefined)
    profile.smdp = 'released'
    return
  }
  if (isIn(order, 'cancelling', 'parked')) return
  if (!NOT_OURS[effect].has(code)) return park(draft, 'smdp-refused', `${effect} ${code}`)
  if (!isIn(order, 'placed')) return park(draft, 'smdp-refused', `${effect} ${code}`)
  retire(draft, 'withdraw', `${effect} ${code}`)
  if (order.retired.length % MISPICK_LIMIT === 0) park(draft, 'stock-mismatch', `${effect} ${code}`)
}

const ALREADY_DONE = {
  downloadOrder: new Set(['8.2.1/3.3']),
  confirmOrder: new Set(['8.2.1/3.3', '8.2.6/3.3']),
  releaseProfile: new Set(['8.2.1/3.5']),
}
const NOT_OURS = {
  downloadOrder: new Set(['8.2.1/3.3', '8.2.1/3.9']),
  confirmOrder: new Set(['8.2.1/3.3', '8.2.1/3.9', '8.1.1/3.10']),
  releaseProfile: new Set<string>(),
}

/**
 * "The profile is not cancellable" (8.2.1/3.3) is the SM-DP+'s verdict in the race between cancellation and download, but it also
 * answers a repeat of a cancellation that had worked. A profile whose code nobody was given cannot have been downloaded; where an
 * earlier answer is missing, a probe tells the two apart.
 */
export function cancelRefused(
  draft: Draft,
  effect: 'cancelOrder' | 'probeProfile',
  key: string,
  profile: Profile | undefined,
  { code }: CallFailure,
): void {
  const { order } = draft
  if (profile === undefined) return
  if (key.startsWith('secondCancel')) return secondCancelRefused(profile, code)
  const { stage } = order
  if (profile !== order.profile || stage.state !== 'cancelling' || profile.smdp === 'cancelled') return
  if (effect === 'probeProfile') {
    if (code !== '8.2.1/3.3') return park(draft, 'smdp-refused', `downloadOrder ${code}`)
    if (unanswered(order, key) === 0) return downloadedAfterAll(draft)
    order.stage = { ...stage, probe: false }
    answerAll(order, keyOf('cancelOrder', profile))
    return later(draft, keyOf('cancelOrder', profile))
  }
  if (code === '8.2.6/3.10' && !profile.cancelWithoutMatchingId) {
    profile.cancelWithoutMatchingId = true
    return
  }
  if (code === '8.2.1/3.9' || (code === '8.2.1/3.3' && !couldBeDownloaded(order, profile))) {
    note(draft, 'cancelOrder', 'nothing was reserved')
    profile.smdp = 'cancelled'
    return
  }
  if (code !== '8.2.1/3.3') return park(draft, 'smdp-refused', `cancelOrder ${code}`)
  const othersUnanswered = unanswered(order, key) + unanswered(order, keyOf('probeProfile', profile))
  if (othersUnanswered === 0) return downloadedAfterAll(draft)
  order.stage = { ...stage, probe: true }
}

/** "Not cancellable" is what a free ICCID answers. Any other refusal leaves open what a late call did: the ICCID is not sold again. */
function secondCancelRefused(profile: Profile, code: string): void {
  if (code === '8.2.6/3.10' && !profile.cancelWithoutMatchingId) {
    profile.cancelWithoutMatchingId = true
    return
  }
  profile.settled = true
  if (code === '8.2.1/3.3') return
  profile.fate = 'withdraw'
  profile.fateReason = `cancelOrder ${code}`
}

/** Somebody has the activation code, as we gave it away or the SM-DP+ saw it used, and the SM-DP+ may have released the profile. */
function couldBeDownloaded(order: Order, profile: Profile): boolean {
  const used = order.handover !== undefined || order.evidence.startedAt !== undefined
  if (!used || profile.codeDead) return false
  if (profile.smdp === 'released') return true
  const releasing = isHeld(order) ? 'releaseProfile' : 'confirmOrder'
  return triesOf(order, keyOf(releasing, profile)).attempts > 0
}

/** The cancellation lost the race: the purchase stands, and nothing is paid back. */
function downloadedAfterAll(draft: Draft): void {
  const { order } = draft
  const failed = order.stage.state === 'cancelling' && order.stage.because === 'download-failed'
  if (order.profile !== undefined) order.profile.smdp = 'released'
  order.evidence.startedAt ??= iso(draft)
  enter(draft, { state: 'downloading', since: iso(draft) }, 'too late to cancel')
  if (failed) failedYetDownloaded(draft)
}
