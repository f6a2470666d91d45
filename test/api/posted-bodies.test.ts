/** What the operator's systems may post, and how what they should not is refused: in whose words, and that it has said what to do. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSim } from '../../shared/domain/sim'
import { type Stack, startStack, testIccid, withoutSweep } from '../support/stack'
import { type Reply, send } from './browser'
import { expectJson } from './refusals'
import { everyRow } from './rows'

const iccid = testIccid(500_001)
let ids = 0
const usage = () => ({
  events: [{ id: `cdr-${++ids}`, iccid, at: new Date().toISOString(), bytes: 1 }],
})
const callback = () => ({ kind: 'operation-cancel' })
const endpoints: [string, () => object][] = [
  ['/v1/usage', usage],
  ['/v1/callbacks', callback],
]
let stack: Stack
beforeAll(async () => {
  stack = await startStack({ environment: withoutSweep, stock: 1 })
  await stack.documents.insert('sims', iccid, iccid, createSim({ iccid, kind: 'warm' }))
}, 60_000)
afterAll(() => stack.stop())

const errorOf = ({ body }: Reply) => (JSON.parse(body) as { error: { code: string; message: string } }).error
const post = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  send(stack.url, path, { method: 'POST', body, headers })

describe.each(endpoints)('%s', (path, good) => {
  test.each([
    undefined,
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/vnd.operator.usage+json',
  ])('takes JSON as %s', async (type) => {
    const headers = type === undefined ? {} : { 'content-type': type }
    expect((await post(path, JSON.stringify(good()), headers)).status).toBe(200)
  })

  test('takes a byte order mark, and a client that waits to be told to go on', async () => {
    expect((await post(path, `\ufeff${JSON.stringify(good())}`)).status).toBe(200)
    expect((await post(path, JSON.stringify(good()), { expect: '100-continue' })).status).toBe(200)
  })

  test('takes HTTP/1.0', async () => {
    const body = JSON.stringify(good())
    const socket = connect(Number(new URL(stack.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`POST ${path} HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /)
  })

  test.each<[string, number, string, string | Uint8Array, Record<string, string>]>([
    [
      'a form',
      415,
      'send Content-Type: application/json',
      '{}',
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['plain text', 415, 'send Content-Type: application/json', '{}', { 'content-type': 'text/plain' }],
    ['XML', 415, 'send Content-Type: application/json', '<a/>', { 'content-type': 'application/xml' }],
    ['what is compressed', 415, 'without Content-Encoding', gzipSync('{}'), { 'content-encoding': 'gzip' }],
    ['nothing', 400, 'no body has arrived', '', {}],
    ['half of it', 400, 'not JSON in UTF-8', '{"events":[', {}],
    ['what is no UTF-8', 400, 'not JSON in UTF-8', Buffer.from('{"kind":"\xff"}', 'latin1'), {}],
    ['another encoding', 400, 'not JSON in UTF-8', Buffer.from('{}', 'utf16le'), {}],
    ['great depth', 400, '', `{"kind":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, {}],
    ['too much', 413, 'at most', `{"kind":"${'x'.repeat(600_000)}"}`, {}],
  ])('refuses %s with %i, says why, and writes nothing', async (_name, status, words, body, headers) => {
    const before = await everyRow(stack.connectionString)
    const reply = await post(path, body, headers)
    expectJson(reply, status)
    expect(errorOf(reply).message).toContain(words)
    expect(reply.headers['cache-control']).toBe('no-store')
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  test('refuses a body in chunks, which Azure does not hand on, and says what to send', async () => {
    const outgoing = request(stack.url + path, { method: 'POST' })
    // Two writes: the length is not known when the headers go out.
    outgoing.write('')
    outgoing.end(JSON.stringify(good()))
    const [reply] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(reply.statusCode).toBe(400)
    expect(await text(reply)).toContain('with Content-Length')
  })

  test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('is not for %s', async (method) => {
    const { status, headers } = await send(stack.url, path, { method })
    expect([status, headers.allow, headers['cache-control']]).toEqual([405, 'POST', 'no-store'])
  })
})

test('health is only read', async () => {
  for (const path of ['/health', '/health/ready']) {
    expect((await send(stack.url, path, { method: 'HEAD' })).status).toBe(200)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const reply = await send(stack.url, path, { method })
      expectJson(reply, 405)
      expect([reply.headers.allow, errorOf(reply).code]).toEqual(['GET, HEAD', 'MethodNotAllowed'])
    }
  }
})
