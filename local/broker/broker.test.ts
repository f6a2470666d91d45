import { setTimeout as delay } from 'node:timers/promises'
import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Broker, startBroker } from './broker'
import { deliveryTagOf } from './message'

// Against real time and real connections, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 })

let broker: Broker
let client: ServiceBusClient
let made = 0
const quick = { retryOptions: { maxRetries: 0, timeoutInMs: 2_000 } }

beforeAll(async () => {
  broker = await startBroker()
  client = new ServiceBusClient(broker.connectionString, quick)
})
afterEach(() => {
  broker.decide = () => 'work'
})
afterAll(async () => {
  await client.close()
  await broker.stop()
})

/** A queue of its own, its sender and its receiver. */
function open(settings: Parameters<Broker['createQueue']>[1] = {}) {
  made += 1
  const name = `queue-${made}`
  const queue = broker.createQueue(name, settings)
  return {
    name,
    queue,
    sender: client.createSender(name),
    receiver: client.createReceiver(name, { maxAutoLockRenewalDurationInMs: 0 }),
  }
}

async function next(receiver: ReturnType<typeof open>['receiver'], withinMs = 3_000) {
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: withinMs })
  return message
}
async function expectNext(receiver: ReturnType<typeof open>['receiver']): Promise<ServiceBusReceivedMessage> {
  const message = await next(receiver)
  if (message === undefined) throw new Error('no message came')
  return message
}

describe('the client of Azure, against this broker', () => {
  test('sends, receives and completes, with body, properties and metadata', async () => {
    const { queue, sender, receiver } = open()
    const before = Date.now()
    await sender.sendMessages({
      body: { orderId: '8988303000000123456' },
      messageId: 'one',
      contentType: 'application/json',
      applicationProperties: { attempt: 3, who: 'test' },
    })
    const message = await expectNext(receiver)
    expect(message).toMatchObject({
      body: { orderId: '8988303000000123456' },
      messageId: 'one',
      contentType: 'application/json',
      applicationProperties: { attempt: 3, who: 'test' },
      deliveryCount: 0,
      state: 'active',
    })
    expect(message.lockToken).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    expect(message.sequenceNumber?.toString()).toBe('1')
    expect(message.enqueuedTimeUtc?.getTime()).toBeGreaterThanOrEqual(before)
    expect(message.lockedUntilUtc?.getTime()).toBeGreaterThan(before + 59_000)
    await receiver.completeMessage(message)
    expect(queue.counts).toEqual({ active: 0, scheduled: 0, locked: 0, deadLetters: 0 })
  })

  test('sends a batch', async () => {
    const { sender, receiver } = open()
    await sender.sendMessages([{ body: { n: 1 } }, { body: { n: 2 } }])
    const bodies = [(await expectNext(receiver)).body, (await expectNext(receiver)).body]
    expect(bodies).toEqual([{ n: 1 }, { n: 2 }])
  })

  test('schedules: nothing comes before the time, and little after it', async () => {
    const { sender, receiver, queue } = open()
    const at = Date.now() + 400
    await sender.scheduleMessages({ body: { n: 1 } }, new Date(at))
    expect(queue.counts.scheduled).toBe(1)
    const message = await expectNext(receiver)
    expect(Date.now() - at).toBeGreaterThanOrEqual(0)
    expect(Date.now() - at).toBeLessThan(200)
    expect(message.scheduledEnqueueTimeUtc?.getTime()).toBe(at)
  })

  test('cancels by a sequence number that no number holds, and only once', async () => {
    const { sender, receiver } = open({ firstSequenceNumber: (3n << 48n) * 37n + 1n })
    const [number] = await sender.scheduleMessages({ body: { n: 1 } }, new Date(Date.now() + 300))
    if (number === undefined) throw new Error('no number')
    expect(number.toString()).toBe(`${(3n << 48n) * 37n + 1n}`)
    await sender.cancelScheduledMessages(number)
    expect(await next(receiver, 500)).toBeUndefined()
    await expect(sender.cancelScheduledMessages(number)).rejects.toMatchObject({ code: 'MessageNotFound' })
  })

  test('peeks at what is there and at what is to come', async () => {
    const { sender, receiver } = open()
    await sender.sendMessages({ body: { n: 1 } })
    await sender.scheduleMessages({ body: { n: 2 } }, new Date(Date.now() + 60_000))
    const peeked = await receiver.peekMessages(10)
    expect(peeked.map(({ body, state }) => [body, state])).toEqual([
      [{ n: 1 }, 'active'],
      [{ n: 2 }, 'scheduled'],
    ])
  })

  test('an abandoned message comes again, counted; the last time makes it a dead letter that says why', async () => {
    const { sender, receiver, name } = open({ maxDeliveryCount: 3 })
    await sender.sendMessages({ body: { n: 1 } })
    for (const count of [0, 1, 2]) {
      const message = await expectNext(receiver)
      expect(message.deliveryCount).toBe(count)
      await receiver.abandonMessage(message)
    }
    expect(await next(receiver, 200)).toBeUndefined()
    const dead = await expectNext(client.createReceiver(name, { subQueueType: 'deadLetter' }))
    expect(dead).toMatchObject({ body: { n: 1 }, deadLetterReason: 'MaxDeliveryCountExceeded', deadLetterSource: name })
  })

  test('a dead letter carries the reason that it was given', async () => {
    const { sender, receiver, name } = open()
    await sender.sendMessages({ body: { n: 1 } })
    await receiver.deadLetterMessage(await expectNext(receiver), {
      deadLetterReason: 'malformed',
      deadLetterErrorDescription: 'no order id',
    })
    const dead = await expectNext(client.createReceiver(name, { subQueueType: 'deadLetter' }))
    expect(dead).toMatchObject({ deadLetterReason: 'malformed', deadLetterErrorDescription: 'no order id' })
  })

  test('a lock that ends gives the message to the next; settling under the old one fails', async () => {
    const { sender, receiver, queue } = open({ lockDurationMs: 300 })
    await sender.sendMessages({ body: { n: 1 } })
    const first = await expectNext(receiver)
    const second = await expectNext(receiver)
    expect(second.deliveryCount).toBe(1)
    await expect(receiver.completeMessage(first)).rejects.toMatchObject({ code: 'MessageLockLost' })
    await receiver.completeMessage(second)
    expect(queue.counts).toMatchObject({ active: 0, locked: 0 })
  })

  test('a lock is renewed by its token', async () => {
    const { sender, receiver, queue } = open({ lockDurationMs: 400 })
    await sender.sendMessages({ body: { n: 1 } })
    const message = await expectNext(receiver)
    await delay(250)
    const until = await receiver.renewMessageLock(message)
    expect(until.getTime()).toBeGreaterThan(Date.now() + 300)
    await delay(250)
    await receiver.completeMessage(message)
    expect(queue.counts).toMatchObject({ active: 0, locked: 0 })
    await expect(receiver.renewMessageLock(message)).rejects.toThrow()
  })

  test('what is received and deleted is gone at once', async () => {
    const { sender, name, queue } = open()
    await sender.sendMessages({ body: { n: 1 } })
    const receiver = client.createReceiver(name, { receiveMode: 'receiveAndDelete' })
    expect((await expectNext(receiver)).body).toEqual({ n: 1 })
    expect(queue.counts).toEqual({ active: 0, scheduled: 0, locked: 0, deadLetters: 0 })
  })

  test('a duplicate id is accepted and dropped, also when scheduled, also after a cancel', async () => {
    const { sender, queue } = open({ duplicateDetectionMs: 60_000 })
    const later = new Date(Date.now() + 60_000)
    const [number] = await sender.scheduleMessages({ body: { n: 1 }, messageId: 'same' }, later)
    if (number !== undefined) await sender.cancelScheduledMessages(number)
    await sender.scheduleMessages({ body: { n: 2 }, messageId: 'same' }, later)
    await sender.sendMessages({ body: { n: 3 }, messageId: 'same' })
    expect(queue.counts).toMatchObject({ active: 0, scheduled: 0 })
    await sender.sendMessages({ body: { n: 4 }, messageId: 'other' })
    expect(queue.counts.active).toBe(1)
  })

  test('a message that outlives its time is gone, and kept as a dead letter where that is wanted', async () => {
    const { sender, receiver, queue } = open({ deadLetterExpired: true })
    await sender.sendMessages({ body: { n: 1 }, timeToLive: 50 })
    await delay(80)
    expect(await next(receiver, 100)).toBeUndefined()
    expect(queue.counts).toMatchObject({ active: 0, deadLetters: 1 })
  })

  test('subscribers share the messages, each no more than it asked for', async () => {
    const { sender, name } = open()
    const running = new Set<string>()
    let most = 0
    const done: string[] = []
    const receivers = [client.createReceiver(name), client.createReceiver(name)]
    for (const receiver of receivers) {
      receiver.subscribe(
        {
          async processMessage(message) {
            running.add(message.body.n)
            most = Math.max(most, running.size)
            await delay(10)
            running.delete(message.body.n)
            done.push(message.body.n)
          },
          processError: async () => undefined,
        },
        { maxConcurrentCalls: 4 },
      )
    }
    await sender.sendMessages(Array.from({ length: 60 }, (_, n) => ({ body: { n: `${n}` } })))
    await expect.poll(() => done.length, { timeout: 5_000 }).toBe(60)
    expect(new Set(done).size).toBe(60)
    expect(most).toBeLessThanOrEqual(8)
    await Promise.all(receivers.map((receiver) => receiver.close()))
  })

  test('one link delivers more messages than the library has room for at a time', async () => {
    const { name, queue } = open()
    for (let n = 0; n < 2_500; n += 1) queue.send({ body: { n }, message_id: `${n}` }, undefined)
    const receiver = client.createReceiver(name)
    receiver.subscribe(
      { processMessage: async () => undefined, processError: async () => undefined },
      { maxConcurrentCalls: 50 },
    )
    await expect.poll(() => queue.counts, { timeout: 20_000 }).toMatchObject({ active: 0, locked: 0 })
    await receiver.close()
  })

  test('an unknown queue is told as such', async () => {
    await expect(client.createSender('nowhere').sendMessages({ body: {} })).rejects.toMatchObject({
      code: 'MessagingEntityNotFound',
    })
  })
})

describe('what goes wrong on demand', () => {
  const retrying = () =>
    new ServiceBusClient(broker.connectionString, {
      retryOptions: { maxRetries: 3, retryDelayInMs: 10, timeoutInMs: 1_000 },
    })

  test.each(['cut', 'detach', 'cut-after', 'detach-after'] as const)(
    '%s in the middle of a send: repeated, the message arrives',
    async (verdict) => {
      const { queue, name } = open()
      const own = retrying()
      let times = 0
      broker.decide = ({ at }) => {
        times += at === 'send' ? 1 : 0
        return at === 'send' && times === 1 ? verdict : 'work'
      }
      await own.createSender(name).sendMessages({ body: { n: 1 } })
      expect(times).toBe(2)
      expect(queue.counts.active).toBe(verdict.endsWith('after') ? 2 : 1)
      await own.close()
    },
  )

  test('twice: one message is there twice', async () => {
    const { queue, sender } = open({ duplicateDetectionMs: 60_000 })
    broker.decide = () => 'twice'
    await sender.sendMessages({ body: { n: 1 }, messageId: 'one' })
    expect(queue.counts.active).toBe(2)
  })

  test('a subscriber comes back after its connection broke, after a restart and after a silence', async () => {
    const { name, queue } = open({ lockDurationMs: 500 })
    const own = retrying()
    const got: number[] = []
    const receiver = own.createReceiver(name)
    receiver.subscribe({
      async processMessage({ body }) {
        got.push(body.n)
      },
      processError: async () => undefined,
    })
    const send = (n: number) => queue.send({ body: { n }, message_id: `${n}` }, undefined)
    send(1)
    await expect.poll(() => got, { timeout: 5_000 }).toContain(1)
    broker.cutAll()
    send(2)
    await expect.poll(() => got, { timeout: 8_000 }).toContain(2)
    await broker.down()
    await broker.up()
    send(3)
    await expect.poll(() => got, { timeout: 8_000 }).toContain(3)
    broker.playDead(true)
    send(4)
    await delay(100)
    expect(got).not.toContain(4)
    broker.playDead(false)
    await expect.poll(() => got, { timeout: 8_000 }).toContain(4)
    broker.detachAll(name)
    send(5)
    await expect.poll(() => got, { timeout: 8_000 }).toContain(5)
    await own.close()
  })
})

test('a delivery tag has the byte order of a .NET Guid', () => {
  expect(deliveryTagOf('00112233-4455-6677-8899-aabbccddeeff').toString('hex')).toBe('33221100554477668899aabbccddeeff')
})
