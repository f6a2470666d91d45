import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundledApp, cleanUp, plainApp, type RunningHost, runHost } from './fixture'

let host: RunningHost

const source = `
  import { app, HttpResponse } from '@azure/functions'
  const echo = (name) => async (request) => ({ jsonBody: { name, params: request.params } })
  app.http('echo', { methods: ['GET', 'POST', 'PUT', 'DELETE'], route: 'echo/{*rest}', handler: async (request) => ({ jsonBody: {
    url: request.url, method: request.method, params: request.params, query: [...request.query], body: await request.text(),
    header: request.headers.get('x-test'),
  } }) })
  app.http('defaults', { handler: echo('defaults') })
  app.get('cItem', { route: 'items/special', handler: echo('cItem') })
  app.get('bItem', { route: 'items/{id}', handler: echo('bItem') })
  app.get('aItem', { route: 'items/{id:int}', handler: echo('aItem') })
  app.post('dItem', { route: 'items/{id}', handler: echo('dItem') })
  app.get('optional', { route: 'optional/{first}/{second?}', handler: echo('optional') })
  app.get('guid', { route: 'ids/{id:guid}', handler: echo('guid') })
  app.get('word', { route: 'ids/{id:alpha:maxlength(4)}', handler: echo('word') })
  app.http('keyed', { authLevel: 'function', handler: echo('keyed') })
  app.http('head', { methods: ['HEAD'], handler: () => ({ body: 'not sent' }) })
  app.get('reserved', { route: 'administration', handler: echo('reserved') })
  app.get('taken', { route: 'ITEMS/{id}', handler: echo('taken') })
  app.get('nothing', () => undefined)
  app.get('empty', () => ({}))
  app.get('text', () => ({ body: 'text', status: 201, headers: { 'X-Own': 'yes', 'X-Frame-Options': 'SAMEORIGIN' } }))
  app.get('json', () => ({ jsonBody: { wins: true }, body: 'loses' }))
  app.get('bytes', () => ({ body: new Uint8Array([0, 255]) }))
  app.get('noContent', () => ({ status: 204, body: 'dropped' }))
  app.get('redirect', () => ({ status: 302, headers: { location: '/there' } }))
  app.get('responseObject', () => new HttpResponse({ status: 418, body: 'teapot' }))
  app.get('fetchResponse', () => new Response('fetched', { status: 203 }))
  app.get('wrong', () => 'just text')
  app.get('throws', () => { throw new Error('broken') })
  app.get('cookies', () => ({ cookies: [
    { name: 'session', value: 'a b;c', httpOnly: true, secure: true, sameSite: 'Lax', maxAge: 60, path: '/portal' },
    { name: 'plain', value: '1' },
    { name: 'gone', value: '', expires: new Date(1000), sameSite: 'None', domain: 'example.org' },
  ] }))
  app.get('cookieHeaders', () => { const headers = new Headers(); headers.append('set-cookie', 'a=1'); headers.append('set-cookie', 'b=2'); return { headers } })
  app.get('user', (request) => ({ jsonBody: { user: request.user } }))
`
const hostJson = JSON.stringify({
  version: '2.0',
  extensions: { http: { customHeaders: { 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY' } } },
})

beforeAll(async () => {
  host = await runHost(await bundledApp(source, { 'host.json': hostJson }))
})
afterAll(cleanUp)

const get = (path: string, init?: RequestInit) => fetch(`${host.url}/api/${path}`, { redirect: 'manual', ...init })
const json = async (path: string, init?: RequestInit) => (await get(path, init)).json()

/** A request as raw bytes, for what fetch would tidy up. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1', () => socket.end(text))
    let answer = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer)).on('error', reject)
  })
}

describe('routes', () => {
  test.each([
    ['items/12', 'aItem', { id: '12' }],
    ['items/x', 'bItem', { id: 'x' }],
    ['ITEMS/x/', 'bItem', { id: 'x' }],
    ['optional/1', 'optional', { first: '1' }],
    ['optional/1/2', 'optional', { first: '1', second: '2' }],
    ['ids/0f8fad5b-d9cb-469f-a165-70867728950e', 'guid', { id: '0f8fad5b-d9cb-469f-a165-70867728950e' }],
    ['ids/abcd', 'word', { id: 'abcd' }],
    ['defaults', 'defaults', {}],
    ['keyed', 'keyed', {}],
  ])('%s reaches %s', async (path, name, params) => {
    expect(await json(path)).toEqual({ name, params })
  })

  test('the first function by name answers, not the first registered or the most special route; the host warns of it', async () => {
    expect(await json('items/special')).toEqual({ name: 'bItem', params: { id: 'special' } })
    await host.logged((entry) => entry.message.includes("Requests for 'cItem' reach 'bItem'"))
  })

  test('a route with another method is passed over; a method that no route has is 404', async () => {
    expect(await json('items/x', { method: 'POST' })).toMatchObject({ name: 'dItem' })
    const answer = await get('items/x', { method: 'PUT' })
    expect([answer.status, await answer.text()]).toEqual([404, ''])
    expect((await get('items/x', { method: 'OPTIONS' })).status).toBe(404)
  })

  test('methods default to GET and POST; HEAD is not implied by GET', async () => {
    const statuses = ['GET', 'POST', 'PUT', 'HEAD'].map(async (method) => (await get('defaults', { method })).status)
    expect(await Promise.all(statuses)).toEqual([200, 200, 404, 404])
    const answer = await get('head', { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })

  test.each(['unknown', 'items', 'items/1/2', 'items//1', 'ids/ab-cd', 'ids/abcde', '../nothing'])(
    '%s is 404',
    async (path) => {
      expect((await get(path)).status).toBe(404)
    },
  )

  test('a reserved route or one that is taken puts its function in error; the others run', () => {
    const lines = host.lines.join('\n')
    expect(lines).toMatch(/reserved: .*conflicts with one or more built in routes/)
    expect(lines).toMatch(/taken: .*conflicts with the route defined by function 'bItem'/)
  })

  test('the prefix of host.json may be empty; then the root is a home page unless a function or a setting takes it', async () => {
    const files = {
      'host.json': '{"version":"2.0","extensions":{"http":{"routePrefix":""}}}',
      'dist/main.js': source.replace(', HttpResponse', '').replaceAll('new HttpResponse', 'Object'),
    }
    const own = await runHost(plainApp(files))
    expect(await (await fetch(`${own.url}/text`)).text()).toBe('text')
    expect((await fetch(own.url)).headers.get('content-type')).toBe('text/html')
    const without = await runHost(plainApp(files), { AzureWebJobsDisableHomepage: 'true' })
    expect((await fetch(without.url)).status).toBe(204)
  })
})

describe('requests', () => {
  test('path parameters are decoded but for %2F; the URL is the one of the Host header', async () => {
    const answer = await raw(
      'GET /api/echo/a%20b/%C3%A9%2Fx?q=%20 HTTP/1.1\r\nHost: portal.example\r\nConnection: close\r\n\r\n',
    )
    expect(answer).toContain('"url":"http://portal.example/api/echo/a%20b/%C3%A9%2Fx?q=%20"')
    expect(answer).toContain(Buffer.from('"rest":"a b/é%2Fx"').toString('latin1'))
  })

  test('a repeated query parameter is joined by commas, without regard to case', async () => {
    expect(await json('echo?a=1&b=x+y&A=2&c')).toMatchObject({
      query: [
        ['a', '1,2'],
        ['b', 'x y'],
        ['c', ''],
      ],
    })
  })

  test('body and headers arrive; a GET has no body', async () => {
    const posted = await json('echo', { method: 'POST', body: 'héllo', headers: { 'X-Test': 'v' } })
    expect(posted).toMatchObject({ method: 'POST', body: 'héllo', header: 'v' })
    expect(await json('echo')).toMatchObject({ body: '' })
  })

  test('a chunked body does not reach the function, and the log says why', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = request(`${host.url}/api/echo`, { method: 'POST' }, (response) => {
        response.setEncoding('utf8').on('data', resolve)
      }).on('error', reject)
      sent.write('part')
      sent.end('part')
    })
    expect(JSON.parse(answer)).toMatchObject({ body: '' })
    await host.logged((entry) => entry.level === 'warning' && entry.message.includes('chunked'))
  })

  test('a body above the limit is 413, a request line above 8 KB 414', async () => {
    const small = await runHost(
      plainApp({ 'dist/main.js': `import { app } from '@azure/functions'; app.post('in', () => ({}))` }),
      {
        FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '10',
      },
    )
    const post = async (body: string) => (await fetch(`${small.url}/api/in`, { method: 'POST', body })).status
    expect([await post('0123456789'), await post('0123456789a')]).toEqual([200, 413])
    expect((await get(`echo?${'a'.repeat(8000)}`)).status).toBe(200)
    expect((await get(`echo?${'a'.repeat(8192)}`)).status).toBe(414)
  })

  test('a large body arrives whole', async () => {
    const body = 'x'.repeat(2_000_000)
    expect(await json('echo', { method: 'POST', body })).toMatchObject({ body })
  })
})

describe('responses', () => {
  test.each([
    ['nothing', 204, ''],
    ['empty', 200, ''],
    ['text', 201, 'text'],
    ['json', 200, '{"wins":true}'],
    ['noContent', 204, ''],
    ['redirect', 302, ''],
    ['responseObject', 418, 'teapot'],
    ['fetchResponse', 203, 'fetched'],
    ['throws', 500, ''],
    ['wrong', 500, ''],
  ])('%s answers %i with "%s"', async (path, status, body) => {
    const answer = await get(path)
    expect([answer.status, await answer.text()]).toEqual([status, body])
  })

  test('content types and bytes are those of the library', async () => {
    expect((await get('json')).headers.get('content-type')).toBe('application/json')
    expect((await get('text')).headers.get('content-type')).toBe('text/plain;charset=UTF-8')
    expect(new Uint8Array(await (await get('bytes')).arrayBuffer())).toEqual(new Uint8Array([0, 255]))
  })

  test('custom headers of host.json are on every answer; one that the function set stays', async () => {
    for (const path of ['empty', 'throws', 'unknown']) {
      const { headers } = await get(path)
      expect([headers.get('x-content-type-options'), headers.get('x-frame-options')]).toEqual(['nosniff', 'DENY'])
    }
    expect((await get('text')).headers.get('x-frame-options')).toBe('SAMEORIGIN')
  })

  test('cookies are written as ASP.NET writes them', async () => {
    expect((await get('cookies')).headers.getSetCookie()).toEqual([
      'session=a%20b%3Bc; max-age=60; path=/portal; secure; samesite=lax; httponly',
      'plain=1; path=/',
      'gone=; expires=Thu, 01 Jan 1970 00:00:01 GMT; domain=example.org; path=/; samesite=none',
    ])
  })

  test('of several Set-Cookie headers only the last survives: the library keeps one value per header', async () => {
    expect((await get('cookieHeaders')).headers.getSetCookie()).toEqual(['b=2'])
  })

  test('an uncaught error is logged with its function and stack', async () => {
    await get('throws')
    const entry = await host.logged((it) => it.level === 'error' && it.functionName === 'throws')
    expect(entry.message).toMatch(/Executed 'Functions\.throws' \(Failed, Id=.*Error: broken/s)
  })

  test('a function that outlives functionTimeout answers 500', async () => {
    const slow = await runHost(
      plainApp({
        'host.json': '{"version":"2.0","functionTimeout":"00:00:00.1"}',
        'dist/main.js': `import { app } from '@azure/functions'; app.get('slow', () => new Promise(() => {}))`,
      }),
    )
    expect((await fetch(`${slow.url}/api/slow`)).status).toBe(500)
    await slow.logged((entry) =>
      entry.message.includes('Timeout value of 100 ms was exceeded by function: Functions.slow'),
    )
  })
})
