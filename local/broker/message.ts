import type { Message } from 'rhea'
import { longBytes, rhea } from './rhea'

/** A message in a queue. Times are milliseconds since 1970. */
export interface StoredMessage {
  sequenceNumber: bigint
  /** As it was sent. */
  message: Message
  enqueuedAt: number
  /** Set while it is scheduled, and kept afterwards. */
  scheduledFor?: number
  /** Deliveries so far that did not end the message. */
  deliveryCount: number
  /** Infinity when it never expires. */
  expiresAt: number
  /** Queue that a dead letter comes from. */
  deadLetterSource?: string
}

/** Whose values of `x-opt-message-state` these are: "AMQP 1.0 in Azure Service Bus protocol guide". */
const stateCodes = { active: 0, deferred: 1, scheduled: 2 } as const

/** The message as a receiver gets it: the sender's sections with header and annotations of the broker. */
export function toAmqp(
  stored: StoredMessage,
  more: { state?: keyof typeof stateCodes; lockedUntil?: number } = {},
): Message {
  const { message, scheduledFor, deadLetterSource } = stored
  const time = (at: number) => rhea.types.wrap_timestamp(at)
  return {
    ...message,
    delivery_count: stored.deliveryCount,
    message_annotations: {
      ...message.message_annotations,
      'x-opt-sequence-number': rhea.types.wrap_long(longBytes(stored.sequenceNumber)),
      'x-opt-enqueue-sequence-number': rhea.types.wrap_long(longBytes(stored.sequenceNumber)),
      'x-opt-enqueued-time': time(stored.enqueuedAt),
      'x-opt-message-state': stateCodes[more.state ?? 'active'],
      ...(scheduledFor !== undefined && { 'x-opt-scheduled-enqueue-time': time(scheduledFor) }),
      ...(more.lockedUntil !== undefined && { 'x-opt-locked-until': time(more.lockedUntil) }),
      ...(deadLetterSource !== undefined && { 'x-opt-deadletter-source': deadLetterSource }),
    },
  }
}

/** When the sender wants the message to appear; `undefined`: at once. */
export function scheduledTimeOf(message: Message): number | undefined {
  const wanted: unknown = message.message_annotations?.['x-opt-scheduled-enqueue-time']
  if (wanted instanceof Date) return wanted.getTime()
  return typeof wanted === 'number' ? wanted : undefined
}

/** The message id as text, whatever AMQP type it has. */
export function messageIdOf(message: Message): string | undefined {
  const id = message.message_id
  if (id === undefined) return undefined
  return Buffer.isBuffer(id) ? id.toString('hex') : `${id}`
}

/**
 * The sixteen bytes of a lock token as a delivery tag carries them: the order of a .NET `Guid`, whose first three parts are
 * little-endian. Requests to `$management` carry the same token in network order.
 */
export function deliveryTagOf(lockToken: string): Buffer {
  const bytes = Buffer.from(lockToken.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes
}

/** The token in network order, as requests carry it. */
export function lockTokenOf(bytes: unknown): string | undefined {
  return Buffer.isBuffer(bytes) && bytes.length === 16 ? rhea.uuid_to_string(bytes) : undefined
}

/** The messages of a transfer: one, or the many that a batch (format 0x80013700) packs into data sections. */
export function unpack(content: unknown, format: number | undefined): Message[] {
  const batchFormat = 0x80013700
  if (format !== batchFormat) return [content as Message]
  const body: unknown = Buffer.isBuffer(content) ? rhea.message.decode(content).body : undefined
  const sections: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'content') : undefined
  const parts: unknown[] = Array.isArray(sections) ? sections : [sections]
  return parts.filter((part) => Buffer.isBuffer(part)).map(decode)
}

/** Reads an encoded message. */
export function decode(bytes: Buffer): Message {
  return rhea.message.decode(bytes) as unknown as Message
}
