/** What the three operations of the operator API have in common, and GetOffers and GetNotifications: at the running app, on a real store. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { notificationTypes } from '../../shared/domain/gateway-schema'
import { createSim, type Grant, type Sim } from '../../shared/domain/sim'
import { bytesPerMB, withUsage } from '../../shared/domain/usage'
import { type StorageProxy, startStorageProxy } from '../faults/storage-proxy'
import { eventually, type OperatorJson, type Stack, startStack, testIccid, withoutSweep } from '../support/stack'
import { type Reply, send } from './browser'
import { everyRow } from './rows'

const day = 24 * 60 * 60_000
const grant: Grant = {
  orderId: 'one',
  planId: 'travel-2',
  kind: 'payg',
  dataMB: 1024,
  durationMs: 10 * day,
  locations: ['DE'],
  startsAt: new Date(Date.now() - 1000).toISOString(),
}
const simOf = (number: number, kind: Sim['kind'], grants: Grant[]): Sim => ({
  ...createSim({ iccid: testIccid(number), kind }),
  grants,
})
const rich = simOf(500_001, 'esim', [grant])
const ending = simOf(500_002, 'esim', [{ ...grant, startsAt: new Date(Date.now() - 9 * day).toISOString() }])
const bare = simOf(500_003, 'warm', [])
const excluded = simOf(500_004, 'excluded', [grant])
const old = simOf(500_005, 'esim', [grant])
const all = [rich, ending, bare, excluded, old]

let proxy: StorageProxy
let stack: Stack
async function open(operator: (operator: OperatorJson) => void): Promise<void> {
  proxy = await startStorageProxy()
  stack = await startStack({ environment: { ...withoutSweep, ...proxy.environment }, stock: 1, operator })
  proxy.connect(stack.enginePorts)
  await Promise.all(all.map((sim) => stack.documents.insert('sims', sim.iccid, sim.iccid, sim)))
}
async function close(): Promise<void> {
  await stack.stop()
  await proxy.stop()
}
afterEach(() => {
  proxy.table.condition = 'up'
  proxy.table.delayMs = 0
})

const get = (path: string, headers: Record<string, string> = {}) => send(stack.url, `/v1/sims/${path}`, { headers })
const errorOf = ({ body }: Reply) =>
  (JSON.parse(body) as { error: { code: string; message: string; parameter?: string; transactionId?: string } }).error
const resources = ['balances', 'offers?limit=1', 'notifications?notificationType=LowBalance&limit=1']

describe('as configured by default, with two gateways and all notifications', () => {
  beforeAll(
    () =>
      open((operator) => {
        operator.gateways = {
          templates: [{ id: '0' }, { id: '1' }],
          offers: [{ gateway: '1', balance: 'none' }],
        }
        operator.notifications = notificationTypes.map((type, id) => ({ id: id + 10, type }))
      }),
    60_000,
  )
  afterAll(close)

  test('offers name a gateway that exists, the most fitting first, as many as asked for', async () => {
    const offers = async (sim: Sim, query: string) => {
      const reply = await get(`${sim.iccid}/offers?${query}`)
      expect([reply.status, reply.headers['content-type']]).toEqual([200, 'application/json'])
      return JSON.parse(reply.body) as unknown
    }
    expect(await offers(rich, 'limit=1&imei=1234')).toEqual({ offers: [{ gatewayId: '0' }] })
    expect(await offers(bare, 'limit=1')).toEqual({ offers: [{ gatewayId: '1' }] })
    expect(await offers(bare, 'limit=5')).toEqual({ offers: [{ gatewayId: '1' }, { gatewayId: '0' }] })
    expect(await offers(bare, 'limit=0')).toEqual({ offers: [] })
    expect(await offers(excluded, 'limit=5')).toEqual({ offers: [] })
  })

  test('notifications are those that are true of the SIM, with the type as it was asked for', async () => {
    const notifications = async (sim: Sim, type: string, limit = 1) => {
      const reply = await get(`${sim.iccid}/notifications?notificationType=${type}&limit=${limit}&imei=1234`)
      expect(reply.status).toBe(200)
      return (JSON.parse(reply.body) as { notifications: object[] }).notifications
    }
    expect(await notifications(ending, 'lowBalance')).toEqual([{ notificationId: 10, notificationType: 'lowBalance' }])
    expect(await notifications(ending, 'Low%20Balance')).toEqual([
      { notificationId: 10, notificationType: 'Low Balance' },
    ])
    expect(await notifications(rich, 'LowBalance')).toEqual([])
    expect(await notifications(bare, 'zerobalance')).toMatchObject([{ notificationId: 11 }])
    expect(await notifications(bare, 'ZeroBalance', 0)).toEqual([])
    expect(await notifications(excluded, 'ZeroBalance')).toEqual([])
    for (const type of notificationTypes) await notifications(rich, type)
  })

  test.each([
    ['offers', 'limit'],
    ['offers?limit=x', 'limit'],
    ['offers?limit=1&imei=1&imei=2', 'imei'],
    ['notifications?limit=1', 'notificationType'],
    ['notifications?limit=1&notificationType=Other', 'notificationType'],
    ['notifications?notificationType=NewOffer', 'limit'],
  ])('%s is 400 and names %s, whatever SIM is asked for', async (resource, parameter) => {
    for (const simId of [rich.iccid, 'nobody']) {
      const reply = await get(`${simId}/${resource}`, { 'X-MS-DM-TransactionId': 'MSFT-1' })
      expect(reply.status).toBe(400)
      expect(errorOf(reply)).toMatchObject({ code: 'InvalidParameter', parameter, transactionId: 'MSFT-1' })
    }
  })

  test.each(resources)(
    '%s: the SIM in every spelling, 404 for what is none, 405 for other methods',
    async (resource) => {
      for (const spelling of [
        `iccid:${rich.iccid}`,
        `iccid:%20${rich.iccid}`,
        `iccid%3A${rich.iccid}`,
        `${rich.iccid}F`,
      ])
        expect((await get(`${spelling}/${resource}`)).status).toBe(200)
      for (const simId of ['nobody', '8999901000099999999', 'imsi:262011234567890'])
        expect((await get(`${simId}/${resource}`)).status).toBe(404)
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        const { status, headers } = await send(stack.url, `/v1/sims/${rich.iccid}/${resource}`, { method })
        expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
      }
    },
  )

  test('a transaction id goes back, and counts once per operation, and only when it was answered with 200', async () => {
    const id = { 'X-MS-DM-TransactionId': 'MSFT-once' }
    for (const resource of resources) {
      expect((await get(`nobody/${resource}`, id)).status).toBe(404)
      expect((await get(`${rich.iccid}/${resource.replace(/(\?|$)/, '?limit=x&')}`, id)).status).toBe(400)
      const first = await get(`${rich.iccid}/${resource}`, id)
      expect([first.status, first.headers['x-ms-dm-transactionid']]).toEqual([200, 'MSFT-once'])
    }
    for (const resource of resources) {
      const again = await get(`${bare.iccid}/${resource}`, id)
      expect([again.status, again.headers['x-ms-dm-transactionid']]).toEqual([409, 'MSFT-once'])
      expect(errorOf(again)).toMatchObject({ code: 'RepeatedTransaction', transactionId: 'MSFT-once' })
      // Parameters come before the id, the id before the SIM.
      expect((await get(`${rich.iccid}/${resource.replace(/(\?|$)/, '?limit=x&')}`, id)).status).toBe(400)
      for (const simId of ['nobody', '8999901000099999999'])
        expect((await get(`${simId}/${resource}`, id)).status).toBe(409)
      expect((await get(`${rich.iccid}/${resource}`, { 'X-MS-DM-TransactionId': 'MSFT-ONCE' })).status).toBe(200)
      expect((await get(`${rich.iccid}/${resource}`)).status).toBe(200)
    }
  })

  test.each(['away', 'silent'] as const)(
    'a store that is %s: 503 with cause and time within a second',
    async (condition) => {
      await get(`${rich.iccid}/balances`)
      proxy.table.condition = condition
      const id = { 'X-MS-DM-TransactionId': `MSFT-${condition}` }
      const replies = await Promise.all(Array.from({ length: 8 }, () => get(`${rich.iccid}/balances`, id)))
      for (const reply of replies) {
        expect([reply.status, reply.headers['retry-after']]).toEqual([503, '5'])
        expect(errorOf(reply)).toMatchObject({ code: 'Unavailable', message: expect.stringContaining('store') })
        expect(reply.body).not.toContain(rich.iccid)
      }
      const fastest = Math.min(...replies.map(({ tookMs }) => tookMs))
      expect(fastest).toBeLessThan(1_000)
      // The user waits for the gateway: everybody gets the first one.
      expect(await get(`${bare.iccid}/offers?limit=1`)).toMatchObject({
        status: 200,
        body: '{"offers":[{"gatewayId":"0"}]}',
      })
      expect((await get(`${rich.iccid}/balances?limit=x`)).status).toBe(400)
      proxy.table.condition = 'up'
      // The id was not used up, and nothing lingers.
      const back = await eventually('the store to answer', async () => {
        const reply = await get(`${rich.iccid}/balances`, id)
        return reply.status === 200 && reply
      })
      expect(back.headers.age).toBeUndefined()
      expect(stack.log()).not.toMatch(/unhandled|uncaught/i)
    },
  )
})

describe('while the store is slow', () => {
  beforeAll(() => open(() => undefined), 60_000)
  afterAll(close)

  test('one that takes its time is waited for, one that takes too long is not: 503 within a second, and 200 again afterwards', async () => {
    await get(`${rich.iccid}/balances`)
    proxy.table.delayMs = 300
    const waited = await get(`${rich.iccid}/balances`)
    expect(waited.status).toBe(200)
    expect(waited.tookMs).toBeGreaterThanOrEqual(300)

    proxy.table.delayMs = 3_000
    const replies: Reply[] = []
    for (let n = 0; n < 5; n += 1) replies.push(await get(`${rich.iccid}/balances`))
    for (const reply of replies) {
      expect([reply.status, reply.headers['retry-after'], reply.headers.age]).toEqual([503, '5', undefined])
      expect(errorOf(reply)).toMatchObject({ code: 'Unavailable', message: expect.stringContaining('store') })
    }
    // Others work on this machine, too: the middle one of five.
    expect(replies.map(({ tookMs }) => tookMs).sort((a, b) => a - b)[2]).toBeLessThan(1_000)

    // Answers that are still under way hold nothing up.
    proxy.table.delayMs = 0
    const back = await get(`${rich.iccid}/balances`)
    expect([back.status, back.headers.age]).toEqual([200, undefined])
  })
})

describe('with low limits, repeated ids and old balances allowed', () => {
  beforeAll(
    () =>
      open((operator) => {
        operator.operatorApi = {
          repeatedTransactionId: 'allow',
          staleBalanceSeconds: 60,
          perSim: { perSecond: 0.02, burst: 3 },
          perCaller: { perSecond: 0.5, burst: 40 },
        }
      }),
    60_000,
  )
  afterAll(close)

  test('a repeated transaction id is answered like any other', async () => {
    for (let round = 0; round < 2; round += 1)
      expect((await get(`${ending.iccid}/balances`, { 'X-MS-DM-TransactionId': 'MSFT-2' })).status).toBe(200)
  })

  test('a balance read before stands in for a store that is away, and tells its age; one never read does not', async () => {
    const before = await get(`${rich.iccid}/balances`)
    for (const condition of ['away', 'silent'] as const) {
      proxy.table.condition = condition
      const reply = await get(`${rich.iccid}/balances`)
      expect([reply.status, Number(reply.headers.age)]).toEqual([200, expect.any(Number)])
      expect(Number(reply.headers.age)).toBeGreaterThanOrEqual(1)
      const idOf = ({ body }: Reply) => (JSON.parse(body) as { balances: { id: string }[] }).balances[0]?.id
      expect(idOf(reply)).toBe(idOf(before))
    }
    expect((await get(`${excluded.iccid}/balances`)).status).toBe(503)
  })

  test('once the store is back, so is what it holds by now', async () => {
    const iccid = old.iccid
    const leftMB = async () => {
      const { status, headers, body } = await get(`${iccid}/balances`)
      const { balances } = JSON.parse(body) as { balances?: { dataRemainingInMB: number }[] }
      return [status, headers.age !== undefined, balances?.[0]?.dataRemainingInMB]
    }
    expect(await leftMB()).toEqual([200, false, 1024])
    const stored = await stack.documents.get<Sim>('sims', iccid, iccid)
    const report = { id: '1', at: new Date().toISOString(), bytes: 24 * bytesPerMB }
    await stack.documents.replace('sims', iccid, iccid, withUsage(old, [report]), stored?.etag ?? '')
    proxy.table.delayMs = 2_000
    expect(await leftMB()).toEqual([200, true, 1024])
    proxy.table.delayMs = 0
    expect(await leftMB()).toEqual([200, false, 1000])
  })

  test('too many requests for one SIM are turned away, before parameters and without a reading; others go on', async () => {
    // The first test took two of the three of this SIM.
    expect((await get(`${ending.iccid}/balances`)).status).toBe(200)
    const readings = (sim: Sim) => proxy.table.requests.filter((line) => line.includes(sim.iccid)).length
    const reads = readings(ending)
    const before = await everyRow(stack.connectionString)
    for (const path of ['balances', 'balances?limit=x', 'offers?limit=1']) {
      const reply = await get(`${ending.iccid}/${path}`, { 'X-MS-DM-TransactionId': 'MSFT-3' })
      expect(reply.status).toBe(429)
      expect(reply.headers['retry-after']).toMatch(/^[1-9]\d*$/)
      expect(errorOf(reply)).toMatchObject({ code: 'TooManyRequests', transactionId: 'MSFT-3' })
      expect(reply.headers['x-ms-dm-transactionid']).toBe('MSFT-3')
    }
    expect((await get(`iccid:${ending.iccid}F/balances`)).status).toBe(429)
    expect((await get(`${bare.iccid}/balances`)).status).toBe(200)
    expect([readings(ending), readings(bare)]).toEqual([reads, 1])
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  test('too many requests of one caller are turned away, whatever is asked; health and portal go on', async () => {
    const statuses = new Set<number>()
    for (let round = 0; round < 45; round += 1) statuses.add((await get('nobody/balances')).status)
    expect([...statuses]).toEqual([404, 429])
    const reply = await get(`${bare.iccid}/balances`)
    expect([reply.status, reply.headers['retry-after']]).toEqual([429, expect.stringMatching(/^[12]$/)])
    expect((await send(stack.url, '/health')).status).toBe(200)
    expect((await send(stack.url, '/portal')).status).toBe(200)
    const told = stack
      .log()
      .split('\n')
      .filter((line) => line.includes('operator_api.throttled'))
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThan(5)
    expect(stack.log()).not.toContain(rich.iccid)
  })
})
