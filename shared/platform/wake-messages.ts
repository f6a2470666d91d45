/** What every `WakeQueue` adapter shares: the queue's name, the body of a message, the error of a queue out of reach. */
import type { Wake } from './ports'
import { queues } from './resources'

/** The queue that `wakeOrder` listens to. */
export const wakeQueueName = queues.orderWakes.name

/**
 * The body of a wake as JSON. Always an object: a bare string of digits would reach the handler as a rounded number, because
 * the Functions library parses whatever parses.
 */
export function wakeBody(wake: Wake): string {
  return JSON.stringify({ orderId: wake.orderId })
}

/** The queue did not answer in time or refused service: the wake may or may not have been sent. */
export class QueueUnavailableError extends Error {
  readonly code = 'queue_unavailable'
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'QueueUnavailableError'
  }
}

/** Reads a wake as the Functions library hands it over (JSON parsed, or the text itself); undefined: it is none. */
export function parseWake(message: unknown): Wake | undefined {
  if (typeof message !== 'object' || message === null || !('orderId' in message)) return undefined
  const { orderId } = message
  return typeof orderId === 'string' && orderId.length > 0 && orderId.length <= 200 ? { orderId } : undefined
}
