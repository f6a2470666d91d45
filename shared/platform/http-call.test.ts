import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createHttpCaller,
  type HttpCaller,
  type HttpCallerConfig,
  HttpCallerConfigError,
  maxAnswerBytes,
} from './http-call'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function listen(server: Server | TcpServer): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

function caller(config: Partial<HttpCallerConfig> & { baseUrl: string }): HttpCaller {
  const made = createHttpCaller({ timeoutMs: 5_000, ...config })
  cleanups.push(() => made.close())
  return made
}

async function against(listener: RequestListener, config: Partial<HttpCallerConfig> = {}): Promise<HttpCaller> {
  return caller({ baseUrl: await listen(createServer(listener)), ...config })
}

describe('the base URL', () => {
  test.each(['http://smdp.example.net', 'http://127.0.0.1.example.net', 'http://10.0.0.1'])(
    'must be encrypted unless it is this machine: %s',
    (baseUrl) => {
      expect(() => createHttpCaller({ baseUrl, timeoutMs: 1 })).toThrow(
        expect.objectContaining({ code: 'base_url_insecure' }),
      )
    },
  )

  test.each(['', 'smdp.example.net', 'ftp://host', 'https://host/?a=1', 'https://host/#a', 'https://user:word@host'])(
    'must be origin and path and nothing else: %s',
    (baseUrl) => {
      expect(() => createHttpCaller({ baseUrl, timeoutMs: 1 })).toThrow(HttpCallerConfigError)
    },
  )

  test.each(['http://127.0.0.1:1', 'http://localhost', 'http://[::1]:80/', 'https://smdp.example.net/prefix/'])(
    'may be %s',
    (baseUrl) => {
      expect(() => createHttpCaller({ baseUrl, timeoutMs: 1 })).not.toThrow()
    },
  )
})

describe('a call', () => {
  test('sends JSON below the prefix of the base URL and gives back status, headers and JSON', async () => {
    const echo = async (request: IncomingMessage, response: ServerResponse) => {
      const sent = await text(request)
      const { url, headers } = request
      response.writeHead(201, { 'content-type': 'application/json', 'x-answer': 'yes' })
      response.end(JSON.stringify({ url, type: headers['content-type'], key: headers['x-key'], text: sent }))
    }
    const base = await listen(createServer((request, response) => void echo(request, response)))
    const http = caller({ baseUrl: `${base}/api/`, headers: { 'x-key': 'always' } })
    expect(await http.call({ method: 'POST', path: '/things', body: { a: 'ä"' } })).toMatchObject({
      ok: true,
      status: 201,
      headers: { 'x-answer': 'yes' },
      json: { url: '/api/things', type: 'application/json', key: 'always', text: '{"a":"ä\\""}' },
    })
  })

  test('gives an answer of any status, with no JSON when there is none or it is unreadable', async () => {
    const http = await against((request, response) => {
      response.writeHead(Number(request.url?.slice(1)))
      response.end(request.url === '/500' ? '<h1>no</h1>' : undefined)
    })
    expect(await http.call({ method: 'DELETE', path: '/204' })).toMatchObject({
      ok: true,
      status: 204,
      json: undefined,
    })
    expect(await http.call({ method: 'GET', path: '/500' })).toMatchObject({ ok: true, status: 500, json: undefined })
  })

  test('never follows a redirect', async () => {
    const seen: (string | undefined)[] = []
    const http = await against((request, response) => {
      seen.push(request.url)
      response.writeHead(307, { location: '/elsewhere' }).end()
    })
    expect(await http.call({ method: 'POST', path: '/here', body: {} })).toMatchObject({ ok: true, status: 307 })
    expect(seen).toEqual(['/here'])
  })

  test('does not open a connection for each of the calls that follow each other', async () => {
    let connections = 0
    const server = createServer((_request, response) => void response.end('{}'))
    server.on('connection', () => {
      connections += 1
    })
    const http = caller({ baseUrl: await listen(server) })
    for (let count = 0; count < 20; count += 1) await http.call({ method: 'GET', path: '/' })
    expect(connections).toBeLessThanOrEqual(2)
  })
})

describe('a request that certainly did not arrive is unreached', () => {
  test('when nobody listens', async () => {
    const server = createTcpServer()
    const baseUrl = await listen(server)
    server.close()
    await once(server, 'close')
    const http = caller({ baseUrl })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({
      kind: 'unreached',
      code: 'connection-refused',
    })
  })

  test('when the name does not exist', async () => {
    const http = caller({ baseUrl: 'https://no-such-host.invalid' })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'unreached', code: 'name-not-found' })
  })

  test('when the other side does not speak TLS', async () => {
    const base = await listen(createTcpServer((socket) => void socket.end('SSH-2.0-hello\r\n')))
    const http = caller({ baseUrl: base.replace('http:', 'https:') })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'unreached', code: 'tls' })
  })

  test('when the connection ends within the TLS handshake', async () => {
    const base = await listen(createTcpServer((socket) => void socket.destroy()))
    const http = caller({ baseUrl: base.replace('http:', 'https:') })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'unreached' })
  })

  test('when the TLS handshake takes longer than the connect timeout', async () => {
    const base = await listen(createTcpServer((socket) => void socket.resume()))
    const http = caller({ baseUrl: base.replace('http:', 'https:'), connectTimeoutMs: 50 })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'unreached', code: 'connect-timeout' })
  })

  test('when the wait was over before it began, or the caller was closed', async () => {
    const http = await against((_request, response) => void response.end())
    expect(await http.call({ method: 'GET', path: '/', signal: AbortSignal.abort() })).toMatchObject({
      kind: 'unreached',
      code: 'aborted',
    })
    await http.close()
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'unreached', code: 'closed' })
  })

  test('when a header cannot be written', async () => {
    const http = await against((_request, response) => void response.end())
    const answer = await http.call({ method: 'GET', path: '/', headers: { 'x-bad': 'a\r\nb: c' } })
    expect(answer).toMatchObject({ kind: 'unreached', code: 'invalid-request' })
  })
})

describe('a request that may have arrived is lost', () => {
  test('when the connection is cut without an answer', async () => {
    const http = await against((request) => void request.socket.destroy())
    expect(await http.call({ method: 'POST', path: '/', body: {} })).toMatchObject({ kind: 'lost', code: 'reset' })
  })

  test('when the answer breaks off', async () => {
    const http = await against((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"half":', () => response.destroy())
    })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'lost' })
  })

  test('when no answer comes in time, by the setting of the caller or of the call', async () => {
    const http = await against(() => undefined, { timeoutMs: 40 })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'lost', code: 'timeout' })
    expect(await http.call({ method: 'GET', path: '/', timeoutMs: 20 })).toMatchObject({
      kind: 'lost',
      code: 'timeout',
    })
  })

  test('when the answer begins in time but does not end', async () => {
    const http = await against(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{"half":')
      },
      { timeoutMs: 60 },
    )
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'lost', code: 'timeout' })
  })

  test('when its signal ends the wait', async () => {
    const stop = new AbortController()
    const http = await against(() => stop.abort())
    const answer = await http.call({ method: 'GET', path: '/', signal: stop.signal })
    expect(answer).toMatchObject({ kind: 'lost', code: 'aborted' })
  })

  test('when the answer is larger than any contract allows', async () => {
    const http = await against((_request, response) => void response.end(Buffer.alloc(maxAnswerBytes + 1, 0x20)))
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'lost', code: 'answer-too-large' })
  })

  test('when the answer is not HTTP', async () => {
    const baseUrl = await listen(createTcpServer((socket) => void socket.once('data', () => socket.end('hello\r\n'))))
    const http = caller({ baseUrl })
    expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'lost', code: 'malformed' })
  })
})

test('the caller goes on working after each kind of failure', async () => {
  let count = 0
  const http = await against((request, response) => {
    count += 1
    if (count === 1) request.socket.destroy()
    else if (count > 2) response.end('{"fine":true}')
  })
  expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ code: 'reset' })
  expect(await http.call({ method: 'GET', path: '/', timeoutMs: 200 })).toMatchObject({ code: 'timeout' })
  expect(await http.call({ method: 'GET', path: '/' })).toMatchObject({ ok: true, json: { fine: true } })
})
