/** GetBalance as the Mobile Plans service meets it: over HTTP, at the running app, on a real store. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Iccid } from '../../shared/domain/identifiers'
import { createSim, type Grant, type Sim } from '../../shared/domain/sim'
import { bytesPerMB, withUsage } from '../../shared/domain/usage'
import { type StorageProxy, startStorageProxy } from '../faults/storage-proxy'
import { onCloudEngine } from '../support/engine'
import { eventually, type Stack, startStack, testIccid, withoutSweep } from '../support/stack'
import { send } from './browser'
import { buy, enter, install, orderOf } from './purchase'
import { everyRow } from './rows'

let stack: Stack
let proxy: StorageProxy

beforeAll(async () => {
  proxy = await startStorageProxy()
  stack = await startStack({ environment: { ...withoutSweep, ...proxy.environment } })
  proxy.connect(stack.enginePorts)
  await Promise.all(sims.map((sim) => stack.documents.insert('sims', sim.iccid, sim.iccid, sim)))
}, 60_000)
afterAll(async () => {
  await stack.stop()
  await proxy.stop()
})

const day = 24 * 60 * 60_000
const grant = (orderId: string, more: Partial<Grant> = {}): Grant => ({
  orderId,
  planId: 'test',
  kind: 'payg',
  dataMB: 1024,
  durationMs: 10 * day,
  locations: ['DE', 'FR'],
  ...more,
})
const simOf = (number: number, kind: Sim['kind'], grants: Grant[] = []): Sim => ({
  ...createSim({ iccid: testIccid(number), kind }),
  grants,
})
const started = (ago: number) => ({ startsAt: new Date(Date.now() - ago).toISOString() })
const prepaid = simOf(500_001, 'esim', [grant('one')])
const rich = simOf(500_002, 'esim', [
  grant('waiting'),
  grant('later', { ...started(0), locations: ['*'] }),
  grant('sooner', { ...started(5 * day), kind: 'subscription' }),
])
const empty = withUsage(simOf(500_003, 'esim', [grant('used', started(1000))]), [
  { id: 'report', at: new Date().toISOString(), bytes: 1024 * bytesPerMB },
])
const past = simOf(500_004, 'esim', [grant('past', started(11 * day))])
const excluded = simOf(500_005, 'excluded', [grant('odd')])
const monitor = simOf(500_006, 'monitor')
const warm = simOf(500_007, 'warm')
/** One apart in the last digit: as numbers both would be 8999901000000500000. */
const twins = ['8999901000000500018', '8999901000000500019'].map((iccid, at) => ({
  ...createSim({ iccid: iccid as Iccid, kind: 'esim' }),
  grants: [grant(`twin-${at}`)],
}))
const sims = [prepaid, rich, empty, past, excluded, monitor, warm, ...twins]

interface Balance {
  id: string
  type: string
  dataRemainingInMB: number
  dataRemaininginMB: number
  timeRemaining: string
  locations?: string[]
}
const get = (path: string, headers: Record<string, string> = {}) => send(stack.url, path, { headers })
const balancesAt = (simId: string, query = '') => `/v1/sims/${simId}/balances${query}`
async function balances(simId: string, query = ''): Promise<Balance[]> {
  const { status, body } = await get(balancesAt(simId, query))
  expect(status).toBe(200)
  return (JSON.parse(body) as { balances: Balance[] }).balances
}
const errorOf = (body: string) =>
  (JSON.parse(body) as { error: { code: string; message: string; parameter?: string; transactionId?: string } }).error

describe('the answer', () => {
  test('shows what was bought as soon as the order is ready, and its time runs from the installation', async () => {
    const browser = await enter(stack, stack.eid)
    const { id } = await buy(browser, 'travel-2')
    const order = await orderOf(stack, id)
    const iccid = order.profile?.iccid ?? ''
    const sold = { id, type: 'MODIRECTPAYG', dataRemainingInMB: 2048, dataRemaininginMB: 2048 }
    expect(await balances(iccid)).toEqual([{ ...sold, timeRemaining: 'P7D' }])
    await install(stack, order)
    const [balance] = await eventually('the clock to run', async () => {
      const found = await balances(iccid, '?fieldsTemplate=full&location=DE&limit=1')
      return found[0]?.timeRemaining !== 'P7D' && found
    })
    expect(balance).toMatchObject(sold)
    expect(balance?.timeRemaining).toMatch(/^P6DT23H59M\d{1,2}S$/)
    expect(balance?.locations).toContain('DE')
  })

  test('has the fields of basic by default, and the locations too with full', async () => {
    const basic = {
      id: 'one',
      type: 'MODIRECTPAYG',
      dataRemainingInMB: 1024,
      dataRemaininginMB: 1024,
      timeRemaining: 'P10D',
    }
    for (const query of ['', '?fieldsTemplate=basic', '?fieldsTemplate=BASIC', '?fieldTemplate=Basic'])
      expect(await balances(prepaid.iccid, query)).toEqual([basic])
    for (const query of ['?fieldsTemplate=full', '?fieldsTemplate=Full', '?fieldTemplate=FULL'])
      expect(await balances(prepaid.iccid, query)).toEqual([{ ...basic, locations: ['DE', 'FR'] }])
  })

  test('is JSON that nobody keeps', async () => {
    const { headers } = await get(balancesAt(prepaid.iccid))
    expect(headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/json/),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    expect(headers['set-cookie']).toBeUndefined()
  })

  test('names every market where a plan is for all of them', async () => {
    const found = await balances(rich.iccid, '?fieldsTemplate=full')
    const later = found.find(({ id }) => id === 'later')
    expect(later?.locations).toEqual(expect.arrayContaining(['AT', 'DE', 'US']))
  })

  test('begins with what ends first; a clock that stands comes last', async () => {
    expect((await balances(rich.iccid)).map(({ id, type }) => [id, type])).toEqual([
      ['sooner', 'MODIRECT'],
      ['later', 'MODIRECTPAYG'],
      ['waiting', 'MODIRECTPAYG'],
    ])
  })

  test('is NONE with zeros when the data is used up, the time is over, or there never was a plan', async () => {
    const nothing = { type: 'NONE', dataRemainingInMB: 0, dataRemaininginMB: 0, timeRemaining: 'PT0S' }
    expect(await balances(empty.iccid)).toEqual([{ id: 'used', ...nothing }])
    for (const { iccid } of [past, monitor, warm]) expect(await balances(iccid)).toEqual([{ id: 'none', ...nothing }])
  })

  test('is NOTSUPPORTED for a SIM that is excluded, whatever it holds', async () => {
    expect(await balances(excluded.iccid)).toEqual([
      { id: 'none', type: 'NOTSUPPORTED', dataRemainingInMB: 0, dataRemaininginMB: 0, timeRemaining: 'PT0S' },
    ])
  })

  test('never takes one SIM for another whose number rounds to the same', async () => {
    expect(Number(twins[0]?.iccid)).toBe(Number(twins[1]?.iccid))
    for (const twin of twins)
      expect((await balances(twin.iccid)).map(({ id }) => id)).toEqual([twin.grants[0]?.orderId])
  })
})

describe('the SIM', () => {
  test.each([
    '%s',
    'iccid:%s',
    'iccid%3A%s',
    'iccid:%20%s',
    'iccid%3A%20%s',
    'ICCID:%s',
    '%sF',
    '%sf',
    'iccid:%20%sF',
    '%20%s%20',
  ])('is found when it is written as %s', async (spelling) => {
    expect(await balances(spelling.replace('%s', prepaid.iccid))).toMatchObject([{ id: 'one' }])
  })

  test.each([
    '8999901000099999999',
    'nobody',
    'imsi:262011234567890',
    `${prepaid.iccid}FF`,
    `${prepaid.iccid}0`,
    prepaid.iccid.slice(1),
    `iccid%253A${prepaid.iccid}`,
    `${prepaid.iccid}%2F..`,
    '%FF%FE',
    '٨٩٩٩٩٠١٠٠٠٠٠٠٥٠٠٠١٩'.replace(/./gu, (digit) => encodeURIComponent(digit)),
    '__proto__',
    "'%20or%20'1'='1",
    '1'.repeat(3000),
  ])('is unknown, 404, when it is written as %s', async (simId) => {
    const { status, headers, body } = await get(balancesAt(simId), { 'X-MS-DM-TransactionId': 'MSFT-7' })
    expect(status).toBe(404)
    expect(errorOf(body)).toEqual({ code: 'NotFound', message: 'no such SIM', transactionId: 'MSFT-7' })
    expect(headers['x-ms-dm-transactionid']).toBe('MSFT-7')
  })
})

describe('a parameter', () => {
  test.each<[string, string[]]>([
    ['limit=0', []],
    ['limit=1', ['sooner']],
    ['limit=2', ['sooner', 'later']],
    ['limit=002', ['sooner', 'later']],
    ['limit=2147483647', ['sooner', 'later', 'waiting']],
    ['location=DE', ['sooner', 'later', 'waiting']],
    ['location=de', ['sooner', 'later', 'waiting']],
    ['location=', ['sooner', 'later', 'waiting']],
    ['location=US', ['later']],
    ['location=us&limit=5', ['later']],
    ['location=UK', ['later']],
    ['other=1&other=2&Limit=x', ['sooner', 'later', 'waiting']],
    ['limit=1&utm=%00%FF', ['sooner']],
  ])('%s gives %j', async (query, ids) => {
    expect((await balances(rich.iccid, `?${query}`)).map(({ id }) => id)).toEqual(ids)
  })

  test('location gives zeros where a known SIM has no balance', async () => {
    expect(await balances(prepaid.iccid, '?location=JP')).toMatchObject([{ type: 'NONE', timeRemaining: 'PT0S' }])
  })

  test.each([
    ['limit', 'limit='],
    ['limit', 'limit=-1'],
    ['limit', 'limit=2147483648'],
    ['limit', 'limit=99999999999999999999'],
    ['limit', 'limit=1.0'],
    ['limit', 'limit=1e3'],
    ['limit', 'limit=0x1'],
    ['limit', 'limit=%201'],
    ['limit', 'limit=one'],
    ['limit', 'limit=1&limit=1'],
    ['location', 'location=Us'],
    ['location', 'location=uS'],
    ['location', 'location=USA'],
    ['location', 'location=276'],
    ['location', 'location=XX'],
    ['location', 'location=%C3%84T'],
    ['location', 'location=DE,FR'],
    ['location', 'location=DE&location=DE'],
    ['location', 'location=&location='],
    ['fieldsTemplate', 'fieldsTemplate='],
    ['fieldsTemplate', 'fieldsTemplate=all'],
    ['fieldsTemplate', 'fieldsTemplate=basic%20'],
    ['fieldsTemplate', 'fieldTemplate=nothing'],
    ['fieldsTemplate', 'fieldsTemplate=basic&fieldsTemplate=basic'],
    ['fieldsTemplate', 'fieldsTemplate=basic&fieldTemplate=basic'],
    ['limit', 'fieldsTemplate=full&location=DE&limit=-5'],
    ['location', 'fieldsTemplate=full&location=xx&limit=5'],
  ])('%s is named when it is wrong: %s', async (parameter, query) => {
    for (const simId of [prepaid.iccid, 'nobody']) {
      const { status, headers, body } = await get(balancesAt(simId, `?${query}`), { 'X-MS-DM-TransactionId': 'MSFT-8' })
      expect(status).toBe(400)
      expect(errorOf(body)).toMatchObject({ code: 'InvalidParameter', parameter, transactionId: 'MSFT-8' })
      expect(errorOf(body).message).toContain(parameter)
      expect(headers['x-ms-dm-transactionid']).toBe('MSFT-8')
    }
  })
})

describe('the transaction id', () => {
  test.each(['MSFT-2f0c6d4e-0000-4000-8000-000000000000', '"MSFT-quoted"', '~', 'x'.repeat(128)])(
    'goes back as it came: %s',
    async (id) => {
      const { status, headers } = await get(balancesAt(prepaid.iccid), { 'x-ms-dm-transactionid': id })
      expect([status, headers['x-ms-dm-transactionid']]).toEqual([200, id])
    },
  )

  test('may be absent', async () => {
    const { status, headers } = await get(balancesAt(prepaid.iccid))
    expect([status, headers['x-ms-dm-transactionid']]).toEqual([200, undefined])
  })

  test.each(['x'.repeat(129), 'with blank', 'ümlaut', ''])('is refused and not sent back when it is %j', async (id) => {
    const { status, headers, body } = await get(balancesAt(prepaid.iccid), { 'X-MS-DM-TransactionId': id })
    expect(status).toBe(400)
    expect(errorOf(body)).toMatchObject({ code: 'InvalidParameter', parameter: 'X-MS-DM-TransactionId' })
    expect(headers['x-ms-dm-transactionid']).toBeUndefined()
    expect(body).not.toContain(id === '' ? 'transactionId":' : id)
  })
})

describe('other resources and methods', () => {
  test.each([
    `/v1/sims/${prepaid.iccid}`,
    balancesAt(prepaid.iccid, '/one'),
    balancesAt(prepaid.iccid, '/'.repeat(2)),
    `/v1/sims/${prepaid.iccid}/microbalance`,
    `/v1/sims/${prepaid.iccid}/offers/0`,
    `/v1/sims/${prepaid.iccid}/notification`,
    '/v1/sims//balances',
    '/v1/sims',
    '/v1/orders',
    '/v1',
    '/v1/',
  ])('there is nothing at %s', async (path) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const { status, body } = await send(stack.url, path, { method })
      expect([method, status]).toEqual([method, 404])
      expect(errorOf(body)).toMatchObject({ code: 'NotFound' })
    }
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s is not for balances and changes nothing',
    async (method) => {
      const before = await everyRow(stack.connectionString)
      const sent = { method, body: '{"balances":[]}', headers: { 'content-type': 'application/json' } }
      const { status, headers, body } = await send(stack.url, balancesAt(prepaid.iccid), sent)
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
      expect(errorOf(body)).toMatchObject({ code: 'MethodNotAllowed' })
      expect(await everyRow(stack.connectionString)).toEqual(before)
    },
  )

  test('the transaction id goes back with every refusal, unless it is malformed', async () => {
    for (const [path, method] of [
      [balancesAt(prepaid.iccid), 'DELETE'],
      ['/v1/orders', 'GET'],
    ] as const) {
      const refusedWith = (id: string) => send(stack.url, path, { method, headers: { 'X-MS-DM-TransactionId': id } })
      const good = await refusedWith('MSFT-9')
      expect([good.headers['x-ms-dm-transactionid'], errorOf(good.body).transactionId]).toEqual(['MSFT-9', 'MSFT-9'])
      for (const id of ['x'.repeat(129), 'with blank', 'ümlaut']) {
        const { headers, body } = await refusedWith(id)
        expect([headers['x-ms-dm-transactionid'], errorOf(body).transactionId]).toEqual([undefined, undefined])
      }
    }
  })

  test('HEAD answers like GET, without a body', async () => {
    const { status, body } = await send(stack.url, balancesAt(prepaid.iccid), { method: 'HEAD' })
    expect([status, body]).toEqual([200, ''])
  })
})

describe('what it costs', () => {
  const requestsFor = async (...paths: string[]) => {
    const before = proxy.table.requests.length
    for (const path of paths) await get(path)
    return proxy.table.requests.slice(before)
  }

  test('one answer costs exactly one point read, whatever is asked', async () => {
    for (const query of ['', '?fieldsTemplate=full&location=DE&limit=3']) {
      const requests = await requestsFor(balancesAt(rich.iccid, query))
      expect(requests).toHaveLength(1)
      expect(requests[0]).toMatch(
        onCloudEngine
          ? /^GET \/dbs\/mobile-plans\/colls\/sims\/docs\/\d+$/
          : /^GET \/devstoreaccount1\/sims\(PartitionKey='[^']+',RowKey='[^']+'\)/,
      )
    }
    expect(await requestsFor(balancesAt('8999901000099999999'))).toHaveLength(1)
  })

  test('a request that is refused costs no read at all', async () => {
    const refused = [balancesAt(rich.iccid, '?limit=-1'), balancesAt('nobody'), `/v1/sims/${rich.iccid}`]
    expect(await requestsFor(...refused)).toEqual([])
  })
})
