import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../test/support/free-port'
import { silentPort } from '../../test/support/outages'
import { createBearerCheck } from './bearer-token'

const audience = 'api://mobile-plans'
const role = 'Usage.Write'
/** What the authorisation server answers, and how often it was asked. */
const server = {
  keys: [] as JWK[],
  asked: [] as string[],
  override: undefined as { status: number; body: string } | undefined,
}
let issuer = ''
let signing: CryptoKey
let stranger: CryptoKey
const http = createServer((request, response) => {
  server.asked.push(request.url ?? '')
  if (server.override !== undefined) {
    response.writeHead(server.override.status, { location: '/keys' }).end(server.override.body)
    return
  }
  const body = request.url === '/keys' ? { keys: server.keys } : { issuer, jwks_uri: `${issuer}/keys` }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})

beforeAll(async () => {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const pair = await generateKeyPair('RS256')
  signing = pair.privateKey
  stranger = (await generateKeyPair('RS256')).privateKey
  server.keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }]
})
afterAll(() => new Promise((resolve) => http.close(resolve)))
beforeEach(() => {
  server.asked = []
  server.override = undefined
})

const start = new Date()
const inSeconds = (seconds: number) => Math.floor(start.getTime() / 1000) + seconds
function token(claims: Record<string, unknown> = {}, header: { kid?: string; key?: CryptoKey } = {}): Promise<string> {
  return new SignJWT({ iss: issuer, aud: audience, sub: 'charging', exp: inSeconds(300), roles: [role], ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: header.kid ?? 'one' })
    .sign(header.key ?? signing)
}
const check = (more: { issuer?: string; jwksUrl?: string; now?: () => Date } = {}) =>
  createBearerCheck({ issuer, audience, role, ...more }, more.now ?? (() => start))
const refused = (because: string) => ({ ok: false, because })

describe('a token', () => {
  test('of this issuer, for this audience, with the role, is accepted; keys are fetched once', async () => {
    const checkToken = check()
    for (let round = 0; round < 3; round += 1)
      expect(await checkToken(await token())).toEqual({ ok: true, subject: 'charging' })
    expect(server.asked).toEqual(['/.well-known/openid-configuration', '/keys'])
  })

  test.each([
    { roles: ['Other', role] },
    { roles: undefined, scope: `openid ${role}` },
    { roles: undefined, scp: role },
    { roles: undefined, scp: [role] },
  ])('carries the role as %j', async (claims) => {
    expect((await check({ jwksUrl: `${issuer}/keys` })(await token(claims))).ok).toBe(true)
  })

  test.each([
    { roles: [] },
    { roles: undefined },
    { roles: [`${role}.All`], scope: `${role}x` },
    { roles: { 0: role } },
    { roles: [[role]] },
    { roles: null, role },
  ])('lacks the role with %j', async (claims) => {
    expect(await check()(await token(claims))).toMatchObject(refused('role-missing'))
  })

  test.each<[string, Record<string, unknown>]>([
    ['another issuer', { iss: 'https://login.example.net' }],
    ['another audience', { aud: 'api://other' }],
    ['no audience', { aud: undefined }],
    ['no end', { exp: undefined }],
    ['a past end', { exp: inSeconds(-31) }],
    ['a later beginning', { nbf: inSeconds(31) }],
    ['an end that is no number', { exp: 'tomorrow' }],
  ])('of %s is refused', async (_name, claims) => {
    expect(await check()(await token(claims))).toMatchObject(refused('invalid'))
  })

  test('may be half a minute early or late', async () => {
    expect((await check()(await token({ exp: inSeconds(-29), nbf: inSeconds(-60) }))).ok).toBe(true)
    expect((await check()(await token({ nbf: inSeconds(29) }))).ok).toBe(true)
  })

  test('of a key that is published and cannot be used is refused', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const before = server.keys
    server.keys = [
      ...before,
      { ...publicKey.export({ format: 'jwk' }), kid: 'weak' },
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'broken' },
    ]
    const ask = check()
    for (const [alg, kid] of [
      ['RS256', 'weak'],
      ['ES256', 'broken'],
    ]) {
      const head = Buffer.from(JSON.stringify({ alg, kid })).toString('base64url')
      const [, payload] = (await token()).split('.')
      expect(await ask(`${head}.${payload}.AAAA`)).toEqual({ ok: false, because: 'invalid', problem: 'key-unusable' })
    }
    expect(await ask(await token())).toMatchObject({ ok: true })
    server.keys = before
  })

  test('signed by somebody else, by a shared secret or by nobody is refused', async () => {
    expect(await check()(await token({}, { key: stranger }))).toMatchObject(refused('invalid'))
    expect(await check()(await token({}, { kid: 'other' }))).toMatchObject(refused('invalid'))
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = part({ iss: issuer, aud: audience, exp: inSeconds(300), roles: [role] })
    expect(await check()(`${part({ alg: 'none' })}.${claims}.`)).toMatchObject(refused('invalid'))
    const secret = new TextEncoder().encode(JSON.stringify(server.keys[0]))
    const shared = await new SignJWT({ iss: issuer, aud: audience, exp: inSeconds(300), roles: [role] })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(secret)
    expect(await check()(shared)).toMatchObject(refused('invalid'))
  })

  test.each(['x', 'a.b.c', '..', 'ey.ey.ey', 'x'.repeat(20_000)])('that is garbage is refused', async (garbage) => {
    expect(await check()(garbage)).toMatchObject(refused('invalid'))
  })
})

describe('the keys', () => {
  test('are not fetched again for each token of an unknown key', async () => {
    const checkToken = check({ jwksUrl: `${issuer}/keys` })
    for (let round = 0; round < 5; round += 1)
      expect((await checkToken(await token({}, { kid: `k${round}` }))).ok).toBe(false)
    expect(server.asked.length).toBe(1)
  })

  test.each([
    ['an error', 500, '{}'],
    ['a redirect', 302, '{}'],
    ['no JSON', 200, '<html>'],
    ['no keys', 200, '{"keys":5}'],
    ['far too much', 200, JSON.stringify({ keys: [], more: 'x'.repeat(300_000) })],
  ])(
    'that come as %s say nothing about the token, and are asked for again only after a while',
    async (_n, status, body) => {
      let now = start
      const checkToken = check({ jwksUrl: `${issuer}/keys`, now: () => now })
      server.override = { status, body }
      expect(await checkToken(await token())).toMatchObject(refused('keys-unavailable'))
      server.override = undefined
      now = new Date(start.getTime() + 5_001)
      expect((await checkToken(await token())).ok).toBe(true)
    },
  )

  test('of a server that is down are asked for once, not for each token', async () => {
    const checkToken = check({ jwksUrl: `${issuer}/keys` })
    server.override = { status: 503, body: '' }
    for (let round = 0; round < 5; round += 1)
      expect(await checkToken(await token())).toMatchObject(refused('keys-unavailable'))
    expect(server.asked.length).toBe(1)
  })

  test('of a server that is away or never answers are given up', async () => {
    const urls = [`http://127.0.0.1:${await freePort()}/keys`, `http://127.0.0.1:${await silentPort()}/keys`]
    for (const jwksUrl of urls)
      expect(await check({ jwksUrl })(await token())).toMatchObject(refused('keys-unavailable'))
  })

  test('are taken from the issuer that names itself alone, and by https alone', async () => {
    server.override = {
      status: 200,
      body: JSON.stringify({ issuer: 'https://login.example.net', jwks_uri: `${issuer}/keys` }),
    }
    expect(await check()(await token())).toEqual({ ...refused('keys-unavailable'), problem: 'issuer-differs' })
    server.override = { status: 200, body: JSON.stringify({ issuer, jwks_uri: 'http://login.example.net/keys' }) }
    expect(await check()(await token())).toEqual({ ...refused('keys-unavailable'), problem: 'address-insecure' })
  })
})
