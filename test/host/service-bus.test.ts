import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Broker, startBroker } from '../../local/broker/broker'
import { rhea } from '../../local/broker/rhea'
import { bundledApp, cleanUp, type RunningHost, runHost } from './fixture'

let broker: Broker

beforeAll(async () => {
  broker = await startBroker()
})
afterAll(async () => {
  await cleanUp()
  await broker.stop()
})

const hostJson = (serviceBus: object) => JSON.stringify({ version: '2.0', extensions: { serviceBus } })

const busApp = (queueName: string, handler: string, more: object = {}) => `
  import { app } from '@azure/functions'
  app.serviceBusQueue('worker', { connection: 'BUS', queueName: '${queueName}', handler: ${handler}, ...${JSON.stringify(more)} })`

const report = `(entry, context) => context.log('got ' + JSON.stringify({ entry, type: typeof entry, metadata: context.triggerMetadata }))`

/** Makes the queue and starts a host whose function listens to it. */
async function start(
  queueName: string,
  handler: string,
  { serviceBus = {}, trigger = {}, queue = {} }: { serviceBus?: object; trigger?: object; queue?: object } = {},
): Promise<RunningHost> {
  broker.createQueue(queueName, queue)
  return runHost(await bundledApp(busApp(queueName, handler, trigger), { 'host.json': hostJson(serviceBus) }), {
    BUS: broker.connectionString,
  })
}

const send = (queueName: string, body: string, more: object = {}) =>
  broker
    .queue(queueName)
    .send({ body: rhea.message.data_section(Buffer.from(body)), message_id: 'm-1', ...more }, undefined)
const got = async (host: RunningHost) => {
  const entry = await host.logged((it) => it.message.startsWith('got '))
  return JSON.parse(entry.message.slice(4)) as { entry: unknown; type: string; metadata: Record<string, unknown> }
}
const logged = (host: RunningHost) => host.log.filter((it) => it.category === 'user').map((it) => it.message)
const empty = { active: 0, scheduled: 0, locked: 0, deadLetters: 0 }
const becomes = (queueName: string, counts: object) =>
  expect.poll(() => broker.queue(queueName).counts, { timeout: 20_000, interval: 20 }).toEqual({ ...empty, ...counts })

describe('Service Bus triggers', () => {
  test('a JSON message arrives parsed, with the metadata of the extension, and is completed', async () => {
    const host = await start('json', report)
    send('json', '{"orderId":"8988303000000123456","urgent":true}', {
      content_type: 'application/json',
      subject: 'a subject',
      application_properties: { Attempt: 3 },
    })
    const { entry, metadata } = await got(host)
    expect(entry).toEqual({ orderId: '8988303000000123456', urgent: true })
    const localTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+$/)
    expect(metadata).toEqual({
      deliveryCount: 1,
      lockToken: expect.stringMatching(/^[\da-f]{8}-/),
      messageId: 'm-1',
      contentType: 'application/json',
      subject: 'a subject',
      label: 'a subject',
      sequenceNumber: 1,
      enqueuedTimeUtc: localTime,
      enqueuedTime: expect.stringMatching(/\+00:00$/),
      expiresAtUtc: '9999-12-31T23:59:59.9999999',
      expiresAt: '9999-12-31T23:59:59.9999999+00:00',
      applicationProperties: { attempt: 3 },
      userProperties: { attempt: 3 },
      // Of the body; text that is a number arrives as one.
      orderId: 8988303000000124000,
      urgent: 'True',
    })
    await becomes('json', {})
    expect(await host.stop()).toBe(0)
  })

  test('text that is a number of 19 digits arrives as a rounded number; other text stays', async () => {
    const host = await start('numbers', report)
    send('numbers', '8988303000000123456')
    expect(await got(host)).toMatchObject({ type: 'number', entry: 8988303000000124000 })
    send('numbers', 'just text')
    await host.logged((it) => it.message.includes('"entry":"just text"'))
    await host.stop()
  })

  test('a failed message comes back at once, as often as the queue allows, then lies among the dead letters', async () => {
    const host = await start(
      'failing',
      `(entry, context) => { context.log('try ' + context.triggerMetadata.deliveryCount); throw new Error('no') }`,
      { queue: { maxDeliveryCount: 3 } },
    )
    send('failing', '{"a":1}')
    await becomes('failing', { deadLetters: 1 })
    expect(logged(host)).toEqual(['try 1', 'try 2', 'try 3'])
    await host.stop()
  })

  test('no more than maxConcurrentCalls run at a time', async () => {
    const handler = `async (_, context) => {
      globalThis.running = (globalThis.running ?? 0) + 1
      context.log('running ' + globalThis.running)
      await new Promise((done) => setTimeout(done, 30))
      globalThis.running -= 1
    }`
    broker.createQueue('busy')
    const host = await start('busy', handler, { serviceBus: { maxConcurrentCalls: 3 } })
    for (let index = 0; index < 12; index++) send('busy', `{"index":${index}}`, { message_id: `m-${index}` })
    await becomes('busy', {})
    const most = Math.max(...logged(host).map((message) => Number(message.slice('running '.length))))
    expect(most).toBe(3)
    await host.stop()
  })

  test('the lock is renewed while the function runs', async () => {
    const handler = `async (_, context) => { context.log('begun'); await new Promise((done) => setTimeout(done, 3000)) }`
    const host = await start('long', handler, { queue: { lockDurationMs: 1200 } })
    send('long', '{}')
    await becomes('long', {})
    expect(logged(host)).toEqual(['begun'])
    await host.stop()
  })

  test('with maxAutoLockRenewalDuration 0 it is not: the message comes again meanwhile', async () => {
    const handler = `async (_, context) => {
      const { deliveryCount } = context.triggerMetadata
      context.log('begun ' + deliveryCount)
      if (deliveryCount === 1) await new Promise((done) => setTimeout(done, 1500))
    }`
    const host = await start('unrenewed', handler, {
      serviceBus: { maxAutoLockRenewalDuration: '00:00:00' },
      queue: { lockDurationMs: 500 },
    })
    send('unrenewed', '{}')
    await host.logged((it) => it.message === 'begun 2')
    await becomes('unrenewed', {})
    await host.stop()
  })

  test('without autoCompleteMessages nothing is settled: the message comes again when its lock ends', async () => {
    const handler = `(_, context) => { context.log('begun ' + context.triggerMetadata.deliveryCount) }`
    const host = await start('manual', handler, {
      trigger: { autoCompleteMessages: false },
      serviceBus: { maxAutoLockRenewalDuration: '00:00:00' },
      queue: { lockDurationMs: 300 },
    })
    send('manual', '{}')
    await host.logged((it) => it.message === 'begun 3')
    await host.stop()
  })

  test('what was received when the stop began is worked off and completed before the end', async () => {
    const handler = `async (_, context) => { context.log('begun'); await new Promise((done) => setTimeout(done, 300)) }`
    const host = await start('stopping', handler)
    send('stopping', '{}')
    await host.logged((it) => it.message === 'begun')
    expect(await host.stop()).toBe(0)
    expect(broker.queue('stopping').counts).toEqual(empty)
  })

  test('it comes back after a restart of Service Bus, and says so once', async () => {
    const host = await start('restarted', report)
    send('restarted', '{"n":1}')
    await becomes('restarted', {})
    await broker.down()
    await host.logged((it) => it.message.includes("queue 'restarted' failed, trying again"))
    await broker.up()
    send('restarted', '{"n":2}')
    await host.logged((it) => it.message.includes('"n":2'))
    expect(host.log.filter((it) => it.message.includes('failed, trying again'))).toHaveLength(1)
    await host.stop()
  })

  test('a queue that does not exist yet is waited for', async () => {
    const app = await bundledApp(busApp('later', report), { 'host.json': hostJson({}) })
    const host = await runHost(app, { BUS: broker.connectionString })
    await host.logged((it) => it.message.includes("queue 'later' failed, trying again"))
    broker.createQueue('later')
    send('later', '{"n":1}')
    await got(host)
    await host.stop()
  })

  test('a message can be given by hand', async () => {
    const host = await start('byhand', report)
    const answer = await fetch(`${host.url}/admin/functions/worker`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: '{"orderId":"o-2"}' }),
    })
    expect(answer.status).toBe(202)
    expect(await got(host)).toMatchObject({ entry: { orderId: 'o-2' }, metadata: { deliveryCount: 1 } })
    await host.stop()
  })

  test.each([
    ['batches', { cardinality: 'many' }, "cardinality 'many'"],
    ['sessions', { isSessionsEnabled: true }, 'sessions'],
  ])('%s are told to be not served here, and the host runs on', async (name, trigger, what) => {
    const host = await start(name, report, { trigger })
    await host.logged((it) => it.message.includes(`not served locally: Service Bus ${what}`))
    await host.stop()
  })

  test('a connection by identity cannot be served here', async () => {
    const host = await runHost(await bundledApp(busApp('any', report)), {
      BUS__fullyQualifiedNamespace: 'plans.servicebus.windows.net',
    })
    await host.logged((it) => it.message.includes("set 'BUS' to a connection string to run it locally"))
    await host.stop()
  })
})
