/** Keys of access tokens at the running app, from authorisation servers that speak https: rotated, under an authority that is unknown, away and silent. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/free-port'
import { silentPort } from '../support/outages'
import { type Stack, startStack, withoutSweep } from '../support/stack'
import { issue } from '../support/x509'
import { send } from './browser'

const audience = 'api://mobile-plans'
const role = 'health.read'
const authority = (name: string) => issue({ subject: [['CN', name]], ca: true })
const known = authority('own authority')
const unknown = authority('another authority')
const servers: Server[] = []
const published: JWK[] = []
let asked = 0
let fetchedAt = 0
const keys = new Map<string, CryptoKey>()
const issuers = { good: '', strange: '', away: '', silent: '' }
let folder: string
let stack: Stack
const silent = await silentPort()

/** An authorisation server, with a certificate of this authority. Gives its address. */
async function startIssuer(by: typeof known): Promise<string> {
  const { cert, key } = issue({
    subject: [['CN', 'login']],
    issuer: by,
    usage: 'server',
    names: ['localhost', '127.0.0.1'],
  })
  let issuer = ''
  const server = createServer({ cert, key }, (request, response) => {
    if (request.url === '/keys') {
      asked += 1
      fetchedAt = Date.now()
    }
    const body = request.url === '/keys' ? { keys: published } : { issuer, jwks_uri: `${issuer}/keys` }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return issuer
}

/** Makes a key pair; the public key is not published yet. */
async function makeKey(kid: string): Promise<JWK> {
  const pair = await generateKeyPair('ES256')
  keys.set(kid, pair.privateKey)
  return { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'issuer-'))
  await writeFile(join(folder, 'ca.pem'), known.cert)
  issuers.good = await startIssuer(known)
  issuers.strange = await startIssuer(unknown)
  issuers.away = `https://127.0.0.1:${await freePort()}`
  issuers.silent = `https://127.0.0.1:${silent}`
  published.push(await makeKey('first'))
  stack = await startStack({
    stock: 1,
    environment: {
      ...withoutSweep,
      AZURE_FUNCTIONS_ENVIRONMENT: 'Production',
      APP_ROLE: 'api',
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    },
    operator(operator) {
      // Those that cannot be reached come first.
      const names = ['silent', 'away', 'strange', 'good'] as const
      operator.access = {
        systems: names.map((name) => ({ name, may: ['readiness'], oauth: { issuer: issuers[name], audience, role } })),
      }
    },
  })
}, 60_000)
afterAll(async () => {
  await stack.stop()
  for (const server of servers) server.close()
  await rm(folder, { recursive: true })
})

async function ask(issuer: string, kid: string) {
  const token = await new SignJWT({ iss: issuer, aud: audience, sub: 'monitoring', roles: [role] })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setExpirationTime('5 min')
    .sign(keys.get(kid) ?? new Uint8Array())
  const reply = await send(stack.url, '/health/ready', { headers: { authorization: `Bearer ${token}` } })
  expect(stack.log()).not.toContain(token.slice(-20))
  return reply
}

test('keys are fetched by https under an authority that the process was told of', async () => {
  const reply = await ask(issuers.good, 'first')
  expect([reply.status, asked]).toEqual([200, 1])
})

test.each([
  ['strange', 2_000],
  ['away', 2_000],
  ['silent', 4_500],
] as const)(
  'an issuer that is %s: 503 soon, the next time at once, and those of other issuers do not wait for it',
  async (name, withinMs) => {
    const first = await ask(issuers[name], 'first')
    expect([first.status, first.headers['retry-after']]).toEqual([503, '5'])
    expect(JSON.parse(first.body)).toEqual({
      error: { code: 'Unavailable', message: 'tokens cannot be checked at the moment' },
    })
    expect(first.tookMs).toBeLessThan(withinMs)
    const [again, other] = [await ask(issuers[name], 'first'), await ask(issuers.good, 'first')]
    expect([again.status, other.status]).toEqual([503, 200])
    expect(Math.min(again.tookMs, other.tookMs)).toBeLessThan(1_000)
    expect(stack.log()).toMatch(/"endpoint":"readiness","status":503/)
  },
)

test('a key that the issuer has rotated in is taken up by itself half a minute after the last fetch, and the old one goes', async () => {
  published.splice(0, 1, await makeKey('second'))
  const early = await ask(issuers.good, 'second')
  // Unknown keys are not asked for each time: bad tokens would become a flood at the issuer.
  if (Date.now() - fetchedAt < 25_000) expect([early.status, asked]).toEqual([401, 1])
  await expect
    .poll(async () => (await ask(issuers.good, 'second')).status, { timeout: 40_000, interval: 1_000 })
    .toBe(200)
  expect(asked).toBe(2)
  expect((await ask(issuers.good, 'first')).status).toBe(401)
}, 60_000)
