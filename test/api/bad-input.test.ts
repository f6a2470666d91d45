/**
 * Whatever comes in that none of our pages, no Windows and no SM-DP+ would send: the right answer, nothing written, nothing given away.
 * The tests run in order: the last ones look at the log of all of them.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventually, type Stack, startStack, withoutSweep } from '../support/stack'
import { Browser, type Reply, type Sent, send } from './browser'
import { type BuyForm, buy, eidNumber, enter, install, launchPath, orderOf, review } from './purchase'
import { expectJson, expectPage } from './refusals'
import { everyRow } from './rows'

const form = 'application/x-www-form-urlencoded'
const json = 'application/json'
const stranger = { email: 'sam@example.net', password: 'another correct horse', name: 'Sam Stranger' }
let stack: Stack
/** Signed in, with a plan chosen and the review on screen. */
let browser: Browser
let reviewed: BuyForm
/** An order of somebody else. */
let foreign: { id: string; path: string }

beforeAll(async () => {
  stack = await startStack({ environment: withoutSweep })
  const other = await enter(stack, eidNumber(2), stranger)
  foreign = await buy(other)
  browser = await enter(stack, eidNumber(1))
  reviewed = await review(browser)
}, 60_000)
afterAll(() => stack.stop())

describe('nothing is written', () => {
  let before: string[]
  beforeEach(async () => {
    before = await everyRow(stack.connectionString)
  })
  afterEach(async () => {
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  describe('by a launch that cannot come from Windows', () => {
    const launches: [string, Record<string, string>][] = [
      ['letters in the EID', { eid: '8904404593000000000000123456785X' }],
      ['a script in the EID', { eid: '<script>alert(1)</script>' }],
      ['an EID that is too long', { eid: `${eidNumber(1)}0` }],
      ['other digits than ours', { eid: '٨٩٠٤٤٠٤٥٩٣٠٠٠٠٠٠٠٠٠٠٠٠١٢٣٤٥٦٧٨٥' }],
      ['letters in the IMEI', { imei: '49015420323751X' }],
      ['an IMEI that is too long', { imei: '4901542032375180' }],
      ['letters in the ICCID', { iccid: '89999010009000000X9' }],
      ['an ICCID that is too long', { iccid: '8'.repeat(22) }],
      ['one bad ICCID of several', { iccids: '8999901000900000019,x,8999901000900000027' }],
      ['more ICCIDs than a card holds', { iccids: Array.from({ length: 65 }, () => '8999901000900000019').join(',') }],
      ['a transaction id that is too long', { transactionId: 't'.repeat(65) }],
      ['a market that is too long', { market: 'D'.repeat(17) }],
      ['a location of several lines', { location: 'DE\r\nSet-Cookie: a=b; more' }],
    ]
    test.each(launches)('%s gets the page that explains it', async (_name, change) => {
      const reply = await send(stack.url, launchPath(eidNumber(1), change))
      expectPage(reply, 400)
      expect(reply.headers['set-cookie']).toBeUndefined()
      for (const value of [...Object.values(change), eidNumber(1), '490154203237518'])
        expect(reply.body).not.toContain(value)
    })

    test('a request line of more than 8 KB ends at the host, one just below it at our page', async () => {
      const lineOf = (bytes: number) => {
        const path = launchPath(eidNumber(1), { transactionId: '' }).replace('transactionId=', 'transactionId=t')
        return path.replace('=t&', `=${'t'.repeat(1 + bytes - `GET ${path} HTTP/1.1\r\n`.length)}&`)
      }
      expect((await send(stack.url, lineOf(8193))).status).toBe(414)
      expectPage(await send(stack.url, lineOf(8192)), 400)
    })

    test('identifiers of a person who is signed in are refused in the same way', async () => {
      expectPage(await browser.get(launchPath('not-an-eid')), 400)
    })

    test('a visit without any parameter is welcome, and costs no session', async () => {
      for (const path of ['/portal', '/portal/', '/portal?', '/portal?x=1', '/portal?market=DE&eid=']) {
        const reply = await send(stack.url, path)
        expectPage(reply, 200)
        expect(reply.headers['set-cookie']).toBeUndefined()
      }
    })
  })

  describe('by a form that is not ours', () => {
    const post = (path: string, body: string | Uint8Array, headers: Sent['headers'] = {}) =>
      browser.send(path, { method: 'POST', body, headers: { 'content-type': form, ...headers } })
    const fields = (more: Record<string, string> = {}) => String(new URLSearchParams({ csrf: browser.csrf, ...more }))

    const pages = [
      '/portal/plans',
      '/portal/buy',
      '/portal/voucher',
      '/portal/cancel',
      '/portal/sign-out',
      '/portal/device',
    ]
    test.each([...pages, '/portal/sign-in', '/portal/sign-up'])('%s wants the token of this session', async (path) => {
      const guest = new Browser(stack.url)
      const whole = { plan: 'travel-2', ...reviewed, email: 'a@example.net', password: 'a good long one', name: 'A' }
      for (const csrf of [
        '',
        'x',
        browser.csrf.slice(1),
        browser.csrf.replace(/./g, 'A'),
        'é'.repeat(80),
        'A'.repeat(201),
      ])
        expectPage(await post(path, String(new URLSearchParams({ ...whole, csrf }))), 403)
      expectPage(await post(path, String(new URLSearchParams(whole))), 403)
      const stolen = await guest.send(path, { method: 'POST', body: fields(whole), headers: { 'content-type': form } })
      expect([stolen.status, stolen.location]).toEqual(/sign|cancel/.test(path) ? [403, ''] : [303, '/portal/sign-in'])
    })

    test.each(pages)('%s refuses what another site sent', async (path) => {
      const elsewhere = [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { origin: 'https://evil.example' },
      ]
      for (const headers of elsewhere)
        expectPage(await post(path, fields({ plan: 'travel-2', ...reviewed }), headers), 403)
    })

    test.each<[string, number, () => Promise<Reply>]>([
      ['no content type', 415, () => post('/portal/plans', fields({ plan: 'travel-2' }), { 'content-type': '' })],
      ['JSON', 415, () => post('/portal/plans', JSON.stringify({ csrf: browser.csrf }), { 'content-type': json })],
      [
        'parts',
        415,
        () => post('/portal/plans', '--x\r\n\r\n--x--', { 'content-type': 'multipart/form-data; boundary=x' }),
      ],
      ['plain text', 415, () => post('/portal/plans', fields({ plan: 'travel-2' }), { 'content-type': 'text/plain' })],
      ['no body', 403, () => post('/portal/plans', '')],
      ['more than 32 KB', 413, () => post('/portal/plans', fields({ plan: 'x'.repeat(33 * 1024) }))],
      ['more than 256 KB', 413, () => post('/portal/plans', fields({ plan: 'x'.repeat(300 * 1024) }))],
      ['no UTF-8', 400, () => post('/portal/plans', Buffer.from(`${fields()}&plan=\xff\xfe`, 'latin1'))],
      [
        'noise',
        400,
        () =>
          post(
            '/portal/plans',
            Uint8Array.from({ length: 900 }, (_, at) => (at * 7919) & 0xff),
          ),
      ],
      ['fifty fields too many', 400, () => post('/portal/plans', `${fields()}${'&plan=travel-2&a=b'.repeat(50)}`)],
      ['a field that is too long', 400, () => post('/portal/plans', fields({ plan: 'p'.repeat(101) }))],
      ['the token as a second value', 403, () => post('/portal/plans', `csrf=x&${fields({ plan: 'travel-2' })}`)],
      ['the token on a prototype', 403, () => post('/portal/plans', `__proto__[csrf]=${browser.csrf}&plan=travel-2`)],
    ])('%s is refused with %i', async (_name, status, act) => {
      const reply = await act()
      expectPage(reply, status)
    })

    test.each(['', ' ', 'nothing', '__proto__', 'constructor', 'toString', '\0', '%FF', "'; --", '<script>x</script>'])(
      'there is no plan %j',
      async (plan) => {
        const reply = await browser.post('/portal/plans', {
          plan,
          __proto__: 'x',
          constructor: 'y',
          'a[__proto__][b]': 'z',
        })
        expectPage(reply, 422)
        expect(reply.body).not.toContain('<script>x')
      },
    )

    test('Buy wants the order of the review, a way to pay that was offered, and consent', async () => {
      const { terms: _, ...unread } = reviewed
      expectPage(await browser.post('/portal/buy', unread), 422)
      for (const instrument of ['', '__proto__', 'account:nobody', 'x'.repeat(200)])
        expectPage(await browser.post('/portal/buy', { ...reviewed, instrument }), 422)
      expectPage(await browser.post('/portal/buy', { ...reviewed, instrument: 'x'.repeat(201) }), 400)
      for (const order of ['', 'x', '../../x', '__proto__', '0'.repeat(26), foreign.id])
        expectPage(await browser.post('/portal/buy', { ...reviewed, order }), 409)
      expect(await stack.orders()).toEqual([])
    })

    test('a voucher that is none is not sent to billing, and not shown as markup', async () => {
      for (const code of ['', 'v'.repeat(65), '"><img src=x>'.repeat(6)]) {
        const reply = await browser.post('/portal/voucher', { code })
        expectPage(reply, 422)
        expect(reply.body).not.toContain('<img src=x>')
      }
    })
  })

  describe('by a report of a script', () => {
    const report = (path: string, body: string, headers: Sent['headers'] = {}) =>
      browser.send(`${path}/report`, { method: 'POST', body, headers: { 'content-type': json, ...headers } })
    const own = (more: object) => JSON.stringify({ csrf: browser.csrf, ...more })

    test.each<[string, number, () => Promise<Reply>]>([
      ['no JSON', 400, () => report(foreign.path, 'event=activation')],
      ['nothing', 400, () => report(foreign.path, '')],
      ['half a document', 400, () => report(foreign.path, own({}).slice(0, -1))],
      ['null', 403, () => report(foreign.path, 'null')],
      ['a list', 403, () => report(foreign.path, `[${own({})}]`)],
      ['the token as a list', 403, () => report(foreign.path, JSON.stringify({ csrf: [browser.csrf], event: 'x' }))],
      ['no token', 403, () => report(foreign.path, '{"event":"activation"}')],
      ['the token on a prototype', 403, () => report(foreign.path, `{"__proto__":${own({})},"event":"activation"}`)],
      ['no event', 400, () => report(foreign.path, own({}))],
      ['an event that is no text', 400, () => report(foreign.path, own({ event: { a: 1 } }))],
      ['an event that is too long', 400, () => report(foreign.path, own({ event: 'e'.repeat(41) }))],
      ['a result that is a number', 400, () => report(foreign.path, own({ event: 'activation', result: 1 }))],
      [
        'a result that is too long',
        400,
        () => report(foreign.path, own({ event: 'activation', result: 'r'.repeat(501) })),
      ],
      ['great depth', 403, () => report(foreign.path, `${'['.repeat(9000)}${']'.repeat(9000)}`)],
      ['more than 32 KB', 413, () => report(foreign.path, own({ event: 'x', more: 'x'.repeat(33 * 1024) }))],
      ['a form', 415, () => report(foreign.path, `csrf=${browser.csrf}`, { 'content-type': form })],
      ['another site', 403, () => report(foreign.path, own({ event: 'x' }), { origin: 'https://evil.example' })],
      ['no order', 404, () => report('/portal/orders/x', own({ event: 'activation', result: 'Success' }))],
    ])('%s is refused with %i', async (_name, status, act) => {
      expectJson(await act(), status)
    })
  })

  test("another person's order does not exist", async () => {
    const { path } = foreign
    expectPage(await browser.get(path), 404)
    expectPage(await browser.post(`${path}/handover`), 404)
    expectPage(await browser.post(`${path}/cancel`), 404)
    expectJson(await browser.get(`${path}/status`), 404)
    expectJson(await browser.report(`${path}/report`, { event: 'activation', result: 'Success' }), 404)
    const unknown = await browser.get(`/portal/orders/${'0'.repeat(26)}`)
    const nameless = ({ body }: Reply) => body.replaceAll(/value="[^"]+"/g, '')
    expect(nameless(unknown).length).toBe(nameless(await browser.get(path)).length)
  })
})

test('a device that is none is named by its field, and the visit stays that of its device', async () => {
  for (const eid of [eidNumber(1).slice(1), 'x'.repeat(32), eidNumber(1).replace(/.$/, '0')]) {
    const { status, body } = await browser.post('/portal/device', { eid })
    expect([status, body.includes('id="eid-error"')]).toEqual([422, true])
  }
  expect((await browser.get('/portal/review')).body).toContain(eidNumber(1).slice(-4))
})

test('after all of that the purchase goes through, from the launch to the connection', async () => {
  const { status, location } = await browser.post('/portal/buy', { ...reviewed })
  expect([status, location]).toEqual([303, `/portal/orders/${reviewed.order}`])
  await browser.get(location)
  const handedOver = await browser.post(`${location}/handover`)
  expect(handedOver.body).toContain('id="callback"')
  const order = await orderOf(stack, reviewed.order)
  const iccid = order.profile?.iccid
  await install(stack, order)
  expect((await browser.report(`${location}/report`, { event: 'activation', result: 'Success', iccid })).status).toBe(
    204,
  )
  expect((await browser.report(`${location}/report`, { event: 'registration', state: 'home', iccid })).status).toBe(204)
  await eventually('the order to be active', async () => (await orderOf(stack, order.id)).stage.state === 'active')
  expect((await browser.get(location)).status).toBe(200)
  expect((await browser.get('/portal/account')).status).toBe(200)
  expect((await stack.ledger()).filter(({ orderId }) => orderId === order.id).map(({ kind }) => kind)).toEqual([
    'authorised',
    'captured',
  ])
})

test('a failed sign-in and a typed device leave no trace of what was typed', async () => {
  const guest = new Browser(stack.url)
  await guest.get('/portal/sign-in')
  const secret = { email: 'secret.person@example.net', password: 'my other secret password' }
  const { status } = await guest.post('/portal/sign-in', secret)
  expect(status).toBe(403)
  await guest.post('/portal/sign-in', { email: eidNumber(7), password: stack.account.password })
  const typed = await enter(stack, eidNumber(1))
  await typed.post('/portal/device', { eid: eidNumber(8).replaceAll(/(.{4})/g, '$1 '), imei: '49-015420-323751-8' })
  await typed.get(`/portal/device?eid=${eidNumber(9)}&imei=490154203237518&state=nobody`)
})

test('the log says what happened and names nobody: no EID, IMEI, ICCID, e-mail, code, password or session', async () => {
  const log = stack.log()
  for (const event of [
    'portal.launched',
    'portal.launch_refused',
    'portal.sign_in',
    'portal.bought',
    'notice',
    'effect',
  ])
    expect(log.includes(`"event":"${event}"`), event).toBe(true)
  const orders = await Promise.all([foreign.id, reviewed.order].map((id) => orderOf(stack, id)))
  const profiles = orders.map(({ profile }) => profile)
  const secrets = [
    ...profiles.flatMap((profile) => [profile?.iccid, profile?.matchingId, profile?.matchingId.slice(0, 12)]),
    ...[1, 2, 7, 8, 9].flatMap((number) => [eidNumber(number), eidNumber(number).slice(0, 20)]),
    '490154203237518',
    '49-015420',
    ...['example.net', stranger.name, stack.account.password, stranger.password, 'my other secret'],
    ...browser.cookies.values(),
    browser.csrf,
  ]
  for (const secret of secrets) {
    expect(secret).toMatch(/.{6}/)
    expect(log.includes(secret ?? ''), `the log holds ${secret}`).toBe(false)
  }
  // Whatever else looks like a card, a device or an address.
  expect(/\d{14,}|(?:\d{4} ){3}\d{4}|[\w.]+@[\w.]+|1\$[\w.]+\$\w+/.exec(log)?.[0]).toBeUndefined()
})
