/**
 * `WakeQueue` on Azure Queues: Azurite on a laptop, or a storage account.
 *
 * The service could delay a message for seven days, but a queue that holds many waiting messages gives out the due ones slowly;
 * the horizon is therefore 15 minutes, and a wake for later is not sent: the sweep sends one when its time comes near.
 */
import { type QueueClient, QueueServiceClient } from '@azure/storage-queue'
import { type CallLimits, callAzure, ServiceRejection } from './azure-call'
import type { Clock, Wake, WakeQueue } from './ports'
import { QueueUnavailableError, wakeBody, wakeQueueName } from './wake-messages'

/** Options of {@link createStorageWakeQueue}. */
export interface StorageWakeQueueOptions {
  connectionString: string
  /** Turns an instant into the delay that the service wants. */
  now: Clock
  /** Goes before the queue's name; small letters, digits, `-`. Lets tests share an account. */
  queuePrefix?: string
  /** Longest time until `send` settles, in milliseconds. Default 5000. */
  timeoutMs?: number
}

/** The queue, with the two things only this adapter needs. */
export interface StorageWakeQueue extends WakeQueue {
  readonly queueName: string
  /** Creates the queue if it does not exist yet, so that the first wake does not have to. */
  prepare(): Promise<void>
}

const horizonMs = 15 * 60_000
/** A wake nobody fetched for a day is worthless: the sweep has sent others since. Keeps an unread queue from growing for ever. */
const timeToLiveSeconds = 24 * 60 * 60

/** Opens the queue. Does no I/O: the first call connects, later ones reuse the connection. */
export function createStorageWakeQueue(options: StorageWakeQueueOptions): StorageWakeQueue {
  const { connectionString, now, queuePrefix = '', timeoutMs = 5000 } = options
  const queueName = queuePrefix + wakeQueueName
  const startLimits = (): CallLimits => ({
    attemptMs: timeoutMs,
    deadline: performance.now() + timeoutMs,
    attempts: 2,
    unavailable: (reason: string, cause: Error) =>
      new QueueUnavailableError(`Azure Queues did not serve the call: ${reason}`, { cause }),
  })
  let client: QueueClient | undefined

  function queue(): QueueClient {
    // Retries are ours (see azure-call), and a wake may be sent twice.
    client ??= QueueServiceClient.fromConnectionString(connectionString, {
      retryOptions: { maxTries: 1 },
    }).getQueueClient(queueName)
    return client
  }

  async function prepare(limits = startLimits()): Promise<void> {
    await callAzure(limits, (abortSignal) => queue().createIfNotExists({ abortSignal }))
  }

  async function enqueue(limits: CallLimits, body: string, visibilityTimeout: number): Promise<void> {
    await callAzure(limits, (abortSignal) =>
      queue().sendMessage(body, { visibilityTimeout, messageTimeToLive: timeToLiveSeconds, abortSignal }),
    )
  }

  async function send(wake: Wake, at: Date): Promise<void> {
    // The Functions host reads base64 by default (host.json, `messageEncoding`), the SDK sends text as it is.
    const body = Buffer.from(wakeBody(wake)).toString('base64')
    const delayMs = Math.min(Math.max(at.getTime() - now().getTime(), 0), horizonMs)
    const delaySeconds = Math.ceil(delayMs / 1000)
    const limits = startLimits()
    try {
      await enqueue(limits, body, delaySeconds)
    } catch (error) {
      if (!(error instanceof ServiceRejection && error.status === 404)) throw error
      await prepare(limits)
      await enqueue(limits, body, delaySeconds)
    }
  }

  return { horizonMs, queueName, send, prepare: () => prepare() }
}
