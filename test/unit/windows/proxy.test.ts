import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allowSimulator, injectScript } from '../../../local/windows/csp'
import { toOwnOrigin } from '../../../local/windows/proxy'
import { fillPlaceholders, readCellularId } from '../../../local/windows/settings-app'
import { startPc, startWorld, type World } from './world'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

const last = () => {
  const seen = world.portal.seen.at(-1)
  if (seen === undefined) throw new Error('the portal saw nothing')
  return seen
}

describe('launch', () => {
  test('sends the documented parameters percent-encoded once, the language, and the errors of an earlier try', async () => {
    const pc = await startPc(world, {
      sim: 'esim-own',
      iccids: ['8988247000000000017', '8988247000000000025'],
      language: 'de-AT',
      market: 'AT',
      location: 'PT',
      earlierErrors: [
        { error: 'ServerNotReachable', at: '2026-03-02T09:05:07.000Z' },
        { error: 'cardBusy', at: '2026-03-02T21:07:41.000Z' },
      ],
    })
    const redirect = await pc.get(`/device/${pc.id}/launch`)
    expect(redirect.status).toBe(303)
    const path = redirect.headers.get('location') ?? ''
    expect(redirect.headers.get('set-cookie')).toContain(`windows_device=${pc.id}`)
    await pc.get(path)

    expect(last().url).toBe(path)
    const query = new URL(path, 'http://x').searchParams
    expect(Object.fromEntries(query)).toMatchObject({
      market: 'AT',
      location: 'PT',
      eid: '89044045930000000000001234567853',
      imei: '490154203237518',
      iccids: '8988247000000000017,8988247000000000025',
    })
    expect(path).toMatch(/transactionId=%2F[^&]+\.1/)
    expect(query.get('transactionId')?.length).toBeLessThanOrEqual(64)
    expect(last().headers).toMatchObject({
      'accept-language': 'de-AT',
      'x-mp-lpaerror-codes': 'ServerNotReachable,CardBusy',
      'x-mp-lpaerror-timestamps': '3/2/2026 9:05:07 AM,3/2/2026 9:07:41 PM',
      'x-mp-lpaerror-iccids': '8988247000000000017',
    })
    expect(last().headers.cookie).toBeUndefined()

    await pc.get(path)
    expect(last().headers['x-mp-lpaerror-codes']).toBeUndefined()
  })

  test('of a physical SIM carries one iccid and no eid', async () => {
    const pc = await startPc(world, { sim: 'physical', iccids: ['8988247000000000017'] })
    const query = new URL((await pc.get(`/device/${pc.id}/launch`)).headers.get('location') ?? '', 'http://x')
      .searchParams
    expect(query.get('iccid')).toBe('8988247000000000017')
    expect(query.has('eid') || query.has('iccids')).toBe(false)
  })

  test('changes the order of the parameters from one time to the next', async () => {
    const pc = await startPc(world, { sim: 'esim-empty' })
    const names = async () => [
      ...new URL(
        (await pc.get(`/device/${pc.id}/launch`)).headers.get('location') ?? '',
        'http://x',
      ).searchParams.keys(),
    ]
    const [first, second] = [await names(), await names()]
    expect(first).not.toEqual(second)
    expect([...first].sort()).toEqual([...second].sort())
  })

  test('by browser is bare', async () => {
    const pc = await startPc(world, { channel: 'browser' })
    expect((await pc.get(`/device/${pc.id}/launch`)).headers.get('location')).toBe('/portal')
  })
})

describe('proxy', () => {
  test('keeps status, cookies and headers, replaces framing rules only, and adds one script', async () => {
    const pc = await startPc(world)
    const answer = await pc.get('/portal/sign-in')
    const html = await answer.text()
    expect(html).toMatch(/<head><script src="\/windows\/host\.js"><\/script><meta charset/)
    expect(answer.headers.getSetCookie()).toEqual([
      '__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax',
      'lang=de; Path=/',
    ])
    expect(answer.headers.get('x-own')).toBe('kept')
    expect(answer.headers.get('x-frame-options')).toBeNull()
    const origin = new URL(world.windows.url).origin
    expect(answer.headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'self' ${origin} ${origin.replace('127.0.0.1', 'localhost')}`,
    )
    expect(Number(answer.headers.get('content-length'))).toBe(Buffer.byteLength(html))
  })

  test('passes bodies and error statuses through, byte for byte', async () => {
    const pc = await startPc(world)
    const answer = await pc.get('/portal/json?a=%2F+b', {
      method: 'POST',
      body: 'größe&x=1',
      headers: { 'content-type': 'text/plain' },
    })
    expect(answer.status).toBe(422)
    expect(await answer.json()).toEqual({ got: 'größe&x=1' })
    expect(last().url).toBe('/portal/json?a=%2F+b')
  })

  test('keeps redirects inside the simulated window', async () => {
    const pc = await startPc(world)
    expect((await pc.get('/portal/away')).headers.get('location')).toBe(`${world.windows.url}/portal/next?x=1`)
  })

  test('shows the portal its own address, and no Origin on a form post from the webview', async () => {
    const pc = await startPc(world)
    const post = {
      method: 'POST',
      body: 'a=1',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: world.windows.url,
        referer: `${world.windows.url}/portal/x`,
        'sec-fetch-site': 'same-origin',
      },
    }
    await pc.get('/portal/form', post)
    expect(last().headers).toMatchObject({
      host: new URL(world.portal.url).host,
      referer: `${world.portal.url}/portal/x`,
    })
    expect(last().headers.origin).toBeUndefined()
    expect(last().headers['sec-fetch-site']).toBeUndefined()
    expect(last().headers['user-agent']).toMatch(/WebView\/3\.0.*Edge\/18/)

    const browser = await startPc(world, { channel: 'browser' })
    await browser.get('/portal/form', post)
    expect(last().headers.origin).toBe(world.portal.url)
    expect(last().headers['user-agent']).not.toMatch(/WebView/)
  })

  test('adds nothing to the pages of a browser that is not one of its PCs', async () => {
    const answer = await fetch(`${world.windows.url}/portal/sign-in`)
    expect(await answer.text()).not.toContain('/windows/host.js')
  })

  test('answers only to the names of this machine', async () => {
    const { port } = new URL(world.windows.url)
    const { request } = await import('node:http')
    const status = await new Promise((resolve) => {
      request({ host: '127.0.0.1', port, path: '/', headers: { host: 'evil.example' } }, (answer) =>
        resolve(answer.statusCode),
      ).end()
    })
    expect(status).toBe(421)
  })
})

describe('content security policy', () => {
  test('of a page that allows no scripts at all admits the one script and its calls', () => {
    expect(allowSimulator("default-src 'none'", ['http://127.0.0.1:1'])).toBe(
      "default-src 'none'; script-src http://127.0.0.1:1/windows/host.js; connect-src http://127.0.0.1:1/windows/; frame-ancestors 'self' http://127.0.0.1:1",
    )
  })

  test('the script goes first, whatever the page looks like', () => {
    expect(injectScript('<!doctype html><html><head lang=x><title>', '/s')).toBe(
      '<!doctype html><html><head lang=x><script src="/s"></script><title>',
    )
    expect(injectScript('<!doctype html><header>', '/s')).toBe('<!doctype html><script src="/s"></script><header>')
    expect(injectScript('text', '/s')).toBe('<script src="/s"></script>text')
  })
})

describe('ms-settings:cellular-id', () => {
  const callback = 'https://portal.example.net/portal/device?state=x'
  test.each([
    [`ms-settings:cellular-id?callbackUrl=${callback}&eid={eid}&iccid={ICCID}`, ['eid', 'iccid'], undefined],
    [`MS-SETTINGS:cellular-id?callbackurl=${callback}&imei={imei}`, ['imei'], undefined],
    [`ms-settings:cellular-id?callbackUrl=${callback}`, [], /placeholder/],
    ['ms-settings:cellular-id?callbackUrl=http://portal.example.net/?e={eid}', [], /https/],
    ['ms-settings:cellular-id?callbackUrl=portal.example.net/?e={eid}', [], /not a URL/],
    ['ms-settings:cellular-id', [], undefined],
    ['ms-settings:network', [], /does not know/],
  ] as const)('%s', (uri, placeholders, problem) => {
    const dialog = readCellularId(uri, true)
    expect([...dialog.placeholders].sort()).toEqual([...placeholders])
    if (problem === undefined) expect(dialog.problem).toBeUndefined()
    else expect(dialog.problem).toMatch(problem)
  })

  test('fills what is there and empties what is not', () => {
    expect(fillPlaceholders('https://x/?a={EID}&b={iccid}&c={other}', { eid: '1' })).toBe('https://x/?a=1&b=&c={other}')
  })

  test('brings a callback to the portal on this machine back into the simulated window, whatever its scheme', () => {
    const route = { portalUrl: 'http://127.0.0.1:7071', own: ['http://127.0.0.1:7072'] }
    expect(toOwnOrigin(route, 'https://127.0.0.1:7071/portal/device?make=a+b==')).toBe(
      'http://127.0.0.1:7072/portal/device?make=a+b==',
    )
    expect(toOwnOrigin(route, 'https://portal.example.net/portal')).toBe('https://portal.example.net/portal')
    expect(toOwnOrigin(route, '/portal/x')).toBe('/portal/x')
  })
})
