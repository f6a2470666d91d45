/**
 * Requests to the endpoints for machines by chance, near the documented ones and far from them: every one is answered in time, never by a fault, and neither an answer
 * nor the log gives away a number that identifies a person. The seed is printed; `FUZZ_SEED` plays a run again.
 */
import { Agent, request as httpRequest } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSim } from '../../shared/domain/sim'
import { type Stack, startStack, testIccid, withoutSweep } from '../support/stack'
import { send } from './browser'

const full = process.env.TEST_SIZE === 'full'
const runs = full ? 100_000 : 5_000
const seed = Number(process.env.FUZZ_SEED ?? (full ? Date.now() % 2 ** 31 : 20_261_122))
const batch = 500
const inFlight = 16

const known = Array.from({ length: 5 }, (_, at) => testIccid(500_001 + at))
const imei = '490154203237518'
let stack: Stack
beforeAll(async () => {
  stack = await startStack({
    environment: withoutSweep,
    stock: 1,
    operator(operator) {
      // Limits would hide everything behind them.
      operator.operatorApi = { perCaller: { perSecond: 0 }, perSim: { perSecond: 0 } }
      operator.notifications = [{ id: 1, type: 'NewOffer' }]
    },
  })
  for (const [at, iccid] of known.entries()) {
    const kind = (['esim', 'warm', 'monitor', 'excluded'] as const)[at % 4] ?? 'esim'
    const grant = {
      orderId: 'one',
      planId: 'travel-2',
      kind: 'payg' as const,
      dataMB: 10,
      durationMs: 8.64e8,
      locations: ['*'],
    }
    await stack.documents.insert('sims', iccid, iccid, { ...createSim({ iccid, kind }), grants: [grant] })
  }
}, 60_000)
afterAll(() => stack.stop())

const wellFormed = (text: string) => text.replaceAll(/\p{Surrogate}/gu, '?')
const odd = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 15 }).map(wellFormed),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    '__proto__',
    'constructor',
    '..',
    '%',
    '%00',
    '%zz',
    '<b>',
    'null',
    '+1',
    ' 1',
    '１',
  ),
  fc.string({ minLength: 200, maxLength: 3000, size: 'max' }),
)
/** Percent-encoded, sometimes not quite, sometimes twice. */
const part = fc.oneof(
  odd.map(encodeURIComponent),
  odd.map((text) => encodeURIComponent(text).replaceAll('%25', '%')),
  odd.map((text) => encodeURIComponent(encodeURIComponent(text))),
)
const sim = fc
  .tuple(
    fc.constantFrom(...known, '8999901000099999999', imei),
    fc.constantFrom('', 'iccid:', 'iccid:%20', 'iccid%3A', 'ICCID:', 'imsi:', '%20'),
    fc.constantFrom('', 'F', 'f', 'FF', '%00', '%2F', '0'),
  )
  .map(([digits, before, after]) => `${before}${digits}${after}`)
const resource = fc.constantFrom(
  'balances',
  'offers',
  'notifications',
  'Balances',
  'balances/',
  'microbalance',
  'balances/one',
  '',
)
const path = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(sim, resource).map((parts) => `/v1/sims/${parts.join('/')}`) },
  { weight: 3, arbitrary: fc.tuple(part, resource).map((parts) => `/v1/sims/${parts.join('/')}`) },
  { weight: 1, arbitrary: fc.array(part, { maxLength: 4 }).map((parts) => `/v1/${parts.join('/')}`) },
)
const value = fc.oneof(
  fc.constantFrom(
    'basic',
    'full',
    '1',
    '0',
    '2147483647',
    '2147483648',
    'DE',
    'us',
    'Us',
    'XX',
    'LowBalance',
    'zerobalance',
    'Trial%20Ending',
    imei,
    '',
  ),
  part,
)
const name = fc.oneof(
  fc.constantFrom('fieldsTemplate', 'fieldTemplate', 'limit', 'location', 'imei', 'notificationType', 'Limit', 'LIMIT'),
  part,
)
const documented = fc.constantFrom<[string, string][]>(
  ['fieldsTemplate', 'full'],
  ['limit', '1'],
  ['location', 'DE'],
  ['imei', '1234'],
  ['notificationType', 'NewOffer'],
)
const query = fc
  .oneof(
    fc.uniqueArray(documented, { maxLength: 5, selector: ([known]) => known }),
    fc.array(fc.oneof(fc.tuple(name, value), documented), { maxLength: 5 }),
  )
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.join('=')).join('&')}`))
const headers = fc.dictionary(
  fc.constantFrom(
    'x-ms-dm-transactionid',
    'authorization',
    'x-arr-clientcert',
    'traceparent',
    'x-forwarded-for',
    'accept',
    'host',
    'content-type',
  ),
  fc.oneof(
    fc.constantFrom(
      'MSFT-1',
      'Basic eDp5',
      'Bearer a.b.c',
      'MIIB',
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ),
    // What Node lets out: no line ends, nothing beyond one byte.
    odd.map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 2000)),
  ),
  { maxKeys: 3 },
)
const method = fc.oneof(
  { weight: 9, arbitrary: fc.constant('GET') },
  { weight: 1, arbitrary: fc.constantFrom('HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS') },
)
const read = fc.record({ method, path, query, headers })

/** What the operator's systems and the SM-DP+ post, near the right form and far from it. */
const text = odd.map((it) => it.slice(0, 200))
const either = (...right: fc.JsonValue[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  )
/** Members that are right for the most part, and sometimes absent or joined by others. */
const members = (of: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .tuple(
      fc.oneof({ weight: 4, arbitrary: fc.record(of) }, { weight: 1, arbitrary: fc.record(of, { requiredKeys: [] }) }),
      fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, fc.dictionary(text, text)),
    )
    .map((parts) => Object.assign({}, ...parts) as object)
const event = members({
  id: either('cdr-1', 'cdr-2', ''),
  iccid: either(...known, ...known, '8999901000099999999'),
  at: either(...[0, 60, 86_400, 800_000, -900_000].map((s) => new Date(Date.now() - s * 1000).toISOString())),
  bytes: either(0, 1, 5, 1024, -1),
})
const usage = members({ events: fc.oneof(fc.array(event, { maxLength: 4 }), fc.jsonValue({ maxDepth: 2 })) })
const bought = {
  planName: either('Travel'),
  account: either('new', 'existing'),
  instrument: either('new', 'not-reached'),
  line: either('new'),
  activationCode: either('1$smdp.example.net$ABC', 'LPA:1$smdp.example.net$ABC', '1$smdp.example.net$ABC$$1'),
}
const callback = fc.oneof(
  members({ kind: either('inline-download', 'balance-addition'), ...bought }),
  members({ kind: either('delayed-download', 'asynchronous-download'), ...bought, delayMinutes: either(0, 5, -1) }),
  members({ kind: fc.constant('cancelled-purchase'), end: either('cancelled', 'complete'), account: either('left') }),
  members({ kind: either('operation-cancel'), operationId: text }),
)
const notice = members({
  iccid: either(...known, '8999901000099999999F'),
  notificationPointId: either(3, '4', -1),
  notificationPointStatus: either({ status: 'Executed-Success' }, { status: 'Failed' }, {}),
  resultData: either('QUJD', '='),
})
const posted = fc
  .tuple(
    fc.oneof(
      fc.tuple(fc.constant('/v1/usage'), usage),
      fc.tuple(fc.constant('/v1/callbacks'), callback),
      fc.tuple(fc.constant('/gsma/rsp2/es2plus/handleDownloadProgressInfo'), notice),
    ),
    // Mostly whole; sometimes cut off somewhere.
    fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.double({ min: 0, max: 1, noNaN: true })),
    fc.oneof(
      { weight: 9, arbitrary: fc.constant({}) },
      headers,
      fc.constantFrom({ 'content-type': 'text/plain' }, { 'content-encoding': 'gzip' }),
    ),
  )
  .map(([[target, body], share, more]) => {
    const json = JSON.stringify(body)
    const given: Record<string, string> = { 'content-type': 'application/json', ...more }
    return { method: 'POST', path: target, query: '', headers: given, body: json.slice(0, json.length * share) }
  })
const anything = fc.oneof({ weight: 4, arbitrary: read }, { weight: 1, arbitrary: posted })
interface ByChance {
  method: string
  path: string
  query: string
  headers: Record<string, string>
  body?: string
}

const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
afterAll(() => agent.destroy())
function ask({
  method: verb,
  path: target,
  query: asked,
  headers: given,
  body = '',
}: ByChance): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(stack.url)
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
    const sent = { ...given, ...length }
    const options = { hostname, port, agent, method: verb, path: `${target}${asked}`.slice(0, 7_000), headers: sent }
    const outgoing = httpRequest(options, (incoming) => {
      const chunks: Uint8Array[] = []
      incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        clearTimeout(timer)
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') })
      })
    })
    const timer = setTimeout(() => outgoing.destroy(new Error('no answer within 10 s')), 10_000)
    outgoing.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    outgoing.end(body)
  })
}

test(
  `${runs} requests by chance are answered in time, without a fault, and give nobody away (seed ${seed})`,
  async () => {
    console.info(`FUZZ_SEED=${seed}`)
    const seen = new Map<number, number>()
    for (let done = 0; done < runs; done += batch) {
      const requests = fc.sample(anything, { seed: seed + done, numRuns: batch })
      let next = 0
      const work = async () => {
        for (let one = requests[next++]; one !== undefined; one = requests[next++]) {
          const asked = JSON.stringify(one)
          const { status, body } = await ask(one).catch((error: unknown) => {
            throw new Error(`no answer to ${asked}`, { cause: error })
          })
          seen.set(status, (seen.get(status) ?? 0) + 1)
          expect(status, asked).toBeGreaterThanOrEqual(200)
          expect(status, asked).toBeLessThan(500)
          for (const number of [...known, imei]) expect(body.includes(number), asked).toBe(false)
        }
      }
      await Promise.all(Array.from({ length: inFlight }, work))
    }
    console.info(JSON.stringify(Object.fromEntries([...seen].sort())))
    // Chance has met every door.
    expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 204, 400, 404, 405, 409, 415]))
    expect((await send(stack.url, '/health')).status).toBe(200)
    const log = stack.log()
    expect(/.*"event":"request failed".*/.exec(log)?.[0]).toBeUndefined()
    for (const number of [...known, imei]) expect(log.includes(number)).toBe(false)
  },
  full ? 20 * 60_000 : 120_000,
)
