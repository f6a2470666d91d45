/** The ES2+ client against the SM-DP+ simulator, over real HTTP and over mutual TLS. */
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FaultRequest } from '../../local/smdp/faults'
import { type RunningSmdp, startSmdp } from '../../local/smdp/server'
import { createMatchingId, type Eid, type Iccid } from '../../shared/domain/identifiers'
import { createEs2Plus, type Es2PlusClient, type Es2PlusConfig } from '../../shared/platform/es2plus/client'
import type { CallContext } from '../../shared/platform/ports'
import { makeCertificates, startRefusingServer, type TestCertificates } from '../support/certificates'

const iccid = '8988247000100003319' as Iccid
const other = '8988247000101867183' as Iccid
const eid = '89033024010400000100000000009136' as Eid
const matchingId = createMatchingId(randomBytes(13))
const stock = [
  { iccid: `${iccid}F`, profileType: 'P1', name: 'Day pass' },
  { iccid: other, profileType: 'P1' },
]

let calls = 0
function context(signal?: AbortSignal): CallContext {
  calls += 1
  return { callId: `test-${calls}`, signal }
}

let smdp: RunningSmdp
let es2: Es2PlusClient

function client(config: Partial<Es2PlusConfig> = {}): Es2PlusClient {
  return createEs2Plus({ url: smdp.url, requesterIdentifier: '1.3.6.1.4.1.99999', ...config })
}

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${smdp.controlUrl}/control/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  expect(response.ok).toBe(true)
  return response.status === 204 ? undefined : response.json()
}

const fault = (request: FaultRequest) => control('POST', 'faults', request)

async function stateOf(wanted: Iccid): Promise<string | undefined> {
  const profiles = (await control('GET', 'profiles')) as { iccid: string; state: string }[]
  return profiles.find((profile) => profile.iccid === wanted)?.state
}

async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 5))
}

beforeAll(async () => {
  smdp = await startSmdp({ port: 0, address: 'smdp.example.net', stock })
})
afterAll(() => smdp.stop())
beforeEach(async () => {
  await control('POST', 'reset')
  es2 = client()
})
afterEach(() => es2.close())

describe('an order', () => {
  test('goes from reservation over confirmation to release, and back into stock', async () => {
    expect(await es2.downloadOrder({ iccid, eid }, context())).toEqual({ ok: true, value: { iccid } })
    expect(await stateOf(iccid)).toBe('Linked')
    expect(await es2.confirmOrder({ iccid, eid, matchingId, release: false }, context())).toEqual({
      ok: true,
      value: { matchingId, smdpAddress: 'smdp.example.net', eid },
    })
    expect(await stateOf(iccid)).toBe('Confirmed')
    expect(await es2.releaseProfile({ iccid }, context())).toEqual({ ok: true, value: {} })
    expect(await es2.releaseProfile({ iccid }, context())).toEqual({ ok: true, value: {} })
    expect(await stateOf(iccid)).toBe('Released')
    expect(await es2.cancelOrder({ iccid, eid, matchingId, finalState: 'Available' }, context())).toEqual({
      ok: true,
      value: {},
    })
    expect(await stateOf(iccid)).toBe('Available')
    expect(await control('GET', 'violations')).toEqual([])
  })

  test('by profile type takes profiles until none is left', async () => {
    const taken = [
      await es2.downloadOrder({ profileType: 'P1' }, context()),
      await es2.downloadOrder({ profileType: 'P1' }, context()),
    ]
    expect(new Set(taken.map((result) => result.ok && result.value.iccid))).toEqual(new Set([iccid, other]))
    expect(await es2.downloadOrder({ profileType: 'P1' }, context())).toMatchObject({ kind: 'busy', code: '8.2.5/3.7' })
    expect(await es2.downloadOrder({ profileType: 'P2' }, context())).toMatchObject({
      kind: 'refused',
      code: '8.2.5/3.9',
    })
  })

  test('works with and without padding alike', async () => {
    const bare = client({ padIccid: false })
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ ok: true })
    expect(await bare.confirmOrder({ iccid, matchingId, release: true }, context())).toMatchObject({ ok: true })
    await bare.close()
    expect(await stateOf(iccid)).toBe('Released')
  })

  test('is refused with the codes of the specification', async () => {
    const unknown = '8988247000103824828' as Iccid
    expect(await es2.downloadOrder({ iccid: unknown }, context())).toMatchObject({ kind: 'refused', code: '8.2.1/3.9' })
    expect(await es2.releaseProfile({ iccid }, context())).toMatchObject({ kind: 'refused', code: '8.2.1/3.5' })
    expect(await es2.cancelOrder({ iccid, finalState: 'Available' }, context())).toMatchObject({ code: '8.2.1/3.3' })
    await es2.downloadOrder({ iccid, eid }, context())
    expect(await es2.downloadOrder({ iccid, eid }, context())).toMatchObject({ kind: 'refused', code: '8.2.1/3.3' })
    const foreign = '89044011112233441122334411223321' as Eid
    expect(await es2.confirmOrder({ iccid, eid: foreign, matchingId, release: true }, context())).toMatchObject({
      code: '8.1.1/3.10',
    })
    await es2.confirmOrder({ iccid, eid, matchingId, release: true }, context())
    expect(await es2.cancelOrder({ iccid, matchingId, finalState: 'Available' }, context())).toMatchObject({
      code: '8.2.1/3.10',
    })
    expect(await es2.cancelOrder({ iccid, eid, finalState: 'Available' }, context())).toMatchObject({
      code: '8.2.6/3.10',
    })
    await es2.downloadOrder({ iccid: other }, context())
    expect(await es2.confirmOrder({ iccid: other, matchingId, release: true }, context())).toMatchObject({
      kind: 'refused',
      code: '8.2.6/3.3',
    })
  })
})

describe('when things go wrong', () => {
  test('a refusal keeps its code, and busy is not a refusal', async () => {
    await fault({ function: 'downloadOrder', mode: 'refuse', code: '8.2.1/1.2', times: 1 })
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ kind: 'refused', code: '8.2.1/1.2' })
    await fault({ function: 'any', mode: 'busy', times: 1 })
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ kind: 'busy', code: '1.2/4.4' })
    await fault({ function: 'any', mode: 'busy', code: 'http-503', times: 1 })
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ kind: 'busy', code: 'http-503' })
    expect(await stateOf(iccid)).toBe('Available')
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ ok: true })
  })

  test('an answer that is lost leaves the work done, and the repetition says "in use"', async () => {
    await fault({ function: 'downloadOrder', mode: 'answer-lost', times: 1, iccid })
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ kind: 'lost', code: 'reset' })
    expect(await stateOf(iccid)).toBe('Allocated')
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ kind: 'refused', code: '8.2.1/3.3' })
  })

  test('an answer that is unreadable is lost too', async () => {
    await fault({ function: 'any', mode: 'malformed', times: 1 })
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ kind: 'lost', code: 'malformed' })
    expect(await stateOf(iccid)).toBe('Allocated')
  })

  test('HTTP 500 is lost', async () => {
    await fault({ function: 'any', mode: 'http-500', times: 1 })
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ kind: 'lost', code: 'http-500' })
  })

  test('a slow answer arrives when the timeout allows it, and is lost otherwise though the work is done', async () => {
    await fault({ function: 'any', mode: 'slow', delayMs: 30 })
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ ok: true })
    await control('DELETE', 'faults')
    await fault({ function: 'any', mode: 'slow', delayMs: 300 })
    const hasty = client({ callTimeoutMs: 150 })
    expect(await hasty.downloadOrder({ iccid: other }, context())).toMatchObject({ kind: 'lost', code: 'timeout' })
    await hasty.close()
    await until(async () => (await stateOf(other)) === 'Allocated')
  })

  test('work may be done after the caller has given up', async () => {
    await fault({ function: 'downloadOrder', mode: 'late-work', delayMs: 30, times: 1 })
    const stop = new AbortController()
    const answer = es2.downloadOrder({ iccid }, context(stop.signal))
    await until(async () => ((await control('GET', 'calls')) as unknown[]).length === 1)
    expect(await stateOf(iccid)).toBe('Available')
    stop.abort()
    expect(await answer).toMatchObject({ kind: 'lost', code: 'aborted' })
    await until(async () => (await stateOf(iccid)) === 'Allocated')
    expect(await control('GET', 'violations')).toEqual([])
  })

  test('an SM-DP+ that is down cuts connections and does no work; up again, it serves', async () => {
    await control('POST', 'down')
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ kind: 'lost', code: 'reset' })
    await control('POST', 'up')
    expect(await stateOf(iccid)).toBe('Available')
    expect(await es2.downloadOrder({ iccid }, context())).toMatchObject({ ok: true })
  })

  test('an SM-DP+ that is gone is unreached', async () => {
    const gone = await startSmdp({ port: 0, address: 'smdp.example.net', stock: [] })
    const lonely = createEs2Plus({ url: gone.url, requesterIdentifier: 'x' })
    await gone.stop()
    expect(await lonely.releaseProfile({ iccid }, context())).toMatchObject({
      kind: 'unreached',
      code: 'connection-refused',
    })
    await lonely.close()
  })
})

describe('a wrong client is found out', () => {
  async function kinds(): Promise<string[]> {
    return ((await control('GET', 'violations')) as { kind: string }[]).map((violation) => violation.kind)
  }

  test('by a call identifier used twice', async () => {
    await es2.downloadOrder({ iccid }, { callId: 'twice' })
    await es2.releaseProfile({ iccid }, { callId: 'twice' })
    expect(await kinds()).toEqual(['call-id-reused'])
  })

  test('by two calls for one ICCID at a time', async () => {
    await fault({ function: 'downloadOrder', mode: 'slow', delayMs: 200, times: 1 })
    await Promise.all([es2.downloadOrder({ iccid }, context()), es2.downloadOrder({ iccid }, context())])
    expect(await kinds()).toEqual(['overlapping-calls'])
  })

  test('by another requester', async () => {
    await es2.downloadOrder({ iccid }, context())
    const stranger = client({ requesterIdentifier: 'stranger' })
    await stranger.downloadOrder({ iccid: other }, context())
    await stranger.close()
    expect(await kinds()).toEqual(['requester-changed'])
  })

  test('by a protocol version that is none', async () => {
    const odd = client({ protocolVersion: '1.0' })
    expect(await odd.downloadOrder({ iccid }, context())).toMatchObject({ kind: 'refused', code: '1.3.2/2.1' })
    await odd.close()
    expect(await kinds()).toEqual(['bad-request'])
  })
})

describe('over mutual TLS', () => {
  let certificates: TestCertificates
  let secure: RunningSmdp

  beforeAll(async () => {
    certificates = await makeCertificates()
    const { server, ca } = certificates
    secure = await startSmdp({ port: 0, address: 'smdp.example.net', stock, tls: { ...server, ca: ca.cert } })
  })
  afterAll(async () => {
    await secure.stop()
    await certificates.remove()
  })

  async function withTls<T>(tls: Es2PlusConfig['tls'], act: (secured: Es2PlusClient) => Promise<T>): Promise<T> {
    const secured = createEs2Plus({ url: secure.url, requesterIdentifier: 'operator', tls })
    try {
      return await act(secured)
    } finally {
      await secured.close()
    }
  }

  test('a client with the agreed certificate is served', async () => {
    const { client: own, ca } = certificates
    const result = await withTls({ ...own, ca: ca.cert }, (secured) => secured.downloadOrder({ iccid }, context()))
    expect(result).toMatchObject({ ok: true })
  })

  test('a client with a certificate of somebody else is not served; in TLS 1.3 it learns that after it has sent its request', async () => {
    const { stranger, ca } = certificates
    const result = await withTls({ ...stranger, ca: ca.cert }, (secured) =>
      secured.downloadOrder({ iccid: other }, context()),
    )
    // The simulator, like every Node server, cuts the connection instead of sending the alert that would say why.
    expect(result).toMatchObject({ ok: false, kind: 'lost', code: 'reset' })
    const profiles: unknown = await (await fetch(`${secure.controlUrl}/control/profiles`)).json()
    expect(profiles).toContainEqual(expect.objectContaining({ iccid: other, state: 'Available' }))
  })

  test('a server that says that it refuses our certificate was not reached, though the handshake seemed complete', async () => {
    const { client: own, stranger, ca } = certificates
    const refusing = await startRefusingServer(certificates)
    try {
      for (const identity of [own, stranger]) {
        const lonely = createEs2Plus({ url: refusing.url, requesterIdentifier: 'x', tls: { ...identity, ca: ca.cert } })
        const result = await lonely.downloadOrder(
          { iccid: other },
          context(identity === own ? AbortSignal.timeout(300) : undefined),
        )
        await lonely.close()
        expect(result).toMatchObject(
          identity === own ? { kind: 'lost', code: 'aborted' } : { kind: 'unreached', code: 'tls' },
        )
      }
    } finally {
      refusing.stop()
    }
  })

  test('a server that the agreed authority did not sign is not talked to', async () => {
    const { client: own, strangerCa } = certificates
    const result = await withTls({ ...own, ca: strangerCa.cert }, (secured) =>
      secured.downloadOrder({ iccid: other }, context()),
    )
    expect(result).toMatchObject({ ok: false, kind: 'unreached', code: 'tls' })
  })
})
