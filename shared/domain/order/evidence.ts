/** What counts as evidence of installation, and when. The table is in `docs/architecture.md`, "What counts as evidence". */
import { type Draft, enter, isIn, iso } from './draft'
import type { Order, ParkedStage } from './order'

/**
 * Evidence of installation counts unless the SM-DP+ has confirmed the cancellation: it decides, not the device. The word of the device
 * (`listener`) does not stop a cancellation that is under way; that of SM-DP+ and charging does.
 */
export function installed(draft: Draft, by: 'notice' | 'listener' | 'usage', at?: string): void {
  const { order } = draft
  const { stage, profile } = order
  if (profile === undefined || profile.smdp === 'cancelled') return
  const trusted = by !== 'listener'
  const waiting = isIn(order, 'ready', 'downloading') || awaitsEvidence(order)
  const settles = stage.state === 'cancelling' || (stage.state === 'parked' && isOpenQuestion(stage))
  if (!waiting && !(trusted && settles)) return
  order.evidence.startedAt ??= iso(draft)
  order.evidence.installedAt = at ?? iso(draft)
  order.problem = undefined
  profile.smdp = 'released'
  enter(draft, { state: 'installed', since: iso(draft), by }, `by ${by}`)
}

/** Parked only because nobody knows whether the eSIM has been installed, or since the device said that it was not. */
export function awaitsEvidence({ stage }: Order): boolean {
  return stage.state === 'parked' && (stage.reason === 'no-install-evidence' || stage.reason === 'download-failed')
}

/** The SM-DP+ refused something after the code could be used: its own word on the profile answers what it meant. */
function isOpenQuestion({ reason, from }: ParkedStage): boolean {
  return reason === 'smdp-refused' && from !== 'placed'
}
