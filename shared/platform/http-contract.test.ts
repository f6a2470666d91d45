import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createBilling } from './billing'
import { type HttpAnswer, maxAnswerBytes } from './http-call'
import { emptyObject, readContractAnswer } from './http-contract'

const reading = { operation: 'test', success: [200], schema: emptyObject }
const answered = (status: number, json?: unknown): HttpAnswer => ({ ok: true, status, headers: {}, json })
const read = (status: number, json?: unknown) => readContractAnswer(answered(status, json), reading)

describe('what a status means', () => {
  test.each([
    [402, 'refused', 'http-402'],
    [409, 'refused', 'http-409'],
    [422, 'refused', 'http-422'],
    [429, 'busy', 'http-429'],
    [503, 'busy', 'http-503'],
    // Our credentials, not the person's payment: nobody's order ends by them.
    [401, 'busy', 'credentials-401'],
    [403, 'busy', 'credentials-403'],
    [400, 'lost', 'http-400'],
    [404, 'lost', 'http-404'],
    [500, 'lost', 'http-500'],
    [302, 'lost', 'http-302'],
    [204, 'lost', 'http-204'],
  ])('%s: %s, %s', (status, kind, code) => {
    expect(read(status)).toMatchObject({ ok: false, kind, code })
  })

  test('a success whose body is a page is lost', () => {
    expect(read(200, undefined)).toMatchObject({ kind: 'lost', code: 'malformed' })
    expect(read(200, 'fine')).toMatchObject({ kind: 'lost', code: 'malformed' })
  })
})

describe('the code of an error', () => {
  test.each<[unknown, string]>([
    [{ error: { code: 'card_expired', message: 'x' } }, 'card_expired'],
    [{ code: '60', reason: 'x' }, '60'],
    [{ error: { code: '8988303000000123456' } }, 'http-409'],
    [{ error: { code: 'sim-8988303000000123456' } }, 'http-409'],
    [{ error: { code: 'anna@example.net' } }, 'http-409'],
    [{ error: 'declined' }, 'http-409'],
    ['<h1>no</h1>', 'http-409'],
  ])('%j: %s', (json, code) => {
    expect(read(409, json)).toMatchObject({ kind: 'refused', code })
  })

  test('texts of the other side are in no failure', () => {
    const result = read(402, { error: { code: 'declined', message: 'Anna has no money' }, hint: 'Anna' })
    expect(JSON.stringify(result)).not.toContain('Anna')
  })
})

describe('a billing system that answers strangely', () => {
  const cleanups: (() => Promise<void> | void)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })

  test.each<[string, number, Record<string, string>, string | Buffer, string]>([
    ['a page', 200, { 'content-type': 'text/html' }, '<html>Please sign in</html>', 'malformed'],
    ['a redirect', 307, { location: 'https://elsewhere.example/' }, '', 'http-307'],
    [
      'too much',
      200,
      { 'content-type': 'application/json' },
      Buffer.alloc(maxAnswerBytes + 1, 0x20),
      'answer-too-large',
    ],
    ['half a document', 200, { 'content-type': 'application/json' }, '{"a":', 'malformed'],
  ])('%s is a lost call, and asked once', async (_, status, headers, body, code) => {
    let asked = 0
    const server = createServer((_request, response) => {
      asked += 1
      response.writeHead(status, headers).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const billing = createBilling({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    cleanups.push(
      () => void server.close(),
      () => billing.close(),
    )
    const capture = { authorisationId: 'a', amountMinor: 1, key: 'k' }
    expect(await billing.capture(capture, { callId: 'c' })).toMatchObject({ ok: false, kind: 'lost', code })
    expect(asked).toBe(1)
  })
})
