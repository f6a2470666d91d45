/** What the portal's own script calls, held against the published contract: every operation, every status. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { routes } from '../../shared/portal/routes'
import { readContract } from '../contract/openapi'
import { type StorageProxy, startStorageProxy } from '../faults/storage-proxy'
import { type Stack, startStack, withoutSweep } from '../support/stack'
import { type Browser, type Reply, type Sent, send } from './browser'
import { buy, eidNumber, enter } from './purchase'

const contract = readContract(new URL('../../shared/operator-api/openapi.json', import.meta.url), 'openapi')
const operations = contract.operations.filter(({ template }) => template.startsWith('/portal/'))
let proxy: StorageProxy
let stack: Stack
let browser: Browser
let path: string
beforeAll(async () => {
  proxy = await startStorageProxy()
  stack = await startStack({ environment: { ...withoutSweep, ...proxy.environment }, stock: 2 })
  proxy.connect(stack.enginePorts)
  browser = await enter(stack, eidNumber(1))
  path = (await buy(browser)).path
  await browser.get(path)
}, 60_000)
afterAll(async () => {
  await stack.stop()
  await proxy.stop()
})
afterEach(() => {
  proxy.table.condition = 'up'
})

const answered = new Set<string>()
/** Holds an answer to the contract, and gives its status. */
function checked(method: string, at: string, reply: Reply): number {
  const found = contract.find(method, at.replace(/\?.*/, ''))
  if (found === undefined) throw new Error(`${method} ${at} is not documented`)
  const { operation } = found
  answered.add(`${operation.id} ${reply.status}`)
  const headers = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name, String(value)]))
  const content: unknown = reply.body === '' ? undefined : JSON.parse(reply.body)
  expect([operation.id, reply.status, ...operation.checkAnswer(reply.status, headers, content)]).toEqual([
    operation.id,
    reply.status,
  ])
  return reply.status
}
const get = async (at: string) => checked('GET', at, await browser.get(at))
const post = async (at: string, body: object) => checked('POST', at, await browser.report(at, body))
const stranger = async (at: string, sent: Sent = {}) =>
  checked(sent.method ?? 'GET', at, await send(stack.url, at, sent))

test("every answer to the portal's script is in the document", async () => {
  const [status, report, state] = [`${path}/status`, `${path}/report`, '/portal/device/state']
  const nobodys = `/portal/orders/${'0'.repeat(26)}`
  expect([await get(status), await get(`${status}?at=callback`), await get(`${nobodys}/status`)]).toEqual([
    200, 200, 404,
  ])
  expect([await stranger(status), await get(state), await stranger(state)]).toEqual([403, 200, 200])
  for (const body of [
    { event: 'activation', result: 'success' },
    { event: 'registration', state: 'home' },
    { event: 'x' },
  ])
    expect(await post(report, body)).toBe(204)
  expect([await post(report, {}), await post(report, { event: 5 })]).toEqual([400, 400])
  expect(await post(report, { event: 'x', csrf: 'x' })).toBe(403)
  expect(await post(`${nobodys}/report`, { event: 'x' })).toBe(404)
  expect(await post(report, { event: 'x', more: 'x'.repeat(40_000) })).toBe(413)
  const json = { 'content-type': 'application/json' }
  expect(await stranger(report, { method: 'POST', body: '{}', headers: json })).toBe(403)
  expect(await stranger(report, { method: 'POST', body: '{}' })).toBe(415)
  proxy.table.condition = 'away'
  expect([await get(status), await get(state), await post(report, { event: 'x' })]).toEqual([503, 503, 503])

  const documented = operations.flatMap(({ id, statuses }) =>
    statuses.filter((one) => one !== 'default').map((one) => `${id} ${one}`),
  )
  expect([...answered].sort()).toEqual(documented.sort())
})

test('the document names every path of the portal that answers JSON, and no other', () => {
  const registered = routes.flatMap(({ path: template, json, GET, POST }) =>
    json ? [...(GET ? ['GET'] : []), ...(POST ? ['POST'] : [])].map((method) => `${method} ${template}`) : [],
  )
  const named = operations.map(({ method, template }) => `${method} ${template.replace('{orderId}', ':id')}`)
  expect(named.sort()).toEqual(registered.sort())
})

test('other methods are refused in the documented form', async () => {
  for (const { method, template } of operations) {
    const reply = await send(stack.url, template.replace('{orderId}', 'x'), { method: 'DELETE' })
    expect([template, reply.status, reply.headers.allow]).toEqual([
      template,
      405,
      method === 'GET' ? 'GET, HEAD' : 'POST',
    ])
    expect(contract.check({ $ref: '#/components/schemas/Error' }, JSON.parse(reply.body))).toEqual([])
  }
})
