import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { type ProgressNotice, parseProgressNotice } from '../../shared/platform/es2plus/notice'
import { type RunningSmdp, startSmdp } from './server'
import type { SmdpOptions } from './types'

const iccid = '8988247000100003319'
const eid = '89033024010400000100000000009136'
const otherEid = '89044011112233441122334411223321'
const matchingId = 'AAAAA-BBBBB-CCCCC-DDDDD'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

let calls = 0

/** A simulator with the few calls that tests need, each as plain HTTP. */
class Bench {
  constructor(readonly smdp: RunningSmdp) {}

  async post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(this.smdp.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-admin-protocol': 'gsma/rsp/v2.2.0', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
  }

  /** Calls a function of ES2+ and gives `success` or the code. */
  async es2(name: string, fields: Record<string, unknown>, headers?: Record<string, string>): Promise<string> {
    calls += 1
    const header = { functionRequesterIdentifier: 'operator', functionCallIdentifier: `call-${calls}` }
    const { status, body } = await this.post(`/gsma/rsp2/es2plus/${name}`, { header, ...fields }, headers)
    expect(status).toBe(200)
    const outcome = body.header.functionExecutionStatus
    if (outcome.status !== 'Failed') return 'success'
    return `${outcome.statusCodeData.subjectCode}/${outcome.statusCodeData.reasonCode}`
  }

  async order(fields: { eid?: string; release?: boolean } = {}): Promise<void> {
    const bound = fields.eid === undefined ? {} : { eid: fields.eid }
    expect(await this.es2('downloadOrder', { iccid, ...bound })).toBe('success')
    const confirm = { iccid, ...bound, matchingId, releaseFlag: fields.release ?? true }
    expect(await this.es2('confirmOrder', confirm)).toBe('success')
  }

  /** A device step: its body on success, otherwise the Windows error. */
  async device(name: string, body: Record<string, unknown>): Promise<string | Record<string, unknown>> {
    const answer = await this.post(`/device/${name}`, body)
    return answer.status === 200 ? answer.body : answer.body.error.windowsError
  }

  async begin(): Promise<string> {
    const begun = await this.device('authenticate', { matchingId, eid })
    if (typeof begun === 'string') throw new Error(begun)
    return String(begun.transactionId)
  }

  async state(): Promise<string> {
    return (await this.get('profiles'))[0].state
  }

  async get(path: string) {
    return (await fetch(`${this.smdp.url}/control/${path}`)).json()
  }
}

async function bench(options: Partial<SmdpOptions> = {}): Promise<Bench> {
  const smdp = await startSmdp({
    port: 0,
    address: 'smdp.example.net',
    stock: [{ iccid, profileType: 'P1', name: 'Day pass' }],
    ...options,
  })
  cleanups.push(() => smdp.stop())
  return new Bench(smdp)
}

/** The operator's end for notices; it answers with the given statuses in turn, then 204. */
async function operator(statuses: number[] = []) {
  const notices: ProgressNotice[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const parsed = parseProgressNotice(await json(request))
    if (parsed.ok && request.url === '/gsma/rsp2/es2plus/handleDownloadProgressInfo') notices.push(parsed.notice)
    response.writeHead(statuses.shift() ?? 204).end()
    for (const { count, resolve } of waiting) if (notices.length >= count) resolve()
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    notices,
    received: (count: number) =>
      notices.length >= count
        ? Promise.resolve()
        : new Promise<void>((resolve) => void waiting.push({ count, resolve })),
    points: () => notices.map(({ point, status }) => `${point} ${status}`),
  }
}

describe('the ES2+ side is strict', () => {
  test('about protocol version, content type and JSON, and answers 200 all the same', async () => {
    const at = await bench()
    const fields = { iccid }
    expect(await at.es2('releaseProfile', fields, { 'x-admin-protocol': 'gsma/rsp/v3.1.0' })).toBe('1.3.2/2.1')
    expect(await at.es2('releaseProfile', fields, { 'content-type': 'text/plain' })).toBe('1.3.1/2.1')
    const { status, headers } = await at.post('/gsma/rsp2/es2plus/releaseProfile', '{"half":')
    expect([status, headers.get('x-admin-protocol')]).toEqual([200, 'gsma/rsp/v2.2.0'])
    expect(await at.get('violations')).toHaveLength(3)
  })

  test.each([
    ['downloadOrder', { eid }, '1.6/2.3'],
    ['downloadOrder', { iccid: '123' }, '1.6/2.1'],
    ['downloadOrder', { iccid, profileType: 'P2' }, '8.2.5/3.8'],
    ['confirmOrder', { iccid, matchingId }, '1.6/2.2'],
    ['confirmOrder', { iccid, matchingId: 'lower', releaseFlag: true }, '1.6/2.1'],
    ['confirmOrder', { iccid, matchingId, releaseFlag: 'true' }, '1.6/2.1'],
    ['confirmOrder', { iccid, matchingId, releaseFlag: true, smdsAddress: 'smds.example.net' }, '8.9/5.1'],
    ['cancelOrder', { iccid }, '1.6/2.2'],
    ['cancelOrder', { iccid, finalProfileStatusIndicator: 'available' }, '1.6/2.1'],
    ['releaseProfile', {}, '1.6/2.2'],
    ['releaseProfile', { iccid, header: undefined }, '1.6/2.2'],
    ['releaseProfile', { iccid, header: { functionRequesterIdentifier: 'x' } }, '1.6/2.2'],
  ])('%s with case %# is refused', async (name, fields, code) => {
    const at = await bench()
    expect(await at.es2(name, fields)).toBe(code)
    expect(await at.state()).toBe('Available')
  })

  test('about what Mobile Plans does not allow and what nobody specified: served, but noted', async () => {
    const at = await bench()
    await at.es2('downloadOrder', { iccid, profiletype: 'P1', eid: '89033024010400000100000000009137' })
    await at.es2('confirmOrder', { iccid, matchingId, releaseFlag: true, confirmationCode: '1234' })
    expect((await at.get('violations')).map((violation: { kind: string }) => violation.kind)).toEqual([
      'unknown-member',
      'eid-check-digits',
      'confirmation-code',
    ])
  })

  test('and serves nobody but the agreed requester, where one was agreed', async () => {
    const at = await bench({ requester: 'somebody-else' })
    expect(await at.es2('downloadOrder', { iccid })).toBe('1.1/1.1')
  })

  test('a matching id that is left out is made by the SM-DP+', async () => {
    const at = await bench({ answerAddress: false })
    await at.es2('downloadOrder', { iccid })
    await at.es2('confirmOrder', { iccid, releaseFlag: true })
    const [call] = (await at.get('calls')).slice(-1)
    expect(Object.keys(call.response)).toEqual(['header', 'matchingId'])
    expect((await at.get('profiles'))[0]).toMatchObject({
      state: 'Released',
      matchingId: call.response.matchingId,
      activationCode: `1$smdp.example.net$${call.response.matchingId}`,
    })
  })
})

describe('a device', () => {
  test('downloads and installs, and the operator learns of both', async () => {
    const home = await operator()
    const at = await bench({ noticeUrl: home.url })
    await at.order({ eid })
    const begun = await at.device('authenticate', { matchingId, eid })
    expect(begun).toMatchObject({ iccid, profileName: 'Day pass', profileType: 'P1', sizeKB: expect.any(Number) })
    const { transactionId } = begun as { transactionId: string }
    expect(await at.device('package', { transactionId })).toEqual({ sizeKB: expect.any(Number) })
    expect(await at.state()).toBe('Downloaded')
    expect(await at.device('result', { transactionId, success: true })).toEqual({ state: 'Installed' })
    expect(await at.device('result', { transactionId, success: true })).toEqual({ state: 'Installed' })
    await home.received(2)
    expect(home.notices).toMatchObject([
      { iccid, eid, point: 3, status: 'success', profileType: 'P1' },
      { iccid, eid, point: 4, status: 'success', resultData: expect.any(String) },
    ])
  })

  test('meets the errors that Windows knows', async () => {
    const at = await bench()
    expect(await at.device('authenticate', { matchingId, eid })).toBe('invalidMatchingId')
    await at.order({ eid, release: false })
    expect(await at.device('authenticate', { matchingId, eid })).toBe('profileNotReleasedByOperator')
    await at.es2('releaseProfile', { iccid })
    expect(await at.device('authenticate', { matchingId, eid: otherEid })).toBe('eidMismatch')
    expect(await at.device('package', { transactionId: 'none' })).toBe('serverFailure')
    expect(await at.state()).toBe('Released')
    const { status, body } = await at.post('/device/authenticate', { matchingId, eid: otherEid })
    expect([status, body.error]).toEqual([
      409,
      { windowsError: 'eidMismatch', subject: '8.1.1', reason: '3.8', message: expect.any(String) },
    ])
    expect((await at.post('/device/authenticate', {})).status).toBe(400)
  })

  test('that postpones keeps its order; that declines ends it, and the operator is told', async () => {
    const home = await operator()
    const at = await bench({ noticeUrl: home.url })
    await at.order()
    expect(await at.device('cancel', { transactionId: await at.begin(), reason: 'postponed' })).toEqual({
      state: 'Released',
    })
    expect(await at.device('cancel', { transactionId: await at.begin(), reason: 'endUserRejection' })).toEqual({
      state: 'Error',
    })
    await home.received(1)
    expect(home.notices).toMatchObject([{ status: 'failed', statusCode: '8.8.5/3.8' }])
  })

  test('that cannot install puts the profile into Error, from where the operator takes it back', async () => {
    const home = await operator()
    const at = await bench({ noticeUrl: home.url, notices: { points: [4] } })
    await at.order()
    const transactionId = await at.begin()
    await at.device('package', { transactionId })
    expect(await at.device('result', { transactionId, success: false })).toEqual({ state: 'Error' })
    await home.received(1)
    expect(home.notices).toMatchObject([{ point: 4, status: 'failed', statusCode: '8.2.10/4.2' }])
    expect(await at.es2('cancelOrder', { iccid, matchingId, finalProfileStatusIndicator: 'Available' })).toBe('success')
    expect(await at.device('package', { transactionId })).toBe('serverFailure')
  })

  test('that is not eligible ends the order with point 1', async () => {
    const home = await operator()
    const at = await bench({ noticeUrl: home.url })
    await at.order()
    await at.post('/control/faults', { function: 'authenticate', mode: 'refuse', code: '8.2.5/4.3', times: 1 })
    expect(await at.device('authenticate', { matchingId, eid })).toBe('noEligibleProfileForThisDevice')
    expect(await at.state()).toBe('Error')
    await home.received(1)
    expect(home.notices).toMatchObject([{ point: 1, status: 'failed', statusCode: '8.2.5/4.3' }])
  })

  test('whose order is cancelled between two steps gets nothing', async () => {
    const at = await bench()
    await at.order()
    const transactionId = await at.begin()
    expect(await at.es2('cancelOrder', { iccid, matchingId, finalProfileStatusIndicator: 'Available' })).toBe('success')
    expect(await at.device('package', { transactionId })).toBe('serverFailure')
    expect(await at.state()).toBe('Available')
  })

  test('may take the package again after an interruption, but not bind it anew', async () => {
    const at = await bench()
    await at.order()
    await at.device('package', { transactionId: await at.begin() })
    const again = await at.begin()
    expect(await at.device('package', { transactionId: again })).toMatchObject({ sizeKB: expect.any(Number) })
    expect(await at.device('package', { transactionId: again, rebind: true })).toBe('profileNotAvailableForNewBinding')
  })
})

describe('notices', () => {
  async function install(at: Bench): Promise<void> {
    await at.order()
    const transactionId = await at.begin()
    await at.device('package', { transactionId })
    await at.device('result', { transactionId, success: true })
  }

  test('are repeated until the operator answers 204, and the answers are kept', async () => {
    const home = await operator([500, 200])
    const at = await bench({ noticeUrl: home.url, notices: { points: [4], retryDelaysMs: [1, 1, 1] } })
    await install(at)
    await home.received(3)
    await expect.poll(async () => (await at.get('notices')).sent[0].outcome).toBe('delivered')
    const { sent } = await at.get('notices')
    expect(sent[0].answers.map((answer: { status: number }) => answer.status)).toEqual([500, 200, 204])
  })

  test('may come twice, late, in the wrong order or not at all', async () => {
    const home = await operator()
    const at = await bench({ noticeUrl: home.url })
    await at.post('/control/notices', { reorder: true, duplicates: 1, delayMs: 5, pointAs: 'string' })
    await install(at)
    await home.received(4)
    expect(home.points()).toEqual(['4 success', '4 success', '3 success', '3 success'])
    await at.post('/control/reset', {})
    await at.post('/control/notices', { drop: 1 })
    await install(at)
    await home.received(5)
    expect(home.points().slice(4)).toEqual(['4 success'])
    expect((await at.get('notices')).sent.map((notice: { outcome: string }) => notice.outcome)).toContain('dropped')
  })
})

describe('a reset', () => {
  test('ends what faults hold, so that nothing of the time before reaches the time after', async () => {
    const at = await bench()
    await at.post('/control/faults', { function: 'any', mode: 'slow', delayMs: 60_000 })
    const held = at.es2('downloadOrder', { iccid })
    const broken = expect(held).rejects.toThrow()
    await expect.poll(async () => (await at.get('calls')).length).toBe(1)
    await at.post('/control/reset', {})
    await broken
    expect([await at.state(), await at.get('calls'), await at.get('faults')]).toEqual(['Available', [], []])
  })
})

describe('the control side', () => {
  test('adds stock, lists faults and forgets them, and refuses what it does not know', async () => {
    const at = await bench()
    const profiles = [
      { iccid: '8988247000101867183F', profileType: 'P2' },
      { iccid, profileType: 'P1' },
    ]
    expect((await at.post('/control/stock', { profiles })).body).toEqual({ added: 1 })
    expect(await at.get('profiles')).toHaveLength(2)
    const { body: fault } = await at.post('/control/faults', { function: 'any', mode: 'slow', iccid: `${iccid}F` })
    expect(await at.get('faults')).toEqual([{ id: fault.id, function: 'any', mode: 'slow', iccid, hits: 0 }])
    await fetch(`${at.smdp.url}/control/faults?id=${fault.id}`, { method: 'DELETE' })
    expect(await at.get('faults')).toEqual([])
    expect((await at.post('/control/faults', { function: 'any', mode: 'sulk' })).status).toBe(400)
    expect((await at.post('/control/unknown', {})).status).toBe(404)
    expect((await at.post('/elsewhere', {})).status).toBe(404)
    expect((await fetch(`${at.smdp.url}/gsma/rsp2/es2plus/downloadOrder`)).status).toBe(405)
  })
})
