/** The queues from outside the app: what lies in them, and what tests put there. The same on Azurite and on Service Bus. */
import { ServiceBusClient, type ServiceBusSender } from '@azure/service-bus'
import { QueueServiceClient } from '@azure/storage-queue'
import type { Broker } from '../../local/broker/broker'
import type { WakeQueue } from '../../shared/platform/ports'
import { createServiceBusWakeQueue } from '../../shared/platform/service-bus-wake-queue'
import { createStorageWakeQueue } from '../../shared/platform/storage-wake-queue'
import { wakeQueueName } from '../../shared/platform/wake-messages'

/** The queue of wakes. */
export interface TestWakes extends TestQueue {
  /** Sends wakes as the app does, into its queue or into one beside it, which is made. */
  open(beside?: string): WakeQueue
}

/** Any queue of the app. */
export interface TestQueue {
  /** Present on the cloud engine only. */
  broker: Broker | undefined
  /** Puts these bytes into the queue, whatever they are. */
  put(body: string | Uint8Array): Promise<void>
  /** Puts something into the queue that is no text: what is no base64, or a list of numbers instead of bytes. */
  putNoText(): Promise<void>
  /** Messages that are due, or will be within 15 minutes, those in somebody's hands included. */
  waiting(): Promise<number>
  /** Messages that were given up: in the poison queue, or among the dead letters. */
  givenUp(): Promise<number>
  /** Fetches one message again and again without completing it, as often as it is given out. */
  wearOut(): Promise<void>
  clear(): Promise<void>
  close(): Promise<void>
}

const now = () => new Date()

/** Deliveries that a message of a storage queue has, by host.json. */
const deliveries = 5

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** In the queues of a storage account. */
export function storageWakes(connectionString: string, name: string = wakeQueueName): TestWakes {
  const service = QueueServiceClient.fromConnectionString(connectionString)
  const [queue, poison] = [name, `${name}-poison`].map((one) => service.getQueueClient(one)) as [
    ReturnType<typeof service.getQueueClient>,
    ReturnType<typeof service.getQueueClient>,
  ]
  const count = async (one: typeof queue) =>
    (await one.exists()) ? ((await one.getProperties()).approximateMessagesCount ?? 0) : 0
  return {
    broker: undefined,
    open: (beside) => createStorageWakeQueue({ connectionString, now, ...(beside && { queuePrefix: `${beside}-` }) }),
    async put(body) {
      await queue.createIfNotExists()
      await queue.sendMessage(Buffer.from(body).toString('base64'))
    },
    async putNoText() {
      await queue.sendMessage('no base64!')
    },
    waiting: () => count(queue),
    givenUp: () => count(poison),
    wearOut: () =>
      until(async () => {
        const { receivedMessageItems } = await queue.receiveMessages({ visibilityTimeout: 1 })
        return receivedMessageItems.some(({ dequeueCount }) => dequeueCount >= deliveries)
      }),
    async clear() {
      for (const one of [queue, poison]) if (await one.exists()) await one.clearMessages()
    },
    close: async () => {},
  }
}

/** On the broker. */
export function busWakes(broker: Broker, name: string = wakeQueueName): TestWakes {
  const queue = () => broker.queue(name)
  const opened: { close(): Promise<void> }[] = []
  let client: ServiceBusClient | undefined
  const connect = () => {
    client ??= new ServiceBusClient(broker.connectionString)
    return client
  }
  const send = async (message: Parameters<ServiceBusSender['sendMessages']>[0]) => {
    const sender = connect().createSender(name)
    await sender.sendMessages(message)
    await sender.close()
  }
  return {
    broker,
    open(beside) {
      const queueName = beside === undefined ? wakeQueueName : `${beside}-${wakeQueueName}`
      if (beside !== undefined) broker.createQueue(queueName)
      const connection = { by: 'connectionString', connectionString: broker.connectionString } as const
      const wakes = createServiceBusWakeQueue({ connection, now, queueName })
      opened.push(wakes)
      return wakes
    },
    put: (body) => send({ body: Buffer.from(body) }),
    putNoText: () => send({ bodyType: 'sequence', body: [[8, 15]] }),
    async waiting() {
      const soon = Date.now() + 15 * 60_000
      const all = queue().peek(0n, Number.POSITIVE_INFINITY)
      return all.filter(({ state, stored }) => state === 'active' || (stored.scheduledFor ?? 0) < soon).length
    },
    givenUp: async () => queue().counts.deadLetters,
    async wearOut() {
      const receiver = connect().createReceiver(name)
      await until(async () => {
        const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 500 })
        if (message !== undefined) await receiver.abandonMessage(message)
        return queue().counts.deadLetters > 0
      })
      await receiver.close()
    },
    async clear() {
      queue().clear()
    },
    async close() {
      await Promise.all([client?.close(), ...opened.map((one) => one.close())])
    },
  }
}
