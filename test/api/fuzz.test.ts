/** Requests by chance, from a seed: whatever comes, there is an answer in time, and it is never a fault of ours. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../support/stack'
import type { Browser, Reply } from './browser'
import { send } from './browser'
import { buy, eidNumber, enter } from './purchase'

const runs = process.env.TEST_SIZE === 'full' ? 3_000 : 300
let stack: Stack
/** Signed in, so that chance gets past the first door, too. */
let browser: Browser
let order: { id: string }

beforeAll(async () => {
  stack = await startStack()
  browser = await enter(stack, eidNumber(1))
  order = await buy(browser)
  await browser.get('/portal/plans')
}, 60_000)
afterAll(() => stack.stop())

const odd = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '__proto__',
    'constructor',
    '../..',
    '%',
    '%00',
    '<b>',
    'true',
    'null',
    '9'.repeat(19),
  ),
  fc.string({ minLength: 300, maxLength: 3000, size: 'max' }),
)
const names = ['eid', 'iccid', 'iccids', 'imei', 'market', 'location', 'transactionId', 'lang', 'next', 'note', 'limit']
const fields = [
  'plan',
  'order',
  'instrument',
  'terms',
  'eid',
  'imei',
  'code',
  'email',
  'password',
  'name',
  'event',
  'result',
]
const notice = ['iccid', 'eid', 'notificationPointId', 'notificationPointStatus', 'timestamp', 'resultData', 'header']
/** Half a surrogate pair cannot be sent. */
const wellFormed = (text: string) => text.replaceAll(/\p{Surrogate}/gu, '?')
/** Percent-encoded, sometimes not quite. */
const encoded = (text: string) => encodeURIComponent(wellFormed(text))
const part = odd.map((text) => encoded(text).replaceAll('%25', '%'))

const path = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(
        '',
        '/plans',
        '/review',
        '/buy',
        '/device',
        '/device/state',
        '/voucher',
        '/account',
        '/options',
        '/sign-in',
        '/sign-up',
      )
      .map((it) => `/portal${it}`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', '/status', '/report', '/handover').map((it) => `/portal/orders/ORDER${it}`),
  },
  { weight: 3, arbitrary: part.map((it) => `/v1/sims/${it}/balances`) },
  { weight: 2, arbitrary: fc.constant('/gsma/rsp2/es2plus/handleDownloadProgressInfo') },
  { weight: 2, arbitrary: fc.array(part, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`) },
  { weight: 1, arbitrary: part.map((it) => `/portal/${it}`) },
  { weight: 1, arbitrary: fc.constantFrom('/health', '/health/ready', '/v1', '/gsma/x', '/portal/assets/x') },
)
const query = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...names, 'fieldsTemplate'), part), part), { maxLength: 4 })
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.join('=')).join('&')}`))
const headers = fc.dictionary(
  fc.constantFrom(
    'accept-language',
    'x-ms-dm-transactionid',
    'origin',
    'authorization',
    'x-forwarded-host',
    'user-agent',
    'dm-error',
    'accept-encoding',
    'traceparent',
  ),
  // What Node lets out: no line ends, nothing beyond one byte.
  odd.map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 3000)),
  { maxKeys: 3 },
)
type Body = { type: string; bytes: string | Uint8Array }
const form: fc.Arbitrary<Body> = fc
  .dictionary(fc.oneof(fc.constantFrom(...fields), odd), odd, { maxKeys: 5 })
  .map((it) => ({
    type: 'application/x-www-form-urlencoded',
    bytes: ['csrf=CSRF', ...Object.entries(it).map((pair) => pair.map(encoded).join('='))].join('&'),
  }))
const event = fc.constantFrom('activation', 'registration', 'handed-over', 'no-host', 'other')
const iccid = fc.constantFrom('8999901000099999999', '89999010000999999990F', 'x', '')
const status = fc.constantFrom('Executed-Success', 'Failed', 'Expired', '').map((it) => ({ status: it }))
const document: fc.Arbitrary<Body> = fc
  .tuple(
    fc.dictionary(fc.oneof(fc.constantFrom(...fields, ...notice), odd), fc.jsonValue(), { maxKeys: 5 }),
    fc.record({ event, iccid, notificationPointId: fc.nat(9), notificationPointStatus: status }, { requiredKeys: [] }),
  )
  .map((parts) => ({ type: 'application/json', bytes: JSON.stringify(Object.assign({}, ...parts, { csrf: 'CSRF' })) }))
const noise: fc.Arbitrary<Body> = fc.oneof(
  fc.uint8Array({ maxLength: 500 }).map((bytes) => ({ type: 'application/json', bytes })),
  odd.map((bytes) => ({ type: 'text/plain', bytes: wellFormed(bytes) })),
)
interface ByChance {
  method: string
  path: string
  query: string
  headers: Record<string, string>
  body: Body
  signedIn: boolean
}
const anything: fc.Arbitrary<ByChance> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'),
  path,
  query,
  headers,
  body: fc.oneof(form, document, noise),
  signedIn: fc.boolean(),
})
/** What gets past method, session, type and token. */
const almostRight: fc.Arbitrary<ByChance> = fc.record({
  method: fc.constant('POST'),
  path: fc.constantFrom(
    '/portal/plans',
    '/portal/buy',
    '/portal/device',
    '/portal/voucher',
    '/portal/orders/ORDER/handover',
  ),
  query,
  headers: fc.constant({}),
  body: form,
  signedIn: fc.constant(true),
})
const almostTold: fc.Arbitrary<ByChance> = fc.record({
  method: fc.constant('POST'),
  path: fc.constantFrom('/portal/orders/ORDER/report', '/gsma/rsp2/es2plus/handleDownloadProgressInfo'),
  query,
  headers: fc.constant({}),
  body: document,
  signedIn: fc.constant(true),
})
const request = fc.oneof(anything, almostRight, almostTold)

test(`${runs} requests by chance are all answered in time, and none by a fault`, async () => {
  const seen = new Map<number, number>()
  const check = fc.asyncProperty(request, async ({ method, path, query, headers, body, signedIn }: ByChance) => {
    const target = `${path.replace('ORDER', order.id)}${query}`.slice(0, 7_900)
    const bytes = typeof body.bytes === 'string' ? body.bytes.replace('CSRF', browser.csrf) : body.bytes
    const cookie = signedIn ? [...browser.cookies].map((pair) => pair.join('=')).join('; ') : undefined
    const sent = {
      method,
      headers: { ...headers, ...(cookie === undefined ? {} : { cookie }), 'content-type': body.type },
      ...(method === 'GET' || method === 'HEAD' ? {} : { body: bytes }),
      withinMs: 8_000,
    }
    const reply: Reply = await send(stack.url, target, sent)
    seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1)
    expect(reply.status).toBeGreaterThanOrEqual(200)
    expect(reply.status).toBeLessThan(500)
  })
  await fc.assert(check, { seed: 20_260_301, numRuns: runs, endOnFailure: true })
  // Chance has met more than one door: pages and balances, redirects, refusals of several kinds.
  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 204, 303, 400, 403, 404, 405, 422]))
  expect(await send(stack.url, '/health/ready')).toMatchObject({ status: 200 })
  const log = stack.log()
  expect(/.*"event":"(?:portal\.fault|request failed)".*/.exec(log)?.[0]).toBeUndefined()
})
