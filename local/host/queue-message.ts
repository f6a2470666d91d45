import type { TypedData } from './core-types'

/** A message as `@azure/storage-queue` hands it out. */
export interface QueueMessage {
  messageId: string
  popReceipt: string
  messageText: string
  dequeueCount: number
  insertedOn: Date
  expiresOn: Date
  nextVisibleOn: Date
}

/**
 * The text of a message.
 *
 * @returns `undefined` when it is not base64 although `host.json` says so
 * @see "Azure Queue storage trigger and bindings", section "host.json settings": `messageEncoding`
 */
export function decodeMessage(text: string, encoding: 'base64' | 'none'): string | undefined {
  if (encoding === 'none') return text
  const compact = text.replace(/[\s]/g, '')
  if (compact.length % 4 !== 0 || !/^[A-Za-z\d+/]*={0,2}$/.test(compact)) return undefined
  return Buffer.from(compact, 'base64').toString('utf8')
}

/**
 * `context.triggerMetadata` before the library converts it. Top-level properties of a JSON object are added, and win over the
 * message's own (names are compared without case), as the host's binding data does.
 *
 * @see "Azure Queue storage trigger", section "Message metadata"; Azure/azure-functions-host `Utility.ApplyBindingData`
 */
export function messageMetadata(message: QueueMessage, text: string): Record<string, TypedData> {
  const json = (value: unknown) => ({ json: JSON.stringify(value) })
  const date = (value: Date) => json(value.toISOString().replace('Z', '+00:00'))
  const metadata: Record<string, TypedData> = {
    QueueTrigger: { string: text },
    DequeueCount: json(message.dequeueCount),
    ExpirationTime: date(message.expiresOn),
    Id: { string: message.messageId },
    InsertionTime: date(message.insertedOn),
    NextVisibleTime: date(message.nextVisibleOn),
    PopReceipt: { string: message.popReceipt },
  }
  return addBodyProperties(metadata, text)
}

/** Adds the top-level properties of a JSON object to the metadata of its message; they win. */
export function addBodyProperties(metadata: Record<string, TypedData>, text: string): Record<string, TypedData> {
  for (const [name, value] of Object.entries(propertiesOf(text))) {
    const known = Object.keys(metadata).find((key) => key.toLowerCase() === name.toLowerCase())
    if (value !== null && !Array.isArray(value)) metadata[known ?? name] = bindingValue(value)
  }
  return metadata
}

function propertiesOf(text: string): object {
  if (!/^\s*\{[\s\S]*\}\s*$/.test(text)) return {}
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}

/** .NET turns a scalar into text: `true` becomes `True`. */
function bindingValue(value: unknown): TypedData {
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' }
  return typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) }
}
