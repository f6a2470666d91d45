import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { QueueServiceClient } from '@azure/storage-queue'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundledApp, cleanUp, plainApp, type RunningHost, runHost } from './fixture'

let azurite: ChildProcess
let storage: string
let service: QueueServiceClient

const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

beforeAll(async () => {
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/queue/main.js')
  const options = [
    '--inMemoryPersistence',
    '--silent',
    '--disableTelemetry',
    '--skipApiVersionCheck',
    '--queuePort',
    '0',
  ]
  azurite = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  const url = await new Promise<string>((resolve) => {
    azurite.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk
      const found = /successfully listen(?:ing|s) (?:at|on) (http:\/\/\S+)/.exec(printed)?.[1]
      if (found) resolve(found)
    })
  })
  storage = `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${accountKey};QueueEndpoint=${url}/devstoreaccount1;`
  service = QueueServiceClient.fromConnectionString(storage)
})
afterAll(async () => {
  await cleanUp()
  azurite.kill()
  await once(azurite, 'exit')
})

const hostJson = (queues: object) =>
  JSON.stringify({ version: '2.0', extensions: { queues: { maxPollingInterval: '00:00:00.2', ...queues } } })

const queueApp = (queueName: string, handler: string) => `
  import { app } from '@azure/functions'
  app.storageQueue('worker', { connection: 'STORAGE', queueName: '${queueName}', handler: ${handler} })`

const report = `(entry, context) => context.log('got ' + JSON.stringify({ entry, type: typeof entry, metadata: context.triggerMetadata }))`

async function start(queueName: string, handler: string, queues: object = {}): Promise<RunningHost> {
  return runHost(await bundledApp(queueApp(queueName, handler), { 'host.json': hostJson(queues) }), {
    STORAGE: storage,
  })
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const got = async (host: RunningHost) => {
  const entry = await host.logged((it) => it.message.startsWith('got '))
  return JSON.parse(entry.message.slice(4)) as { entry: unknown; type: string; metadata: Record<string, unknown> }
}
/** Sends to a queue that the host may still be creating. */
async function send(queueName: string, text: string) {
  const queue = service.getQueueClient(queueName)
  await queue.createIfNotExists()
  await queue.sendMessage(text)
  return queue
}
/** Looks until the condition holds; the test's own time limit ends it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setTimeout(done, 20))
}
const count = async (queueName: string) =>
  (await service.getQueueClient(queueName).getProperties()).approximateMessagesCount

describe('storage queue triggers', () => {
  test('a JSON message arrives parsed with its metadata and is deleted', async () => {
    const host = await start('json', report)
    await send('json', base64('{"orderId":"o-1","urgent":true,"nested":{"a":1},"list":[1]}'))
    const { entry, metadata } = await got(host)
    expect(entry).toEqual({ orderId: 'o-1', urgent: true, nested: { a: 1 }, list: [1] })
    expect(metadata).toEqual({
      queueTrigger: entry,
      dequeueCount: 1,
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      popReceipt: expect.any(String),
      insertionTime: expect.stringMatching(/\+00:00$/),
      expirationTime: expect.stringMatching(/\+00:00$/),
      nextVisibleTime: expect.stringMatching(/\+00:00$/),
      orderId: 'o-1',
      urgent: 'True',
      nested: { a: 1 },
    })
    await until(async () => (await count('json')) === 0)
    expect(await host.stop()).toBe(0)
  })

  test('text that is a number of 19 digits arrives as a rounded number; other text stays', async () => {
    const host = await start('numbers', report)
    await send('numbers', base64('8988303000000123456'))
    expect(await got(host)).toMatchObject({ type: 'number', entry: 8988303000000124000 })
    await send('numbers', base64('just text'))
    await host.logged((it) => it.message.includes('"entry":"just text"'))
    await host.stop()
  })

  test('a failed message comes back at once, five times in all, then lies in the poison queue', async () => {
    const host = await start(
      'failing',
      `(entry, context) => { context.log('try ' + context.triggerMetadata.dequeueCount); throw new Error('no') }`,
    )
    await send('failing', base64('{"a":1}'))
    await host.logged((it) => it.message.includes("Moving message to queue 'failing-poison'"))
    await until(
      async () => (await service.getQueueClient('failing-poison').exists()) && (await count('failing-poison')) === 1,
    )
    expect(host.log.filter((it) => it.category === 'user').map((it) => it.message)).toEqual([
      'try 1',
      'try 2',
      'try 3',
      'try 4',
      'try 5',
    ])
    const [poisoned] = (await service.getQueueClient('failing-poison').peekMessages()).peekedMessageItems
    expect(poisoned?.messageText).toBe(base64('{"a":1}'))
    await until(async () => (await count('failing')) === 0)
    await host.stop()
  })

  test('visibilityTimeout delays the next try, maxDequeueCount bounds them', async () => {
    const host = await start('delayed', `(_, context) => { context.log('try'); throw new Error('no') }`, {
      visibilityTimeout: '00:00:01',
      maxDequeueCount: 2,
    })
    await send('delayed', base64('x'))
    await host.logged((it) => it.message.includes('delayed-poison'))
    const [first, second] = host.log.filter((it) => it.message === 'try').map((it) => Date.parse(it.time))
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(900)
    await host.stop()
  })

  test('a failed message of a poison queue is not tried again at once', async () => {
    const host = await start('old-poison', `() => { throw new Error('no') }`)
    await send('old-poison', base64('x'))
    await host.logged((it) => it.message.includes('stays hidden'))
    expect((await service.getQueueClient('old-poison').peekMessages()).peekedMessageItems).toEqual([])
    expect(await count('old-poison')).toBe(1)
    await host.stop()
  })

  test('what was received when the stop began is worked off before the end', async () => {
    const host = await start(
      'stopping',
      `async (_, context) => { context.log('begun'); await new Promise((done) => setTimeout(done, 200)) }`,
    )
    await send('stopping', base64('x'))
    await host.logged((it) => it.message === 'begun')
    expect(await host.stop()).toBe(0)
    expect(await count('stopping')).toBe(0)
  })

  test('a message that is not base64 goes to the poison queue unseen; with messageEncoding none it is text', async () => {
    const host = await start('encoded', report)
    await send('encoded', 'plain, not base64!')
    await until(
      async () => (await service.getQueueClient('encoded-poison').exists()) && (await count('encoded-poison')) === 1,
    )
    expect(host.log.some((it) => it.category === 'user')).toBe(false)
    const plain = await start('plain', report, { messageEncoding: 'none' })
    await send('plain', 'plain, not base64!')
    expect(await got(plain)).toMatchObject({ entry: 'plain, not base64!' })
    await Promise.all([host.stop(), plain.stop()])
  })

  test('no more than batchSize + newBatchThreshold run at a time', async () => {
    for (let index = 0; index < 6; index++) await send('batches', base64(`{"index":${index}}`))
    const handler = `async (_, context) => {
      globalThis.running = (globalThis.running ?? 0) + 1
      context.log('running ' + globalThis.running)
      await new Promise((done) => setTimeout(done, 50))
      globalThis.running -= 1
    }`
    const host = await start('batches', handler, { batchSize: 2, newBatchThreshold: 1 })
    await until(async () => (await count('batches')) === 0)
    const most = Math.max(
      ...host.log.filter((it) => it.category === 'user').map((it) => Number(it.message.slice('running '.length))),
    )
    expect(most).toBeGreaterThanOrEqual(2)
    expect(most).toBeLessThanOrEqual(3)
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
    expect(await got(host)).toMatchObject({ entry: { orderId: 'o-2' } })
    await host.stop()
  })

  test('a connection string without the address of the queues is told, and the host runs on', async () => {
    const app = await bundledApp(queueApp('nowhere', report), { 'host.json': hostJson({}) })
    const withoutQueues = 'AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:1/a'
    const host = await runHost(app, { STORAGE: withoutQueues })
    await host.logged((it) => it.level === 'warning' && it.message.includes("queue 'nowhere' failed"))
    expect(await host.stop()).toBe(0)
  })

  test('while the storage does not answer the host keeps trying and says so once', async () => {
    const app = await bundledApp(queueApp('away', report), { 'host.json': hostJson({}) })
    const host = await runHost(app, { STORAGE: storage.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1') })
    await host.logged((it) => it.level === 'warning' && it.message.includes("queue 'away' failed"))
    expect(await host.stop()).toBe(0)
  })

  test.each([
    [{}, /connection 'STORAGE' is not set/],
    [{ STORAGE__queueServiceUri: 'https://example.queue.core.windows.net' }, /uses an identity/],
  ])('with settings %j the function is in error and the host runs', async (env, message) => {
    const host = await runHost(plainApp({ 'dist/main.js': queueApp('unset', report) }), env as Record<string, string>)
    expect(host.lines.join('\n')).toMatch(message)
  })
})
