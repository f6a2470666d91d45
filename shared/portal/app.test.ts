import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { StoreUnavailableError } from '../platform/ports'
import { longestBody } from './body'
import { anonymousRoutes, routes } from './routes'
import { type Browser, launchPath, origin, type PortalWorld, person, portalWorld } from './testing/world'

let world: PortalWorld
beforeEach(() => {
  world = portalWorld()
})
const writes = () => world.operations.filter(({ name }) => name !== 'get')
const form = (body: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body,
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
})
/** Every path with something in the place of its parameters. */
const paths = [...anonymousRoutes, ...routes].map((route) => ({
  ...route,
  path: route.path.replace(':id', '0'.repeat(26)).replace(':file', 'portal.css'),
}))

describe('every answer', () => {
  test.each([
    '/portal',
    '/portal/help',
    '/portal/assets/portal.css',
    '/portal/nowhere',
    '/portal/options',
    '/portal/device/state',
  ])('forbids foreign and inline content, frames and sniffing: %s', async (path) => {
    const { headers } = await world.browser().get(path)
    const csp = headers.get('content-security-policy') ?? ''
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]) {
      expect(csp.split('; ')).toContain(rule)
    }
    expect(csp).not.toMatch(/unsafe|\*|https?:/)
    expect(Object.fromEntries(headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000',
    })
    expect(headers.get('permissions-policy')).toContain('camera=()')
  })

  test('asks for https only where the portal is reached by https', async () => {
    const { headers } = await portalWorld({ publicUrl: 'http://127.0.0.1:7071' }).browser().get('/portal')
    expect(headers.has('strict-transport-security')).toBe(false)
  })

  test('keeps pages out of every cache', async () => {
    for (const path of ['/portal', '/portal/sign-in', '/portal/options', '/portal/nowhere', '/portal/device/state']) {
      expect((await world.browser().get(path)).headers.get('cache-control')).toBe('no-store')
    }
  })
})

describe('methods and paths', () => {
  test.each(paths.map((route) => [route.path, route] as const))(
    '%s says which methods it knows',
    async (path, route) => {
      const expected = [...(route.GET ? ['GET', 'HEAD'] : []), ...(route.POST ? ['POST'] : [])].join(', ')
      for (const method of [
        'PUT',
        'DELETE',
        'PATCH',
        'OPTIONS',
        ...(route.GET ? [] : ['GET']),
        ...(route.POST ? [] : ['POST']),
      ]) {
        const reply = await world.browser().send(path, { method })
        expect([method, reply.status, reply.headers.get('allow')]).toEqual([method, 405, expected])
      }
      expect(world.operations).toEqual([])
    },
  )

  test.each([
    '/portal/nowhere',
    '/portal/orders',
    '/portal/assets/../../package.json',
    '/portal/assets/%2e%2e%2fpackage.json',
    '/portal/assets/__proto__',
    '/elsewhere',
  ])('%s does not exist, and says so on a page of ours', async (path) => {
    const reply = await world.browser().get(path)
    expect(reply.status).toBe(404)
    expect(reply.body).toContain('Fjordline Mobile')
    expect(world.operations).toEqual([])
  })

  test('HEAD answers like GET without a body', async () => {
    const reply = await world.browser().send('/portal', { method: 'HEAD' })
    expect([reply.status, reply.body]).toEqual([200, ''])
  })
})

describe('assets', () => {
  test('are kept for ever under the address that pages use, and asked for again under the bare one', async () => {
    const browser = world.browser()
    const address =
      /href="(\/portal\/assets\/portal\.css\?v=[\w-]+)"/.exec((await browser.get('/portal')).body)?.[1] ?? ''
    const reply = await browser.get(address)
    expect(reply.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(reply.headers.get('content-type')).toBe('text/css; charset=utf-8')
    expect((await browser.get('/portal/assets/portal.css')).headers.get('cache-control')).toBe('public, no-cache')
    const again = await browser.get(address, { 'if-none-match': reply.headers.get('etag') ?? '' })
    expect([again.status, again.body]).toEqual([304, ''])
    expect(world.operations).toEqual([])
  })

  test('and pages are gzipped for those who take it', async () => {
    for (const path of ['/portal/assets/portal.css', '/portal']) {
      const response = await world.portal.fetch(
        new Request(origin + path, { headers: { 'accept-encoding': 'br, gzip' } }),
      )
      expect(response.headers.get('content-encoding')).toBe('gzip')
      expect(response.headers.get('vary')).toBe('Accept-Encoding')
      const plain = await world.browser().get(path, { 'accept-encoding': 'gzip;q=0' })
      expect(plain.headers.has('content-encoding')).toBe(false)
      expect(gunzipSync(Buffer.from(await response.arrayBuffer())).length).toBeGreaterThan(1000)
    }
    const small = await world.browser().get('/portal/assets/portal.js', { 'accept-encoding': 'gzip' })
    expect(small.body).toBe('void 0')
  })
})

describe('a post', () => {
  const posts = paths.filter((route) => route.POST && !route.json).map(({ path }) => path)
  let browser: Browser
  beforeEach(async () => {
    await world.account()
    browser = world.browser()
    await browser.signIn()
    await browser.get('/portal/plans')
    world.operations.length = 0
  })

  test.each(posts)('to %s without the right token changes nothing', async (path) => {
    const others = world.browser()
    await others.get('/portal/sign-in')
    for (const csrf of ['', 'x', others.csrf, browser.csrf.slice(0, -2)]) {
      world.operations.length = 0
      const reply = await browser.post(path, {
        csrf,
        order: '0'.repeat(26),
        plan: 'travel-2',
        email: person.email,
        password: person.password,
      })
      expect(reply.status).toBe(403)
      expect(writes()).toEqual([])
    }
  })

  test.each(posts)('to %s from another site changes nothing, even with the token', async (path) => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect((await browser.post(path, { plan: 'travel-2' }, headers as Record<string, string>)).status).toBe(403)
    }
    expect(writes()).toEqual([])
  })

  test('needs neither Origin nor Sec-Fetch-Site, and takes our own, also through a proxy', async () => {
    for (const headers of [
      {},
      { origin },
      { origin: 'null' },
      { 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:7072' },
      { origin: 'http://127.0.0.1:7072', 'x-forwarded-host': '127.0.0.1:7072' },
    ]) {
      expect(
        (await browser.post('/portal/plans', { plan: 'travel-2' }, headers as Record<string, string>)).status,
      ).toBe(303)
    }
  })

  test.each<[string, RequestInit, number]>([
    ['another media type', { method: 'POST', body: 'plan=x', headers: { 'Content-Type': 'text/plain' } }, 415],
    ['JSON', { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } }, 415],
    ['a multipart form', { method: 'POST', body: new FormData() }, 415],
    ['no body', { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }, 403],
    [
      'not UTF-8',
      {
        method: 'POST',
        body: new Uint8Array([0x61, 0x3d, 0xff, 0xfe]),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      },
      400,
    ],
    ['a thousand fields', form(Array.from({ length: 1000 }, (_, n) => `f${n}=1`).join('&')), 400],
    ['one byte too many', form(`plan=${'x'.repeat(longestBody - 4)}`), 413],
    ['a length that is announced too great', form('plan=x', { 'Content-Length': '99999999' }), 413],
  ])('with %s is refused on a page of ours', async (_, init, status) => {
    const reply = await browser.send('/portal/plans', init)
    expect(reply.status).toBe(status)
    expect(reply.body).toContain('Fjordline Mobile')
    expect(writes()).toEqual([])
  })

  test('streamed without a length is cut off at the limit', async () => {
    let pulled = 0
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(8192))
      },
    })
    const init = { ...form(''), body, duplex: 'half' } as RequestInit
    expect((await browser.send('/portal/plans', init)).status).toBe(413)
    expect(pulled).toBeLessThan(10)
  })

  test('without a session is led to sign in', async () => {
    expect((await world.browser().post('/portal/buy')).location).toBe('/portal/sign-in')
    expect((await world.browser().post('/portal/cancel')).status).toBe(403)
  })

  test('with what nobody’s page sends never ends in a fault', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...posts),
        fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ maxLength: 300, unit: 'binary' }), { maxKeys: 5 }),
        async (path, fields) => {
          if (path === '/portal/sign-out' || path === '/portal/sign-in' || path === '/portal/sign-up') return
          const reply = await browser.post(path, { plan: 'x', order: 'y', ...fields, csrf: browser.csrf })
          expect(reply.status).toBeLessThan(500)
        },
      ),
      { numRuns: 40 },
    )
  })
})

test('a cookie that is none, or none of ours, is nobody’s session', async () => {
  for (const value of ['', 'x', 'A'.repeat(43), 'A'.repeat(4000), '../x', '"quoted"', '%00']) {
    const browser = world.browser()
    browser.cookies.set('__Host-session', value)
    expect((await browser.get('/portal/options')).location).toBe('/portal/sign-in?ended=')
    expect((await browser.get('/portal')).status).toBe(200)
  }
  expect(writes()).toEqual([])
})

describe('when things break', () => {
  test('a store that does not answer is a 503 page that asks to try again', async () => {
    const browser = world.browser()
    await browser.get(launchPath())
    world.storeFault = () => {
      throw new StoreUnavailableError('no answer')
    }
    const reply = await browser.get('/portal/sign-in')
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '5'])
    expect(reply.body).toContain('We are very busy')
    expect((await world.browser().get('/portal')).status).toBe(200)
  })

  test('an unforeseen error is a 500 page without its words, and a log line with them', async () => {
    const browser = world.browser()
    await browser.get(launchPath())
    world.storeFault = () => {
      throw new Error('a secret of the inside')
    }
    const reply = await browser.get('/portal/sign-in')
    expect(reply.status).toBe(500)
    expect(reply.body).not.toContain('secret')
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'")
    const fault = world.log.lines.find(({ event }) => event === 'portal.fault')
    expect(fault?.fields.cause).toContain('a secret of the inside')
  })

  test('what is thrown and is no error is no exception', async () => {
    const browser = world.browser()
    await browser.get(launchPath())
    world.storeFault = () => {
      throw Object.assign(Object.create(null), { code: 1 })
    }
    expect((await browser.get('/portal/sign-in')).status).toBe(500)
  })

  test('a page that cannot be rendered still gets an answer', async () => {
    const broken = () => {
      throw new TypeError('a page is broken')
    }
    world = portalWorld({ pages: { welcome: broken, message: broken } })
    const reply = await world.browser().get('/portal')
    expect(reply.status).toBe(500)
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
    expect(world.log.lines.map(({ event }) => event)).toEqual(['portal.fault', 'portal.fault'])
  })

  test('two tabs that write the session at once both succeed', async () => {
    await world.account()
    const browser = world.browser()
    await browser.signIn()
    await browser.get('/portal/plans')
    const replies = await Promise.all(
      ['travel-2', 'travel-10', 'monthly-15', 'travel-2'].map((plan) => browser.tab().post('/portal/plans', { plan })),
    )
    expect(replies.map(({ status }) => status)).toEqual([303, 303, 303, 303])
  })
})
