import { setTimeout as delay } from 'node:timers/promises'
import { type QueueClient, QueueServiceClient } from '@azure/storage-queue'
import { describe, expect, test } from 'vitest'
import { azuriteConnectionString } from '../../local/azurite'
import { createStorageWakeQueue } from '../../shared/platform/storage-wake-queue'
import { useAzurite } from '../support/azurite'
import { freePort } from '../support/free-port'
import { silentPort } from '../support/outages'
import { inTurn, startUnreliableProxy } from '../support/unreliable-proxy'
import { type ReceivedWake, wakeQueueContract } from './wake-queue.contract'

const { connectionString, prefix } = await useAzurite()
const [closed, silent] = [await freePort(), await silentPort()]
const onPort = (port: number) => azuriteConnectionString({ blob: port, queue: port, table: port })
const service = QueueServiceClient.fromConnectionString(connectionString)
const now = () => new Date()
let opened = 0
const ownPrefix = () => {
  opened += 1
  return `${prefix}-${opened}-`
}

wakeQueueContract('Azure Queues', {
  open: async (clock) => {
    const queue = createStorageWakeQueue({ connectionString, now: clock, queuePrefix: ownPrefix() })
    return { queue, receive: (withinMs) => receive(service.getQueueClient(queue.queueName), withinMs) }
  },
  openUnreachable: () => createStorageWakeQueue({ connectionString: onPort(closed), now }),
  openSilent: () => createStorageWakeQueue({ connectionString: onPort(silent), now, timeoutMs: 300 }),
})

/** Asks until a message comes, as the Functions host does. */
async function receive(client: QueueClient, withinMs: number): Promise<ReceivedWake | undefined> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const [message] = (await client.receiveMessages()).receivedMessageItems
    const at = new Date()
    if (message) {
      await client.deleteMessage(message.messageId, message.popReceipt)
      return { body: Buffer.from(message.messageText, 'base64').toString(), at }
    }
    if (Date.now() >= deadline) return undefined
    await delay(50)
  }
}

describe('the request that sends a wake', async () => {
  const proxy = await startUnreliableProxy(Number(/QueueEndpoint=http:\/\/[^:]+:(\d+)/.exec(connectionString)?.[1]))
  const noon = new Date('2027-03-01T12:00:00.000Z')
  const open = () =>
    createStorageWakeQueue({ connectionString: onPort(proxy.port), now: () => noon, queuePrefix: ownPrefix() })

  test.each([
    ['the past', -1, 0],
    ['now', 0, 0],
    ['the next millisecond', 1, 1],
    ['a second', 1000, 1],
    ['a little more than a second', 1001, 2],
    ['a year, beyond the horizon', 365 * 86_400_000, 900],
  ])('for %s asks for a delay in whole seconds, rounded up', async (_, milliseconds, seconds) => {
    const queue = open()
    await queue.prepare()
    await queue.send({ orderId: 'one' }, new Date(noon.getTime() + milliseconds))
    const query = new URL(proxy.requests.at(-1)?.url ?? '', 'http://queue').searchParams
    expect(query.get('visibilitytimeout')).toBe(`${seconds}`)
    expect(Number(query.get('messagettl'))).toBe(86_400)
  })

  test('is one request once the queue exists', async () => {
    const queue = open()
    await queue.send({ orderId: 'first' }, noon)
    proxy.requests.length = 0
    await queue.send({ orderId: 'second' }, noon)
    expect(proxy.requests).toHaveLength(1)
  })

  test('is repeated when the connection breaks', async () => {
    const queue = open()
    await queue.prepare()
    proxy.decide = inTurn(({ method }) => method === 'POST', 'lose-request')
    await queue.send({ orderId: 'one' }, noon)
    expect(await receive(service.getQueueClient(queue.queueName), 1000)).toBeDefined()
  })
})
