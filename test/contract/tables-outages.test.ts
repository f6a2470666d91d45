/** What only the Azure Tables adapter promises: what happens when answers get lost, and how many requests a call costs. */
import { beforeEach, describe, expect, test } from 'vitest'
import { azuriteConnectionString } from '../../local/azurite'
import { createTablesDocumentStore } from '../../shared/platform/tables-document-store'
import { useAzurite } from '../support/azurite'
import { inTurn, startUnreliableProxy } from '../support/unreliable-proxy'

const azurite = await useAzurite()
const tablePort = Number(/TableEndpoint=http:\/\/[^:]+:(\d+)/.exec(azurite.connectionString)?.[1])
const proxy = await startUnreliableProxy(tablePort)
const now = () => new Date('2027-03-01T12:00:00.000Z')
const store = createTablesDocumentStore({
  connectionString: azuriteConnectionString({ blob: 1, queue: 1, table: proxy.port }),
  tablePrefix: azurite.prefix,
  now,
  pageSize: 2,
})
await store.prepare()

let n = 0
let partition = ''
beforeEach(() => {
  n += 1
  partition = `p${n}`
  proxy.decide = () => 'pass'
  proxy.requests.length = 0
})

const write = (method: string) => (request: { method: string }) => request.method === method
const insert = (value: object) => store.insert('orders', partition, 'one', value)
async function inserted(): Promise<string> {
  const result = await insert({ n: 0 })
  if (!result.ok) throw new Error('the document was there')
  proxy.requests.length = 0
  return result.etag
}

describe('a lost answer', () => {
  test('an insert whose answer was lost is told that it won, with a tag that is good for the next write', async () => {
    proxy.decide = inTurn(write('POST'), 'lose-answer')
    const result = await insert({ n: 1 })
    expect(result).toMatchObject({ ok: true })
    expect(await store.replace('orders', partition, 'one', {}, result.ok ? result.etag : '')).toMatchObject({
      ok: true,
    })
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
    const direct = createTablesDocumentStore({ ...azurite, tablePrefix: azurite.prefix, now })
    const other = await direct.replace('orders', partition, 'one', { by: 'other' }, tag)
    expect(other).toMatchObject({ ok: true })
    proxy.decide = inTurn(write('PUT'), 'lose-request')
    expect(await store.replace('orders', partition, 'one', { by: 'me' }, tag)).toMatchObject({ reason: 'conflict' })
    expect(await store.get('orders', partition, 'one')).toMatchObject({ value: { by: 'other' } })
  })

  test('a delete whose answer was lost is told that the document is deleted', async () => {
    const tag = await inserted()
    proxy.decide = inTurn(write('DELETE'), 'lose-answer')
    expect(await store.delete('orders', partition, 'one', tag)).toBe('deleted')
  })

  test.each(['lose-request', 'lose-answer', 500, 503, 429] as const)(
    'one failed attempt (%s) is made good',
    async (fate) => {
      proxy.decide = inTurn(write('POST'), fate)
      expect(await insert({ n: 1 })).toMatchObject({ ok: true })
      proxy.decide = inTurn(write('GET'), fate)
      expect(await store.get('orders', partition, 'one')).toMatchObject({ value: { n: 1 } })
    },
  )

  test.each(['lose-request', 503] as const)('two failed attempts (%s) are an outage', async (fate) => {
    await inserted()
    proxy.decide = inTurn(write('GET'), fate, fate)
    await expect(store.get('orders', partition, 'one')).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(proxy.requests).toHaveLength(2)
  })

  test('refused credentials are an outage at once', async () => {
    proxy.decide = () => 403
    await expect(store.get('orders', partition, 'one')).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(proxy.requests).toHaveLength(1)
  })
})

describe('what a call costs', () => {
  test('get, insert, replace, a lost race and delete are one request each', async () => {
    const tag = await inserted()
    await store.get('orders', partition, 'one')
    const replaced = await store.replace('orders', partition, 'one', {}, tag)
    await store.replace('orders', partition, 'one', {}, tag)
    await store.delete('orders', partition, 'one', replaced.ok ? replaced.etag : '')
    await insert({})
    expect(proxy.requests.map(({ method }) => method)).toEqual(['GET', 'PUT', 'PUT', 'DELETE', 'POST'])
  })

  test('a list fetches a page when the caller gets there, and none after a break', async () => {
    for (const id of ['1', '2', '3', '4', '5']) await store.insert('stock', partition, id, {})
    proxy.requests.length = 0
    const requestsAt: number[] = []
    for await (const { id } of store.listPartition('stock', partition)) {
      requestsAt.push(proxy.requests.length)
      if (id === '3') break
    }
    expect(requestsAt).toEqual([1, 1, 2])
    expect(proxy.requests).toHaveLength(2)
  })

  test('a page that fails once does not end the list', async () => {
    for (const id of ['1', '2', '3', '4', '5']) await store.insert('stock', partition, id, {})
    proxy.decide = inTurn(write('GET'), 'pass', 'lose-answer', 'pass', 503)
    const ids: string[] = []
    for await (const { id } of store.listPartition('stock', partition)) ids.push(id)
    expect(ids).toEqual(['1', '2', '3', '4', '5'])
  })
})
