/** What only the Cosmos DB adapter promises: what happens when the service falters, and how many requests a call costs. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { cosmosConnectionString } from '../../local/cosmos'
import { createCosmosDocumentStore } from '../../shared/platform/cosmos-document-store'
import { useCosmosServer } from '../support/cosmos-server'
import { type Answer, type Fate, inTurn, type ProxiedRequest, startUnreliableProxy } from '../support/unreliable-proxy'

const server = await useCosmosServer()
const proxy = await startUnreliableProxy(server.port)
const now = () => new Date('2027-03-01T12:00:00.000Z')
const account = { connectionString: cosmosConnectionString(proxy.port) }
const open = (more: { timeoutMs?: number } = {}) =>
  createCosmosDocumentStore({ account, database: server.database, now, pageSize: 2, ...more })
const store = open()

let n = 0
let partition = ''
beforeEach(() => {
  n += 1
  partition = `p${n}`
  proxy.decide = () => 'pass'
  proxy.requests.length = 0
})

const write = (method: string) => (request: ProxiedRequest) => request.method === method
const read = ({ method, url }: ProxiedRequest) => method === 'GET' && url.includes('/docs/')
const insert = (value: object) => store.insert('orders', partition, 'one', value)
async function inserted(): Promise<string> {
  const result = await insert({ n: 0 })
  if (!result.ok) throw new Error('the document was there')
  proxy.requests.length = 0
  return result.etag
}
/** A refusal as the service writes it. */
const refusal = (status: number, headers: Record<string, string> = {}, message = 'Message: …'): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ code: `${status}`, message }),
})

describe('a lost answer', () => {
  test('an insert whose answer was lost is told that it won, with a tag that is good for the next write', async () => {
    proxy.decide = inTurn(write('POST'), 'lose-answer')
    const result = await insert({ n: 1 })
    expect(result).toMatchObject({ ok: true })
    expect(await store.replace('orders', partition, 'one', {}, result.ok ? result.etag : '')).toMatchObject({
      ok: true,
    })
  })

  test('an insert that somebody else overtook meanwhile is a conflict', async () => {
    const direct = createCosmosDocumentStore({ ...server, now })
    let overtaken: Promise<unknown> | undefined
    proxy.decide = (request) => {
      if (request.method !== 'POST' || overtaken) return 'pass'
      overtaken = direct.insert('orders', partition, 'one', { by: 'other' })
      return 'lose-request'
    }
    expect(await insert({ by: 'me' })).toMatchObject({ reason: 'conflict' })
    expect(await store.get('orders', partition, 'one')).toMatchObject({ value: { by: 'other' } })
  })

  test('a replace whose answer was lost is told that it won, with a tag that is good for the next write', async () => {
    const tag = await inserted()
    proxy.decide = inTurn(write('PUT'), 'lose-answer')
    const result = await store.replace('orders', partition, 'one', { n: 1 }, tag)
    expect(result).toMatchObject({ ok: true })
    expect(await store.replace('orders', partition, 'one', {}, result.ok ? result.etag : '')).toMatchObject({
      ok: true,
    })
  })

  test('a replace that somebody else overtook meanwhile is a conflict', async () => {
    const tag = await inserted()
    const direct = createCosmosDocumentStore({ ...server, now })
    expect(await direct.replace('orders', partition, 'one', { by: 'other' }, tag)).toMatchObject({ ok: true })
    proxy.decide = inTurn(write('PUT'), 'lose-request')
    expect(await store.replace('orders', partition, 'one', { by: 'me' }, tag)).toMatchObject({ reason: 'conflict' })
    expect(await store.get('orders', partition, 'one')).toMatchObject({ value: { by: 'other' } })
  })

  test('a delete whose answer was lost is told that the document is deleted', async () => {
    const tag = await inserted()
    proxy.decide = inTurn(write('DELETE'), 'lose-answer')
    expect(await store.delete('orders', partition, 'one', tag)).toBe('deleted')
  })
})

describe('a service that falters', () => {
  const passing: [string, Fate][] = [
    ['the connection breaks before the request is read', 'lose-request'],
    ['the connection breaks before the answer', 'lose-answer'],
    ['a page of a gateway', { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>bad gateway' }],
    ['nothing but a status', 503],
    ['another replica would know more', refusal(404, { 'x-ms-substatus': '1002' })],
    ...[408, 410, 429, 449, 500, 503].map((status): [string, Fate] => [`status ${status}`, refusal(status)]),
  ]

  test.each(passing)('once is made good: %s', async (_, fate) => {
    proxy.decide = inTurn(write('POST'), fate)
    expect(await insert({ n: 1 })).toMatchObject({ ok: true })
    proxy.decide = inTurn(read, fate)
    expect(await store.get('orders', partition, 'one')).toMatchObject({ value: { n: 1 } })
  })

  test.each(passing.slice(0, 3))('for good is an outage after four attempts: %s', async (_, fate) => {
    await inserted()
    proxy.decide = () => fate
    const started = performance.now()
    await expect(store.get('orders', partition, 'one')).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(proxy.requests).toHaveLength(4)
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test('too many requests: the next attempt waits as long as the service asks', async () => {
    await inserted()
    proxy.decide = inTurn(read, refusal(429, { 'x-ms-retry-after-ms': '350' }))
    const started = performance.now()
    expect(await store.get('orders', partition, 'one')).toBeDefined()
    expect(performance.now() - started).toBeGreaterThanOrEqual(345)
  })

  test('too many requests, and a wait beyond the limit: an outage at once', async () => {
    await inserted()
    proxy.decide = () => refusal(429, { 'x-ms-retry-after-ms': '60000' })
    const started = performance.now()
    await expect(store.get('orders', partition, 'one')).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(proxy.requests).toHaveLength(1)
  })

  test('silence once is made good, and silence for good is an outage when the time is over', async () => {
    await inserted()
    const patient = open({ timeoutMs: 800 })
    await patient.get('orders', partition, 'warm-up')
    proxy.decide = inTurn(read, 'silence')
    expect(await patient.get('orders', partition, 'one')).toBeDefined()
    proxy.decide = () => 'silence'
    const started = performance.now()
    await expect(patient.get('orders', partition, 'one')).rejects.toMatchObject({
      message: expect.stringContaining('timeout'),
      code: 'store_unavailable',
    })
    expect(performance.now() - started).toBeLessThan(1_200)
  })

  test.each([
    ['refused credentials', refusal(401), /401/],
    ['a missing role', refusal(403, { 'x-ms-substatus': '5300' }), /403\/5300/],
    ['a missing container', refusal(404, { 'x-ms-substatus': '1003' }), /container is missing/],
    [
      'an account that may show the past',
      refusal(
        400,
        {},
        'Message: ConsistencyLevel Strong specified in the request is invalid when service is configured with consistency level Session.',
      ),
      /Strong/,
    ],
  ])('%s: an outage at once that says so', async (_, answer, message) => {
    await inserted()
    proxy.decide = () => answer
    await expect(store.get('orders', partition, 'one')).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      message: expect.stringMatching(message),
    })
    expect(proxy.requests).toHaveLength(1)
  })

  test('a container that is missing is an outage for a write', async () => {
    const elsewhere = createCosmosDocumentStore({ account, database: 'nowhere', now })
    await expect(elsewhere.insert('orders', partition, 'one', {})).rejects.toMatchObject({
      message: expect.stringContaining('orders is missing'),
    })
  })
})

describe('an account that is entered by identity', () => {
  const byIdentity = (getToken: () => Promise<{ token: string; expiresOnTimestamp: number }>) =>
    createCosmosDocumentStore({
      account: { endpoint: `https://127.0.0.1:${proxy.port}/`, credential: { getToken } },
      now,
      timeoutMs: 400,
    })

  test('asks for strong consistency with every request, and reads nothing of the account before', async () => {
    const strict = await startRecorder()
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0') // the test server's certificate is its own
    const identity = createCosmosDocumentStore({
      account: {
        endpoint: `https://localhost:${strict.port}/`,
        credential: { getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }) },
      },
      now,
    })
    expect(await identity.get('orders', partition, 'one')).toBeUndefined()
    expect(await identity.delete('orders', partition, 'one')).toBe('deleted')
    vi.unstubAllEnvs()
    expect(strict.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /dbs/mobile-plans/colls/orders/docs/one',
      'DELETE /dbs/mobile-plans/colls/orders/docs/one',
    ])
    for (const { headers } of strict.requests) {
      expect(headers['x-ms-consistency-level']).toBe('Strong')
      expect(headers.authorization).toBe('type=aad&ver=1.0&sig=a-token')
    }
  })

  test('a token that does not come is an outage when the time is over', async () => {
    const started = performance.now()
    const waiting = byIdentity(() => new Promise(() => {})).get('orders', partition, 'one')
    await expect(waiting).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(performance.now() - started).toBeLessThan(1_500)
    expect(proxy.requests).toEqual([])
  })

  test('a token that is refused is an outage at once, and the refusal is not quoted', async () => {
    const refused = Object.assign(new Error('secret of tenant'), { name: 'AuthenticationError', statusCode: 400 })
    const error: unknown = await byIdentity(() => Promise.reject(refused))
      .get('orders', partition, 'one')
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('AuthenticationError') })
    expect(JSON.stringify(error) + String(error)).not.toContain('secret')
  })
})

describe('what a call costs', () => {
  test('get, replace, a lost race and delete are one request each, from the first on', async () => {
    const tag = await inserted()
    const cold = open()
    await cold.get('orders', partition, 'one')
    const replaced = await cold.replace('orders', partition, 'one', {}, tag)
    await cold.replace('orders', partition, 'one', {}, tag)
    await cold.delete('orders', partition, 'one', replaced.ok ? replaced.etag : '')
    expect(proxy.requests.map(({ method }) => method)).toEqual(['GET', 'PUT', 'PUT', 'DELETE'])
    expect(proxy.requests.every(({ url }) => url.includes('/docs/'))).toBe(true)
  })

  test('the first insert reads the container’s partition key, once per process', async () => {
    const cold = open()
    await cold.insert('orders', partition, 'one', {})
    await cold.insert('orders', partition, 'two', {})
    expect(proxy.requests.map(({ method, url }) => `${method} ${url.replace(/^.*\/colls\//, '')}`)).toEqual([
      'GET orders',
      'POST orders/docs',
      'POST orders/docs',
    ])
  })

  test('an insert over what is there reads it, to see whether it has expired', async () => {
    await inserted()
    expect(await insert({})).toMatchObject({ reason: 'conflict' })
    expect(proxy.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  test('a list fetches a page when the caller gets there, none after a break, and asks for no plan', async () => {
    for (const id of ['1', '2', '3', '4', '5']) await store.insert('stock', partition, id, {})
    proxy.requests.length = 0
    const requestsAt: number[] = []
    for await (const { id } of store.listPartition('stock', partition)) {
      requestsAt.push(proxy.requests.length)
      if (id === '3') break
    }
    expect(requestsAt).toEqual([1, 1, 2])
    expect(proxy.requests).toHaveLength(2)
    for (const { headers } of proxy.requests) {
      expect(headers['x-ms-documentdb-partitionkey']).toBe(JSON.stringify([partition]))
    }
  })

  test('a page that fails once does not end the list', async () => {
    for (const id of ['1', '2', '3', '4', '5']) await store.insert('stock', partition, id, {})
    proxy.decide = inTurn(write('POST'), 'pass', 'lose-answer', 'pass', refusal(503))
    const ids: string[] = []
    for await (const { id } of store.listPartition('stock', partition)) ids.push(id)
    expect(ids).toEqual(['1', '2', '3', '4', '5'])
  })

  test('every request is reported with what it cost, and without the document', async () => {
    const onRequest = vi.fn()
    const watched = createCosmosDocumentStore({ account, database: server.database, now, onRequest })
    await watched.get('sims', partition, '8988303000000123456')
    expect(onRequest.mock.calls).toEqual([
      [
        {
          operation: 'read',
          container: 'sims',
          status: 404,
          charge: 1,
          ms: expect.any(Number),
          activityId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      ],
    ])
  })
})

/** A server with TLS that has no documents. */
async function startRecorder(): Promise<{ port: number; requests: ProxiedRequest[] }> {
  const requests: ProxiedRequest[] = []
  const { resolve } = createRequire(import.meta.url)
  const [cert, key] = ['cert', 'key'].map((name) => readFileSync(resolve(`@vercel/cosmosdb-server/${name}.pem`)))
  const recorder = createServer({ cert, key }, ({ method = '', url = '', headers }, outgoing) => {
    requests.push({ method, url, headers })
    outgoing.writeHead(404, { 'content-type': 'application/json' }).end('{"code":"NotFound","message":""}')
  })
  afterAll(() => {
    recorder.close()
    recorder.closeAllConnections()
  })
  recorder.listen(0, '127.0.0.1')
  await once(recorder, 'listening')
  return { port: (recorder.address() as AddressInfo).port, requests }
}
