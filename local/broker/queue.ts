/** One queue of the broker, with its dead letters: what is sent, scheduled, locked and settled. Knows nothing of AMQP links. */
import { randomUUID } from 'node:crypto'
import type { Message } from 'rhea'
import { messageIdOf, type StoredMessage } from './message'

/** As in the properties of a queue in Azure; intervals in milliseconds. */
export interface QueueSettings {
  lockDurationMs: number
  maxDeliveryCount: number
  /** A message id seen within this time is accepted and dropped; 0: no detection. */
  duplicateDetectionMs: number
  /** Longest life of a message from its enqueueing on. */
  timeToLiveMs: number
  /** Whether what expires is kept as a dead letter. */
  deadLetterExpired: boolean
  /** Partitioned queues begin high: above 2^53 no number holds it. */
  firstSequenceNumber: bigint
}

/** The defaults of Azure. */
export const defaultQueueSettings: QueueSettings = {
  lockDurationMs: 60_000,
  maxDeliveryCount: 10,
  duplicateDetectionMs: 0,
  timeToLiveMs: Number.POSITIVE_INFINITY,
  deadLetterExpired: false,
  firstSequenceNumber: 1n,
}

/** A message given out under a lock. */
export interface Locked {
  token: string
  stored: StoredMessage
  lockedUntil: number
}

/** Takes messages as long as it has credit. */
export interface Consumer {
  hasCredit(): boolean
  take(locked: Locked): void
}

const longestDelay = 2 ** 31 - 1

export class Queue {
  /** Messages to give out, by sequence number. */
  readonly #active: StoredMessage[] = []
  readonly #scheduled = new Map<bigint, { stored: StoredMessage; timer: NodeJS.Timeout }>()
  readonly #locked = new Map<string, Locked & { timer: NodeJS.Timeout }>()
  readonly #seen = new Map<string, number>()
  #consumers: Consumer[] = []
  #nextNumber: bigint

  constructor(
    readonly name: string,
    readonly settings: QueueSettings,
    /** Absent for a queue of dead letters itself. */
    readonly deadLetters?: Queue,
  ) {
    this.#nextNumber = settings.firstSequenceNumber
  }

  get counts(): { active: number; scheduled: number; locked: number; deadLetters: number } {
    const dead = this.deadLetters ? this.deadLetters.#active.length + this.deadLetters.#locked.size : 0
    return {
      active: this.#active.length,
      scheduled: this.#scheduled.size,
      locked: this.#locked.size,
      deadLetters: dead,
    }
  }

  /** Takes a message in, or a duplicate, which is dropped without a word. `force`: even if it is one. */
  send(message: Message, at: number | undefined, force = false): bigint {
    const now = Date.now()
    const sequenceNumber = this.#take(1)
    if (!force && this.#isDuplicate(message, now)) return sequenceNumber
    const stored: StoredMessage = {
      sequenceNumber,
      // A message without an id gets one.
      message: message.message_id === undefined ? { ...message, message_id: randomUUID() } : message,
      enqueuedAt: now,
      deliveryCount: 0,
      expiresAt: now + Math.min(message.ttl ?? Number.POSITIVE_INFINITY, this.settings.timeToLiveMs),
    }
    if (at !== undefined && at > now) this.#schedule({ ...stored, scheduledFor: at })
    else this.#enqueue(at === undefined ? stored : { ...stored, scheduledFor: at })
    return sequenceNumber
  }

  /** Ends a scheduled message. False when there is none of that number any more. Its id stays seen. */
  cancel(sequenceNumber: bigint): boolean {
    const scheduled = this.#scheduled.get(sequenceNumber)
    if (scheduled) clearTimeout(scheduled.timer)
    return this.#scheduled.delete(sequenceNumber)
  }

  complete(token: string): boolean {
    return this.#unlock(token) !== undefined
  }

  /** Gives a message back. `failed`: it counts as a delivery, and the last one allowed makes it a dead letter. */
  abandon(token: string, { failed, annotations }: { failed: boolean; annotations?: object }): boolean {
    const locked = this.#unlock(token)
    if (!locked) return false
    const { stored } = locked
    if (annotations !== undefined) stored.message = withProperties(stored.message, annotations)
    this.#giveBack(stored, failed)
    return true
  }

  deadLetter(token: string, properties: Record<string, unknown>): boolean {
    const locked = this.#unlock(token)
    if (!locked) return false
    this.#bury(locked.stored, properties)
    return true
  }

  /** A lock from now on. Undefined when it is lost already. */
  renew(token: string): number | undefined {
    const locked = this.#locked.get(token)
    if (!locked) return undefined
    clearTimeout(locked.timer)
    locked.lockedUntil = Date.now() + this.settings.lockDurationMs
    locked.timer = this.#watch(locked)
    return locked.lockedUntil
  }

  /** Ends all locks as time would. Gives their number. */
  expireLocks(): number {
    const all = [...this.#locked.keys()]
    for (const token of all) this.abandon(token, { failed: true })
    return all.length
  }

  /** Messages from a number on, whatever their state. */
  peek(from: bigint, most: number): { stored: StoredMessage; state: 'active' | 'scheduled' }[] {
    return [
      ...this.#active.map((stored) => ({ stored, state: 'active' as const })),
      ...[...this.#locked.values()].map(({ stored }) => ({ stored, state: 'active' as const })),
      ...[...this.#scheduled.values()].map(({ stored }) => ({ stored, state: 'scheduled' as const })),
    ]
      .filter(({ stored }) => stored.sequenceNumber >= from)
      .sort((a, b) => (a.stored.sequenceNumber < b.stored.sequenceNumber ? -1 : 1))
      .slice(0, most)
  }

  subscribe(consumer: Consumer): void {
    this.#consumers.push(consumer)
    this.pump()
  }

  /** What it has taken stays locked, as in Azure, until it is settled or the lock ends. */
  unsubscribe(consumer: Consumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer)
  }

  /** Gives messages to whoever has credit, in turn. */
  pump(): void {
    for (;;) {
      const at = this.#consumers.findIndex((consumer) => consumer.hasCredit())
      const consumer = this.#consumers[at]
      if (consumer === undefined) return
      const stored = this.#next()
      if (stored === undefined) return
      this.#consumers.push(...this.#consumers.splice(at, 1))
      const token = randomUUID()
      const lockedUntil = Date.now() + this.settings.lockDurationMs
      const locked = { token, stored, lockedUntil }
      this.#locked.set(token, { ...locked, timer: this.#watch(locked) })
      consumer.take(locked)
    }
  }

  /** Forgets everything. */
  clear(): void {
    for (const { timer } of [...this.#locked.values(), ...this.#scheduled.values()]) clearTimeout(timer)
    this.#locked.clear()
    this.#scheduled.clear()
    this.#seen.clear()
    this.#active.length = 0
    this.deadLetters?.clear()
  }

  #take(count: number): bigint {
    const first = this.#nextNumber
    this.#nextNumber += BigInt(count)
    return first
  }

  #isDuplicate(message: Message, now: number): boolean {
    const { duplicateDetectionMs } = this.settings
    const id = messageIdOf(message)
    if (duplicateDetectionMs === 0 || id === undefined) return false
    const seen = this.#seen.get(id)
    if (seen !== undefined && now - seen < duplicateDetectionMs) return true
    this.#seen.set(id, now)
    return false
  }

  #schedule(stored: StoredMessage): void {
    const wait = (stored.scheduledFor ?? 0) - Date.now()
    const timer = setTimeout(
      () => {
        if (Date.now() < (stored.scheduledFor ?? 0)) return this.#schedule(stored)
        this.#scheduled.delete(stored.sequenceNumber)
        // A message that appears is a new one: its number and its time to live begin now.
        const lifeMs = stored.expiresAt - stored.enqueuedAt
        const enqueuedAt = Date.now()
        this.#enqueue({ ...stored, sequenceNumber: this.#take(1), enqueuedAt, expiresAt: enqueuedAt + lifeMs })
      },
      Math.min(Math.max(wait, 1), longestDelay),
    )
    timer.unref()
    this.#scheduled.set(stored.sequenceNumber, { stored, timer })
  }

  #enqueue(stored: StoredMessage): void {
    const last = this.#active.at(-1)
    if (last === undefined || last.sequenceNumber < stored.sequenceNumber) this.#active.push(stored)
    else
      this.#active.splice(
        this.#active.findIndex((other) => other.sequenceNumber > stored.sequenceNumber),
        0,
        stored,
      )
    this.pump()
  }

  #next(): StoredMessage | undefined {
    for (;;) {
      const stored = this.#active.shift()
      if (stored === undefined || stored.expiresAt > Date.now()) return stored
      if (this.settings.deadLetterExpired) this.#bury(stored, { DeadLetterReason: 'TTLExpiredException' })
    }
  }

  #watch(locked: Locked): NodeJS.Timeout {
    return setTimeout(
      () => this.abandon(locked.token, { failed: true }),
      Math.min(locked.lockedUntil - Date.now(), longestDelay),
    ).unref()
  }

  #unlock(token: string): Locked | undefined {
    const locked = this.#locked.get(token)
    if (!locked) return undefined
    clearTimeout(locked.timer)
    this.#locked.delete(token)
    return locked
  }

  #giveBack(stored: StoredMessage, failed: boolean): void {
    const deliveryCount = stored.deliveryCount + (failed ? 1 : 0)
    const { maxDeliveryCount } = this.settings
    if (deliveryCount >= maxDeliveryCount && this.deadLetters) {
      this.#bury(stored, {
        DeadLetterReason: 'MaxDeliveryCountExceeded',
        DeadLetterErrorDescription: `Message could not be consumed after ${maxDeliveryCount} delivery attempts.`,
      })
    } else this.#enqueue({ ...stored, deliveryCount })
  }

  #bury(stored: StoredMessage, properties: Record<string, unknown>): void {
    if (!this.deadLetters) return this.#enqueue(stored)
    this.deadLetters.#enqueue({
      ...stored,
      message: withProperties(stored.message, properties),
      deadLetterSource: this.name,
      // Dead letters wait until somebody takes them.
      expiresAt: Number.POSITIVE_INFINITY,
    })
  }
}

function withProperties(message: Message, properties: object): Message {
  return { ...message, application_properties: { ...message.application_properties, ...properties } }
}
