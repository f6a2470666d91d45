/** Usage from charging at the running app: by the endpoint and by the queue, on a real store. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Broker, startBroker } from '../../local/broker/broker'
import { declaredQueues } from '../../local/broker/declared'
import { createSim, type Grant } from '../../shared/domain/sim'
import { serviceBusConnection } from '../../shared/platform/resources'
import { type StorageProxy, startStorageProxy } from '../faults/storage-proxy'
import { eventually, type Stack, startStack, testIccid, withoutSweep } from '../support/stack'
import { send } from './browser'
import { type Charging, onServiceBus, openCharging } from './charging'
import { buy, eidNumber, enter, orderOf } from './purchase'
import { expectJson } from './refusals'
import { everyRow } from './rows'

const iccid = testIccid(500_001)
const MB = 1_048_576
const grant: Grant = {
  orderId: 'one',
  planId: 'travel-2',
  kind: 'payg',
  dataMB: 1024,
  durationMs: 10 * 86_400_000,
  locations: ['*'],
  startsAt: new Date(Date.now() - 86_400_000).toISOString(),
}
let ids = 0
const event = (more: object = {}) => ({
  id: `cdr-${++ids}`,
  iccid,
  at: new Date(Date.now() - 60_000).toISOString(),
  megabytes: 24,
  ...more,
})
const post = (stack: Stack, body: unknown, method = 'POST') =>
  send(stack.url, '/v1/usage', {
    method,
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
async function putSim(stack: Stack): Promise<void> {
  const sim = { ...createSim({ iccid, kind: 'esim' }), grants: [grant] }
  await stack.documents.insert('sims', iccid, iccid, sim)
}
async function leftMB(stack: Stack): Promise<number | undefined> {
  const { body } = await send(stack.url, `/v1/sims/${iccid}/balances`)
  return (JSON.parse(body) as { balances: { dataRemainingInMB: number }[] }).balances[0]?.dataRemainingInMB
}

describe('on the engine of the tests', () => {
  let stack: Stack
  let charging: Charging
  let proxy: StorageProxy
  beforeAll(async () => {
    proxy = await startStorageProxy()
    stack = await startStack({ environment: { ...withoutSweep, ...proxy.environment }, stock: 5 })
    proxy.connect(stack.enginePorts)
    charging = openCharging(stack)
    await putSim(stack)
  }, 60_000)
  afterAll(async () => {
    await charging.stop()
    await stack.stop()
    await proxy.stop()
  })
  afterEach(() => {
    proxy.table.condition = 'up'
  })

  test('what was used is gone from the balance at once, and counts once', async () => {
    const before = (await leftMB(stack)) ?? 0
    const [one, two, old] = [event(), event({ megabytes: undefined, bytes: 6 * MB }), event()]
    const late = { ...old, at: new Date(Date.now() - 9 * 86_400_000).toISOString() }
    const stray = event({ iccid: testIccid(999_999) })
    const reply = await post(stack, { events: [one, two, late, stray] })
    expect([reply.status, reply.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(JSON.parse(reply.body)).toEqual({
      applied: [one.id, two.id],
      repeated: [],
      late: [late.id],
      unknown: [stray.id],
    })
    expect(await leftMB(stack)).toBe(before - 30)
    expect(JSON.parse((await post(stack, { events: [two, one] })).body)).toMatchObject({
      applied: [],
      repeated: [two.id, one.id],
    })
    expect(await leftMB(stack)).toBe(before - 30)
    expect(stack.log()).toContain('"event":"usage","applied":2,"repeated":0,"late":1,"unknown":1')
  })

  test('a thousand reports are one batch', async () => {
    const events = Array.from({ length: 1_000 }, () => event({ megabytes: undefined, bytes: 0 }))
    expect(JSON.parse((await post(stack, { events })).body)).toMatchObject({ applied: events.map(({ id }) => id) })
  })

  test('one fault and nothing is applied; the faults are named, without what was sent', async () => {
    const before = await everyRow(stack.connectionString)
    const bad = [event({ at: '2026-02-30T00:00:00Z' }), event(), event({ iccid: '89999010001234567x' })]
    const reply = await post(stack, { events: bad })
    expect(reply.status).toBe(400)
    expect(JSON.parse(reply.body)).toEqual({
      error: {
        code: 'InvalidUsage',
        message: 'nothing was applied: 2 faults',
        faults: [
          { index: 0, field: 'at', message: expect.any(String) },
          { index: 2, field: 'iccid', message: 'is 18 to 20 digits' },
        ],
      },
    })
    for (const body of ['', '{', '[]', 'null', { events: [] }, { events: [event()], dryRun: true }])
      expectJson(await post(stack, body), 400)
    expectJson(await post(stack, { events: [event({ id: 'x'.repeat(600_000) })] }), 413)
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  test('other methods and paths are answered in our words', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const reply = await post(stack, { events: [event()] }, method)
      expectJson(reply, 405)
      expect(reply.headers.allow).toBe('POST')
    }
    expectJson(await send(stack.url, '/v1/usage/1', { method: 'POST', body: '{}' }), 404)
  })

  test('while the store is away: 503; a message waits for it, and both count once it is back', async () => {
    const before = (await leftMB(stack)) ?? 0
    proxy.table.condition = 'away'
    const [direct, queued] = [{ events: [event()] }, { events: [event()] }]
    const reply = await post(stack, direct)
    expectJson(reply, 503)
    expect(reply.headers['retry-after']).toBe('5')
    const asked = proxy.table.requests.length
    await charging.send(queued)
    await eventually('the message to be worked on', async () => proxy.table.requests.length > asked)
    proxy.table.condition = 'up'
    expect(JSON.parse((await post(stack, direct)).body)).toMatchObject({ applied: [direct.events[0]?.id] })
    await eventually('the message to be counted', async () => (await leftMB(stack)) === before - 48)
  })

  test('a message that is no batch is refused with an error in the log, and is kept', async () => {
    await charging.send({ events: [event({ iccid: 'nobody' })] })
    const line = '"code":"usage_malformed","detail":"1 fault, first: event 0 iccid is 18 to 20 digits"'
    await eventually('the log to say so', async () => stack.log().includes(line))
    expect(stack.log()).toMatch(/"level":"error","event":"usage refused"/)
    await eventually('the message to be kept', async () => (await charging.kept()) === 1)
  })

  test('the first usage of an eSIM completes its order, without a word of the SM-DP+ or the device', async () => {
    const { id } = await buy(await enter(stack, eidNumber(1)))
    const order = await orderOf(stack, id)
    expect(order.stage.state).toBe('ready')
    const used = event({ iccid: order.profile?.iccid, at: new Date().toISOString() })
    expect(JSON.parse((await post(stack, { events: [used] })).body)).toMatchObject({ applied: [used.id] })
    await eventually('the order to be complete', async () => (await orderOf(stack, id)).stage.state === 'active')
  })
})

describe('on Service Bus', () => {
  let stack: Stack
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker({ queues: declaredQueues() })
    const environment = { ...withoutSweep, [serviceBusConnection]: broker.connectionString }
    stack = await startStack({ environment, stock: 1 })
    await putSim(stack)
  }, 60_000)
  afterAll(async () => {
    await stack.stop()
    await broker.stop()
  })

  test('a batch is counted; one that is none is a dead letter, not dropped', async () => {
    const charging = onServiceBus(broker.connectionString)
    await charging.send({ events: [event()] })
    await charging.send({ events: 'none' })
    await eventually('the batch', async () => (await leftMB(stack)) === 1000)
    await eventually('the dead letter', async () => (await charging.kept()) === 1)
    await charging.stop()
  })
})

describe('outside a development machine', () => {
  test('nobody is let in while nobody was allowed to', async () => {
    const stack = await startStack({
      environment: { ...withoutSweep, AZURE_FUNCTIONS_ENVIRONMENT: 'Production' },
      stock: 1,
    })
    try {
      expectJson(await post(stack, { events: [event()] }), 401)
      expectJson(await post(stack, '', 'GET'), 401)
    } finally {
      await stack.stop()
    }
  })
})
