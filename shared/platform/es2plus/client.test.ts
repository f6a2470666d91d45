import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import type { Eid, Iccid, MatchingId } from '../../domain/identifiers'
import { createEs2Plus, type Es2PlusConfig } from './client'

const iccid = '8988247000100003319' as Iccid
const eid = '89033024010400000100000000009136' as Eid
const matchingId = 'AAAAA-BBBBB-CCCCC-DDDDD' as MatchingId
const context = { callId: 'order-1-confirm-1' }

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Received {
  url: string | undefined
  headers: NodeJS.Dict<string | string[]>
  body: unknown
}

/** An SM-DP+ that always says the same. */
async function answering(body: unknown, status = 200, config: Partial<Es2PlusConfig> = {}) {
  const received: Received[] = []
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    received.push({ url: request.url, headers: request.headers, body: await json(request) })
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const es2 = createEs2Plus({
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    requesterIdentifier: '1.3.6.1.4.1.99999',
    ...config,
  })
  cleanups.push(
    () => void server.close(),
    () => es2.close(),
  )
  return { es2, received }
}

const header = (status: string, code?: string, message?: string) => {
  const [subjectCode, reasonCode] = code?.split('/') ?? []
  return {
    functionExecutionStatus: {
      status,
      ...(code !== undefined && { statusCodeData: { subjectCode, reasonCode, message } }),
    },
  }
}
const success = header('Executed-Success')
const confirm = { iccid, eid, matchingId, release: true }

describe('on the wire', () => {
  test('a call carries the protocol version, the requester and its own call identifier', async () => {
    const { es2, received } = await answering({ header: success, iccid: `${iccid}F` })
    expect(await es2.downloadOrder({ iccid, eid, profileType: 'P1' }, context)).toEqual({ ok: true, value: { iccid } })
    expect(received).toMatchObject([
      {
        url: '/gsma/rsp2/es2plus/downloadOrder',
        headers: { 'x-admin-protocol': 'gsma/rsp/v2.2.0', 'content-type': 'application/json' },
        body: {
          header: { functionRequesterIdentifier: '1.3.6.1.4.1.99999', functionCallIdentifier: 'order-1-confirm-1' },
          iccid: '8988247000100003319F',
          eid,
          profileType: 'P1',
        },
      },
    ])
  })

  test('padding is left out where the SM-DP+ does not want it, and 20 digits are never padded', async () => {
    const bare = await answering({ header: success }, 200, { padIccid: false })
    await bare.es2.releaseProfile({ iccid }, context)
    expect(bare.received).toMatchObject([{ body: { iccid } }])
    const padded = await answering({ header: success })
    await padded.es2.releaseProfile({ iccid: '89470100001234567840' as Iccid }, context)
    expect(padded.received).toMatchObject([{ body: { iccid: '89470100001234567840' } }])
  })

  test('what is unknown is left out rather than sent empty', async () => {
    const { es2, received } = await answering({ header: success, matchingId })
    await es2.confirmOrder({ iccid, matchingId, release: false }, context)
    await es2.cancelOrder({ iccid, finalState: 'Unavailable' }, context)
    expect(received.map(({ body }) => Object.keys(body as object))).toEqual([
      ['header', 'iccid', 'matchingId', 'releaseFlag'],
      ['header', 'iccid', 'finalProfileStatusIndicator'],
    ])
  })

  test('downloadOrder without ICCID and profile type is not sent', async () => {
    const { es2, received } = await answering({})
    expect(await es2.downloadOrder({ eid }, context)).toMatchObject({ kind: 'refused', code: '1.6/2.3' })
    expect(received).toEqual([])
  })
})

describe('success', () => {
  test('with a warning is success, and the warning is passed on', async () => {
    const { es2 } = await answering({ header: header('Executed-WithWarning', '8.2.5/4.3') })
    expect(await es2.releaseProfile({ iccid }, context)).toEqual({ ok: true, value: {}, warning: '8.2.5/4.3' })
    const silent = await answering({ header: header('Executed-WithWarning') })
    expect(await silent.es2.releaseProfile({ iccid }, context)).toMatchObject({ ok: true, warning: 'unspecified' })
  })

  test('of confirmOrder gives matching id, EID and address', async () => {
    const { es2 } = await answering({ header: success, matchingId, eid, smdpAddress: 'rsp.operator.example' })
    expect(await es2.confirmOrder(confirm, context)).toEqual({
      ok: true,
      value: { matchingId, eid, smdpAddress: 'rsp.operator.example' },
    })
  })

  test('of confirmOrder without an address, or with an empty one, means the agreed address', async () => {
    for (const extra of [{}, { smdpAddress: '' }]) {
      const { es2 } = await answering({ header: success, matchingId, ...extra })
      expect(await es2.confirmOrder(confirm, context)).toEqual({ ok: true, value: { matchingId } })
    }
  })
})

describe('a failed function', () => {
  test.each([
    ['8.2.1/3.3', 'refused'],
    ['8.2.1/3.10', 'refused'],
    ['8.2.6/3.3', 'refused'],
    ['1.1/1.1', 'refused'],
    ['99.9/9.9', 'refused'],
    ['8.2.5/3.7', 'busy'],
    ['8.9/5.1', 'busy'],
    ['8.9/4.2', 'busy'],
    ['1.2/4.2', 'busy'],
    ['1.2/4.4', 'busy'],
    ['1.6/5.3', 'busy'],
    ['1.6/5.4', 'lost'],
  ])('with %s is %s', async (code, kind) => {
    const { es2 } = await answering({ header: header('Failed', code, 'why') })
    expect(await es2.confirmOrder(confirm, context)).toEqual({ ok: false, kind, code, detail: 'why' })
  })

  test('without a code is refused, and one that is said to have expired without a code is lost', async () => {
    const failed = await answering({ header: header('Failed') })
    expect(await failed.es2.confirmOrder(confirm, context)).toMatchObject({ kind: 'refused', code: 'unspecified' })
    const expired = await answering({ header: header('Expired') })
    expect(await expired.es2.confirmOrder(confirm, context)).toMatchObject({ kind: 'lost', code: 'expired' })
  })

  test('says why without the identifiers that were sent or any other long number', async () => {
    const other = '8947 0100 0012 3456 7840'
    const message = `ICCID ${iccid}F of ${eid} and ${matchingId} conflicts with ${other}`
    const { es2 } = await answering({ header: header('Failed', '8.2.6/3.3', message) })
    const result = await es2.confirmOrder(confirm, context)
    const text = JSON.stringify(result)
    for (const secret of [iccid, eid, matchingId, other]) expect(text).not.toContain(secret)
    expect(result).toMatchObject({ detail: 'ICCID … of … and … conflicts with …' })
  })
})

describe('an answer that cannot be right is lost', () => {
  const cases: [string, unknown, string][] = [
    ['half a document', '{"header":{"functionExec', 'malformed'],
    ['no header', { matchingId }, 'malformed'],
    ['no status', { header: {}, matchingId }, 'malformed'],
    ['an unknown status', { header: header('Executed'), matchingId }, 'malformed'],
    [
      'codes that are numbers',
      {
        header: {
          functionExecutionStatus: { status: 'Failed', statusCodeData: { subjectCode: 8.2, reasonCode: 3.1 } },
        },
      },
      'malformed',
    ],
    ['no matching id', { header: success }, 'malformed'],
    ['another matching id', { header: success, matchingId: 'ZZZZZ' }, 'foreign-matching-id'],
    ['another EID', { header: success, matchingId, eid: '89044011112233441122334411223321' }, 'foreign-eid'],
    ['an address with a path', { header: success, matchingId, smdpAddress: 'https://smdp.example.net/' }, 'malformed'],
    ['an address with a delimiter', { header: success, matchingId, smdpAddress: 'smdp$x' }, 'malformed'],
  ]
  test.each(cases)('%s', async (_name, body, code) => {
    const { es2 } = await answering(body)
    expect(await es2.confirmOrder(confirm, context)).toMatchObject({ ok: false, kind: 'lost', code })
  })

  test('an ICCID that was not asked for, or is none', async () => {
    const foreign = await answering({ header: success, iccid: '8988247000101867183' })
    expect(await foreign.es2.downloadOrder({ iccid }, context)).toMatchObject({ kind: 'lost', code: 'foreign-iccid' })
    for (const wrong of ['898824', Number(iccid), undefined]) {
      const { es2 } = await answering({ header: success, iccid: wrong })
      expect(await es2.downloadOrder({ profileType: 'P1' }, context)).toMatchObject({ kind: 'lost', code: 'malformed' })
    }
  })
})

test.each([
  [429, 'busy'],
  [503, 'busy'],
  [500, 'lost'],
  [502, 'lost'],
  [404, 'lost'],
  [302, 'lost'],
  [201, 'lost'],
])('HTTP status %i is %s, whatever the body says', async (status, kind) => {
  const { es2 } = await answering({ header: success }, status)
  expect(await es2.releaseProfile({ iccid }, context)).toMatchObject({ ok: false, kind, code: `http-${status}` })
})
