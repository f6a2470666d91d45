/** The sweep: each minute it reads the open index and wakes whatever is overdue or soon due. */
import type { Order } from '../domain/order/order'
import type { Clock, DocumentStore, Log, Stored, WakeQueue } from '../platform/ports'
import { type OpenMarker, openPartitions } from './open-index'

/** A marker whose order was never written is kept this long: its first write may still come. */
const ORPHAN_MARKER_MS = 60 * 60_000
/** A wake that has not shown by then counts as lost and is sent again. */
const WAKE_GRACE_MS = 60_000
/** How far ahead the sweep looks where the queue itself has no horizon. */
const LOOK_AHEAD_MS = 15 * 60_000

export interface SweepReport {
  /** Markers seen. */
  open: number
  woken: number
  /** Markers of closed or never written orders that were taken away. */
  removed: number
  /** Milliseconds by which the most overdue order was late; 0: none. */
  latestMs: number
}

export interface SweepParts {
  documents: DocumentStore
  wakes: WakeQueue
  clock: Clock
  log: Log
}

/** Its cost grows with the number of open orders and with nothing else. */
export async function sweep({ documents, wakes, clock, log }: SweepParts): Promise<SweepReport> {
  const report: SweepReport = { open: 0, woken: 0, removed: 0, latestMs: 0 }
  for (const partition of openPartitions) {
    for await (const marker of documents.listPartition<OpenMarker>('open', partition)) {
      report.open += 1
      try {
        await sweepOne(marker, { documents, wakes, clock, log }, report)
      } catch (cause) {
        // One order's trouble must not keep the sweep from the others; the next sweep comes in a minute.
        log.error('sweep failed for an order', { order: marker.id, cause })
      }
    }
  }
  return report
}

async function sweepOne(marker: Stored<OpenMarker>, parts: SweepParts, report: SweepReport): Promise<void> {
  const { documents, wakes, clock } = parts
  const now = clock().getTime()
  const due = Date.parse(marker.value.checkAt)
  const ahead = Math.min(wakes.horizonMs, LOOK_AHEAD_MS)
  if (due - now > ahead) return
  if (marker.value.wokenFor === marker.value.checkAt && now < due + WAKE_GRACE_MS) return
  const stored = await documents.get<Order>('orders', marker.id, marker.id)
  if (stored === undefined || stored.value.closed) {
    const expected = stored === undefined && now < Date.parse(marker.value.createdAt) + ORPHAN_MARKER_MS
    if (expected) return
    if ((await documents.delete('open', marker.partition, marker.id, marker.etag)) === 'deleted') report.removed += 1
    return
  }
  const checkAt = stored.value.checkAt ?? marker.value.checkAt
  const at = Date.parse(checkAt)
  let wokenFor = marker.value.wokenFor
  if (at - now <= ahead) {
    await wakes.send({ orderId: marker.id }, new Date(Math.max(at, now)))
    wokenFor = checkAt
    report.woken += 1
    report.latestMs = Math.max(report.latestMs, now - at)
  }
  const later = at > due
  // Whoever has moved the marker earlier and not yet written the order must find that the order has changed, and begin again.
  if (later && !(await documents.replace('orders', stored.partition, stored.id, stored.value, stored.etag)).ok) return
  // Later only under the ETag that was read before the order: whoever needs the marker earlier has written it meanwhile.
  const wanted: OpenMarker = { ...marker.value, checkAt: later ? checkAt : marker.value.checkAt, wokenFor }
  await documents.replace('open', marker.partition, marker.id, wanted, marker.etag)
}
