/**
 * Subscriptions: the calendar of renewals, and their cancellation. The calendar lies in container `open`, one partition per hour of UTC in
 * which renewals are placed, so that reading it costs what is due and not what is subscribed.
 */
import { createHash } from 'node:crypto'
import { createOrderId, type Iccid, maskIdentifier, type OrderId } from '../domain/identifiers'
import type { Order, Purchase } from '../domain/order/order'
import { cancelSubscription, type Sim, type Subscription } from '../domain/sim'
import type { Clock, DocumentStore, Log, Stored } from '../platform/ports'
import type { Orders } from './orders'
import { changeSubscriptions, readSim } from './sims'

/** A renewal that is to be placed. Partition: {@link calendarPartition}; id: that of the order whose period ends. */
export interface CalendarEntry {
  schema: 1
  /** The order that paid for the period that ends. */
  orderId: string
  iccid: Iccid
  subscriptionId: string
  /** The period to be paid for. */
  period: number
  /** ISO 8601: end of the period before, and when the renewal is placed. */
  endsAt: string
  placeAt: string
}

const HOUR_MS = 60 * 60_000

/** The calendar's partition for renewals that are placed at this time. */
export function calendarPartition(at: Date): string {
  return `renewals~${at.toISOString().slice(0, 13)}`
}

/** Enters the next renewal of an order's subscription: an insert, safe to repeat. */
export async function enterRenewal(
  documents: DocumentStore,
  orderId: string,
  next: Omit<CalendarEntry, 'schema' | 'orderId'>,
): Promise<void> {
  const { iccid, subscriptionId, period, endsAt, placeAt } = next
  const entry: CalendarEntry = { schema: 1, orderId, iccid, subscriptionId, period, endsAt, placeAt }
  await documents.insert('open', calendarPartition(new Date(placeAt)), orderId, entry)
}

/** The renewal's order id: that of line and period, so that nobody can place it twice. */
export function renewalId(iccid: Iccid, subscriptionId: string, period: number): OrderId {
  const digest = createHash('sha256').update(`renewal ${iccid} ${subscriptionId} ${period}`).digest()
  return createOrderId(digest.subarray(0, 16))
}

export interface RenewalParts {
  documents: DocumentStore
  orders: Orders
  clock: Clock
  log: Log
}

export interface RenewalReport {
  placed: number
  /** Entries of subscriptions that are not renewed. */
  dropped: number
}

/**
 * Places the renewals that are due. Each minute it reads the present and the last hour of the calendar; once an hour the last two days and
 * once a day the last five weeks, so that an app that stood still catches up.
 */
export async function placeRenewals(parts: RenewalParts): Promise<RenewalReport> {
  const { documents, clock, log } = parts
  const report: RenewalReport = { placed: 0, dropped: 0 }
  const now = clock()
  for (let hour = hoursBack(now); hour >= 0; hour -= 1) {
    const partition = calendarPartition(new Date(now.getTime() - hour * HOUR_MS))
    for await (const entry of documents.listPartition<CalendarEntry>('open', partition)) {
      if (entry.value.placeAt > now.toISOString()) continue
      try {
        await placeOne(parts, entry, report)
      } catch (cause) {
        // One subscription's trouble must not keep the others waiting; the entry stays for the next minute.
        log.error('renewal not placed', { order: entry.value.orderId, cause })
      }
    }
  }
  return report
}

function hoursBack(now: Date): number {
  if (now.getUTCMinutes() > 0) return 1
  return now.getUTCHours() > 0 ? 48 : 35 * 24
}

async function placeOne(parts: RenewalParts, { partition, id, value }: Stored<CalendarEntry>, report: RenewalReport) {
  const { documents, orders, log } = parts
  const { iccid, subscriptionId, period } = value
  const [sim, before] = await Promise.all([readSim(documents, iccid), orders.read(value.orderId)])
  const subscription = sim?.subscriptions?.find((item) => item.id === subscriptionId)
  if (before !== undefined && subscription !== undefined && isRenewed(subscription, period)) {
    // With no budget it is written and woken; the workers do the rest.
    const renewal = await orders.place(renewalOf(before, value), { budgetMs: 0 })
    log.info('renewal placed', { order: renewal.id, period, iccid: maskIdentifier(iccid) })
    report.placed += 1
  } else report.dropped += 1
  await documents.delete('open', partition, id)
}

function isRenewed({ cancelledAt, ended, period }: Subscription, next: number): boolean {
  return cancelledAt === undefined && ended === undefined && period < next
}

/** The same plan at the same price, paid for in the same way. */
function renewalOf(before: Order, { iccid, subscriptionId, period, endsAt }: CalendarEntry): Purchase {
  return {
    id: renewalId(iccid, subscriptionId, period),
    channel: 'browser',
    subscriberId: before.subscriberId,
    device: {},
    plan: before.plan,
    instrument: { ref: before.payment.instrument, onFile: true },
    account: 'existing',
    topUp: { kind: 'renewal', iccid, startsAt: endsAt },
    renews: { id: before.subscription?.id ?? before.id, period },
  }
}

/** What became of a cancellation: done, or there is no such subscription of this person. */
export type SubscriptionCancelled = { ok: true; subscription: Subscription } | { ok: false; reason: 'not-found' }

/**
 * The person ends a subscription: what is paid for stays until its end, nothing more is collected. A renewal that is under way and not
 * yet credited is called off.
 */
export async function endSubscriptionOf(
  parts: Pick<RenewalParts, 'documents' | 'orders' | 'clock'>,
  request: { iccid: Iccid; subscriptionId: string; subscriberId: string; budgetMs: number },
): Promise<SubscriptionCancelled> {
  const { documents, orders, clock } = parts
  const { iccid, subscriptionId, subscriberId, budgetMs } = request
  const sim = await changeSubscriptions(documents, iccid, (known) =>
    known.subscriberId === subscriberId ? cancelSubscription(known, subscriptionId, clock()) : known,
  )
  const subscription = sim?.subscriberId === subscriberId ? subscriptionOf(sim, subscriptionId) : undefined
  if (subscription === undefined) return { ok: false, reason: 'not-found' }
  const underWay = await orders.read(renewalId(iccid, subscriptionId, subscription.period + 1))
  if (underWay !== undefined) await orders.send(underWay.id, { type: 'cancel' }, { budgetMs })
  return { ok: true, subscription }
}

function subscriptionOf(sim: Sim, id: string): Subscription | undefined {
  return sim.subscriptions?.find((subscription) => subscription.id === id)
}
