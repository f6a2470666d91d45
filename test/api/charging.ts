/** The operator's charging, as it sends to the queue `usage` of either engine. */
import { ServiceBusClient } from '@azure/service-bus'
import { QueueServiceClient } from '@azure/storage-queue'
import { connectionStringFor } from '../../local/broker/broker'
import { queues } from '../../shared/platform/resources'
import { onCloudEngine } from '../support/engine'
import type { Stack } from '../support/stack'

export interface Charging {
  send(body: object): Promise<void>
  /** Messages that were refused and are still there: for their next delivery, or among the dead letters. */
  kept(): Promise<number>
  stop(): Promise<void>
}

/** Opens the queue beside the app, past whatever stands between. */
export function openCharging(stack: Stack): Charging {
  return onCloudEngine ? onServiceBus(connectionStringFor(stack.enginePorts.wakes)) : onStorage(stack.connectionString)
}

/** On Service Bus by its connection string. */
export function onServiceBus(connectionString: string): Charging {
  const client = new ServiceBusClient(connectionString)
  const sender = client.createSender(queues.usage.name)
  const dead = client.createReceiver(queues.usage.name, { subQueueType: 'deadLetter' })
  return {
    send: (body) => sender.sendMessages({ body, contentType: 'application/json' }),
    kept: async () => (await dead.peekMessages(10)).length,
    stop: () => client.close(),
  }
}

function onStorage(connectionString: string): Charging {
  const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient(queues.usage.name)
  return {
    async send(body) {
      await queue.sendMessage(Buffer.from(JSON.stringify(body)).toString('base64'))
    },
    kept: async () => (await queue.getProperties()).approximateMessagesCount ?? 0,
    stop: async () => undefined,
  }
}
