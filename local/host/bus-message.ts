import type { ServiceBusReceivedMessage } from '@azure/service-bus'
import type { TypedData } from './core-types'
import { addBodyProperties } from './queue-message'

/**
 * The text of a message that was received with its body unparsed, as the Service Bus extension hands it to a worker: data as UTF-8,
 * text as it is, any other AMQP value as JSON.
 */
export function messageText(body: unknown): string {
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : JSON.stringify(body)
}

/**
 * `context.triggerMetadata` before the library converts it.
 *
 * The first delivery counts as 1, as in .NET; the SDK for JavaScript gives AMQP's count of earlier ones. Names that end in `Utc` hold a
 * time without an offset. The sequence number is a number: above 2^53 the worker rounds it.
 *
 * @see "Azure Service Bus trigger for Azure Functions", section "Message metadata"; `ServiceBusTriggerBindingStrategy` of the extension
 */
export function busMetadata(message: ServiceBusReceivedMessage, text: string): Record<string, TypedData> {
  const { enqueuedTimeUtc, expiresAtUtc, sequenceNumber } = message
  const properties = { json: JSON.stringify(message.applicationProperties ?? {}) }
  const metadata: Record<string, TypedData> = {
    DeliveryCount: { json: `${(message.deliveryCount ?? 0) + 1}` },
    ...texts({
      DeadLetterSource: message.deadLetterSource,
      LockToken: message.lockToken,
      MessageId: idText(message.messageId),
      ContentType: message.contentType,
      ReplyTo: message.replyTo,
      To: message.to,
      Subject: message.subject,
      Label: message.subject,
      CorrelationId: idText(message.correlationId),
      SessionId: message.sessionId,
      ReplyToSessionId: message.replyToSessionId,
      PartitionKey: message.partitionKey,
    }),
    ...times('ExpiresAt', expiresAtUtc),
    ...times('EnqueuedTime', enqueuedTimeUtc),
    ...(sequenceNumber !== undefined && { SequenceNumber: { json: sequenceNumber.toString() } }),
    ApplicationProperties: properties,
    UserProperties: properties,
  }
  return addBodyProperties(metadata, text)
}

/** .NET's latest time: a message that never expires. */
const dotnetNever = '9999-12-31T23:59:59.9999999'

function texts(values: Record<string, string | undefined>): Record<string, TypedData> {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, { string: value }]))
}

function times(name: string, at: Date | undefined): Record<string, TypedData> {
  if (at === undefined) return {}
  const text = at.getUTCFullYear() > 9999 ? dotnetNever : at.toISOString().replace('Z', '')
  return { [`${name}Utc`]: { json: JSON.stringify(text) }, [name]: { json: JSON.stringify(`${text}+00:00`) } }
}

function idText(id: string | number | Buffer | undefined): string | undefined {
  return Buffer.isBuffer(id) ? id.toString('hex') : id === undefined ? undefined : `${id}`
}
