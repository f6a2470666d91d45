/** The published contract of our own endpoints, held against the answers of the running app: every operation, every status. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createSim } from '../../shared/domain/sim'
import { parseCallbackRequest } from '../../shared/operator-api/callback-request'
import { parseUsageBatch } from '../../shared/operator-api/usage-batch'
import { parseProgressNotice } from '../../shared/platform/es2plus/notice'
import { type Contract, readContract } from '../contract/openapi'
import { type StorageProxy, startStorageProxy } from '../faults/storage-proxy'
import { eventually, type Stack, startStack, testIccid, withoutSweep } from '../support/stack'
import { type Issued, issue } from '../support/x509'
import { type Reply, send } from './browser'

const contract: Contract = readContract(new URL('../../shared/operator-api/openapi.json', import.meta.url), 'openapi')
const authority = (name: string) => issue({ subject: [['CN', name]], ca: true })
const [hostCa, trusted, stranger] = [authority('host authority'), authority('trusted'), authority('stranger')]
const host = issue({ subject: [['CN', 'host']], issuer: hostCa, usage: 'server', names: ['localhost', '127.0.0.1'] })
const right = issue({ subject: [['CN', 'right']], issuer: trusted })
const wrong = issue({ subject: [['CN', 'wrong']], issuer: stranger })

const iccid = testIccid(500_001)
const throttled = testIccid(500_002)
const usage = { events: [{ id: 'cdr-1', iccid, at: new Date().toISOString(), bytes: 5 }] }
const bought = { planName: 'Travel', account: 'new', instrument: 'new', line: 'new' }
const activationCode = '1$smdp.example.net$7H2K-QX4M-9D3T'
const callback = { kind: 'inline-download', ...bought, activationCode }
const notice = { iccid, notificationPointId: 3, notificationPointStatus: { status: 'Executed-Success' } }

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
      CLIENT_CERTIFICATES: 'platform',
    },
    tls: host,
    operator(operator) {
      const certificates = { roots: [trusted.cert], subject: { CN: 'right' } }
      operator.access = {
        mobilePlans: { methods: 'certificate', ...certificates },
        smdp: certificates,
        // Nobody answers there: tokens cannot be checked.
        systems: [
          {
            name: 'all',
            certificates,
            oauth: {
              issuer: 'https://login.example.net',
              audience: 'api',
              role: 'all',
              jwksUrl: 'https://127.0.0.1:1/',
            },
          },
        ],
      }
      operator.operatorApi = { perSim: { perSecond: 0.02, burst: 30 } }
      operator.gateways = { templates: [{ id: '0' }] }
      operator.notifications = [{ id: 7, type: 'ZeroBalance' }]
    },
  })
  proxy.connect(stack.enginePorts)
  for (const one of [iccid, throttled])
    await stack.documents.insert('sims', one, one, createSim({ iccid: one, kind: 'warm' }))
}, 60_000)
afterAll(async () => {
  await stack.stop()
  await proxy.stop()
})
afterEach(() => {
  proxy.table.condition = 'up'
})

/** What the portal's own script calls is tested where the portal is. */
const machines = contract.operations.filter(({ template }) => !template.startsWith('/portal/'))
const answered = new Set<string>()
interface Asked {
  shown?: Issued | undefined
  method?: string
  body?: unknown
  transactionId?: string
  headers?: Record<string, string>
}

/** Sends a request, and holds the answer to the contract. */
async function ask(
  path: string,
  { shown = right, method = 'GET', body, transactionId, headers: more }: Asked = {},
): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const reply = await send(stack.url, path, {
    method,
    headers: {
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...(transactionId === undefined ? {} : { 'X-MS-DM-TransactionId': transactionId }),
      ...more,
    },
    ...(text === undefined ? {} : { body: text }),
    tls: { ca: hostCa.cert, ...(shown === nobody ? {} : { cert: shown.cert, key: shown.key }) },
  })
  const found = contract.find(method, path.replace(/\?.*/, ''))
  if (found === undefined) throw new Error(`${method} ${path} is not documented`)
  const { id } = found.operation
  answered.add(`${id} ${reply.status}`)
  const headers = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name, String(value)]))
  const content: unknown = reply.body === '' ? undefined : JSON.parse(reply.body)
  expect([id, reply.status, ...found.operation.checkAnswer(reply.status, headers, content)]).toEqual([id, reply.status])
  return reply
}
const nobody = {} as Issued
const statusOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).status

const reads = (simId: string) => [
  `/v1/sims/${simId}/balances?fieldsTemplate=full`,
  `/v1/sims/${simId}/offers?limit=1`,
  `/v1/sims/${simId}/notifications?limit=1&notificationType=ZeroBalance`,
]
const posts: [path: string, body: object][] = [
  ['/v1/usage', usage],
  ['/v1/callbacks', callback],
  ['/gsma/rsp2/es2plus/handleDownloadProgressInfo', notice],
]

test('every answer of every endpoint is in the document, and nothing else is', async () => {
  // In the words of a caller who is let in.
  for (const path of reads(iccid)) {
    expect(await statusOf(path, { transactionId: 'MSFT-1' })).toBe(200)
    expect(await statusOf(path, { transactionId: 'MSFT-1' })).toBe(409)
    expect(await statusOf(path.replace(/limit=1|fieldsTemplate=full/, 'limit=x'))).toBe(400)
  }
  for (const path of reads('nobody')) expect(await statusOf(path)).toBe(404)
  expect(await statusOf(...posted(0))).toBe(200)
  expect(await statusOf(...posted(1))).toBe(200)
  expect(await statusOf(...posted(2))).toBe(204)
  for (const [path] of posts) {
    expect(await statusOf(path, { method: 'POST', body: {} })).toBe(400)
    expect(await statusOf(path, { method: 'POST', body: '{' })).toBe(400)
    expect(await statusOf(path, { method: 'POST', body: 'x'.repeat(600_000) })).toBe(413)
  }
  for (const [path] of posts.slice(0, 2)) {
    expect(await statusOf(path, { method: 'POST', body: {}, headers: { 'content-type': 'text/plain' } })).toBe(415)
    expect(await statusOf(path, { method: 'POST', body: {}, headers: { 'content-encoding': 'gzip' } })).toBe(415)
  }
  for (const path of ['/health', '/health/ready', '/v1/openapi.json']) expect(await statusOf(path)).toBe(200)
  for (const path of reads(throttled))
    await eventually('a limit to be reached', async () => (await statusOf(path)) === 429)
  // Of callers who are not.
  for (const [shown, status] of [
    [nobody, 401],
    [wrong, 403],
  ] as const) {
    for (const path of [...reads(iccid), '/health/ready']) expect(await statusOf(path, { shown })).toBe(status)
    for (const at of posts.keys()) expect(await statusOf(posted(at)[0], { ...posted(at)[1], shown })).toBe(status)
  }
  for (const path of ['/health', '/v1/openapi.json']) expect(await statusOf(path, { shown: nobody })).toBe(200)
  // Without the keys of tokens.
  const head = Buffer.from('{"alg":"RS256","kid":"key"}').toString('base64url')
  const claims = Buffer.from(JSON.stringify({ iss: 'https://login.example.net' })).toString('base64url')
  const token = { headers: { authorization: `Bearer ${head}.${claims}.AAAA` }, shown: nobody }
  expect(await statusOf('/health/ready', token)).toBe(503)
  for (const at of [0, 1]) expect(await statusOf(posted(at)[0], { ...posted(at)[1], ...token })).toBe(503)
  // Without the store.
  proxy.table.condition = 'away'
  for (const path of reads(iccid)) expect(await statusOf(path)).toBe(path.includes('offers') ? 200 : 503)
  expect(await statusOf(...posted(0, { events: [{ ...usage.events[0], id: 'cdr-2' }] }))).toBe(503)
  expect(await statusOf(...posted(2))).toBe(503)
  await eventually('readiness to say so', async () => (await statusOf('/health/ready')) === 503)

  const documented = machines.flatMap(({ id, statuses }) =>
    statuses.filter((status) => status !== 'default').map((status) => `${id} ${status}`),
  )
  expect([...answered].sort()).toEqual(documented.sort())
})

const posted = (at: number, body: unknown = posts[at]?.[1]): [string, Asked] => [
  posts[at]?.[0] ?? '',
  { method: 'POST', body },
]

test('other methods are refused in the documented form', async () => {
  for (const { template, method } of machines) {
    const path = template.replace('{simId}', iccid)
    const reply = await send(stack.url, path, {
      method: 'DELETE',
      tls: { ca: hostCa.cert, cert: right.cert, key: right.key },
    })
    expect([path, reply.status, reply.headers.allow]).toEqual([path, 405, method === 'GET' ? 'GET, HEAD' : 'POST'])
    expect(contract.check({ $ref: '#/components/schemas/Error' }, JSON.parse(reply.body))).toEqual([])
  }
})

test('the document is what is served, and it names every endpoint for machines and no other', async () => {
  const { body } = await ask('/v1/openapi.json')
  expect(JSON.parse(body)).toEqual(contract.document)
  const routes = [...stack.log().matchAll(/^\s*(\w+).*?(?:https?:\/\/[^/\s]+)?\/((?:v1|health|gsma)[^\s]*)/gm)]
  const registered = routes.filter(([, , route = '']) => !route.includes('{*'))
  expect(registered.map(([, name, route]) => `${name} /${route}`).sort()).toEqual(
    machines.map(({ id, template }) => `${id} ${template}`).sort(),
  )
})

const now = new Date('2026-03-10T12:00:00Z')
const event = { id: 'cdr-1', iccid, at: '2026-03-10T11:00:00Z', bytes: 5 }
const cancelled = { kind: 'cancelled-purchase', end: 'cancelled', account: 'left', instrument: 'new', line: 'new' }
test.each<[string, (body: unknown) => boolean, unknown[]]>([
  [
    'UsageBatch',
    (body) => parseUsageBatch(body, now).ok,
    [
      { events: [event] },
      { events: [] },
      {},
      null,
      { events: [event], more: 1 },
      ...[
        { id: '' },
        { id: 'a b' },
        { id: 7 },
        { id: 'x'.repeat(65) },
        { iccid: 'x' },
        { iccid: `ICCID: ${iccid}f` },
        { at: '2026-03-10' },
        { at: '2026-03-10T11:00:00+01:00' },
        { at: '2026-03-10T05:00:00.123456789-05:30' },
        { at: '2026-03-10T11:00:00' },
        { at: '2026-03-09T24:00:00Z' },
        { bytes: -1 },
        { bytes: 1.5 },
        { bytes: 2 ** 40 },
        { bytes: 2 ** 40 + 1 },
        { megabytes: 1 },
        { bytes: undefined },
        { bytes: undefined, megabytes: 0.5 },
        { bytes: undefined, megabytes: 2 ** 20 + 1 },
        { more: 1 },
      ].map((change) => ({ events: [{ ...event, ...change }] })),
    ],
  ],
  [
    'CallbackRequest',
    (body) => parseCallbackRequest(body).ok,
    [
      callback,
      cancelled,
      { ...cancelled, end: 'complete' },
      { ...cancelled, planName: 'x' },
      { kind: 'operation-cancel' },
      { kind: 'operation-cancel', operationId: 'o' },
      { kind: 'balance-addition', ...bought, iccid, activate: true },
      { kind: 'balance-addition', ...bought, iccid: 5 },
      { kind: 'delayed-download', ...bought, activationCode, delayMinutes: 0.5 },
      { kind: 'delayed-download', ...bought, activationCode, delayMinutes: -1 },
      { kind: 'delayed-download', ...bought, activationCode },
      { kind: 'asynchronous-download', ...bought, activationCode, delayMinutes: 5, iccid, transactionId: 'T' },
      { kind: 'gift' },
      {},
      [],
      null,
      ...[
        { planName: '' },
        { planName: ' ' },
        { account: 'left' },
        { instrument: 'not-reached' },
        { line: 'not-reached' },
        { activationCode: 5 },
        { qrTitle: '' },
        { transactionId: 'x'.repeat(65) },
        { delayMinutes: 1 },
      ].map((change) => ({ ...callback, ...change })),
    ],
  ],
  [
    'ProgressNotice',
    (body) => parseProgressNotice(body).ok,
    [
      notice,
      { ...notice, iccid: `${iccid}F`, notificationPointId: '4', more: 1 },
      { ...notice, iccid: 5 },
      { ...notice, iccid: 'x' },
      { ...notice, notificationPointId: -1 },
      { ...notice, notificationPointStatus: { status: 'Fine' } },
      {},
      null,
    ],
  ],
])('%s: the document takes what the app takes, and nothing else', (name, takes, bodies) => {
  for (const body of bodies) {
    const sent: unknown = JSON.parse(JSON.stringify(body))
    const faults = contract.check({ $ref: `#/components/schemas/${name}` }, sent)
    expect([sent, faults.length === 0]).toEqual([sent, takes(sent)])
  }
})
