/** Cookies, methods and paths that none of our pages would send: the right answer, and nothing written. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Stack, startStack, withoutSweep } from '../support/stack'
import { type Browser, send } from './browser'
import { eidNumber, enter } from './purchase'
import { expectPage } from './refusals'
import { everyRow } from './rows'

let stack: Stack
/** Signed in. */
let browser: Browser
let before: string[]

beforeAll(async () => {
  stack = await startStack({ stock: 2, environment: withoutSweep })
  browser = await enter(stack, eidNumber(1))
}, 60_000)
afterAll(() => stack.stop())
beforeEach(async () => {
  before = await everyRow(stack.connectionString)
})
afterEach(async () => {
  expect(await everyRow(stack.connectionString)).toEqual(before)
})

describe('cookies', () => {
  const pages = ['/portal/options', '/portal/plans', '/portal/account', `/portal/orders/${'0'.repeat(26)}`]
  const session = '__Host-session'
  test.each([
    ['an empty one', `${session}=`],
    ['one that never was', `${session}=${'A'.repeat(43)}`],
    ['a path', `${session}=../../etc/passwd`],
    ['quotes', `${session}="x' or '1'='1"`],
    ['percent signs', `${session}=%00%ff%`],
    ['letters beyond ASCII', `${session}=\xe9\xff\xf0`],
    ['4 KB', `${session}=${'x'.repeat(4096)}`],
    ['20 KB', `${session}=${'x'.repeat(20_000)}`],
    ['a thousand', Array.from({ length: 1000 }, (_, at) => `c${at}=${at}`).join('; ')],
    ['nothing but signs', ';;;===;;=;a;=b'],
    ['a prototype', '__proto__=x; constructor=y; __Host-lang=__proto__'],
  ])('%s: a stranger, who is asked to sign in', async (_name, cookie) => {
    for (const path of pages) {
      const reply = await send(stack.url, path, { headers: { cookie } })
      expect([path, reply.status, reply.location]).toEqual([path, 303, expect.stringMatching(/^\/portal\/sign-in/)])
    }
    expectPage(await send(stack.url, '/portal', { headers: { cookie } }), 200)
  })

  test('of two sessions the first counts', async () => {
    const mine = browser.cookies.get(session) ?? ''
    const options = (cookie: string) => send(stack.url, '/portal/plans', { headers: { cookie } })
    expect((await options(`${session}=${mine}; ${session}=x`)).status).toBe(200)
    expect((await options(`${session}=x; ${session}=${mine}`)).status).toBe(303)
  })

  test('headers beyond all measure end at the host', async () => {
    const { status } = await send(stack.url, '/portal', { headers: { cookie: 'x'.repeat(60_000) } })
    expect(status).toBe(431)
  })
})

describe('methods and paths', () => {
  test.each([
    ['/portal', 'GET, HEAD'],
    ['/portal/plans', 'GET, HEAD, POST'],
    ['/portal/buy', 'POST'],
    ['/portal/orders/x/status', 'GET, HEAD'],
  ])('%s takes %s and nothing else', async (path, allow) => {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const reply = await browser.send(path, { method })
      expect([method, reply.status, reply.headers.allow]).toEqual([method, 405, allow])
      expect(reply.body).not.toBe('')
    }
  })

  test.each([
    '/portal/nowhere',
    '/portal/plans/x',
    '/portal/assets/../../host.json',
    '/portal/%2e%2e%2f',
    '/portal/orders/',
    '/portal/wp-login.php',
    '/portal/é'.replace('é', '%C3%A9'),
  ])('there is no page at %s', async (path) => {
    const reply = await send(stack.url, path)
    expect([path, reply.status]).toEqual([path, 404])
    expect(reply.body).not.toContain('extensionBundle')
  })

  test.each(['/portal/%00', '/nowhere', '/host.json', '/local.settings.json', '/portal/../host.json', '/dist/main.js'])(
    'nothing of ours is served at %s',
    async (path) => {
      const { status, body } = await send(stack.url, path)
      expect([400, 404]).toContain(status)
      expect(body).not.toContain('extension')
    },
  )
})
