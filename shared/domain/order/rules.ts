/** The numbers behind the decisions. They come from `operator.json` (`fulfilment`) and the adapters' timeouts. */
import { downloadDelayMinutes, planDelivery } from '../plan'
import type { Order } from './order'

const MINUTE = 60_000

export interface Rules {
  /** Held profiles are released this long before the device's toast. */
  releaseMarginMs: number
  /** How long a ready profile waits to be downloaded before the order expires. */
  downloadWindowMs: number
  /** How long an ICCID rests after cancelOrder; longer than the longest call. */
  quarantineMs: number
  /** How long a download that has begun may stay without an installation result before staff are asked. */
  evidenceMs: number
  /** How long an installed profile is watched for its first registration; after that the order counts as done. */
  registrationWaitMs: number
  /** How long before the end of a subscription's period its renewal is placed; at most a quarter of the period. */
  renewalLeadMs: number
  /** How long after a refusal a renewal's payment is asked for again. */
  renewalRetryMs: number
  /** How long after the end of the period that goes on, before the subscription ends. */
  renewalGraceMs: number
  /** The SM-DP+ insists on choosing the ICCID. A lost answer then parks the order instead of being repeated. */
  orderByProfileTypeOnly: boolean
  /** How long a call of each kind may take. A lease lasts ten seconds longer. */
  callTimeoutMs: { store: number; billing: number; smdp: number; network: number }
}

/** How long a call of any kind may still be worked on after its answer was given up. */
export function longestLeaseMs({ callTimeoutMs: { store, billing, smdp, network } }: Rules): number {
  return Math.max(store, billing, smdp, network) + LEASE_MARGIN_MS
}

/** Added to a call's timeout to get the length of its lease: clocks differ and answers take time to be written. */
export const LEASE_MARGIN_MS = 10_000

/** Defaults of `operator.json`. */
export const defaultRules: Rules = {
  releaseMarginMs: 5 * MINUTE,
  downloadWindowMs: 30 * 24 * 60 * MINUTE,
  quarantineMs: 10 * MINUTE,
  evidenceMs: 24 * 60 * MINUTE,
  registrationWaitMs: 15 * MINUTE,
  renewalLeadMs: 24 * 60 * MINUTE,
  renewalRetryMs: 12 * 60 * MINUTE,
  renewalGraceMs: 72 * 60 * MINUTE,
  orderByProfileTypeOnly: false,
  callTimeoutMs: { store: 10_000, billing: 10_000, smdp: 30_000, network: 10_000 },
}

/** Whether the profile is held at the SM-DP+ until its time (delayed download), rather than released with confirmOrder. */
export function isHeld(order: Order): boolean {
  return planDelivery(order.plan) === 'delayed'
}

/** Milliseconds from *ready* until the device may register, for asynchronous connectivity; otherwise 0. */
export function registerDelayMs(order: Order): number {
  return isHeld(order) ? 0 : order.plan.registerAfter * MINUTE
}

/** When a held profile is released: before the toast by the margin, never before *ready*; at once where the device has asked for it. */
export function releaseAt(order: Order, rules: Rules): number {
  const planned = readyTime(order) + Math.max(0, downloadDelayMinutes(order.plan) * MINUTE - rules.releaseMarginMs)
  return Math.min(planned, releaseAskedTime(order))
}

/** When the line is activated for asynchronous connectivity: before the device registers. */
export function activateLineAt(order: Order, rules: Rules): number {
  return readyTime(order) + Math.max(0, registerDelayMs(order) - rules.releaseMarginMs)
}

/** When the device may start the download (its toast). */
export function downloadableAt(order: Order): number {
  return Math.min(readyTime(order) + downloadDelayMinutes(order.plan) * MINUTE, releaseAskedTime(order))
}

/** When an order that nobody downloads expires: the window counts from when the profile could be downloaded, and again from when staff resumed the order. */
export function expiresAt(order: Order, rules: Rules): number {
  return Math.max(downloadableAt(order), Date.parse(order.resumedAt ?? order.placedAt)) + rules.downloadWindowMs
}

function releaseAskedTime({ profile }: Order): number {
  return profile?.releaseAskedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(profile.releaseAskedAt)
}

function readyTime(order: Order): number {
  return Date.parse(order.readyAt ?? order.updatedAt)
}

const BACKOFF_SECONDS = [2, 5, 10, 20, 40, 60, 120, 300, 600, 900, 900, 900]

/** Failures in a row after which staff are asked: about an hour of trying. */
export const FAILURE_LIMIT = BACKOFF_SECONDS.length

/** The same for a renewal: nobody waits for it, and an outage of billing must not hand every subscription to staff. About three days. */
export const RENEWAL_FAILURE_LIMIT = 288

/** Wait after the n-th failure in a row (n ≥ 1), spread by up to a quarter so that orders do not retry in step. */
export function backoffMs(failures: number, orderId: string): number {
  const seconds = BACKOFF_SECONDS[Math.min(failures, BACKOFF_SECONDS.length) - 1] ?? 900
  let spread = failures
  for (const character of orderId) spread = (spread * 31 + character.charCodeAt(0)) % 1009
  return Math.round(seconds * 1000 * (1 + spread / 4036))
}

/** Each time one order has lost this many ICCIDs to others, stock and SM-DP+ disagree. */
export const MISPICK_LIMIT = 20
