/** Access tokens of the operator's systems at the running app, whose keys come from an authorisation server on the wire. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack, withoutSweep } from '../support/stack'
import { send } from './browser'

const audience = 'api://mobile-plans'
const role = 'health.read'
const server = { keys: [] as JWK[], asked: [] as string[], away: true }
let issuer = ''
let signing: CryptoKey
let stranger: CryptoKey
let stack: Stack
const http = createServer((request, response) => {
  server.asked.push(request.url ?? '')
  const body = request.url === '/keys' ? { keys: server.keys } : { issuer, jwks_uri: `${issuer}/keys` }
  response.writeHead(server.away ? 500 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})

beforeAll(async () => {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const pair = await generateKeyPair('ES256')
  signing = pair.privateKey
  stranger = (await generateKeyPair('ES256')).privateKey
  server.keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }]
  stack = await startStack({
    stock: 1,
    environment: { ...withoutSweep, AZURE_FUNCTIONS_ENVIRONMENT: 'Production', APP_ROLE: 'api' },
    operator(operator) {
      operator.access = {
        systems: [
          { name: 'monitoring', may: ['readiness'], oauth: { issuer, audience, role } },
          { name: 'charging', may: ['usage', 'callbacks'], oauth: { issuer, audience, role: 'usage.send' } },
        ],
      }
    },
  })
}, 60_000)
afterAll(async () => {
  await stack.stop()
  await new Promise((resolve) => http.close(resolve))
})

function token(claims: Record<string, unknown> = {}, key = signing): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 300
  return new SignJWT({ iss: issuer, aud: audience, sub: 'monitoring', exp, roles: [role], ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .sign(key)
}
const ready = (authorization?: string, path = '/health/ready') =>
  send(stack.url, path, { headers: authorization === undefined ? {} : { authorization } })

test('who brings no token is told to, and the authorisation server is not asked', async () => {
  const reply = await ready()
  expect([reply.status, reply.headers['www-authenticate']]).toEqual([401, 'Bearer realm="operator API"'])
  expect(server.asked).toEqual([])
})

test('while the keys cannot be fetched nothing is said of a token, and it is soon accepted afterwards', async () => {
  const shut = await ready(`Bearer ${await token()}`)
  expect([shut.status, shut.headers['retry-after']]).toEqual([503, '5'])
  expect(stack.log()).toMatch(/machines\.refused/)
  server.away = false
  await expect
    .poll(async () => (await ready(`Bearer ${await token()}`)).status, { timeout: 15_000, interval: 500 })
    .toBe(200)
}, 30_000)

test('a token opens what it is for, again without asking for keys', async () => {
  const asked = server.asked.length
  const reply = await ready(`Bearer ${await token()}`)
  expect(reply.status).toBe(200)
  expect(JSON.parse(reply.body)).toEqual({ status: 'ready', checks: { store: 'up', queue: 'up' } })
  expect(server.asked).toHaveLength(asked)
})

test('it opens nothing else', async () => {
  const path = '/v1/sims/8999901000000011325/balances'
  expect((await ready(`Bearer ${await token()}`, path)).status).toBe(401)
})

const post = async (path: string, roles: string[]) => {
  const headers = { authorization: `Bearer ${await token({ roles })}`, 'content-type': 'application/json' }
  return send(stack.url, path, { method: 'POST', headers, body: '{}' })
}

test.each([
  ['/v1/usage', 'send usage', 'usage'],
  ['/v1/callbacks', 'have callbacks made', 'callbacks'],
])('a system that may only ask for readiness is refused at %s, and told what is missing', async (path, deed, right) => {
  const reply = await post(path, [role])
  expect([reply.status, reply.headers['www-authenticate']]).toEqual([
    403,
    'Bearer realm="operator API", error="insufficient_scope"',
  ])
  expect(JSON.parse(reply.body)).toEqual({
    error: { code: 'Forbidden', message: `this system may not ${deed}: "${right}" is missing in its "may"` },
  })
  expect(stack.log()).toContain(`"endpoint":"${right}","status":403,"problem":"not-allowed","system":"monitoring"`)
})

test('each system does what it may, by the role of its token; with both roles both', async () => {
  for (const path of ['/v1/usage', '/v1/callbacks'])
    for (const roles of [['usage.send'], [role, 'usage.send']]) expect((await post(path, roles)).status).toBe(400)
  expect((await ready(`Bearer ${await token({ roles: ['usage.send'] })}`)).status).toBe(403)
  expect((await ready(`Bearer ${await token({ roles: [role, 'usage.send'] })}`)).status).toBe(200)
})

test.each<[string, () => Promise<string>, number, RegExp]>([
  ['without the role', () => token({ roles: ['other'] }), 403, /insufficient_scope/],
  ['for another audience', () => token({ aud: 'api://other' }), 401, /invalid_token/],
  ['of another issuer', () => token({ iss: 'https://login.example.org' }), 401, /invalid_token/],
  ['that has expired', () => token({ exp: Math.floor(Date.now() / 1000) - 120 }), 401, /invalid_token/],
  ['that somebody else has signed', () => token({}, stranger), 401, /invalid_token/],
  ['that is none', async () => 'garbage', 401, /invalid_token/],
])('a token %s is refused', async (_name, make, status, challenge) => {
  const given = await make()
  const reply = await ready(`Bearer ${given}`)
  expect(reply.status).toBe(status)
  expect(reply.headers['www-authenticate']).toMatch(challenge)
  expect(stack.log()).not.toContain(given.slice(-20))
})
