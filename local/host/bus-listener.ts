import { randomUUID } from 'node:crypto'
import type { ServiceBusClient, ServiceBusReceivedMessage } from '@azure/service-bus'
import { busMetadata, messageText } from './bus-message'
import type { RegisteredFunction } from './core-types'
import { HostError, messageOf } from './errors'
import type { BusConfig } from './host-json'
import type { Invoker } from './invoker'
import type { Listener } from './listener'
import type { Log } from './log'
import type { QueueAddress } from './queue-connection'
import { textOf } from './settings'

/** Wait before the SDK is loaded, in milliseconds: in Azure that is another process, here it would hold up the first HTTP requests. */
const settleMs = 250
/** How soon a lost connection or a missing queue is tried again, in milliseconds. */
const retryDelayMs = 500

/**
 * Receives from one Service Bus queue and runs its function for each message, under a lock that is renewed meanwhile: completed when the
 * function returns, abandoned when it throws. Service Bus itself counts deliveries and makes dead letters.
 *
 * @see "Azure Service Bus trigger for Azure Functions", section "PeekLock behavior"
 */
export class BusListener implements Listener {
  readonly #running = new Set<Promise<unknown>>()
  readonly #autoComplete: boolean
  #starting: NodeJS.Timeout | undefined
  #opened: Promise<{ stop(): Promise<void> }> | undefined
  #failing = false
  #stopped = false

  /** @throws {HostError} `function_invalid` for what is not served here: topics, sessions, batches */
  constructor(
    readonly registered: RegisteredFunction,
    readonly invoker: Invoker,
    readonly config: BusConfig,
    readonly address: QueueAddress,
    readonly log: Log,
  ) {
    const { trigger } = registered
    const unserved = [
      address.queueName === '' && 'topics',
      trigger.isSessionsEnabled === true && 'sessions',
      /^many$/i.test(textOf(trigger.cardinality)) && "cardinality 'many'",
      trigger.sdkBinding === true && 'sdkBinding',
    ].filter((what) => what !== false)
    if (unserved.length > 0)
      throw new HostError('function_invalid', `not served locally: Service Bus ${unserved.join(', ')}`)
    const { autoCompleteMessages } = trigger
    this.#autoComplete = typeof autoCompleteMessages === 'boolean' ? autoCompleteMessages : config.autoCompleteMessages
  }

  start(): void {
    this.#starting = setTimeout(() => {
      this.#opened = this.#open()
      this.#opened.catch((thrown: unknown) => this.#reportFailure(thrown))
    }, settleMs)
  }

  /** Runs the function with a message that was never in the queue. */
  runNow(input: string | undefined): void {
    const [messageId, lockToken, now] = [randomUUID(), randomUUID(), new Date()]
    const message = { body: input ?? '', messageId, lockToken, deliveryCount: 0, enqueuedTimeUtc: now }
    void this.#invoke({ ...message, expiresAtUtc: now, state: 'active', _rawAmqpMessage: { body: input ?? '' } })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#starting)
    const opened = await this.#opened?.catch(() => undefined)
    await opened?.stop()
  }

  async #open(): Promise<{ stop(): Promise<void> }> {
    const { ServiceBusClient: Client } = await import('../../shared/platform/service-bus-sdk')
    const client: ServiceBusClient = new Client(this.address.connectionString, {
      retryOptions: { maxRetries: 1, retryDelayInMs: retryDelayMs, timeoutInMs: 10_000 },
    })
    const receiver = client.createReceiver(this.address.queueName, {
      skipParsingBodyAsJson: true,
      maxAutoLockRenewalDurationInMs: this.config.maxAutoLockRenewalDurationMs,
    })
    const subscription = receiver.subscribe(
      {
        processMessage: (message) => this.#process(message),
        processError: async ({ error, errorSource }) => {
          // What the function threw is in the log already.
          if (errorSource !== 'processMessageCallback') this.#reportFailure(error)
        },
      },
      { maxConcurrentCalls: this.config.maxConcurrentCalls, autoCompleteMessages: this.#autoComplete },
    )
    return {
      stop: async () => {
        await subscription.close()
        // Settled under the link that is still there.
        await Promise.allSettled(this.#running)
        await new Promise((resolve) => setImmediate(resolve))
        await receiver.close()
        await client.close()
      },
    }
  }

  async #process(message: ServiceBusReceivedMessage): Promise<void> {
    this.#failing = false
    const running = this.#invoke(message)
    this.#running.add(running)
    try {
      const error = await running
      // The SDK abandons what its handler throws for.
      if (error !== undefined) throw error
    } finally {
      this.#running.delete(running)
    }
  }

  /** @returns what the function threw, as an error */
  async #invoke(message: ServiceBusReceivedMessage): Promise<Error | undefined> {
    const text = messageText(message.body)
    const outcome = await this.invoker.run(this.registered, {
      data: { string: text },
      metadata: busMetadata(message, text),
      traceParent: diagnosticId(message),
      reason: `New ServiceBus message detected on '${this.address.queueName}'.`,
    })
    if (outcome.ok) return undefined
    return outcome.error instanceof Error ? outcome.error : new Error(messageOf(outcome.error))
  }

  /** One line when the queue stops answering, not one per attempt. */
  #reportFailure(thrown: unknown): void {
    if (this.#stopped || this.#failing) return
    this.#failing = true
    const message = `queue '${this.address.queueName}' failed, trying again: ${messageOf(thrown).split('\n')[0]}`
    this.log({ level: 'warning', category: 'system', functionName: this.registered.metadata.name, message })
  }
}

/** The sender's span: "Distributed tracing and correlation through Service Bus messaging". */
function diagnosticId({ applicationProperties }: ServiceBusReceivedMessage): string | undefined {
  const id = applicationProperties?.['Diagnostic-Id']
  return typeof id === 'string' ? id : undefined
}
