/**
 * `WakeQueue` on Azure Service Bus: scheduled messages, so the timers of an order fire at their time however far ahead it is.
 *
 * The id of a message is the order and the instant it is due. Duplicate detection then drops a wake that was sent twice for the same
 * instant (a lost answer, the sweep beside the process that armed it), and never one that was armed anew: a wake whose id came
 * again within the window would be accepted and lost without an error.
 */
import { createHash } from 'node:crypto'
import type { ServiceBusClient, ServiceBusMessage, ServiceBusSender } from '@azure/service-bus'
import type { BusConnection } from './bus-settings'
import { createCredential } from './credential'
import type { Clock, Wake, WakeQueue } from './ports'
import { QueueUnavailableError, wakeQueueName } from './wake-messages'

/** Options of {@link createServiceBusWakeQueue}. */
export interface ServiceBusWakeQueueOptions {
  connection: BusConnection
  /** Tells what is due already. */
  now: Clock
  /** Default: the queue that `wakeOrder` listens to. */
  queueName?: string
  /** Longest time until a call settles, in milliseconds. Default 5000. */
  timeoutMs?: number
}

/** The queue, with what only this adapter can. */
export interface ServiceBusWakeQueue extends WakeQueue {
  readonly queueName: string
  /**
   * As `send`, and gives the sequence number of a wake that waits for its time; `undefined` when it was due. Text: the number of a
   * partitioned queue is larger than a JavaScript number can hold.
   */
  schedule(wake: Wake, at: Date): Promise<string | undefined>
  /**
   * Calls a scheduled wake off, if it still waits.
   *
   * A saving at best, hence no part of the port, and nothing depends on it: a wake that has lost its reason changes nothing, and costs
   * about what a cancel costs. To call it off the order would have to remember the number, by a second write after each send.
   *
   * @returns false when there was none any more, or nobody answered
   */
  cancel(sequenceNumber: string): Promise<boolean>
  /** Opens a link and closes it: rejects unless the namespace answers, knows the queue and lets us send. */
  prepare(): Promise<void>
  /** Ends the connection; a later call opens another. */
  close(): Promise<void>
}

interface Link {
  client: ServiceBusClient
  sender: ServiceBusSender
}

const attempts = 3
/** A wake that nobody fetched for a day is worthless: the sweep has sent others since. Counts from the time it is due. */
const timeToLiveMs = 24 * 60 * 60 * 1000
/** Longest message id of Service Bus, in characters. */
const longestId = 128

/** Opens the queue. Does no I/O: the first call loads the SDK and connects, later ones use the same connection. */
export function createServiceBusWakeQueue(options: ServiceBusWakeQueueOptions): ServiceBusWakeQueue {
  const { connection, now, queueName = wakeQueueName, timeoutMs = 5000 } = options
  let opened: Promise<Link> | undefined

  async function open(): Promise<Link> {
    const client = await connect(connection, Math.ceil(timeoutMs / attempts))
    return { client, sender: client.createSender(queueName) }
  }

  /**
   * Bounds a call in time, whatever the SDK does. Its own waits for locks, claims and links take up to a minute each, so a client that
   * was met by silence is given up: the next call must not wait behind it.
   */
  async function call<T>(ask: (link: Link, abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    opened ??= open()
    const used = opened
    const abort = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new QueueUnavailableError('Service Bus did not answer in time')), timeoutMs)
    })
    try {
      return await Promise.race([used.then((link) => ask(link, abort.signal)), late])
    } catch (error) {
      if (error instanceof QueueUnavailableError) {
        if (opened === used) opened = undefined
        abort.abort()
        discard(used)
        throw error
      }
      // A mistake in this code is not a service that does not answer.
      if (error instanceof TypeError || error instanceof RangeError) throw error
      throw new QueueUnavailableError(`Service Bus did not serve the call: ${codeOf(error)}`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  async function schedule(wake: Wake, at: Date): Promise<string | undefined> {
    const message: ServiceBusMessage = {
      body: { orderId: wake.orderId },
      contentType: 'application/json',
      messageId: messageIdOf(wake, at),
      timeToLive: timeToLiveMs,
    }
    return call(async ({ sender }, abortSignal) => {
      if (at.getTime() > now().getTime()) {
        const [sequenceNumber] = await sender.scheduleMessages(message, at, { abortSignal })
        return sequenceNumber?.toString()
      }
      await sender.sendMessages(message, { abortSignal })
      return undefined
    })
  }

  return {
    horizonMs: Number.POSITIVE_INFINITY,
    queueName,
    schedule,
    async send(wake, at) {
      await schedule(wake, at)
    },
    async cancel(sequenceNumber) {
      const { Long } = await import('./service-bus-sdk')
      try {
        await call(({ sender }, abortSignal) =>
          sender.cancelScheduledMessages(Long.fromString(sequenceNumber), { abortSignal }),
        )
        return true
      } catch (error) {
        if (error instanceof QueueUnavailableError) return false
        throw error
      }
    },
    prepare: () =>
      call(async ({ client }, abortSignal) => {
        const probe = client.createSender(queueName)
        await probe.createMessageBatch({ abortSignal })
        await probe.close()
      }),
    async close() {
      const used = opened
      opened = undefined
      await (await used)?.client.close()
    },
  }
}

async function connect(connection: BusConnection, attemptMs: number): Promise<ServiceBusClient> {
  const { ServiceBusClient } = await import('./service-bus-sdk')
  const options = { retryOptions: { maxRetries: attempts - 1, retryDelayInMs: 100, timeoutInMs: attemptMs } }
  if (connection.by === 'connectionString') return new ServiceBusClient(connection.connectionString, options)
  const { clientId, managed, namespace } = connection
  return new ServiceBusClient(namespace, createCredential({ clientId, development: !managed }), options)
}

/** Closes a client that nobody waits for; what it says at its end concerns no one. */
function discard(link: Promise<Link>): void {
  link.then(({ client }) => client.close()).catch(() => undefined)
}

/** Order and instant; a digest of them where they are too long. */
function messageIdOf({ orderId }: Wake, at: Date): string {
  const id = `${orderId}/${at.getTime()}`
  return id.length <= longestId ? id : createHash('sha256').update(id).digest('base64url')
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  const code: unknown = Reflect.get(error, 'code')
  const name: unknown = Reflect.get(error, 'name')
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown'
}
