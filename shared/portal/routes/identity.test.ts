import { beforeEach, describe, expect, test } from 'vitest'
import { type Browser, launchPath, orderIn, type PortalWorld, person, portalWorld } from '../testing/world'

let world: PortalWorld
let subscriberId: string
beforeEach(async () => {
  world = portalWorld()
  subscriberId = await world.account()
})

async function reviewed(channel: 'webview' | 'browser' = 'webview') {
  const browser = world.browser()
  await browser.get(channel === 'webview' ? launchPath() : '/portal/sign-in')
  await browser.post('/portal/sign-in', { email: person.email, password: person.password })
  return { browser, review: await browser.choose() }
}

async function sellsAgain(browser: Browser) {
  world.identityCheck.answer = { ok: true, value: { decision: 'allowed' } }
  const review = await browser.get('/portal/review')
  expect(review.body).toContain('Travel 2 GB')
  expect((await browser.buy(review)).location).toBe(`/portal/orders/${orderIn(review)}`)
  expect(world.orders.placed).toBe(1)
}

test('Buy asks about the person, the plan and the country, and goes on when they are allowed', async () => {
  const { browser, review } = await reviewed()
  expect((await browser.buy(review)).status).toBe(303)
  expect(world.identityCheck.questions).toEqual([{ subscriberId, planId: 'travel-2', market: 'DE' }])
  expect(world.orders.placed).toBe(1)
})

test('a form with errors asks nobody', async () => {
  const { browser, review } = await reviewed()
  expect((await browser.buy(review, { terms: '' })).status).toBe(422)
  expect(world.identityCheck.questions).toEqual([])
})

describe('a person whose identity must be confirmed first', () => {
  const url = 'https://identity.example.net/start?a=1&b=2'

  test('is told what is missing and whom to call; nothing is ordered, and the choices stay', async () => {
    const { browser, review } = await reviewed()
    world.identityCheck.answer = { ok: true, value: { decision: 'needed', reason: 'document', url } }
    const reply = await browser.buy(review)
    expect(reply.status).toBe(403)
    expect(reply.body).toContain('We need to know who you are')
    expect(reply.body).toContain('no confirmed identity document')
    expect(reply.body).toContain(world.operator.support.phone)
    expect(reply.body).toContain('href="/portal/review"')
    expect(world.orders.all.size).toBe(0)
    await sellsAgain(browser)
  })

  test('is not led out of the app', async () => {
    const { browser, review } = await reviewed('webview')
    world.identityCheck.answer = { ok: true, value: { decision: 'needed', url } }
    expect((await browser.buy(review)).body).not.toContain('identity.example.net')
  })

  test('finds a link in a browser', async () => {
    const { browser, review } = await reviewed('browser')
    world.identityCheck.answer = { ok: true, value: { decision: 'needed', url } }
    expect((await browser.buy(review)).body).toContain('href="https://identity.example.net/start?a=1&amp;b=2"')
  })

  test('with a reason that we have no words for reads the general ones', async () => {
    const { browser, review } = await reviewed()
    world.identityCheck.answer = { ok: true, value: { decision: 'needed', reason: 'constructor' } }
    const { body } = await browser.buy(review)
    expect(body).toContain('We need to know who you are')
    expect(body).not.toMatch(/constructor|function|undefined/)
  })
})

test('a person who is refused is led back to the plans', async () => {
  const { browser, review } = await reviewed()
  world.identityCheck.answer = { ok: true, value: { decision: 'refused', reason: 'limit' } }
  const reply = await browser.buy(review)
  expect([reply.status, world.orders.all.size]).toEqual([403, 0])
  expect(reply.body).toContain('class="button primary" href="/portal/plans"')
})

test('while nobody can be asked nothing is sold, and the same choice can be bought later', async () => {
  const { browser, review } = await reviewed()
  world.identityCheck.answer = { ok: false, kind: 'lost', code: 'timeout', detail: '' }
  const reply = await browser.buy(review)
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '30'])
  expect(reply.body).toContain('We cannot check your identity at the moment')
  expect(world.orders.all.size).toBe(0)
  expect(world.log.lines).toContainEqual(
    expect.objectContaining({ event: 'portal.identity_failed', fields: expect.objectContaining({ code: 'timeout' }) }),
  )
  await sellsAgain(browser)
})

test('an order that was placed before the answer got lost is shown, whatever the check says now', async () => {
  const { browser, review } = await reviewed()
  const other = browser.tab()
  await browser.buy(review)
  world.identityCheck.answer = { ok: false, kind: 'unreached', code: 'connection-refused', detail: '' }
  expect((await other.buy(review)).location).toBe(`/portal/orders/${orderIn(review)}`)
})

test('the words come in the language of the person', async () => {
  const { browser, review } = await reviewed()
  await browser.get('/portal/review?lang=de')
  world.identityCheck.answer = { ok: true, value: { decision: 'needed', reason: 'age' } }
  const { body } = await browser.buy(review)
  expect(body).toContain('Wir müssen wissen, wer Sie sind')
  expect(body).toContain('Nachweis Ihres Alters')
})
