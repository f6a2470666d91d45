import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeCertificates } from '../../test/support/certificates'
import { type AccessTokens, createAccessTokens, type OauthConfig } from './access-token'
import type { Log } from './ports'

interface Asked {
  method: string | undefined
  path: string | undefined
  authorization: string | undefined
  type: string | undefined
  body: string
}

let asked: Asked[]
/** What the endpoint answers to the n-th request; tests replace it. */
let answer: (response: ServerResponse, count: number) => void
let lines: string[]
let now: number
const cleanups: (() => Promise<void> | void)[] = []

beforeEach(() => {
  asked = []
  lines = []
  now = 0
  answer = (response, count) => grant(response, { access_token: `token-${count}`, expires_in: 3600 })
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const grant = (response: ServerResponse, body: object) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token_type: 'Bearer', ...body }))
const refuse = (response: ServerResponse, status: number, error: string) =>
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ error, error_description: 'client anna is unknown' }))

const log: Log = {
  info() {},
  warn() {},
  error: (event, fields) => void lines.push(`${event} ${JSON.stringify(fields)}`),
  with: () => log,
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url: path, headers } = request
  const body = await text(request)
  asked.push({ method, path, authorization: headers.authorization, type: headers['content-type'], body })
  answer(response, asked.length)
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function tokens(more: Partial<OauthConfig> = {}): Promise<AccessTokens> {
  const port = await listen(createServer((request, response) => void serve(request, response)))
  const tokenUrl = `http://127.0.0.1:${port}/oauth/token?tenant=7`
  const made = createAccessTokens({ tokenUrl, clientId: 'app', clientSecret: 'p:w d', ...more }, log, () => now)
  cleanups.push(() => made.close())
  return made
}

test('asks by client credentials, the secret in the header and never in the body', async () => {
  const source = await tokens({ scope: 'billing.write lines' })
  expect(await source.get()).toEqual({ ok: true, value: 'token-1' })
  expect(asked).toEqual([
    {
      method: 'POST',
      path: '/oauth/token?tenant=7',
      authorization: `Basic ${Buffer.from('app:p%3Aw+d').toString('base64')}`,
      type: expect.stringMatching(/^application\/x-www-form-urlencoded/),
      body: 'scope=billing.write+lines&grant_type=client_credentials',
    },
  ])
})

test('puts the secret into the form where the server wants it there', async () => {
  await (await tokens({ method: 'post' })).get()
  const sent = new URLSearchParams(asked[0]?.body)
  expect(Object.fromEntries(sent)).toEqual({
    grant_type: 'client_credentials',
    client_id: 'app',
    client_secret: 'p:w d',
  })
  expect(asked[0]?.authorization).toBeUndefined()
})

describe('a token', () => {
  test('is kept until shortly before it ends', async () => {
    const source = await tokens()
    await source.get()
    now = 3_539_000
    expect(await source.get()).toEqual({ ok: true, value: 'token-1' })
    now = 3_541_000
    expect(await source.get()).toEqual({ ok: true, value: 'token-2' })
    expect(asked).toHaveLength(2)
  })

  test('of a short life is kept for half of it, and one of unknown life for minutes', async () => {
    answer = (response, count) =>
      grant(response, { access_token: `token-${count}`, ...(count === 1 ? { expires_in: 20 } : {}) })
    const source = await tokens()
    await source.get()
    now = 9_000
    expect(await source.get()).toMatchObject({ value: 'token-1' })
    now = 11_000
    expect(await source.get()).toMatchObject({ value: 'token-2' })
    now = 200_000
    expect(await source.get()).toMatchObject({ value: 'token-2' })
    now = 300_000
    expect(await source.get()).toMatchObject({ value: 'token-3' })
  })

  test('is fetched once for all who wait for it', async () => {
    const source = await tokens()
    const all = await Promise.all([source.get(), source.get(), source.get()])
    expect(all).toEqual(Array(3).fill({ ok: true, value: 'token-1' }))
    expect(asked).toHaveLength(1)
  })

  test('that was discarded is replaced; one that was replaced already cannot be discarded', async () => {
    const source = await tokens()
    await source.get()
    source.discard('token-1')
    expect(await source.get()).toMatchObject({ value: 'token-2' })
    source.discard('token-1')
    expect(await source.get()).toMatchObject({ value: 'token-2' })
  })
})

describe('without a token nothing is sent', () => {
  test.each([400, 401])(
    'when the client is not accepted (%s): somebody is told, without the words of the endpoint',
    async (status) => {
      answer = (response) => refuse(response, status, 'invalid_client')
      const result = await (await tokens()).get()
      expect(result).toMatchObject({ ok: false, kind: 'unreached', code: 'token-refused' })
      expect(lines).toEqual([expect.stringMatching(/^partner\.token_refused /)])
      expect(JSON.stringify([result, lines])).not.toMatch(/anna|p:w|secret/)
    },
  )

  test.each<[string, (response: ServerResponse) => void, string]>([
    ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'token-failed'],
    ['a fault', (response) => response.writeHead(503).end('<h1>down</h1>'), 'token-failed'],
    ['no content', (response) => response.writeHead(204).end(), 'token-malformed'],
    [
      'a page',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sign in'),
      'token-malformed',
    ],
    ['no token', (response) => grant(response, { expires_in: 5 }), 'token-malformed'],
    ['another type', (response) => grant(response, { access_token: 'a', token_type: 'mac' }), 'token-malformed'],
    ['a bound type', (response) => grant(response, { access_token: 'a', token_type: 'DPoP' }), 'token-malformed'],
    ['a cut connection', (response) => response.destroy(), 'token-reset'],
  ])('when the endpoint answers with %s', async (_, behave, code) => {
    answer = behave
    const source = await tokens()
    expect(await source.get()).toMatchObject({ ok: false, kind: 'unreached', code })
    answer = (response) => grant(response, { access_token: 'good' })
    expect(await source.get()).toEqual({ ok: true, value: 'good' })
  })

  test('when nobody listens', async () => {
    const source = createAccessTokens({ tokenUrl: 'http://127.0.0.1:1/token', clientId: 'a', clientSecret: 'b' })
    cleanups.push(() => source.close())
    expect(await source.get()).toMatchObject({ kind: 'unreached', code: 'token-connection-refused' })
  })
})

test('the endpoint is https, or on this machine', () => {
  const make = (tokenUrl: string) => () => createAccessTokens({ tokenUrl, clientId: 'a', clientSecret: 'b' })
  expect(make('http://login.example.net/token')).toThrow(expect.objectContaining({ code: 'base_url_insecure' }))
  expect(make('https://login.example.net/token')).not.toThrow()
})

test('over https the endpoint must come from the authority that was agreed', async () => {
  const certificates = await makeCertificates()
  cleanups.push(() => certificates.remove())
  const server = createSecureServer(certificates.server, (request, response) => void serve(request, response))
  const tokenUrl = `https://localhost:${await listen(server as unknown as Server)}/token`
  const own = createAccessTokens({ tokenUrl, clientId: 'a', clientSecret: 'b', ca: certificates.ca.cert })
  const stranger = createAccessTokens({ tokenUrl, clientId: 'a', clientSecret: 'b', ca: certificates.strangerCa.cert })
  cleanups.push(
    () => own.close(),
    () => stranger.close(),
  )
  expect(await own.get()).toEqual({ ok: true, value: 'token-1' })
  expect(await stranger.get()).toMatchObject({ kind: 'unreached', code: 'token-tls' })
})
