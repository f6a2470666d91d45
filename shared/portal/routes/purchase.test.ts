import { beforeEach, describe, expect, test } from 'vitest'
import {
  type Browser,
  eid,
  launchPath,
  orderIn,
  otherEid,
  type PortalWorld,
  person,
  portalWorld,
} from '../testing/world'

let world: PortalWorld
let subscriberId: string
beforeEach(async () => {
  world = portalWorld()
  subscriberId = await world.account()
})

async function launched(change: Record<string, string> = {}): Promise<Browser> {
  const browser = world.browser()
  await browser.get(launchPath(change))
  await browser.post('/portal/sign-in', { email: person.email, password: person.password })
  return browser
}

test('from launch to order: everything that was reviewed stands in the purchase', async () => {
  const browser = await launched()
  await browser.get('/portal/plans')
  expect((await browser.post('/portal/plans', { plan: 'travel-2' })).location).toBe('/portal/review')
  const review = await browser.get('/portal/review')
  expect(review.body).toContain('…7853')
  const reply = await browser.buy(review)
  expect([reply.status, reply.location]).toEqual([303, `/portal/orders/${orderIn(review)}`])
  const order = world.orders.all.get(orderIn(review))
  expect(order).toMatchObject({
    channel: 'webview',
    subscriberId,
    transactionId: '/Kx3pQ9mTzW1.2',
    device: { eid, imei: '490154203237518', market: 'DE', location: 'PT' },
    plan: { id: 'travel-2' },
    payment: { instrument: 'account:1', onFile: true, account: 'existing' },
  })
  expect((await browser.get(reply.location)).status).toBe(200)
})

describe('nothing is bought twice', () => {
  test('by a double click', async () => {
    const browser = await launched()
    const review = await browser.choose()
    const replies = await Promise.all([browser.tab().buy(review), browser.tab().buy(review), browser.buy(review)])
    expect(new Set(replies.map(({ location }) => location))).toEqual(new Set([`/portal/orders/${orderIn(review)}`]))
    expect(world.orders.placed).toBe(1)
  })

  test('by Back and Buy', async () => {
    const browser = await launched()
    const review = await browser.choose()
    await browser.buy(review)
    expect((await browser.buy(review)).location).toBe(`/portal/orders/${orderIn(review)}`)
    // A review that is fetched anew leads to the order, too.
    expect((await browser.get('/portal/review')).location).toBe(`/portal/orders/${orderIn(review)}`)
    expect(world.orders.placed).toBe(1)
  })

  test('by two tabs with the same review', async () => {
    const browser = await launched()
    const review = await browser.choose()
    const other = browser.tab()
    const same = await other.get('/portal/review')
    expect(orderIn(same)).toBe(orderIn(review))
    await browser.buy(review)
    expect((await other.buy(same)).location).toBe(`/portal/orders/${orderIn(review)}`)
    expect(world.orders.placed).toBe(1)
  })

  test('in another visit, while the first order for this PC is open', async () => {
    const first = await launched()
    const review = await first.choose()
    await first.buy(review)
    const second = await launched()
    const reply = await second.buy(await second.choose())
    expect(reply.location).toBe(`/portal/orders/${orderIn(review)}?note=open`)
    expect((await second.get(reply.location)).body).toContain('nothing new was ordered')
    expect(world.orders.placed).toBe(1)
  })

  test('after a fault in the middle of Buy: the same button works again', async () => {
    const browser = await launched()
    const review = await browser.choose()
    world.orders.onPlace = () => {
      throw new Error('the other side is down')
    }
    const broken = await browser.buy(review)
    expect(broken.status).toBe(500)
    expect(broken.body).toContain('class="button primary" href="/portal/review"')
    world.orders.onPlace = (order) => order
    expect((await browser.buy(review)).location).toBe(`/portal/orders/${orderIn(review)}`)
    expect(world.orders.all.size).toBe(1)
  })
})

describe('what is bought is what was reviewed', () => {
  test('a review of another plan is not good any more', async () => {
    const browser = await launched()
    const review = await browser.choose('travel-2')
    const other = browser.tab()
    await other.choose('travel-10')
    const reply = await browser.buy(review)
    expect(reply.status).toBe(409)
    expect(reply.body).toContain('Travel 10 GB')
    expect(reply.body).toContain('Your choice has changed')
    expect(world.orders.placed).toBe(0)
  })

  test('nor is one for another device', async () => {
    const browser = await launched()
    const review = await browser.choose()
    await browser.get(launchPath({ eid: otherEid }))
    expect((await browser.buy(review)).status).toBe(409)
    expect(world.orders.placed).toBe(0)
  })

  test('an order id of another person or of nobody buys nothing', async () => {
    const theirs = await launched()
    const review = await theirs.choose()
    await theirs.buy(review)
    await world.account({ email: 'ben@example.net', password: 'another good phrase', name: 'Ben' })
    const browser = world.browser()
    await browser.signIn({ email: 'ben@example.net', password: 'another good phrase', name: 'Ben' })
    await browser.choose()
    for (const order of [orderIn(review), '0'.repeat(26), '../../x', '']) {
      expect((await browser.post('/portal/buy', { order, instrument: 'account:1', terms: 'yes' })).status).toBe(409)
    }
    expect(world.orders.placed).toBe(1)
  })

  test('terms and a way to pay must be chosen', async () => {
    const browser = await launched()
    const review = await browser.choose()
    const noTerms = await browser.buy(review, { terms: '' })
    expect(noTerms.status).toBe(422)
    expect(noTerms.body).toContain('id="terms-error"')
    const noInstrument = await browser.buy(review, { instrument: 'account:of-somebody-else' })
    expect(noInstrument.status).toBe(422)
    expect(noInstrument.body).toContain('id="instrument-error"')
    expect(orderIn(noInstrument)).toBe(orderIn(review))
    expect(world.orders.placed).toBe(0)
  })
})

test('after a purchase the next one has an id of its own', async () => {
  const browser = await launched()
  const first = await browser.choose()
  await browser.buy(first)
  world.orders.set(orderIn(first), (order) => ({
    ...order,
    stage: { state: 'active', since: world.now.toISOString(), registered: true },
  }))
  const second = await browser.choose('travel-10')
  expect(orderIn(second)).not.toBe(orderIn(first))
  expect((await browser.buy(second)).location).toBe(`/portal/orders/${orderIn(second)}`)
  expect(world.orders.placed).toBe(2)
})

test('after a refused payment the same plan is reviewed again, under a new id', async () => {
  const browser = await launched()
  const first = await browser.choose('travel-10')
  await browser.buy(first)
  world.orders.set(orderIn(first), (order) => ({
    ...order,
    stage: { state: 'cancelled', since: world.now.toISOString(), because: 'payment-refused' },
  }))
  expect((await browser.get(`/portal/orders/${orderIn(first)}`)).body).toContain('href="/portal/review"')
  const again = await browser.get('/portal/review')
  expect(again.body).toContain('Travel 10 GB')
  expect(orderIn(again)).not.toBe(orderIn(first))
})

describe('plans', () => {
  test('are those of the PC’s region, else of its place, else all', async () => {
    const counts = []
    for (const change of [{ market: 'PT' }, { market: '', location: 'SE' }, { market: '', location: '' }]) {
      const browser = await launched(change)
      const page = await browser.get('/portal/plans')
      counts.push([/Home 50 GB/.test(page.body), /Regional 20 GB/.test(page.body)])
    }
    expect(counts).toEqual([
      [true, false],
      [false, true],
      [true, true],
    ])
  })

  test('one that is not on offer there cannot be chosen', async () => {
    const browser = await launched({ market: 'PT' })
    await browser.get('/portal/plans')
    for (const plan of ['regional-20', 'no-such-plan', '']) {
      expect((await browser.post('/portal/plans', { plan })).status).toBe(422)
    }
    expect((await browser.get('/portal/review')).location).toBe('/portal/plans')
  })
})

describe('ways to pay', () => {
  test('are asked for once per visit', async () => {
    const browser = await launched()
    await browser.choose()
    await browser.get('/portal/review')
    expect(world.billing.calls).toEqual([`instruments ${subscriberId}`])
  })

  test('when billing is down the page says so, and the choice is kept', async () => {
    const browser = await launched()
    world.billing.failure = { ok: false, kind: 'lost', code: 'timeout', detail: '' }
    const reply = await browser.choose('travel-10')
    expect(reply.status).toBe(503)
    expect(reply.body).toContain('href="/portal/review"')
    world.billing.failure = undefined
    expect((await browser.get('/portal/review')).body).toContain('Travel 10 GB')
  })

  test('a voucher can be added and paid with', async () => {
    const browser = await launched()
    await browser.choose()
    expect((await browser.post('/portal/voucher', { code: ' GOOD-1 ' })).location).toBe('/portal/review?note=voucher')
    const review = await browser.get('/portal/review?note=voucher')
    const ref = /value="(voucher:[^"]+)"[^>]*checked/.exec(review.body)?.[1] ?? ''
    await browser.buy(review, { instrument: ref })
    expect(world.orders.all.get(orderIn(review))?.payment).toMatchObject({ instrument: ref, onFile: false })
  })

  test('the same voucher code twice carries the same key, so that it is redeemed once', async () => {
    const browser = await launched()
    await browser.choose()
    await browser.post('/portal/voucher', { code: 'GOOD-1' })
    await browser.post('/portal/voucher', { code: 'GOOD-1' })
    const keys = world.billing.calls.filter((call) => call.startsWith('voucher'))
    expect(keys).toHaveLength(2)
    expect(new Set(keys).size).toBe(1)
    expect((await browser.get('/portal/review')).body.match(/value="voucher:/g)).toHaveLength(1)
  })

  test('a code that billing does not know is said to be wrong', async () => {
    const browser = await launched()
    await browser.choose()
    const reply = await browser.post('/portal/voucher', { code: 'BAD' })
    expect(reply.status).toBe(422)
    expect(reply.body).toContain('id="code-error"')
  })
})
