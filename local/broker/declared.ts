import { parseDuration } from '../../shared/domain/duration'
import { type QueueResource, queues } from '../../shared/platform/resources'
import type { QueueSettings } from './queue'

/** The queues of the app as Azure has them (`shared/platform/resources.json`), by name. */
export function declaredQueues(): Record<string, Partial<QueueSettings>> {
  return Object.fromEntries(Object.values(queues).map((queue) => [queue.name, settingsOf(queue)]))
}

function settingsOf(queue: QueueResource): Partial<QueueSettings> {
  const { requiresDuplicateDetection, duplicateDetectionHistoryTimeWindow } = queue
  return {
    lockDurationMs: milliseconds(queue.lockDuration),
    maxDeliveryCount: queue.maxDeliveryCount,
    duplicateDetectionMs: requiresDuplicateDetection ? milliseconds(duplicateDetectionHistoryTimeWindow) : 0,
    timeToLiveMs: milliseconds(queue.defaultMessageTimeToLive),
    deadLetterExpired: queue.deadLetteringOnMessageExpiration,
  }
}

function milliseconds(duration: string): number {
  const value = parseDuration(duration)
  if (value === undefined) throw new TypeError(`resources.json: ${duration} is no duration`)
  return value
}
