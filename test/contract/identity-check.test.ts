import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Standins, startStandins } from '../../local/standins/standins'
import { createIdentityCheck, type IdentityCheckClient } from '../../shared/platform/identity-check'

let standins: Standins
let identity: IdentityCheckClient
beforeEach(async () => {
  standins = await startStandins()
  identity = createIdentityCheck({ url: `${standins.url}/identity` })
})
afterEach(async () => {
  await identity.close()
  await standins.stop()
})

const context = { callId: 'call-1' }
const question = { subscriberId: 'anna', planId: 'travel-1', market: 'DE' }
const control = (path: string, body: object) =>
  fetch(`${standins.url}/control/${path}`, { method: 'POST', body: JSON.stringify(body) })

test('everybody is allowed until the stand-in is told otherwise', async () => {
  expect(await identity.check(question, context)).toEqual({ ok: true, value: { decision: 'allowed' } })
  expect((await control('identity', { subscriberId: 'anna', decision: 'refused', reason: 'age' })).status).toBe(201)
  expect(await identity.check(question, context)).toMatchObject({ value: { decision: 'refused', reason: 'age' } })
  expect(await identity.check({ ...question, subscriberId: 'ben' }, context)).toMatchObject({
    value: { decision: 'allowed' },
  })
  await control('identity', { decision: 'needed' })
  expect(await identity.check({ subscriberId: 'ben', planId: 'p' }, context)).toMatchObject({
    value: { decision: 'needed' },
  })
  expect((await control('identity', { decision: 'perhaps' })).status).toBe(400)
})

test('a link that is not https and a reason that is no code are left out', async () => {
  await control('identity', { decision: 'needed', reason: 'Call Anna', url: 'javascript:alert(1)' })
  expect(await identity.check(question, context)).toEqual({
    ok: true,
    value: { decision: 'needed', reason: undefined, url: undefined },
  })
  await control('identity', { decision: 'needed', reason: 'document', url: 'https://id.example.net/x' })
  expect(await identity.check(question, context)).toMatchObject({
    value: { reason: 'document', url: 'https://id.example.net/x' },
  })
})

test.each([
  ['refuse', 'refused', 'declined'],
  ['unauthorised', 'busy', 'credentials-401'],
  ['busy', 'busy', 'busy'],
  ['http-500', 'lost', 'failed'],
  ['malformed', 'lost', 'malformed'],
  ['answer-lost', 'lost', 'reset'],
])('%s: nobody knows (%s, %s)', async (mode, kind, code) => {
  await control('faults', { service: 'identity', mode })
  expect(await identity.check(question, context)).toMatchObject({ ok: false, kind, code })
})

test('an answer without a decision that we know is no answer', async () => {
  const server = createServer((_request, response) => void response.end('{"decision":"maybe"}')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const other = createIdentityCheck({ url: `http://127.0.0.1:${port}` })
  expect(await other.check(question, context)).toMatchObject({ ok: false, kind: 'lost', code: 'malformed' })
  await other.close()
  server.close()
})

test('nobody is kept waiting for longer than two seconds', async () => {
  await control('faults', { service: 'identity', mode: 'slow', delayMs: 60_000 })
  const began = performance.now()
  expect(await identity.check(question, context)).toMatchObject({ kind: 'lost', code: 'timeout' })
  expect(performance.now() - began).toBeLessThan(4_000)
})
