/** Notices of the SM-DP+ (ES2+ HandleDownloadProgressInfo, GSMA SGP.22 §5.3.5) as they reach the running app. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Order } from '../../shared/domain/order/order'
import type { StockRow } from '../../shared/fulfilment/stock'
import { eventually, type Stack, startStack, withoutSweep } from '../support/stack'
import { type Browser, type Reply, send } from './browser'
import { buy, eidNumber, enter, launchPath, orderOf } from './purchase'
import { documentsOf, everyRow } from './rows'

const path = '/gsma/rsp2/es2plus/handleDownloadProgressInfo'
let stack: Stack
let browser: Browser | undefined
let devices = 0

beforeAll(async () => {
  stack = await startStack({ stock: 32, environment: withoutSweep })
}, 60_000)
afterAll(() => stack.stop())

/** An order of its own for each test, ready to be downloaded. */
async function readyOrder(): Promise<Order> {
  devices += 1
  browser ??= await enter(stack, eidNumber(devices))
  await browser.get(launchPath(eidNumber(devices)))
  const { id } = await buy(browser, 'travel-2')
  const order = await orderOf(stack, id)
  expect(order.stage.state).toBe('ready')
  return order
}

/** A notice by the tables of §5.3.5. */
function noticeFor(order: Order, point: number, change: object = {}): Record<string, unknown> {
  return {
    header: { functionRequesterIdentifier: '2.999.1', functionCallIdentifier: 'call-1' },
    eid: order.profile?.eid,
    iccid: `${order.profile?.iccid}F`,
    profileType: order.plan.profileType,
    timestamp: '2026-03-01T12:00:00Z',
    notificationPointId: point,
    notificationPointStatus: { status: 'Executed-Success' },
    ...change,
  }
}

const post = (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Reply> =>
  send(stack.url, path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-admin-protocol': 'gsma/rsp/v2.2.0', ...headers },
  })
const notify = (notice: object) => post(JSON.stringify(notice))

async function expectTaken(reply: Promise<Reply>): Promise<void> {
  const { status, body } = await reply
  expect([status, body]).toEqual([204, ''])
}

/** The purchase is over: installed, paid for once, its clock running. */
async function expectSold(id: string): Promise<void> {
  const order = await eventually('the order to be settled', async () => {
    const found = await orderOf(stack, id)
    return found.payment.status === 'captured' && found
  })
  expect(['installed', 'active']).toContain(order.stage.state)
  const kinds = (await stack.ledger()).filter(({ orderId }) => orderId === id).map(({ kind }) => kind)
  expect(kinds).toEqual(['authorised', 'captured'])
  expect(order.log.filter(({ what }) => what === 'installed')).toHaveLength(1)
}

describe('a notice in a form of its own', () => {
  const forms: [string, (order: Order) => object][] = [
    ['as the tables have it', () => ({})],
    ['with digits for the point', () => ({ notificationPointId: '4' })],
    ['with an ICCID without padding', (order) => ({ iccid: order.profile?.iccid })],
    ['with a small f', (order) => ({ iccid: `${order.profile?.iccid}f` })],
    ['with timeStamp and a fraction', () => ({ timestamp: undefined, timeStamp: '2026-03-01T12:00:00.123+01:00' })],
    ['with seconds since 1970', () => ({ timestamp: 1_772_366_400 })],
    ['with a time that is none', () => ({ timestamp: 'yesterday' })],
    ['without any time', () => ({ timestamp: undefined })],
    ['without profile type, EID and header', () => ({ profileType: undefined, eid: undefined, header: undefined })],
    ['with the EID of the annex, which is none', () => ({ eid: '01020300405060708090A0B0C0D0EOF' })],
    ['with members that nobody knows', () => ({ imei: '490154203237518', tac: '49015420', more: { deep: [1] } })],
    ['with a warning', () => ({ notificationPointStatus: { status: 'Executed-WithWarning', statusCodeData: null } })],
    ['with an installation result', () => ({ resultData: 'oBJPEKAAAAVZEBD/////iQAAEQA=' })],
    ['with an installation result that is not Base64', () => ({ resultData: '***' })],
  ]
  test.each(forms)('counts %s', async (_name, change) => {
    const order = await readyOrder()
    await expectTaken(notify(noticeFor(order, 4, change(order))))
    await expectSold(order.id)
  })

  test('counts without a content type, and with another protocol version', async () => {
    const order = await readyOrder()
    const body = JSON.stringify(noticeFor(order, 4))
    await expectTaken(post(body, { 'content-type': 'text/plain', 'x-admin-protocol': 'gsma/rsp/v2.5.0' }))
    await expectSold(order.id)
  })

  test('of a point that nobody knows is taken and ends nothing', async () => {
    const order = await readyOrder()
    for (const point of [5, 103, 999_999]) await expectTaken(notify(noticeFor(order, point)))
    expect((await orderOf(stack, order.id)).stage.state).toBe('ready')
  })
})

describe('repeated and out of order', () => {
  test('twenty at once have one effect', async () => {
    const order = await readyOrder()
    const replies = await Promise.all(Array.from({ length: 20 }, () => notify(noticeFor(order, 4))))
    expect(replies.map(({ status }) => status)).toEqual(Array<number>(20).fill(204))
    await expectSold(order.id)
  })

  test('each notice twice, the last one first, leads where the right order leads', async () => {
    const order = await readyOrder()
    for (const point of [4, 3, 1, 4, 3, 2, 1]) await expectTaken(notify(noticeFor(order, point)))
    await expectSold(order.id)
  })

  test('delivered is not installed: after points 1 to 3 nothing is captured', async () => {
    const order = await readyOrder()
    for (const point of [1, 2, 3, 3]) await expectTaken(notify(noticeFor(order, point)))
    const { stage, payment } = await orderOf(stack, order.id)
    expect([stage.state, payment.status]).toEqual(['downloading', 'authorised'])
  })

  test('a failure that comes after the success takes nothing back', async () => {
    const order = await readyOrder()
    await expectTaken(notify(noticeFor(order, 4)))
    await expectSold(order.id)
    const failed = { status: 'Failed', statusCodeData: { subjectCode: '8.2.1', reasonCode: '4.2' } }
    await expectTaken(notify(noticeFor(order, 4, { notificationPointStatus: failed })))
    await expectSold(order.id)
  })

  test('a download that failed gives one fresh profile, however often that is said', async () => {
    const order = await readyOrder()
    const failed = { status: 'Failed', statusCodeData: { subjectCode: '8.8.5', reasonCode: '6.4' } }
    const notice = noticeFor(order, 3, { notificationPointStatus: failed })
    const replies = await Promise.all(Array.from({ length: 5 }, () => notify(notice)))
    expect(replies.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204])
    const fresh = await eventually('a fresh profile', async () => {
      const found = await orderOf(stack, order.id)
      return found.stage.state === 'ready' && found.profile?.number === 2 && found
    })
    expect(fresh.profile?.iccid).not.toBe(order.profile?.iccid)
    await expectTaken(notify(notice))
    expect((await orderOf(stack, order.id)).profile).toEqual(fresh.profile)
    const kinds = (await stack.ledger()).filter(({ orderId }) => orderId === order.id).map(({ kind }) => kind)
    expect(kinds).toEqual(['authorised'])
  })
})

describe('what cannot be a notice', () => {
  let order: Order
  let before: string[]
  beforeEach(async () => {
    order ??= await readyOrder()
    before = await everyRow(stack.connectionString)
  })

  const bodies: [string, number, (order: Order) => string | Uint8Array][] = [
    ['nothing', 400, () => ''],
    ['no JSON', 400, () => 'iccid=8999901000000000016'],
    ['half a JSON document', 400, (it) => JSON.stringify(noticeFor(it, 4)).slice(0, -2)],
    ['null', 400, () => 'null'],
    ['a number', 400, () => '4'],
    ['a list', 400, (it) => JSON.stringify([noticeFor(it, 4)])],
    ['an empty object', 400, () => '{}'],
    ['the ICCID as a number', 400, (it) => JSON.stringify(noticeFor(it, 4)).replace(/"(\d{19})F"/, '$1')],
    ['the ICCID as a list', 400, (it) => JSON.stringify(noticeFor(it, 4, { iccid: [it.profile?.iccid] }))],
    ['an ICCID of letters', 400, (it) => JSON.stringify(noticeFor(it, 4, { iccid: 'abcdefghijklmnopqrs' }))],
    ['an ICCID that is too long', 400, (it) => JSON.stringify(noticeFor(it, 4, { iccid: `${it.profile?.iccid}00` }))],
    ['no point', 400, (it) => JSON.stringify(noticeFor(it, 4, { notificationPointId: undefined }))],
    ['a broken point', 400, (it) => JSON.stringify(noticeFor(it, 4.5))],
    ['a negative point', 400, (it) => JSON.stringify(noticeFor(it, -4))],
    ['a point in words', 400, (it) => JSON.stringify(noticeFor(it, 4, { notificationPointId: 'four' }))],
    ['no status', 400, (it) => JSON.stringify(noticeFor(it, 4, { notificationPointStatus: undefined }))],
    ['another status', 400, (it) => JSON.stringify(noticeFor(it, 4, { notificationPointStatus: { status: 'Done' } }))],
    ['the status as text', 400, (it) => JSON.stringify(noticeFor(it, 4, { notificationPointStatus: 'Failed' }))],
    ['no UTF-8', 400, (it) => Buffer.from(JSON.stringify(noticeFor(it, 4, { profileType: 'ü' })), 'latin1')],
    ['a byte order that is not ours', 400, (it) => Buffer.from(JSON.stringify(noticeFor(it, 4)), 'utf16le')],
    ['noise', 400, () => Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919) & 0xff)],
    ['ten thousand brackets', 400, () => '['.repeat(10_000)],
    ['more than 64 KB', 413, (it) => JSON.stringify(noticeFor(it, 4, { more: 'x'.repeat(70 * 1024) }))],
  ]
  test.each(bodies)('%s is refused with %i, and nothing is written', async (_name, expected, make) => {
    const { status, headers, body } = await post(make(order))
    expect(status).toBe(expected)
    expect(headers['content-type']).toMatch(/^application\/json/)
    const { error } = JSON.parse(body) as { error: { code: string; message: string } }
    expect(error.code).toMatch(/^(InvalidNotice|TooLarge)$/)
    expect(body).not.toContain(order.profile?.iccid)
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  test('a notice of a profile in stock is taken with 204, and nothing is written', async () => {
    const rows = await documentsOf<StockRow>(stack.connectionString, 'stock')
    const iccid = rows.find(({ state }) => state === 'free')?.iccid
    expect(iccid).toBeDefined()
    await expectTaken(notify(noticeFor(order, 4, { iccid })))
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  const odd: [string, (order: Order) => string][] = [
    ['of a profile that nobody ordered', (it) => JSON.stringify(noticeFor(it, 4, { iccid: '8999901000099999999F' }))],
    [
      'with a prototype',
      (it) =>
        `{"__proto__":{"iccid":"${it.profile?.iccid}"},"constructor":{"prototype":{"status":"x"}},${JSON.stringify(noticeFor(it, 4, { iccid: '8999901000099999999' })).slice(1)}`,
    ],
    [
      'with great depth',
      (it) =>
        `{"more":${'['.repeat(5000)}${']'.repeat(5000)},${JSON.stringify(noticeFor(it, 4, { iccid: '8999901000099999999' })).slice(1)}`,
    ],
  ]
  test.each(odd)('a notice %s is taken with 204, and nothing is written', async (_name, make) => {
    await expectTaken(post(make(order)))
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is refused with 405', async (method) => {
    const { status, headers, body } = await send(stack.url, path, { method, body: JSON.stringify(noticeFor(order, 4)) })
    expect([status, headers.allow]).toEqual([405, 'POST'])
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'MethodNotAllowed' } })
    expect(await everyRow(stack.connectionString)).toEqual(before)
  })

  test('another function of ES2+ is not offered', async () => {
    for (const name of ['downloadOrder', 'handleNotification', '', 'handleDownloadProgressInfo/more']) {
      const reply = await send(stack.url, `/gsma/rsp2/es2plus/${name}`, { method: 'POST', body: '{}' })
      expect([name, reply.status]).toEqual([name, 404])
      expect(JSON.parse(reply.body)).toMatchObject({ error: { code: 'NotFound' } })
    }
  })
})

test('the log names no profile and no device in clear', () => {
  const log = stack.log()
  expect(log.includes('"event":"notice"')).toBe(true)
  expect(/\d{14,}/.exec(log)?.[0]).toBeUndefined()
  expect(log.includes(stack.account.email)).toBe(false)
})
