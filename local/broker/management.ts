/** Requests to `$cbs` and to `$management` of a queue, and their answers. */
import type { Message } from 'rhea'
import { carryOut, type Decide, type Moment } from './faults'
import { decode, lockTokenOf, messageIdOf, scheduledTimeOf, toAmqp } from './message'
import type { Queue } from './queue'
import { longBytes, longOf, rhea } from './rhea'

/** Status and body of an answer. */
export interface Reply {
  status: number
  description: string
  condition?: string
  body?: unknown
}

const { types } = rhea
const ok = (body: unknown = {}): Reply => ({ status: 200, description: 'OK', body })
const gone: Reply = {
  status: 410,
  description: 'The lock supplied is invalid.',
  condition: 'com.microsoft:message-lock-lost',
}
const notFound: Reply = {
  status: 404,
  description: 'No message with that sequence number is scheduled.',
  condition: 'com.microsoft:message-not-found',
}
const badRequest = (description: string): Reply => ({ status: 400, description, condition: 'amqp:not-allowed' })

/** How to answer, or to fail to. */
export interface RequestParts {
  decide: Decide
  reply(reply: Reply): void
  detach(): void
  cut(): void
}

/**
 * Carries out one request.
 *
 * @see "AMQP in Azure Service Bus: request-response-based operations"
 */
export function answerManagement(queue: Queue, request: Message, parts: RequestParts): void {
  const what = operationOf(request)
  let reply = badRequest('no operation')
  let times = 0
  carryOut(parts.decide(momentOf(queue, what, request)), {
    work() {
      reply = perform(queue, what, request.body, times > 0)
      times += 1
    },
    answer: () => parts.reply(reply),
    detach: parts.detach,
    cut: parts.cut,
  })
}

function operationOf(request: Message): string {
  return `${request.application_properties?.operation ?? ''}`.replace(/^com\.microsoft:/, '')
}

function momentOf(queue: Queue, what: string, request: Message): Moment {
  if (what !== 'schedule-message') return { at: 'request', queue: queue.name, what }
  const [first] = messagesOf(request.body)
  return { at: 'send', queue: queue.name, what, messageId: first && messageIdOf(first) }
}

function perform(queue: Queue, what: string, body: unknown, again: boolean): Reply {
  switch (what) {
    case 'schedule-message': {
      const numbers = messagesOf(body).map((message) => queue.send(message, scheduledTimeOf(message), again))
      return ok({ 'sequence-numbers': types.wrap_array(numbers.map(longBytes), 0x81, undefined) })
    }
    case 'cancel-scheduled-message': {
      const numbers = listOf(body, 'sequence-numbers').map(longOf)
      const cancelled = numbers.map((number) => number !== undefined && queue.cancel(number))
      return cancelled.every(Boolean) ? ok() : notFound
    }
    case 'renew-lock': {
      const until = listOf(body, 'lock-tokens').map((token) => queue.renew(lockTokenOf(token) ?? ''))
      if (until.some((time) => time === undefined)) return gone
      return ok({ expirations: types.wrap_array(until, 0x83, undefined) })
    }
    case 'update-disposition': {
      const tokens = listOf(body, 'lock-tokens').map((token) => lockTokenOf(token) ?? '')
      const settled = tokens.map((token) => settle(queue, token, body))
      return settled.every(Boolean) ? ok() : gone
    }
    case 'peek-message': {
      const from = longOf(fieldOf(body, 'from-sequence-number')) ?? 0n
      const found = queue.peek(from, Number(fieldOf(body, 'message-count') ?? 1))
      if (found.length === 0) return { status: 204, description: 'NoContent', body: {} }
      const messages = found.map(({ stored, state }) => ({ message: rhea.message.encode(toAmqp(stored, { state })) }))
      return ok({ messages })
    }
    default:
      return { status: 501, description: `${what} is not served here`, condition: 'amqp:not-implemented' }
  }
}

function settle(queue: Queue, token: string, body: unknown): boolean {
  const properties = fieldOf(body, 'properties-to-modify')
  const annotations = typeof properties === 'object' && properties !== null ? properties : undefined
  switch (fieldOf(body, 'disposition-status')) {
    case 'completed':
      return queue.complete(token)
    case 'abandoned':
      return queue.abandon(token, { failed: true, ...(annotations && { annotations }) })
    case 'suspended':
      return queue.deadLetter(token, {
        ...annotations,
        DeadLetterReason: fieldOf(body, 'deadletter-reason'),
        DeadLetterErrorDescription: fieldOf(body, 'deadletter-description'),
      })
    default:
      return false
  }
}

function messagesOf(body: unknown): Message[] {
  return listOf(body, 'messages')
    .map((entry) => fieldOf(entry, 'message'))
    .filter((bytes) => Buffer.isBuffer(bytes))
    .map(decode)
}

function fieldOf(map: unknown, key: string): unknown {
  return typeof map === 'object' && map !== null ? Reflect.get(map, key) : undefined
}

function listOf(map: unknown, key: string): unknown[] {
  const list = fieldOf(map, key)
  return Array.isArray(list) ? list : []
}

/** The answer to a request as a message; both spellings of the status are in use. */
export function replyMessage(request: Message, { status, description, condition, body }: Reply): Message {
  const { message_id: id, reply_to: to } = request
  return {
    ...(id !== undefined && { correlation_id: id }),
    ...(to !== undefined && { to }),
    application_properties: {
      statusCode: status,
      'status-code': status,
      statusDescription: description,
      'status-description': description,
      ...(condition !== undefined && { errorCondition: condition, 'error-condition': condition }),
    },
    body: body ?? null,
  }
}
