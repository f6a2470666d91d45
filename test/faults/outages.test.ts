/** Real processes that end, and services that are away, in the middle of purchases: every order ends right, and the sums agree. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Order } from '../../shared/domain/order/order'
import { type Browser, send } from '../api/browser'
import { type BuyForm, buy, eidNumber, enter, install, launchPath, orderOf, review } from '../api/purchase'
import { documentsOf } from '../api/rows'
import { eventually, type Stack, startStack } from '../support/stack'
import { type StorageProxy, startStorageProxy } from './storage-proxy'

let stack: Stack
let proxy: StorageProxy
let devices = 0
const stockSize = 30

beforeAll(async () => {
  proxy = await startStorageProxy()
  stack = await startStack({
    environment: proxy.environment,
    stock: stockSize,
    operator(operator) {
      operator.smdp.callTimeoutSeconds = 3
      // A cancelled order's ICCID is back in stock within the test.
      operator.fulfilment = { ...operator.fulfilment, quarantineMinutes: 0.05 }
    },
  })
  proxy.connect(stack.enginePorts)
}, 60_000)
afterAll(async () => {
  await stack.stop()
  await proxy.stop()
})
afterEach(async () => {
  proxy.table.condition = 'up'
  proxy.queue.condition = 'up'
  await fetch(`${stack.smdpUrl}/control/up`, { method: 'POST' })
  await fetch(`${stack.smdpUrl}/control/faults`, { method: 'DELETE' })
})

const smdp = (path: string, body: object = {}) =>
  fetch(`${stack.smdpUrl}/control/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
/** What the timer does each full minute. */
const sweep = async () => {
  const sent = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }
  expect((await send(stack.url, '/admin/functions/sweep', sent)).status).toBe(202)
}
const profilesAtSmdp = async () =>
  (await (await fetch(`${stack.smdpUrl}/control/profiles`)).json()) as {
    iccid: string
    state: string
    matchingId?: string
  }[]
const moneyOf = async (id: string) =>
  (await stack.ledger()).filter(({ orderId }) => orderId === id).map(({ kind }) => kind)

/** Waits, sweeping each second, until the order is as wanted. */
async function orderBecomes(
  id: string,
  what: string,
  wanted: (order: Order) => boolean,
  withinMs?: number,
): Promise<Order> {
  let swept = 0
  return eventually(
    `order ${id} to be ${what}`,
    async () => {
      if (Date.now() - swept > 1_000) {
        swept = Date.now()
        await sweep()
      }
      const order = await orderOf(stack, id)
      return wanted(order) && order
    },
    withinMs ?? 40_000,
  )
}

/** A signed-in visit for a device of its own. The account is made at the first. */
async function visitor(email: string): Promise<Browser> {
  devices += 1
  return enter(stack, eidNumber(devices), { email, password: `the password of ${email}`, name: 'N. N.' })
}

/** Sends again what got no answer, as people do. Every form here may be sent twice. */
async function insist<T>(act: () => Promise<T | false>): Promise<T> {
  return eventually('an answer', act, 30_000)
}

describe('the app is killed', () => {
  test('in the middle of ten purchases and of their ends: everyone gets what they asked for, once', async () => {
    const people = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@example.net`)
    const shoppers: { browser: Browser; form: BuyForm }[] = []
    for (const email of [...people, ...people]) {
      const browser = await visitor(email)
      shoppers.push({ browser, form: await review(browser) })
    }
    const ids = shoppers.map(({ form }) => form.order)

    // Each answer of the SM-DP+ takes a moment, so that the orders are at different steps when the end comes.
    await smdp('faults', { function: 'any', mode: 'slow', delayMs: 120 })
    const bought = shoppers.map(({ browser, form }) =>
      insist(async () => {
        const reply = await browser.post('/portal/buy', { ...form })
        return reply.status === 303 && reply
      }),
    )
    const working = async () => (await profilesAtSmdp()).filter(({ state }) => state !== 'Available').length
    await eventually('some orders to have reached the SM-DP+', async () => (await working()) >= 3, 10_000)
    await stack.killHost()
    const atTheEnd = await documentsOf<Order>(stack.connectionString, 'orders')
    await stack.startHost()
    for (const reply of await Promise.all(bought)) expect(reply.location).toMatch(/^\/portal\/orders\//)
    const ready = await Promise.all(ids.map((id) => orderBecomes(id, 'ready', ({ stage }) => stage.state === 'ready')))
    // Otherwise the kill came too early or too late to show anything.
    expect(atTheEnd.map(({ stage }) => stage.state)).toContain('placed')

    expect(new Set(ready.map(({ profile }) => profile?.iccid)).size).toBe(10)
    for (const id of ids) expect(await moneyOf(id)).toEqual(['authorised'])
    const released = (await profilesAtSmdp()).filter(({ state }) => state !== 'Available')
    expect(released.map(({ iccid, state }) => `${iccid} ${state}`).sort()).toEqual(
      ready.map(({ profile }) => `${profile?.iccid} Released`).sort(),
    )
    expect(await stack.stock()).toMatchObject({ claimed: 10, quarantine: 0, unavailable: 0 })

    // Five are installed, five are called off, and the end comes again.
    const [kept, returned] = [ready.slice(0, 5), ready.slice(5)]
    const ends = [
      ...kept.map((order) => install(stack, order)),
      ...shoppers.slice(5).map(({ browser, form }) =>
        insist(async () => {
          const reply = await browser.post(`/portal/orders/${form.order}/cancel`)
          return reply.status === 303
        }),
      ),
    ]
    await eventually('some ends to have begun', async () => {
      const states = (await profilesAtSmdp()).map(({ state }) => state)
      return states.filter((state) => state === 'Installed').length >= 2
    })
    await stack.killHost()
    await stack.startHost()
    await Promise.all(ends)

    for (const { id } of kept) {
      const order = await orderBecomes(id, 'paid for', ({ payment }) => payment.status === 'captured')
      expect(['installed', 'active']).toContain(order.stage.state)
      expect(await moneyOf(id)).toEqual(['authorised', 'captured'])
    }
    for (const { id } of returned) {
      await orderBecomes(id, 'closed', ({ closed }) => closed)
      expect((await orderOf(stack, id)).stage.state).toBe('cancelled')
      expect(await moneyOf(id)).toEqual(['authorised', 'voided'])
    }
    const states = (await profilesAtSmdp()).filter(({ state }) => state !== 'Available')
    expect(states.map(({ iccid, state }) => `${iccid} ${state}`).sort()).toEqual(
      kept.map(({ profile }) => `${profile?.iccid} Installed`).sort(),
    )
    // Three profile types; the five that were sold have left the stock, everything else is for sale.
    expect(await stack.stock()).toEqual({ free: 3 * stockSize - 5, claimed: 0, quarantine: 0, unavailable: 0 })
  }, 60_000)
})

/** What an outage held up. The last test sees all of it end; meanwhile time passes for all together. */
const heldUp: { id: string; by: 'SM-DP+' | 'queue' | 'store' }[] = []

describe('the SM-DP+ is away', () => {
  test('Buy is answered at once, and the page says truthfully that the order is being prepared', async () => {
    const browser = await visitor('f@example.net')
    await smdp('down')
    const { id, path, reply } = await buy(browser)
    expect(reply.tookMs).toBeLessThan(4_000)
    const { stage, payment } = await orderOf(stack, id)
    expect([stage.state, payment.status]).toEqual(['placed', 'authorised'])
    expect((await browser.get(path)).body).toContain('We are preparing your eSIM')
    heldUp.push({ id, by: 'SM-DP+' })
  })
})

describe('the queue is away', () => {
  test('Buy works as ever', async () => {
    proxy.queue.condition = 'away'
    const { id, reply } = await buy(await visitor('g@example.net'))
    expect(reply.tookMs).toBeLessThan(4_000)
    expect((await orderOf(stack, id)).stage.state).toBe('ready')
  })

  test.each(['away', 'silent'] as const)('%s: Buy is answered although nobody can be woken', async (condition) => {
    const browser = await visitor(`queue-${condition}@example.net`)
    await smdp('faults', { function: 'downloadOrder', mode: 'http-500', times: 1 })
    proxy.queue.condition = condition
    const { id, reply } = await buy(browser)
    expect(reply.tookMs).toBeLessThan(5_000)
    expect((await orderOf(stack, id)).stage.state).toBe('placed')
    heldUp.push({ id, by: 'queue' })
  })

  test('readiness names what is away', async () => {
    proxy.queue.condition = 'away'
    const down = { status: 'not ready', checks: { store: 'up', queue: 'down' } }
    const { status, body } = await send(stack.url, '/health/ready')
    expect([status, JSON.parse(body)]).toEqual([503, down])
    proxy.queue.condition = 'up'
    await eventually('readiness', async () => (await send(stack.url, '/health/ready')).status === 200)
  })
})

describe('the store is away', () => {
  const requestsOf = (browser: Browser) =>
    [
      ['page', browser.get('/portal/options')],
      ['form', browser.post('/portal/plans', { plan: 'travel-2' })],
      ['launch', browser.get(launchPath(eidNumber(900)))],
      ['status', browser.get(`/portal/orders/${'0'.repeat(26)}/status`)],
      ['balance', send(stack.url, '/v1/sims/8999901000900000019/balances')],
      [
        'notice',
        send(stack.url, '/gsma/rsp2/es2plus/handleDownloadProgressInfo', {
          method: 'POST',
          body: JSON.stringify({
            iccid: '8999901000900000019',
            notificationPointId: 4,
            notificationPointStatus: { status: 'Executed-Success' },
          }),
        }),
      ],
    ] as const

  test.each([
    ['away', 4_000],
    ['silent', 12_500],
  ] as const)('%s: pages and machines are told so within %i ms, and it passes', async (condition, withinMs) => {
    const browser = await visitor(`${condition}@example.net`)
    proxy.table.condition = condition
    for (const [what, answer] of requestsOf(browser)) {
      const { status, headers, body, tookMs } = await answer
      expect([what, status, headers['retry-after']]).toEqual([what, 503, '5'])
      expect([what, tookMs < withinMs]).toEqual([what, true])
      if (what === 'page' || what === 'form' || what === 'launch') expect(body).toMatch(/<h1/)
      else expect(JSON.parse(body)).toMatchObject({ error: { code: expect.stringMatching(/./) } })
      expect(headers['set-cookie'], 'the visit goes on').toBeUndefined()
    }
    // What touches no store works on.
    expect((await send(stack.url, '/health')).status).toBe(200)
    expect((await send(stack.url, '/portal')).status).toBe(200)
    expect((await send(stack.url, '/portal/assets/none')).status).toBe(404)

    proxy.table.condition = 'up'
    expect((await browser.get('/portal/options')).status).toBe(200)
    const { id } = await buy(browser)
    expect((await orderOf(stack, id)).stage.state).toBe('ready')
    expect((await send(stack.url, '/v1/sims/8999901000099999999/balances')).status).toBe(404)
  })

  test('it goes while an order is under way: whoever bought is told to try again', async () => {
    const browser = await visitor('i@example.net')
    const form = await review(browser)
    await smdp('faults', { function: 'downloadOrder', mode: 'slow', delayMs: 400, times: 1 })
    const reply = browser.post('/portal/buy', { ...form })
    await eventually('the SM-DP+ to work', async () => {
      const calls = (await (await fetch(`${stack.smdpUrl}/control/calls`)).json()) as object[]
      return JSON.stringify(calls.at(-1)).includes('downloadOrder')
    })
    proxy.table.condition = 'away'
    expect((await reply).status).toBe(503)
    heldUp.push({ id: form.order, by: 'store' })
  })
})

test('when all are back, every order goes on where it stood, and no step of it is lost or done twice', async () => {
  expect(heldUp.map(({ by }) => by)).toEqual(['SM-DP+', 'queue', 'queue', 'store'])
  // Its wake was sent in time, so that it needs no sweep.
  const [first] = heldUp
  await eventually('the wake', async () => (await orderOf(stack, first?.id ?? '')).stage.state === 'ready', 30_000)
  for (const { id, by } of heldUp) {
    const order = await orderBecomes(id, `ready after ${by}`, ({ stage }) => stage.state === 'ready')
    expect(await moneyOf(id)).toEqual(['authorised'])
    expect(order.profile?.number).toBe(1)
  }
  const states = (await profilesAtSmdp()).filter(({ state }) => state !== 'Available' && state !== 'Installed')
  const open = (await documentsOf<Order>(stack.connectionString, 'orders')).filter(
    ({ stage }) => stage.state === 'ready',
  )
  expect(states.map(({ iccid, state }) => `${iccid} ${state}`).sort()).toEqual(
    open.map(({ profile }) => `${profile?.iccid} Released`).sort(),
  )
  expect((await stack.stock()).claimed).toBe(open.length)
})
