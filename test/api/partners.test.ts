/** Billing, network and identity check that know the app by its certificate and by access tokens. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tmf640 } from '../../local/standins/provisioning'
import { makeCertificates, type TestCertificates } from '../support/certificates'
import { type Stack, startStack } from '../support/stack'
import { buy, eidNumber, enter, install, orderOf, review } from './purchase'

const secret = 'a-secret-of-the-operator'
let certificates: TestCertificates
let gate: Server
let stack: Stack
/** Token that the gate accepts; each that is asked for replaces it. */
let token = ''
let tokens = 0
/** Requests that came through, and those that were turned away. */
const passed: string[] = []
const turnedAway: string[] = []

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = '', method = '', headers } = request
  const body = await text(request)
  if (url === '/token') {
    const basic = Buffer.from((headers.authorization ?? '').replace('Basic ', ''), 'base64').toString()
    if (decodeURIComponent(basic) !== `app:${secret}`) return void response.writeHead(401).end()
    tokens += 1
    token = `access-token-${tokens}`
    response.setHeader('content-type', 'application/json')
    return void response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 }))
  }
  const known = (request.socket as TLSSocket).authorized && headers.authorization === `Bearer ${token}`
  const list = known ? passed : turnedAway
  list.push(`${method} ${url}`)
  if (!known) return void response.writeHead(401).end()
  const kept = Object.entries(headers).filter(([name]) => /^(idempotency-key|x-call-id|content-type)$/.test(name))
  const answer = await fetch(stack.standinsUrl + url, {
    method,
    headers: kept.map(([name, value]): [string, string] => [name, String(value)]),
    ...(body === '' ? {} : { body }),
  })
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
}

beforeAll(async () => {
  certificates = await makeCertificates()
  const { folder, ca, server } = certificates
  gate = createServer({ ...server, ca: ca.cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  gate.listen(0, '127.0.0.1')
  await once(gate, 'listening')
  const at = `https://localhost:${(gate.address() as AddressInfo).port}`
  const access = (partner: string) => ({
    [`${partner}_TLS_CERT_FILE`]: `${folder}/client.crt`,
    [`${partner}_TLS_KEY_FILE`]: `${folder}/client.key`,
    [`${partner}_TLS_CA_FILE`]: `${folder}/test-ca.crt`,
    [`${partner}_OAUTH_TOKEN_URL`]: `${at}/token`,
    [`${partner}_OAUTH_CLIENT_ID`]: 'app',
    [`${partner}_OAUTH_CLIENT_SECRET`]: secret,
    [`${partner}_OAUTH_CA_FILE`]: `${folder}/test-ca.crt`,
  })
  const environment = {
    BILLING_URL: `${at}/billing`,
    PROVISIONING_URL: at + tmf640,
    IDENTITY_CHECK_URL: `${at}/identity`,
    ...access('BILLING'),
    ...access('PROVISIONING'),
    ...access('IDENTITY_CHECK'),
  }
  stack = await startStack({ stock: 3, environment })
}, 60_000)
afterAll(async () => {
  await stack.stop()
  gate.closeAllConnections()
  gate.close()
  await certificates.remove()
})

test('a purchase goes through, each system by its own token, renewed where it is not accepted any more', async () => {
  const browser = await enter(stack, eidNumber(1))
  const { id } = await buy(browser)
  await install(stack, await orderOf(stack, id))
  await expect.poll(async () => (await orderOf(stack, id)).payment.status, { timeout: 20_000 }).toBe('captured')
  const operations = passed
    .map((line) => line.replace(/\/[^/]*(auth-|line-)?[0-9a-f-]{20,}|\/[0-9a-z]{26}/, '/ID'))
    .join('\n')
  expect(operations).toMatch(/GET \/billing\/subscribers\/ID\/instruments/)
  expect(operations).toMatch(/POST \/identity\/identity-checks[\s\S]*POST \/billing\/authorisations/)
  expect(operations).toMatch(/POST \/provisioning\/\S+\/service/)
  expect(operations).toMatch(/POST \/billing\/authorisations\/\S+\/capture/)
  // Each new token made the one before useless, so that every system had to notice a 401 by itself.
  expect(tokens).toBeGreaterThanOrEqual(3)
  expect(turnedAway.length).toBeGreaterThan(0)
})

test('a person whose identity is not confirmed orders nothing', async () => {
  await fetch(`${stack.standinsUrl}/control/identity`, {
    method: 'POST',
    body: JSON.stringify({ decision: 'needed', reason: 'document' }),
  })
  const browser = await enter(stack, eidNumber(2))
  const form = await review(browser)
  const reply = await browser.post('/portal/buy', { ...form })
  expect([reply.status, reply.body.includes('We need to know who you are')]).toEqual([403, true])
  expect(await stack.documents.get('orders', form.order, form.order)).toBeUndefined()
})

test('neither secret nor token is in the log', () => {
  expect(stack.log()).toContain('"effect":"authorise"')
  expect(stack.log()).not.toMatch(/a-secret-of|access-token-|PRIVATE KEY/)
})
