/**
 * Where an order stands, in the person's terms. Pure: everything that the order's page shows follows from the order, the channel of this
 * visit and the time.
 */
import { createHash } from 'node:crypto'
import { formatActivationCode, lpaLink, qrText } from '../domain/activation-code'
import { canCancel } from '../domain/order/apply'
import { canActivate } from '../domain/order/download-problems'
import type { Order, Problem, Profile } from '../domain/order/order'
import { downloadableAt, registerDelayMs } from '../domain/order/rules'
import { planDelivery } from '../domain/plan'
import { topUpStanding } from './top-up-standing'
import type { OrderView, Progress, TopUpTrouble } from './views'

/** With no sign of a download after this time, in milliseconds, a new click starts a new attempt. */
export const handOverAgainMs = 60_000

/** What the order's page and its status say. */
export interface Standing {
  progress: Progress
  canHandOver: OrderView['canHandOver']
  canCancelOrder: boolean
  /** The browser may show link and code now. */
  showInstall: boolean
  /** ISO 8601; for `ready` and `scheduled` of a delayed plan, and until an asynchronous line works. */
  availableAt?: string
  /** Code of the last problem that still concerns the person. */
  problem?: Pick<Problem, 'source' | 'code' | 'action'>
  /** Of a top-up: what went wrong with it. */
  because?: TopUpTrouble
  /** Seconds; absent: nothing will change by itself. */
  refreshAfter?: number
}

/** The standing of an order for a visit by app or browser. */
export function standingOf(order: Order, channel: 'webview' | 'browser', now: Date): Standing {
  if (order.topUp !== undefined) return topUpStanding(order, channel)
  const base = { canHandOver: 'no', canCancelOrder: canCancel(order), showInstall: false } as const
  const activate = activation(order, channel)
  const { stage } = order
  switch (stage.state) {
    case 'placed':
      return { ...base, ...problemOf(order), progress: 'preparing', refreshAfter: 2 }
    case 'ready':
      return { ...base, ...readyStanding(order, channel, now) }
    case 'downloading':
      return { ...base, ...problemOf(order), progress: 'downloading', refreshAfter: 4 }
    case 'installed':
      return { ...base, ...activate, ...lineTime(order, now), progress: 'installed', refreshAfter: 5 }
    case 'active':
      return { ...base, ...activate, progress: 'active' }
    case 'cancelling':
      if (stage.then === 'fresh-profile')
        return { ...base, ...problemOf(order), progress: 'preparing', refreshAfter: 2 }
      return { ...base, progress: 'cancelling', refreshAfter: 3 }
    case 'cancelled':
      if (stage.because === 'payment-refused') return { ...base, progress: 'payment-refused' }
      if (stage.because === 'expiry') return { ...base, progress: 'expired' }
      return { ...base, ...(stage.because === 'download-failed' ? problemOf(order) : {}), progress: 'cancelled' }
    case 'expired':
      return { ...base, progress: 'expired' }
    case 'parked':
      return { ...base, ...problemOf(order), progress: 'parked', refreshAfter: 60 }
  }
}

function readyStanding(order: Order, channel: 'webview' | 'browser', now: Date) {
  const { profile, plan } = order
  const opensAt = opensAtOf(order)
  const waiting = opensAt !== undefined && now < opensAt
  const downloadable = profile?.smdp === 'released' && !profile.codeDead
  const delayed = planDelivery(plan) === 'delayed'
  const offered = downloadable || (channel === 'webview' && delayed && profile?.smdp === 'confirmed')
  const time = {
    ...lineTime(order, now),
    ...(delayed && opensAt !== undefined && (waiting || !downloadable) ? { availableAt: opensAt.toISOString() } : {}),
  }
  const handedOverAt = order.handover && Date.parse(order.handover.lastAt)
  const problem = problemOf(order)
  const failed = problem.problem !== undefined
  if (!offered) {
    if (!delayed) return { ...time, ...problem, progress: 'preparing', refreshAfter: 3 } as const
    return { ...time, ...problem, progress: 'scheduled', refreshAfter: untilOpen(opensAt, now) } as const
  }
  if (handedOverAt === undefined) {
    return { ...time, ...problem, progress: 'ready', canHandOver: 'first', refreshAfter: 60 } as const
  }
  if (channel === 'browser') {
    const progress = failed ? 'ready' : 'waiting-for-device'
    return { ...time, ...problem, progress, showInstall: true, refreshAfter: 5 } as const
  }
  if (failed) return { ...time, ...problem, progress: 'ready', canHandOver: 'again', refreshAfter: 20 } as const
  // The app has been told of the delay: the next attempt makes sense only after the toast was due.
  if (waiting) return { ...time, progress: 'scheduled', refreshAfter: untilOpen(opensAt, now) } as const
  const lastSign = Math.max(handedOverAt, delayed ? (opensAt?.getTime() ?? 0) : 0)
  const again = now.getTime() - lastSign >= handOverAgainMs
  return { ...time, progress: 'waiting-for-device', canHandOver: again ? 'again' : 'no', refreshAfter: 5 } as const
}

/** When a delayed profile may be downloaded. */
function opensAtOf(order: Order): Date | undefined {
  if (planDelivery(order.plan) !== 'delayed' || order.readyAt === undefined) return undefined
  return new Date(downloadableAt(order))
}

/** When the network accepts an asynchronous line, as long as that lies ahead. */
function lineTime(order: Order, now: Date): { availableAt?: string } {
  if (planDelivery(order.plan) !== 'asynchronous' || order.readyAt === undefined) return {}
  const at = new Date(Date.parse(order.readyAt) + registerDelayMs(order))
  return at > now ? { availableAt: at.toISOString() } : {}
}

function untilOpen(opensAt: Date | undefined, now: Date): number {
  if (opensAt === undefined) return 30
  return Math.min(60, Math.max(3, Math.ceil((opensAt.getTime() - now.getTime()) / 1000)))
}

/** The eSIM is on the device and the device does not use it: the app can switch it on, without any download. */
function activation(order: Order, channel: 'webview' | 'browser'): Pick<Standing, 'problem' | 'canHandOver'> {
  const problem = problemOf(order)
  const offered = channel === 'webview' && canActivate(order) && problem.problem !== undefined
  return { ...problem, canHandOver: offered ? 'activate' : 'no' }
}

/** A problem counts until the next hand-over. */
export function problemOf(order: Order): Pick<Standing, 'problem'> {
  const { problem, handover } = order
  if (!problem || (handover && handover.lastAt > problem.at)) return {}
  const { source, code, action } = problem
  return { problem: { source, code, ...(action === undefined ? {} : { action }) } }
}

/** Whole minutes that the device has still to wait: for the download of a delayed plan, for the network of an asynchronous one. */
export function remainingMinutes(order: Order, now: Date): number {
  const { plan, profile } = order
  switch (planDelivery(plan)) {
    case 'inline':
      return 0
    case 'delayed': {
      const left = Math.ceil(((opensAtOf(order)?.getTime() ?? now.getTime()) - now.getTime()) / 60_000)
      // Without a release the app must wait, even if our reckoning is over.
      return profile?.smdp === 'released' ? Math.max(0, left) : Math.max(1, left)
    }
    case 'asynchronous': {
      const at = lineTime(order, now).availableAt
      return at === undefined ? 0 : Math.ceil((Date.parse(at) - now.getTime()) / 60_000)
    }
  }
}

/** The bare activation code of a profile. */
export function activationCodeOf(profile: Profile, defaultAddress: string): string {
  return formatActivationCode({ smdpAddress: profile.smdpAddress ?? defaultAddress, matchingId: profile.matchingId })
}

/** What a browser shows to install with; `qr` draws a QR code as SVG. */
export function installOf(
  profile: Profile,
  defaultAddress: string,
  qr: (text: string) => string,
): NonNullable<OrderView['install']> {
  const activationCode = activationCodeOf(profile, defaultAddress)
  return {
    link: lpaLink(activationCode),
    qrSvg: qr(qrText(activationCode)),
    activationCode,
    smdpAddress: profile.smdpAddress ?? defaultAddress,
    matchingId: profile.matchingId,
  }
}

/** Version of an order while the Mobile Plans app is at work on it. */
export const withTheApp = 'with-the-app'

/**
 * The version for the page that called the app: {@link withTheApp} as long as the app has the lead. After a failure and at the end it is
 * that of the order's page, which then tells the person what to do.
 */
export function callbackVersionOf(standing: Standing, order: Order): string {
  const atWork: readonly Progress[] = ['scheduled', 'waiting-for-device', 'downloading', 'installed']
  const leads = atWork.includes(standing.progress) && standing.problem === undefined
  return leads ? withTheApp : versionOf(standing, order)
}

/** A short text that changes whenever the order's page would look different. */
export function versionOf(standing: Standing, order: Order): string {
  const { refreshAfter: _, ...shown } = standing
  const facts = JSON.stringify([shown, order.profile?.number ?? 0, order.problem?.at ?? ''])
  return createHash('sha256').update(facts).digest('base64url').slice(0, 16)
}
