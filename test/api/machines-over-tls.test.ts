/** Every endpoint for machines with every kind of certificate, and every documented status: over real TLS, at the running app. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createSim, type Grant, type Sim } from '../../shared/domain/sim'
import { bytesPerMB, withUsage } from '../../shared/domain/usage'
import { mobilePlansSubject } from '../../shared/machines/access'
import { type StorageProxy, startStorageProxy } from '../faults/storage-proxy'
import { type Stack, startStack, testIccid, withoutSweep } from '../support/stack'
import { type Issued, issue, type Subject, type Wanted } from '../support/x509'
import { type Reply, type Sent, send } from './browser'
import { expectJson } from './refusals'
import { everyRow } from './rows'

const day = 24 * 60 * 60_000
const authority = (name: string, issuer?: Issued) => issue({ subject: [['CN', name]], ca: true, issuer })
const hostCa = authority('host authority')
const host = issue({ subject: [['CN', 'host']], issuer: hostCa, usage: 'server', names: ['localhost', '127.0.0.1'] })

/** A caller with an authority of its own, and what it or somebody else might show. */
function family(name: string, subject: Subject) {
  const root = authority(`${name} root`)
  const middle = authority(`${name} middle`, root)
  const leaf = (more: Partial<Wanted> = {}) => issue({ subject, issuer: middle, ...more })
  const shown = {
    right: leaf(),
    expired: leaf({ notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - 1000) }),
    early: leaf({ notBefore: new Date(Date.now() + day), notAfter: new Date(Date.now() + 2 * day) }),
    // Dates come first, whatever else is wrong.
    'expired, of a stranger': issue({ subject, notBefore: new Date(0), notAfter: new Date(Date.now() - 1000) }),
    'of another subject': leaf({ subject: [['CN', 'somebody else']] }),
    'with one attribute more': leaf({ subject: [...subject, ['OU', 'more']] }),
    'of another chain': leaf({ issuer: authority(`${name} middle`, authority(`${name} root`)) }),
    'of an intermediate that is missing': leaf({ issuer: authority(`${name} next middle`, root) }),
    'signed by itself': leaf({ issuer: undefined }),
    'for servers': leaf({ usage: 'server' }),
    'an authority itself': leaf({ ca: true }),
  }
  const access = { roots: [root.cert], intermediates: [middle.cert], subject: Object.fromEntries(subject) }
  return { shown, access }
}
const families = {
  mobilePlans: family('service', Object.entries(mobilePlansSubject) as unknown as Subject),
  smdp: family('sm-dp+', [
    ['CN', 'sm-dp+'],
    ['O', 'Example'],
  ]),
  systems: family('systems', [['CN', 'charging']]),
}
type Name = keyof typeof families
type Shown = keyof (typeof families)['mobilePlans']['shown']

const started = { startsAt: new Date(Date.now() - 1000).toISOString() }
const grant = (more: Partial<Grant> = {}): Grant => ({
  orderId: 'one',
  planId: 'travel-2',
  kind: 'payg',
  dataMB: 1024,
  durationMs: 10 * day,
  locations: ['US', 'GB'],
  ...more,
})
const simOf = (number: number, kind: Sim['kind'], grants: Grant[] = []): Sim => ({
  ...createSim({ iccid: testIccid(number), kind }),
  grants,
})
const prepaid = simOf(500_001, 'esim', [grant()])
const postpaid = simOf(500_002, 'esim', [grant({ kind: 'subscription', ...started })])
const bare = simOf(500_003, 'warm')
const used = withUsage(simOf(500_004, 'esim', [grant({ ...started })]), [
  { id: 'cdr', at: new Date().toISOString(), bytes: 1024 * bytesPerMB },
])
const excluded = simOf(500_005, 'excluded', [grant()])
const monitor = simOf(500_006, 'monitor')
const throttled = simOf(500_007, 'warm')
const everywhere = simOf(500_008, 'esim', [grant({ locations: ['*'] })])
const sims = [prepaid, postpaid, bare, used, excluded, monitor, throttled, everywhere]

let proxy: StorageProxy
let stack: Stack
beforeAll(async () => {
  proxy = await startStorageProxy()
  stack = await startStack({
    stock: 1,
    environment: {
      ...withoutSweep,
      ...proxy.environment,
      AZURE_FUNCTIONS_ENVIRONMENT: 'Production',
      APP_ROLE: 'api',
      OPERATOR_API_BASIC: 'mobile-plans:secret',
    },
    operator(operator) {
      operator.access = {
        mobilePlans: { methods: 'both', ...families.mobilePlans.access },
        smdp: families.smdp.access,
        systems: [{ name: 'charging', certificates: families.systems.access }],
      }
      operator.operatorApi = { perSim: { perSecond: 0.01, burst: 40 } }
      // Found out by those alone who need it: a fault of ours that nobody foresaw.
      Object.assign(operator, { markets: 'everywhere' })
    },
    tls: host,
  })
  proxy.connect(stack.enginePorts)
  for (const sim of sims) await stack.documents.insert('sims', sim.iccid, sim.iccid, sim)
}, 60_000)
afterAll(async () => {
  await stack.stop()
  await proxy.stop()
})
afterEach(() => {
  proxy.table.condition = 'up'
})

const basic = (password: string) => `Basic ${Buffer.from(`mobile-plans:${password}`).toString('base64')}`
const call = (path: string, shown: Issued | undefined, { headers, ...sent }: Sent = {}): Promise<Reply> =>
  send(stack.url, path, {
    ...sent,
    headers: { authorization: basic('secret'), ...headers },
    tls: { ca: hostCa.cert, ...(shown && { cert: shown.cert, key: shown.key }) },
  })
const { right } = families.mobilePlans.shown
const get = (path: string, headers: Record<string, string> = {}) => call(`/v1/sims/${path}`, right, { headers })
const errorOf = ({ body }: Reply) =>
  (JSON.parse(body) as { error: { code: string; message: string; parameter?: string; transactionId?: string } }).error

const json = { 'content-type': 'application/json' }
/** What says that a caller was let in need not be a success: 400 comes after it. */
const endpoints: [string, Name, string, Sent, number][] = [
  ['GetBalance', 'mobilePlans', `/v1/sims/${prepaid.iccid}/balances`, {}, 200],
  ['GetOffers', 'mobilePlans', `/v1/sims/${prepaid.iccid}/offers`, {}, 400],
  ['GetNotifications', 'mobilePlans', `/v1/sims/${prepaid.iccid}/notifications`, {}, 400],
  ['usage', 'systems', '/v1/usage', { method: 'POST', headers: json, body: '{}' }, 400],
  ['callbacks', 'systems', '/v1/callbacks', { method: 'POST', headers: json, body: '{}' }, 400],
  ['readiness', 'systems', '/health/ready', {}, 200],
  ['a notice', 'smdp', '/gsma/rsp2/es2plus/handleDownloadProgressInfo', { method: 'POST', body: '{}' }, 400],
]

describe.each(endpoints)('%s', (_name, caller, path, sent, admitted) => {
  const { shown } = families[caller]

  test('is for whom it is', async () => {
    expect((await call(path, shown.right, sent)).status).toBe(admitted)
  })

  test.each<[Shown | undefined, 401 | 403]>([
    [undefined, 401],
    ['expired', 401],
    ['early', 401],
    ['expired, of a stranger', 401],
    ['of another subject', 403],
    ['with one attribute more', 403],
    ['of another chain', 403],
    ['of an intermediate that is missing', 403],
    ['signed by itself', 403],
    ['for servers', 403],
    ['an authority itself', 403],
  ])('with the certificate %s: %i, whatever the method, and nothing is written', async (kind, status) => {
    const before = await everyRow(stack.connectionString)
    for (const method of [sent.method ?? 'GET', 'DELETE']) {
      const reply = await call(path, kind && shown[kind], { ...sent, method })
      expectJson(reply, status)
      expect(errorOf(reply).code).toBe(status === 401 ? 'Unauthorized' : 'Forbidden')
      expect(errorOf(reply).message).toMatch(/certificate/)
      expect(reply.headers['cache-control']).toBe('no-store')
      if (status === 401) expect(reply.headers['www-authenticate']).toMatch(/^Certificate /)
    }
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  test('a certificate of another caller is none', async () => {
    for (const other of (['mobilePlans', 'smdp', 'systems'] as const).filter((name) => name !== caller))
      expect((await call(path, families[other].shown.right, sent)).status).toBe(403)
  })
})

describe('balances', () => {
  interface Balance {
    type: string
    dataRemainingInMB: number
    dataRemaininginMB: number
    timeRemaining: string
  }
  const balances = async (sim: Sim, query = '') => {
    const reply = await get(`${sim.iccid}/balances${query}`)
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'application/json'])
    return (JSON.parse(reply.body) as { balances: Balance[] }).balances
  }
  const nothing = { dataRemainingInMB: 0, dataRemaininginMB: 0, timeRemaining: 'PT0S' }

  test.each<[string, Sim, string, object]>([
    ['prepaid', prepaid, 'MODIRECTPAYG', { dataRemainingInMB: 1024, dataRemaininginMB: 1024, timeRemaining: 'P10D' }],
    ['postpaid', postpaid, 'MODIRECT', { dataRemainingInMB: 1024, dataRemaininginMB: 1024 }],
    ['in the Walled Garden', bare, 'NONE', nothing],
    ['used up before its time', used, 'NONE', nothing],
    ['not to be served', excluded, 'NOTSUPPORTED', nothing],
    ['for monitoring', monitor, 'NONE', nothing],
  ])('of a SIM that is %s', async (_name, sim, type, values) => {
    expect(await balances(sim)).toMatchObject([{ type, ...values }])
  })

  test('have the properties of their template, by the names that are documented', async () => {
    const common = ['dataRemainingInMB', 'dataRemaininginMB', 'id', 'timeRemaining', 'type']
    const [basicOne] = await balances(prepaid, '?fieldsTemplate=basic')
    const [full] = await balances(prepaid, '?fieldsTemplate=full')
    expect(Object.keys(basicOne ?? {}).sort()).toEqual(common)
    expect(Object.keys(full ?? {}).sort()).toEqual([...common, 'locations'].sort())
  })

  test('are zero, not 404, in a country without one', async () => {
    expect(await balances(prepaid, '?location=JP')).toMatchObject([{ type: 'NONE', ...nothing }])
    expect(await balances(prepaid, '?location=UK')).toMatchObject([{ type: 'MODIRECTPAYG' }])
  })
})

describe('the documented statuses', () => {
  test('401 for wrong credentials on top of the right certificate', async () => {
    const reply = await get(`${prepaid.iccid}/balances?limit=x`, { authorization: basic('wrong') })
    expectJson(reply, 401)
    expect(reply.headers['www-authenticate']).toMatch(/^Basic /)
  })

  test('409 for a transaction id that comes again', async () => {
    const id = { 'X-MS-DM-TransactionId': 'MSFT-2f0c6d4e-0000-4000-8000-000000000000' }
    expect((await get(`${bare.iccid}/balances`, id)).status).toBe(200)
    const reply = await get(`${bare.iccid}/balances`, id)
    expectJson(reply, 409)
    expect([errorOf(reply).code, reply.headers['x-ms-dm-transactionid']]).toEqual([
      'RepeatedTransaction',
      id['X-MS-DM-TransactionId'],
    ])
  })

  test('429 with Retry-After in whole seconds, after the credentials and before the parameters', async () => {
    let reply = await get(`${throttled.iccid}/balances`)
    for (let sent = 0; reply.status === 200 && sent < 60; sent += 1) reply = await get(`${throttled.iccid}/balances`)
    expectJson(reply, 429)
    expect(reply.headers['retry-after']).toMatch(/^[1-9]\d*$/)
    expect((await get(`${throttled.iccid}/balances?limit=x`)).status).toBe(429)
    expect((await call(`/v1/sims/${throttled.iccid}/balances`, undefined)).status).toBe(401)
  })

  test('500 with a cause, without what nobody may know, and with the transaction id', async () => {
    const id = { 'X-MS-DM-TransactionId': 'MSFT-500' }
    for (let times = 0; times < 2; times += 1) {
      const reply = await get(`${everywhere.iccid}/balances?fieldsTemplate=full`, id)
      expectJson(reply, 500)
      expect(errorOf(reply)).toEqual({
        code: 'InternalError',
        message: 'an unexpected fault (operator_file_invalid); it has been logged',
        transactionId: 'MSFT-500',
      })
      expect([reply.headers['x-ms-dm-transactionid'], reply.headers['cache-control']]).toEqual(['MSFT-500', 'no-store'])
    }
    // What does not need it goes on, and the id was not used up.
    expect((await get(`${everywhere.iccid}/balances`, id)).status).toBe(200)
    expect((await get(`${prepaid.iccid}/balances?fieldsTemplate=full`)).status).toBe(200)
    expect(stack.log()).toMatch(/"event":"request failed"[^\n]*"function":"getBalances","transactionId":"MSFT-500"/)
    expect(stack.log()).not.toContain(everywhere.iccid)
  })

  test('503 with Retry-After while the store does not answer', async () => {
    proxy.table.condition = 'away'
    const reply = await get(`${prepaid.iccid}/balances`, { 'X-MS-DM-TransactionId': 'MSFT-503' })
    expectJson(reply, 503)
    expect([reply.headers['retry-after'], reply.headers['x-ms-dm-transactionid']]).toEqual(['5', 'MSFT-503'])
  })
})
