/** What events other than answers to our own calls and acts of staff mean for an order. */
import { classifyDownloadError } from '../download-error'
import { canActivate, deviceReportsFailure, smdpReportsFailure } from './download-problems'
import { cancelling, type Draft, enter, isIn, iso, note, noteOnce } from './draft'
import type { OrderEvent } from './event'
import { installed } from './evidence'
import type { Order } from './order'

type External = Exclude<OrderEvent, { type: 'wake' } | { type: 'result' } | { type: 'staff' }>

export function applyEvent(draft: Draft, event: External): void {
  switch (event.type) {
    case 'handover':
      return handOver(draft)
    case 'cancel':
      return cancel(draft)
    case 'notice':
      return notice(draft, event)
    case 'deviceResult':
      return deviceResult(draft, event)
    case 'registration':
      return registration(draft, event)
    case 'usage':
      return usage(draft, event)
  }
}

/**
 * Whether the device can be told now: that the profile is downloadable, or held for a delayed download that is announced now; of a
 * top-up, that the balance stands on the SIM.
 */
export function canHandOver(order: Order): boolean {
  if (order.topUp !== undefined) return order.kind !== 'renewal' && isIn(order, 'ready', 'active')
  if (!isIn(order, 'ready', 'downloading')) return false
  return order.profile?.smdp === 'released' || order.profile?.smdp === 'confirmed'
}

/** Whether the person may still call the order off: an eSIM until it is downloaded, as the SM-DP+ sees it; a top-up until it is credited. */
export function canCancel(order: Order): boolean {
  if (order.topUp !== undefined) return isIn(order, 'placed')
  return isIn(order, 'placed', 'ready') || (isIn(order, 'downloading') && order.evidence.deliveredAt === undefined)
}

function handOver(draft: Draft): void {
  const { order } = draft
  if (!canHandOver(order) && !canActivate(order)) return
  order.handover = { attempts: (order.handover?.attempts ?? 0) + 1, lastAt: iso(draft) }
  note(draft, 'handed over', `attempt ${order.handover.attempts}`)
}

function cancel(draft: Draft): void {
  if (canCancel(draft.order)) cancelling(draft, 'person', 'cancelled')
}

/**
 * A progress notice of the SM-DP+ (SGP.22 §5.3.5). Installed is certain with point 4 and success only; point 3 means delivered.
 * A failure at any point ends the download at the SM-DP+: the same code opens nothing any more.
 */
function notice(draft: Draft, event: Extract<External, { type: 'notice' }>): void {
  const { order } = draft
  const former = order.retired.some((profile) => profile.iccid === event.iccid)
  // An SM-DP+ that chooses the ICCID may choose the same one again. What is said of it before its code was given away is old news.
  if (event.iccid !== order.profile?.iccid || (former && order.handover === undefined)) {
    if (former) noteOnce(draft, 'notice for a former profile')
    return
  }
  if (order.evidence.installedAt !== undefined) return
  if (!event.success) return smdpReportsFailure(draft, event.point, event.statusCode)
  if (event.point === 4) return installed(draft, 'notice', event.at)
  if (event.point > 4) return noteOnce(draft, `notice point ${event.point}`)
  begun(draft, `notice point ${event.point}`)
  if (event.point === 3 && order.evidence.deliveredAt === undefined) {
    order.evidence.deliveredAt = event.at ?? iso(draft)
    note(draft, 'delivered to the device')
  }
}

function begun(draft: Draft, by: string): void {
  const { order } = draft
  if (order.evidence.startedAt === undefined) order.evidence.startedAt = iso(draft)
  if (isIn(order, 'ready')) enter(draft, { state: 'downloading', since: iso(draft) }, by)
}

/** The device's own word: its success counts as installed, its failure as said in `download-problems.ts`. */
function deviceResult(draft: Draft, event: Extract<External, { type: 'deviceResult' }>): void {
  const { order } = draft
  if (!isOurs(order, event.iccid) || order.handover === undefined) return
  const code = classifyDownloadError(event.code)
  if (code !== 'Success') return deviceReportsFailure(draft, code, event.onDevice)
  if (order.evidence.installedAt === undefined) installed(draft, 'listener')
}

const REGISTERED = new Set(['home', 'roaming', 'partner'])

function registration(draft: Draft, event: Extract<External, { type: 'registration' }>): void {
  const { order } = draft
  if (!isOurs(order, event.iccid) || order.handover === undefined) return
  if (order.evidence.registeredAt !== undefined || order.evidence.registration === event.state) return
  order.evidence.registration = event.state
  note(draft, 'device reports registration', event.state)
  if (!REGISTERED.has(event.state)) return
  if (order.evidence.installedAt === undefined) installed(draft, 'listener')
  if (order.evidence.installedAt !== undefined) order.evidence.registeredAt = iso(draft)
}

function usage(draft: Draft, event: Extract<External, { type: 'usage' }>): void {
  const { order } = draft
  if (event.iccid !== order.profile?.iccid) return
  if (order.evidence.installedAt === undefined) installed(draft, 'usage', event.at)
  if (order.evidence.installedAt !== undefined) order.evidence.registeredAt ??= event.at
}

/** A device claim fits when it names our ICCID, or none. */
function isOurs(order: Order, iccid: string | undefined): boolean {
  return order.profile !== undefined && (iccid === undefined || iccid === order.profile.iccid)
}
