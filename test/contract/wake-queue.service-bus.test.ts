/**
 * The contract of wakes on Service Bus: against the broker of this repository, and with `SERVICE_BUS_TEST_CONNECTION` (the connection
 * string of the official emulator, or of a namespace that still takes keys) against that instead. It needs a queue `order-wakes`, which
 * is emptied.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ServiceBusClient, type ServiceBusReceivedMessage, type ServiceBusReceiver } from '@azure/service-bus'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { connectionStringFor, startBroker } from '../../local/broker/broker'
import { createServiceBusWakeQueue, type ServiceBusWakeQueue } from '../../shared/platform/service-bus-wake-queue'
import { wakeQueueName } from '../../shared/platform/wake-messages'
import { freePort } from '../support/free-port'
import { silentPort } from '../support/outages'
import { type ReceivedWake, wakeQueueContract } from './wake-queue.contract'

const given = process.env.SERVICE_BUS_TEST_CONNECTION
const broker = await startBroker()
const target = given || broker.connectionString
const [closed, silent] = [await freePort(), await silentPort()]
const now = () => new Date()
const client = new ServiceBusClient(target)
const queues: ServiceBusWakeQueue[] = []
const receivers: ServiceBusReceiver[] = []
let opened = 0

afterEach(async () => {
  broker.decide = () => 'work'
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()))
})
afterAll(async () => {
  await Promise.all(queues.map((queue) => queue.close()))
  await client.close()
  await broker.stop()
})

function create(connectionString: string, queueName: string, more: { timeoutMs?: number; now?: () => Date } = {}) {
  const connection = { by: 'connectionString', connectionString } as const
  const queue = createServiceBusWakeQueue({ connection, now, queueName, ...more })
  queues.push(queue)
  return queue
}

/** As in Azure: with detection of duplicates, and numbers as of a partitioned queue. */
const asInAzure = { duplicateDetectionMs: 600_000, firstSequenceNumber: (37n << 48n) + 1n }

async function open(clock = now) {
  opened += 1
  const name = given ? wakeQueueName : `wakes-${opened}`
  if (given) await empty(name)
  else broker.createQueue(name, asInAzure)
  return { name, queue: create(target, name, { now: clock }), receive: receiveFrom(name) }
}

/** A function that waits for the next message of a queue and takes it off; messages come while nobody waits, too. */
function receiveFrom(name: string) {
  const receiver = client.createReceiver(name, { receiveMode: 'receiveAndDelete' })
  receivers.push(receiver)
  const got: { message: ServiceBusReceivedMessage; at: Date }[] = []
  const started = new Promise<void>((resolve) => {
    receiver.subscribe(
      {
        processMessage: async (message) => void got.push({ message, at: new Date() }),
        processError: async () => undefined,
        // Undocumented, and harmless where it is not known: tells that the link is there.
        ...{ postInitialize: async () => resolve() },
      },
      { maxConcurrentCalls: 20 },
    )
  })
  return async (withinMs: number): Promise<ReceivedWake | undefined> => {
    await Promise.race([started, delay(3_000)])
    const deadline = Date.now() + withinMs
    for (;;) {
      const next = got.shift()
      if (next) return { body: JSON.stringify(next.message.body), at: next.at }
      if (Date.now() >= deadline) return undefined
      await delay(10)
    }
  }
}

/** Takes everything out of a queue that others have used, scheduled messages included. */
async function empty(name: string): Promise<void> {
  const receiver = client.createReceiver(name, { receiveMode: 'receiveAndDelete' })
  const sender = client.createSender(name)
  while ((await receiver.receiveMessages(100, { maxWaitTimeInMs: 500 })).length > 0);
  for (const { state, sequenceNumber } of await receiver.peekMessages(250)) {
    if (state === 'scheduled' && sequenceNumber) await sender.cancelScheduledMessages(sequenceNumber)
  }
  await Promise.all([receiver.close(), sender.close()])
}

wakeQueueContract(given ? 'Service Bus, as given' : 'Service Bus', {
  open,
  openUnreachable: () => create(connectionStringFor(closed), wakeQueueName),
  openSilent: () => create(connectionStringFor(silent), wakeQueueName, { timeoutMs: 300 }),
})

const fromNow = (milliseconds: number) => new Date(Date.now() + milliseconds)

describe('a wake that waits in Service Bus', () => {
  test('has a number that no JavaScript number holds, and is called off by it, once', async () => {
    const { queue, receive } = await open()
    const number = await queue.schedule({ orderId: 'one' }, fromNow(1_500))
    expect(number).toMatch(/^\d+$/)
    if (!given) expect(number).toBe(`${asInAzure.firstSequenceNumber}`)
    expect(await queue.cancel(number ?? '')).toBe(true)
    expect(await queue.cancel(number ?? '')).toBe(false)
    expect(await receive(2_000)).toBeUndefined()
  })

  test('can be armed anew for another time, also after it was called off', async () => {
    const { queue, receive } = await open()
    await queue.cancel((await queue.schedule({ orderId: 'one' }, fromNow(60_000))) ?? '')
    await queue.schedule({ orderId: 'one' }, fromNow(300))
    expect(JSON.parse((await receive(5_000))?.body ?? '')).toEqual({ orderId: 'one' })
  })

  test('one that is due has no number', async () => {
    const { queue } = await open()
    expect(await queue.schedule({ orderId: 'one' }, fromNow(-1))).toBeUndefined()
  })
})

test('the same wake for the same instant, sent twice, lies in the queue once', async () => {
  const name = 'dropped'
  const bus = broker.createQueue(name, asInAzure)
  const queue = create(broker.connectionString, name)
  const at = fromNow(60_000)
  for (const orderId of ['one', 'one', 'x'.repeat(200), 'x'.repeat(200)]) await queue.send({ orderId }, at)
  expect(bus.counts.scheduled).toBe(2)
})

describe('when Service Bus fails', () => {
  const sendThrough = async (name: string, fail: Parameters<typeof broker.createQueue>[1], at: Date) => {
    const bus = broker.createQueue(name, fail)
    const queue = create(broker.connectionString, name, { timeoutMs: 1_500 })
    await queue.send({ orderId: 'one' }, at)
    return bus.counts
  }

  test.each(['cut', 'detach', 'ignore', 'cut-after', 'detach-after', 'ignore-after'] as const)(
    'once (%s), a wake is sent again, and is there once',
    async (verdict) => {
      for (const [index, at] of [fromNow(-1), fromNow(60_000)].entries()) {
        let times = 0
        broker.decide = (moment) => {
          times += moment.at === 'send' ? 1 : 0
          return moment.at === 'send' && times === 1 ? verdict : 'work'
        }
        const { active, scheduled } = await sendThrough(`${verdict}-${index}`, asInAzure, at)
        expect([times, active + scheduled]).toEqual([2, 1])
      }
    },
  )

  test('and is back, sending works again: after a restart, and after a silence', async () => {
    const bus = broker.createQueue('back', asInAzure)
    const queue = create(broker.connectionString, 'back', { timeoutMs: 400 })
    const send = (orderId: string) => queue.send({ orderId }, fromNow(60_000))
    await send('one')
    await broker.down()
    await expect(send('two')).rejects.toMatchObject({ code: 'queue_unavailable' })
    await broker.up()
    await expect.poll(() => send('three').then(() => 'sent'), { timeout: 5_000 }).toBe('sent')
    broker.playDead(true)
    await expect(send('four')).rejects.toMatchObject({ code: 'queue_unavailable' })
    await expect(queue.prepare()).rejects.toMatchObject({ code: 'queue_unavailable' })
    broker.playDead(false)
    await expect.poll(() => send('five').then(() => 'sent'), { timeout: 5_000 }).toBe('sent')
    await queue.prepare()
    expect(bus.counts.scheduled).toBeGreaterThanOrEqual(3)
  })

  test('a queue that does not exist is told by the probe', async () => {
    await expect(create(broker.connectionString, 'nowhere').prepare()).rejects.toMatchObject({
      code: 'queue_unavailable',
      message: expect.stringContaining('MessagingEntityNotFound'),
    })
  })
})
