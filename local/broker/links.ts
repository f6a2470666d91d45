/** The links of one queue: senders into it and receivers from it. */
import type { Delivery, EventContext, Receiver, Sender } from 'rhea'
import { carryOut, type Decide } from './faults'
import { deliveryTagOf, messageIdOf, scheduledTimeOf, toAmqp, unpack } from './message'
import type { Consumer, Locked, Queue } from './queue'
import { accepted, rejected } from './rhea'

/** What links need of the broker. */
export interface LinkParts {
  decide: Decide
  /** True while the broker plays dead. */
  silent: () => boolean
  cut: () => void
  /** Calls back when the connection has ended. */
  onEnd: (ended: () => void) => void
}

/** Takes what a client sends into the queue. */
export function acceptMessages(link: Receiver, queue: Queue, parts: LinkParts): void {
  link.on('message', ({ message, delivery }: EventContext) => {
    if (delivery === undefined) return
    const messages = unpack(message, delivery.format)
    const verdict = parts.decide({
      at: 'send',
      queue: queue.name,
      messageId: messages[0] && messageIdOf(messages[0]),
    })
    let times = 0
    carryOut(verdict, {
      work() {
        for (const one of messages) queue.send(one, scheduledTimeOf(one), times > 0)
        times += 1
      },
      answer: () => delivery.accept(),
      detach: () =>
        link.close({ condition: 'amqp:link:detach-forced', description: 'the link was detached by a test' }),
      cut: parts.cut,
    })
  })
}

/** Gives the queue's messages to a client for its credit, and takes its settlements. */
export function deliverMessages(link: Sender, queue: Queue, parts: LinkParts): void {
  const settlesAtOnce = link.snd_settle_mode === 1
  const tokens = new Map<Delivery, { token: string; messageId: string | undefined }>()
  /** Handed to the library since it last wrote: credit that is spent already. */
  let unwritten = 0

  const consumer: Consumer = {
    hasCredit: () => !parts.silent() && link.is_open() && link.sendable() && creditOf(link) > unwritten,
    take(locked: Locked) {
      const { token, stored, lockedUntil } = locked
      const messageId = messageIdOf(stored.message)
      if (unwritten === 0) {
        setImmediate(() => {
          unwritten = 0
          queue.pump()
        })
      }
      unwritten += 1
      const send = () => {
        const delivery = link.send(toAmqp(stored, { lockedUntil }), deliveryTagOf(token))
        if (settlesAtOnce) {
          queue.complete(token)
          delivery.update(true)
        } else tokens.set(delivery, { token, messageId })
      }
      carryOut(parts.decide({ at: 'deliver', queue: queue.name, messageId }), {
        work: send,
        answer() {},
        detach: () =>
          setImmediate(() => link.close({ condition: 'amqp:link:detach-forced', description: 'by a test' })),
        // The message is on its way before the connection ends.
        cut: () => setImmediate(parts.cut),
      })
    },
  }

  const settle = (what: string) => (context: EventContext) => {
    const { delivery } = context
    const given = delivery && tokens.get(delivery)
    if (delivery === undefined || given === undefined) return
    let held = true
    const act = {
      work() {
        tokens.delete(delivery)
        held = carryOutSettlement(queue, given.token, what, delivery)
      },
      answer() {
        settleForGood(delivery, held ? accepted() : rejected(lockLost))
      },
      detach: () =>
        link.close({ condition: 'amqp:link:detach-forced', description: 'the link was detached by a test' }),
      cut: parts.cut,
    }
    carryOut(parts.decide({ at: 'settle', queue: queue.name, messageId: given.messageId, what }), act)
  }
  for (const what of ['accepted', 'released', 'rejected', 'modified']) link.on(what, settle(what))
  const pump = () => queue.pump()
  link.on('sender_flow', pump)
  link.on('sender_draining', () => {
    queue.pump()
    link.set_drained(true)
  })
  const leave = () => queue.unsubscribe(consumer)
  link.on('sender_close', leave)
  link.session.on('session_close', leave)
  parts.onEnd(leave)
  queue.subscribe(consumer)
}

const lockLost = {
  condition: 'com.microsoft:message-lock-lost',
  description:
    'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.',
}

/** @returns whether the lock was still held */
function carryOutSettlement(queue: Queue, token: string, what: string, delivery: Delivery): boolean {
  const state: unknown = delivery.remote_state
  if (what === 'accepted') return queue.complete(token)
  if (what === 'released') return queue.abandon(token, { failed: false })
  if (what === 'rejected') return queue.deadLetter(token, infoOf(state))
  const annotations = property(state, 'message_annotations')
  return queue.abandon(token, {
    failed: true,
    ...(typeof annotations === 'object' && annotations !== null && { annotations }),
  })
}

/**
 * Settles a delivery that its receiver has answered. The receiver, in mode `second`, leaves the last word to us and says no more; the
 * library would keep room for it until it did, and has room for 2048.
 */
function settleForGood(delivery: Delivery, state: unknown): void {
  delivery.update(true, state)
  Reflect.set(delivery, 'remote_settled', true)
}

function infoOf(state: unknown): Record<string, unknown> {
  const info = property(property(state, 'error'), 'info')
  return typeof info === 'object' && info !== null ? { ...info } : {}
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function creditOf(link: Sender): number {
  const credit: unknown = Reflect.get(link, 'credit')
  return typeof credit === 'number' ? credit : 0
}
