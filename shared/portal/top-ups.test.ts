/** Plans on SIMs that people have, from the launch to the call of the Mobile Plans app, on the real order process. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { World } from '../../test/support/order-world'
import { quiet } from '../../test/support/order-world'
import type { Iccid } from '../domain/identifiers'
import { createSim, grantOf, type Sim } from '../domain/sim'
import { bytesPerMB, withUsage } from '../domain/usage'
import { placeRenewals } from '../fulfilment/renewals'
import type { Subscriber } from './accounts/subscriber'
import { realWorld } from './testing/real-world'
import { type Browser, blockIn, launchPath, orderIn, type Reply } from './testing/world'

const ana = { name: 'Ana', email: 'ana@example.net', password: 'a few good words' }
const ben = { name: 'Ben', email: 'ben@example.net', password: 'other good words' }
const card = '8999901000000000016' as Iccid
const foreign = '8901260123456789037' as Iccid
const hour = 60 * 60_000
const day = 24 * hour

let world: World
let browser: Browser
let another: () => Browser
beforeEach(async () => {
  ;({ world, browser, another } = await realWorld())
})

async function putSim(facts: Partial<Sim> = {}, iccid = card): Promise<void> {
  await world.documents.insert('sims', iccid, iccid, { ...createSim({ iccid, kind: 'warm' }), ...facts })
}
const sim = async (iccid = card) => (await world.documents.get<Sim>('sims', iccid, iccid))?.value
const changeSim = async (change: (known: Sim) => Sim, iccid = card) => {
  const stored = await world.documents.get<Sim>('sims', iccid, iccid)
  if (stored === undefined) throw new Error('no such SIM')
  await world.documents.replace('sims', iccid, iccid, change(stored.value), stored.etag)
}

/** A launch of a PC with a SIM card. */
const cardLaunch = (iccid: string = card) => `/portal?iccid=${iccid}&imei=490154203237518&market=DE&transactionId=t.1`

/** @returns the subscriber's id */
async function signUp(person = ana, as = browser): Promise<string> {
  let made = ''
  world.afterStore = ({ name, container, id }) => {
    if (name === 'insert' && container === 'subscribers') made = id ?? ''
  }
  await as.get('/portal/sign-up')
  await as.post('/portal/sign-up', person)
  return made
}

const signIn = (person = ana, as = browser) =>
  as.post('/portal/sign-in', { email: person.email, password: person.password })

/** From the plans of a line to its order's page. */
async function buyFor(path: string, plan = 'travel-2', as = browser): Promise<Reply & { path: string; id: string }> {
  await as.get(path)
  expect((await as.post(path, { plan })).location).toBe('/portal/review')
  const bought = await as.buy(await as.get('/portal/review'))
  const page = await as.get(bought.location)
  return { ...page, path: bought.location, id: bought.location.slice(-26) }
}

describe('a SIM card of nobody’s', () => {
  test('is activated: reviewed as such, the person’s afterwards, and told to Windows without a number', async () => {
    await putSim()
    const subscriberId = await signUp()
    await browser.get(cardLaunch())
    const options = await browser.get('/portal/options')
    expect(options.body).toContain('Activate this SIM')
    expect(options.body).not.toContain('New plan for this PC')
    await browser.get('/portal/lines/this/plans')
    await browser.post('/portal/lines/this/plans', { plan: 'travel-2' })
    const review = await browser.get('/portal/review')
    expect(review.body).toContain('SIM …0016')
    expect(review.body).toContain('Charged once data is there')
    const { location } = await browser.buy(review)
    const page = await browser.get(location)
    expect(page.body).toContain('Your SIM is active')
    expect(page.body).not.toContain('class="steps"')
    expect(await sim()).toMatchObject({ subscriberId, grants: [{ planId: 'travel-2' }] })
    const told = await browser.post(`${location}/handover`)
    const block = blockIn(told)
    expect(block?.callback).toMatchObject({ kind: 'balance-addition', args: [], control: 'app' })
    expect(block?.callback.metadata).toContainEqual(expect.objectContaining({ property: 'line', member: 'new' }))
    expect(block?.callback.metadata).toContainEqual({ property: 'planName', text: 'Travel 2 GB' })
    expect(block?.callback.fallbacks?.[0]).toMatchObject({ object: 'MobilePlans', args: [card] })
    expect(block?.reportPath).toBeUndefined()
    // Signed out before the call.
    expect(told.csrf).toBe('')
    expect((await browser.get('/portal/options')).location).toContain('/portal/sign-in')
  })

  test('is taken up by its launch only', async () => {
    await putSim()
    await signUp()
    await browser.get(launchPath())
    expect((await browser.get('/portal/lines/this/plans')).status).toBe(404)
    await browser.get(launchPath({ iccids: card }))
    expect((await browser.get('/portal/options')).body).not.toContain('0016')
  })
})

describe('a SIM card of the person’s', () => {
  test('with nothing left leads to its plans at once, else to the crossroads', async () => {
    const subscriberId = await signUp()
    await putSim({ subscriberId })
    expect((await browser.get(cardLaunch())).location).toBe('/portal/lines/this/plans')
    await browser.post('/portal/sign-out')
    await browser.get(cardLaunch())
    expect((await signIn()).location).toBe('/portal/lines/this/plans')
    expect((await browser.get('/portal/options')).body).toContain('Add data to this SIM')
    const { id, body, path } = await buyFor('/portal/lines/this/plans')
    expect(body).toContain('Your data is there')
    expect((await world.order(id)).kind).toBe('add-balance')
    expect(blockIn(await browser.post(`${path}/handover`))?.callback.metadata).toContainEqual(
      expect.objectContaining({ property: 'line', member: 'existing' }),
    )
    await browser.get(cardLaunch())
    expect((await signIn()).location).toBe('/portal/options')
  })

  test('waits for nothing: the plans do not speak of downloads', async () => {
    await putSim({ subscriberId: await signUp() })
    await browser.get(cardLaunch())
    const plans = await browser.get('/portal/lines/this/plans')
    expect(plans.body).toContain('Add data to SIM …0016')
    expect(plans.body).not.toMatch(/Download after|Online after/)
  })
})

describe('a SIM card that cannot be used', () => {
  const unusable: [string, string, Partial<Sim> | undefined][] = [
    ['somebody else’s', card, { subscriberId: 'somebody' }],
    ['excluded', card, { kind: 'excluded' }],
    ['the monitor’s', card, { kind: 'monitor' }],
    ['unknown, in our ranges', card, undefined],
    ['of another operator', foreign, undefined],
  ]
  test.each(unusable)('%s: says so in the same words, and sells nothing', async (_, iccid, facts) => {
    if (facts !== undefined) await putSim(facts)
    await signUp()
    await browser.get(cardLaunch(iccid))
    const page = await browser.get('/portal/options')
    expect(page.body).toContain('This SIM cannot be used here')
    expect(page.body).toContain('/portal/help')
    expect(page.body).not.toContain('somebody')
    expect((await browser.get('/portal/lines/this/plans')).status).toBe(404)
    expect((await browser.get('/portal/plans')).location).toBe('/portal/options')
    await browser.get('/portal/options')
    const left = blockIn(await browser.post('/portal/cancel'))
    const status = left?.callback.metadata?.find(({ property }) => property === 'moDirectStatus')
    expect(status).toMatchObject({ member: iccid === foreign ? 'invalidSIM' : 'cancelled' })
  })
})

describe('a line of the person’s', () => {
  /** Buys a new eSIM and installs it. */
  async function withLine(plan = 'travel-2', as = browser): Promise<{ iccid: Iccid; ref: string }> {
    await as.get(launchPath())
    const bought = await as.buy(await as.choose(plan))
    await as.get(bought.location)
    await as.post(`${bought.location}/handover`)
    const order = await world.download(await world.order(bought.location.slice(-26)))
    await world.orders.send(order.id, { type: 'registration', state: 'home' })
    return { iccid: order.profile?.iccid as Iccid, ref: order.id }
  }

  test('stands on the account page with what is left, and gets more data in a browser', async () => {
    await signUp()
    const { iccid, ref } = await withLine()
    const visit = another()
    await visit.get('/portal/sign-in')
    await signIn(ana, visit)
    const account = await visit.get('/portal/account')
    expect(account.body).toContain(`SIM …${iccid.slice(-4)}`)
    expect(account.body).toContain('New eSIM · Travel 2 GB')
    expect(account.body).toContain(`/portal/lines/${ref}/plans`)
    expect(account.body).not.toContain(iccid)
    const { body, path } = await buyFor(`/portal/lines/${ref}/plans`, 'travel-10', visit)
    expect(body).toContain('Your data is there')
    expect(body).not.toContain(`${path}/handover`)
    expect((await sim(iccid))?.grants).toHaveLength(2)
    const after = await visit.get('/portal/account')
    expect(after.body).toContain('Added data · Travel 10 GB')
    expect(after.body).toMatch(/>2 GB <small>.*>10 GB <small>/)
  })

  test('on the eSIM of the launch has a tile, and Windows is told its number', async () => {
    await signUp()
    const { iccid, ref } = await withLine()
    await browser.get(launchPath({ iccids: `${iccid},${foreign}` }))
    const options = await browser.get('/portal/options')
    expect(options.body).toContain(`Add data to SIM …${iccid.slice(-4)}`)
    expect(options.body).not.toContain(foreign.slice(-4))
    expect(options.body).toContain('New plan for this PC')
    const { path } = await buyFor(`/portal/lines/${ref}/plans`)
    const block = blockIn(await browser.post(`${path}/handover`))
    expect(block?.callback).toMatchObject({ kind: 'balance-addition', args: [iccid] })
  })

  test('that is on another PC is told without a number', async () => {
    await signUp()
    const { ref } = await withLine()
    await browser.get(launchPath())
    const { path } = await buyFor(`/portal/lines/${ref}/plans`)
    expect(blockIn(await browser.post(`${path}/handover`))?.callback).toMatchObject({ args: [], fallbacks: [] })
  })

  test('is nobody else’s to see or to use', async () => {
    await signUp()
    const { iccid, ref } = await withLine()
    const stranger = another()
    await signUp(ben, stranger)
    expect((await stranger.get(`/portal/lines/${ref}/plans`)).status).toBe(404)
    expect((await stranger.post(`/portal/lines/${ref}/plans`, { plan: 'travel-2' })).status).toBe(404)
    await stranger.get(launchPath({ iccids: iccid }))
    expect((await stranger.get('/portal/options')).body).not.toContain(iccid.slice(-4))
  })

  test('chosen instead of a new eSIM makes another order: what was reviewed is what is bought', async () => {
    await signUp()
    const { ref } = await withLine()
    const first = await browser.choose()
    await browser.get(`/portal/lines/${ref}/plans`)
    await browser.post(`/portal/lines/${ref}/plans`, { plan: 'travel-2' })
    const second = await browser.get('/portal/review')
    expect(orderIn(second)).not.toBe(orderIn(first))
    expect((await browser.buy(first)).status).toBe(409)
    const bought = await browser.buy(await browser.get('/portal/review'))
    expect((await world.order(bought.location.slice(-26))).kind).toBe('add-balance')
  })

  test('that is bought for twice at once is topped up once', async () => {
    await signUp()
    const { iccid, ref } = await withLine()
    await browser.post(`/portal/lines/${ref}/plans`, { plan: 'travel-2' })
    const review = await browser.get('/portal/review')
    const replies = await Promise.all([browser.tab().buy(review), browser.buy(review)])
    expect(new Set(replies.map(({ location }) => location)).size).toBe(1)
    expect((await sim(iccid))?.grants).toHaveLength(2)
  })

  test('after a refused payment is bought for again by another one', async () => {
    await signUp()
    const { ref } = await withLine()
    world.verdict = (call) => (call === 'billing.authorise' ? 'refuse card' : 'work')
    const { body } = await buyFor(`/portal/lines/${ref}/plans`)
    expect(body).toContain('The payment was refused')
    world.verdict = () => 'work'
    const review = await browser.get('/portal/review')
    expect(review.body).toContain('For your SIM')
    const again = await browser.buy(review)
    expect((await world.order(again.location.slice(-26))).kind).toBe('add-balance')
  })

  test('whose money cannot be collected says the truth', async () => {
    await signUp()
    const { ref } = await withLine()
    world.verdict = (call) => (call === 'billing.capture' ? 'refuse card' : 'work')
    const { body } = await buyFor(`/portal/lines/${ref}/plans`)
    expect(body).toContain('Your data is there; the payment is not')
    expect(body).not.toContain('/handover')
  })

  test('that is almost used up, used up or over is news on both pages', async () => {
    await signUp()
    const { iccid } = await withLine()
    const pages = async () => [await browser.get('/portal/options'), await browser.get('/portal/account')]
    for (const { body } of await pages()) expect(body).not.toContain('used up')
    const use = (megabytes: number) =>
      changeSim((known) => {
        const at = new Date(world.now).toISOString()
        return withUsage(known, [{ id: `${megabytes}`, at, bytes: megabytes * bytesPerMB }])
      }, iccid)
    await use(1800)
    for (const { body } of await pages()) expect(body).toContain('almost used up')
    await use(1000)
    for (const { body } of await pages()) expect(body).toContain('your data is used up')
    world.now += 8 * day
    await browser.get('/portal/sign-in')
    await signIn()
    for (const { body } of await pages()) expect(body).toContain('your plan ended on')
  })
})

describe('a subscription', () => {
  async function subscribed(): Promise<string> {
    await putSim({ subscriberId: await signUp() })
    await browser.get(cardLaunch())
    await browser.get('/portal/lines/this/plans')
    await browser.post('/portal/lines/this/plans', { plan: 'monthly-15' })
    const review = await browser.get('/portal/review')
    for (const words of ['Every 30 days, until you cancel', 'about Mar 30, 2026', 'Any time under “My plans”'])
      expect(review.body).toContain(words)
    return (await browser.buy(review)).location.slice(-26)
  }
  /** The minute's work, and a new visit at the end of it. */
  async function passing(ms: number): Promise<void> {
    const end = world.now + ms
    const parts = { documents: world.documents, orders: world.orders, clock: () => new Date(world.now), log: quiet }
    while (world.now < end) {
      const now = world.now
      await placeRenewals(parts)
      await world.runFor(hour)
      world.now = now + hour
    }
    browser = another()
    await browser.get('/portal/sign-in')
    await signIn()
  }
  const account = async () => (await browser.get('/portal/account')).body
  const options = async () => (await browser.get('/portal/options')).body

  test('says when it renews and for how much, and is news three days before', async () => {
    await subscribed()
    expect(await account()).toContain('Monthly 15 GB: renews on Mar 31, 2026 for €12.90')
    expect(await account()).not.toContain('Your subscription renews')
    await passing(27.5 * day)
    for (const body of [await account(), await options()])
      expect(body).toContain('Your subscription renews on Mar 31, 2026')
    await passing(2 * day)
    expect(await account()).toContain('renews on Apr 30, 2026')
    expect(await account()).toContain('from Mar 31, 2026')
    expect(await account()).toContain('Renewal · Monthly 15 GB')
    expect(await options()).not.toContain('Your subscription renews')
  })

  test('that the SIM has already is not bought a second time unawares', async () => {
    await subscribed()
    const review = async () => {
      await browser.post('/portal/lines/this/plans', { plan: 'monthly-15' })
      return (await browser.get('/portal/review')).body
    }
    expect(await review()).toContain('This SIM has this subscription already.')
    await changeSim((known) => ({ ...known, subscriptions: [] }))
    expect(await review()).not.toContain('already')
  })

  test('is cancelled on the account page: nothing more is collected, and the data stays', async () => {
    const id = await subscribed()
    const path = `/portal/subscriptions/${id}/cancel`
    expect(await account()).toContain(`href="${path}"`)
    const asked = await browser.get(path)
    expect(asked.body).toContain('You keep your data until Mar 31, 2026')
    expect((await sim())?.subscriptions?.[0]?.cancelledAt).toBeUndefined()
    const done = await browser.post(path)
    const told = await browser.get(done.location)
    expect(told.body).toContain('Your subscription is cancelled. You keep your data until Mar 31, 2026')
    expect(told.body).toContain('Monthly 15 GB: cancelled, ends on Mar 31, 2026')
    expect((await browser.post(path)).status).toBe(303)
    await passing(35 * day)
    expect(world.ledger.size).toBe(1)
    expect(await options()).toContain('as you wished')
  })

  test('is nobody else’s to cancel, and not without the form’s token', async () => {
    const id = await subscribed()
    const stranger = another()
    await signUp(ben, stranger)
    expect((await stranger.get(`/portal/subscriptions/${id}/cancel`)).status).toBe(404)
    expect((await stranger.post(`/portal/subscriptions/${id}/cancel`)).status).toBe(404)
    expect((await browser.post(`/portal/subscriptions/${id}/cancel`, { csrf: 'x' })).status).toBe(403)
    expect((await sim())?.subscriptions?.[0]?.cancelledAt).toBeUndefined()
  })

  test('whose payment is refused says until when it is asked for, and that it has ended', async () => {
    await subscribed()
    world.verdict = (call) => (call === 'billing.authorise' ? 'refuse no-funds' : 'work')
    await passing(29.5 * day)
    expect(await account()).toContain('payment refused; we’ll ask again until Apr 3, 2026')
    expect(await options()).toContain('The payment for your subscription was refused')
    const [renewal] = (await world.open()).map(({ orderId }) => orderId)
    const page = await browser.get(`/portal/orders/${renewal}`)
    expect(page.body).toContain('We ask again in some hours')
    expect(page.body).not.toMatch(/\/cancel"|\/review"/)
    await passing(6 * day)
    expect(await account()).toContain('Monthly 15 GB: ended, as the payment was refused')
    expect(await options()).toContain('was not renewed, as the payment was refused')
    expect((await browser.get(`/portal/orders/${renewal}`)).body).toContain('the subscription has ended')
  })
})

test('a plan that is no longer on sale keeps its name on the line', async () => {
  const subscriberId = await signUp()
  const [plan] = [{ id: 'gone', name: { en: 'Gone' }, description: { en: '' }, kind: 'payg' as const }]
  const price = { amountMinor: 1, currency: 'EUR', taxRate: 0 }
  const rest = {
    price,
    dataMB: 10,
    duration: 'P9D',
    markets: ['*'],
    downloadAfter: 0,
    registerAfter: 0,
    profileType: 'x',
  }
  const grant = grantOf({ ...plan, ...rest }, '0'.repeat(26))
  await putSim({ subscriberId, grants: [grant] })
  const stored = await world.documents.get<Subscriber>('subscribers', subscriberId, subscriberId)
  const lines = [{ iccid: card, orderId: '0'.repeat(26) }]
  await world.documents.replace(
    'subscribers',
    subscriberId,
    subscriberId,
    { ...stored?.value, lines },
    stored?.etag ?? '',
  )
  expect((await browser.get('/portal/account')).body).toContain('gone · valid for 9 days')
})
