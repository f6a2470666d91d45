import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { makeCertificates } from '../../test/support/certificates'
import { createBilling } from './billing'
import type { HttpCaller } from './http-call'
import { createPartnerCaller, type PartnerConfig } from './partner'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const serving = async (listener: RequestListener) => `http://127.0.0.1:${await listen(createServer(listener))}`

/** A token endpoint that counts; `hold`: it answers nothing until told to. */
async function tokenEndpoint(hold: { until?: Promise<void> } = {}) {
  const counter = { count: 0, url: '' }
  const answer = async (response: ServerResponse) => {
    counter.count += 1
    const token = `token-${counter.count}`
    await hold.until
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ access_token: token, token_type: 'bearer', expires_in: 600 }))
  }
  counter.url = await serving((_request, response) => void answer(response))
  return counter
}

function caller(config: PartnerConfig): HttpCaller {
  const made = createPartnerCaller(config)
  cleanups.push(() => made.close())
  return made
}

const oauth = (tokenUrl: string) => ({ tokenUrl, clientId: 'app', clientSecret: 'secret' })

describe('with an access token', () => {
  test('every call carries it, and it is fetched once', async () => {
    const endpoint = await tokenEndpoint()
    const seen: (string | undefined)[] = []
    const url = await serving((request, response) => {
      seen.push(request.headers.authorization)
      response.end('{}')
    })
    const http = caller({ url, oauth: oauth(endpoint.url) })
    await Promise.all([http.call({ method: 'GET', path: '/a' }), http.call({ method: 'GET', path: '/b' })])
    expect(await http.call({ method: 'POST', path: '/c', body: {} })).toMatchObject({ ok: true, status: 200 })
    expect([seen, endpoint.count]).toEqual([Array(3).fill('Bearer token-1'), 1])
  })

  test('a call that is answered 401 is repeated once, with another token and the same idempotency key', async () => {
    const endpoint = await tokenEndpoint()
    const seen: string[] = []
    const url = await serving((request, response) => {
      const { authorization, 'idempotency-key': key } = request.headers
      seen.push(`${authorization} ${String(key)}`)
      if (authorization === 'Bearer token-1') response.writeHead(401).end()
      else response.writeHead(201).end('{"authorisationId":"a"}')
    })
    const billing = createBilling({ url, oauth: oauth(endpoint.url) })
    cleanups.push(() => billing.close())
    const payment = { orderId: 'o', subscriberId: 's', instrument: 'i', amountMinor: 1, currency: 'EUR', key: 'k' }
    expect(await billing.authorise(payment, { callId: 'c' })).toEqual({ ok: true, value: { authorisationId: 'a' } })
    expect(seen).toEqual(['Bearer token-1 k', 'Bearer token-2 k'])
  })

  test('a system that accepts none of our tokens is asked no third time; it is ours to mend and ends no order', async () => {
    const endpoint = await tokenEndpoint()
    let asked = 0
    const url = await serving((_request, response) => {
      asked += 1
      response.writeHead(401).end()
    })
    const errors: object[] = []
    const log = {
      info() {},
      warn() {},
      error: (event: string, fields?: object) => void errors.push({ event, ...fields }),
      with: () => log,
    }
    const billing = createBilling({ url, oauth: oauth(endpoint.url), log })
    cleanups.push(() => billing.close())
    const result = await billing.capture({ authorisationId: 'a', amountMinor: 1, key: 'k' }, { callId: 'c' })
    expect(result).toMatchObject({ ok: false, kind: 'busy', code: 'credentials-401' })
    expect([asked, endpoint.count]).toEqual([2, 2])
    expect(errors).toEqual([{ event: 'partner.credentials_refused', operation: 'billing capture', status: 401 }])
  })

  test('nothing is sent while there is none: the call was not reached, in the time of the call', async () => {
    let asked = 0
    const url = await serving((_request, response) => {
      asked += 1
      response.end('{}')
    })
    let release = () => {}
    const endpoint = await tokenEndpoint({
      until: new Promise((resolve) => {
        release = resolve
      }),
    })
    const http = caller({ url, oauth: oauth(endpoint.url), callTimeoutMs: 100 })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'unreached', code: 'timeout' })
    const stop = new AbortController()
    const patient = http.call({ method: 'GET', path: '/', signal: stop.signal, timeoutMs: 60_000 })
    stop.abort()
    expect(await patient).toMatchObject({ kind: 'unreached', code: 'aborted' })
    expect(asked).toBe(0)
    release()
    // The token that nobody waited for any more is there for the next.
    expect(await http.call({ method: 'GET', path: '/', timeoutMs: 5_000 })).toMatchObject({ ok: true })
    expect(endpoint.count).toBe(1)
  })

  test('a token endpoint that is down leaves the call unreached', async () => {
    const url = await serving((_request, response) => void response.end('{}'))
    const http = caller({ url, oauth: oauth('http://127.0.0.1:1/token') })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({
      kind: 'unreached',
      code: 'token-connection-refused',
    })
  })
})

describe('with a client certificate', () => {
  test('a system that asks for one knows us by it, and turns strangers away', async () => {
    const certificates = await makeCertificates()
    cleanups.push(() => certificates.remove())
    const { server: own, ca, client, stranger, strangerCa } = certificates
    const options = { ...own, ca: ca.cert, requestCert: true, rejectUnauthorized: true }
    const secure = createSecureServer(options, (_request, response) => void response.end('{"instruments":[]}'))
    const url = `https://localhost:${await listen(secure as unknown as Server)}`
    const ask = async (tls: PartnerConfig['tls']) => {
      const billing = createBilling({ url, tls })
      cleanups.push(() => billing.close())
      return billing.instruments('anna', { callId: 'c' })
    }
    expect(await ask({ ...client, ca: ca.cert })).toEqual({ ok: true, value: { instruments: [] } })
    expect(await ask({ ...stranger, ca: ca.cert })).toMatchObject({ ok: false })
    expect(await ask({ ca: ca.cert })).toMatchObject({ ok: false })
    expect(await ask({ ...client, ca: strangerCa.cert })).toMatchObject({ kind: 'unreached', code: 'tls' })
  })

  test('an authority alone is enough where we are known by a token', async () => {
    const certificates = await makeCertificates()
    cleanups.push(() => certificates.remove())
    const endpoint = await tokenEndpoint()
    const secure = createSecureServer(certificates.server, (request, response) =>
      response.end(JSON.stringify({ by: request.headers.authorization })),
    )
    const url = `https://localhost:${await listen(secure as unknown as Server)}`
    const http = caller({ url, tls: { ca: certificates.ca.cert }, oauth: oauth(endpoint.url) })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ json: { by: 'Bearer token-1' } })
  })
})
