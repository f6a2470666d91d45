import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { QueueClient } from '@azure/storage-queue'
import { Backoff } from './backoff'
import type { RegisteredFunction } from './core-types'
import { messageOf } from './errors'
import type { QueueConfig } from './host-json'
import type { Invoker } from './invoker'
import type { Listener } from './listener'
import type { Log } from './log'
import { connectQueue, type QueueAddress } from './queue-connection'
import { decodeMessage, messageMetadata, type QueueMessage } from './queue-message'

/**
 * Wait before the first poll, in milliseconds. In Azure the host polls in a process of its own; here its SDK would be loaded in front of
 * the first HTTP requests.
 */
const settleMs = 250
/** Longest wait for the queue service to answer a poll. */
const receiveWithinMs = 30_000

/**
 * Polls one storage queue and runs its function for each message.
 *
 * @see "Azure Queue storage trigger for Azure Functions", sections "Polling algorithm", "Concurrency", "Poison messages";
 *   `QueueListener.cs` and `QueueProcessor.cs` of the WebJobs storage extension
 */
export class QueueListener implements Listener {
  readonly #backoff: Backoff
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #loop: Promise<void> = Promise.resolve()
  #slotFreed = () => {}
  #failing = false

  constructor(
    readonly registered: RegisteredFunction,
    readonly invoker: Invoker,
    readonly config: QueueConfig,
    readonly address: QueueAddress,
    readonly log: Log,
  ) {
    this.#backoff = new Backoff(config.maxPollingIntervalMs, Math.random)
  }

  start(): void {
    this.#loop = this.#poll()
  }

  /** Runs the function with a message that was never in the queue. */
  runNow(input: string | undefined): void {
    const now = new Date()
    const message = { messageId: randomUUID(), popReceipt: '', messageText: input ?? '', dequeueCount: 1 }
    void this.#invoke({ ...message, insertedOn: now, expiresOn: now, nextVisibleOn: now }, input ?? '')
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#slotFreed()
    await this.#loop
    await Promise.all(this.#running)
  }

  async #poll(): Promise<void> {
    await this.#wait(settleMs)
    if (this.#stopping.signal.aborted) return
    let queues: Awaited<ReturnType<typeof connectQueue>> | undefined
    let foundSinceWait = false
    let created = false
    while (!this.#stopping.signal.aborted) {
      try {
        // A connection string that the SDK refuses is reported like a queue out of reach: the other functions go on.
        queues ??= await connectQueue(this.address)
        if (!created) await queues.queue.createIfNotExists()
        created = true
        const found = await this.#receive(queues.queue, queues.poison)
        foundSinceWait ||= found > 0
        this.#failing = false
        if (found > 0) {
          await this.#untilRoom()
          continue
        }
      } catch (thrown) {
        this.#reportFailure(thrown)
        created = false
      }
      await this.#wait(this.#backoff.next(foundSinceWait))
      foundSinceWait = false
    }
  }

  /** Not aborted by `stop`: what the queue has hidden for us by then must be worked on, or nobody sees it for ten minutes. */
  async #receive(queue: QueueClient, poison: QueueClient | undefined): Promise<number> {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: this.config.batchSize,
      visibilityTimeout: this.config.hiddenSeconds,
      // A queue that takes the request and never answers must not silence us when it is back.
      abortSignal: AbortSignal.timeout(receiveWithinMs),
    })
    for (const message of receivedMessageItems) {
      const running = this.#process(message, queue, poison).catch((thrown: unknown) => this.#reportFailure(thrown))
      this.#running.add(running)
      void running.then(() => {
        this.#running.delete(running)
        this.#slotFreed()
      })
    }
    return receivedMessageItems.length
  }

  async #process(message: QueueMessage, queue: QueueClient, poison: QueueClient | undefined): Promise<void> {
    const text = decodeMessage(message.messageText, this.config.messageEncoding)
    if (text === undefined)
      this.#warn('a message is not base64 and goes to the poison queue (host.json messageEncoding)')
    if (text === undefined || message.dequeueCount > this.config.maxDequeueCount) {
      return this.#toPoison(message, message.popReceipt, queue, poison)
    }
    const renewal = keepHidden(message, queue, this.config.hiddenSeconds, () =>
      this.#warn('the lock of a message could not be renewed'),
    )
    const succeeded = await this.#invoke(message, text)
    const popReceipt = await renewal.end()
    if (succeeded) await queue.deleteMessage(message.messageId, popReceipt)
    else if (!poison) this.#warn('a message of a poison queue failed and stays hidden for ten minutes')
    else if (message.dequeueCount >= this.config.maxDequeueCount)
      await this.#toPoison(message, popReceipt, queue, poison)
    else
      await queue.updateMessage(
        message.messageId,
        popReceipt,
        undefined,
        Math.ceil(this.config.visibilityTimeoutMs / 1000),
      )
  }

  async #invoke(message: QueueMessage, text: string): Promise<boolean> {
    const outcome = await this.invoker.run(this.registered, {
      data: { string: text },
      metadata: messageMetadata(message, text),
      reason: `New queue message detected on '${this.address.queueName}'.`,
    })
    return outcome.ok
  }

  /** A queue that is itself a poison queue has none; its messages stay until they expire. */
  async #toPoison(
    message: QueueMessage,
    popReceipt: string,
    queue: QueueClient,
    poison: QueueClient | undefined,
  ): Promise<void> {
    if (!poison) return
    this.#warn(
      `Message has reached MaxDequeueCount of ${this.config.maxDequeueCount}. Moving message to queue '${poison.name}'.`,
    )
    await poison.createIfNotExists()
    await poison.sendMessage(message.messageText)
    await queue.deleteMessage(message.messageId, popReceipt)
  }

  /** Resolves once so few messages run that the next batch may be fetched. */
  async #untilRoom(): Promise<void> {
    while (this.#running.size > this.config.newBatchThreshold && !this.#stopping.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#slotFreed = resolve
      })
    }
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => 'stopped')
  }

  /** One line when the queue stops answering, not one per poll. */
  #reportFailure(thrown: unknown): void {
    if (this.#stopping.signal.aborted || this.#failing) return
    this.#failing = true
    this.#warn(`queue '${this.address.queueName}' failed, trying again: ${messageOf(thrown).split('\n')[0]}`)
  }

  #warn(message: string): void {
    this.log({ level: 'warning', category: 'system', functionName: this.registered.metadata.name, message })
  }
}

/** Renews the invisibility of a message until `end`, which gives the pop receipt that is valid then. */
function keepHidden(
  message: QueueMessage,
  queue: QueueClient,
  hiddenSeconds: number,
  onFailure: () => void,
): { end(): Promise<string> } {
  let popReceipt = message.popReceipt
  let renewing: Promise<void> = Promise.resolve()
  const renew = async () => {
    try {
      const renewed = await queue.updateMessage(message.messageId, popReceipt, undefined, hiddenSeconds)
      popReceipt = renewed.popReceipt ?? popReceipt
    } catch {
      onFailure()
    }
  }
  const timer = setInterval(
    () => {
      renewing = renewing.then(renew)
    },
    (hiddenSeconds * 1000) / 2,
  )
  return {
    end: async () => {
      clearInterval(timer)
      await renewing
      return popReceipt
    },
  }
}
