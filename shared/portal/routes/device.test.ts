import { beforeEach, describe, expect, test } from 'vitest'
import { type Browser, eid, otherEid, type PortalWorld, portalWorld } from '../testing/world'

let world: PortalWorld
beforeEach(async () => {
  world = portalWorld()
  await world.account()
})

async function waiting(): Promise<{ browser: Browser; link: string; state: string }> {
  const browser = world.browser()
  await browser.signIn()
  await browser.get('/portal/plans')
  expect((await browser.post('/portal/plans', { plan: 'travel-2' })).location).toBe('/portal/device')
  const page = await browser.get('/portal/device')
  const link = (/href="(ms-settings:[^"]+)"/.exec(page.body)?.[1] ?? '').replaceAll('&amp;', '&')
  return { browser, link, state: /state=([\w-]+)/.exec(link)?.[1] ?? '' }
}
const make = Buffer.from('Contoso').toString('base64')
const answer = (state: string, value = eid) =>
  `/portal/device?state=${state}&eid=${value}&imei=490154203237518&make=${make}&model={model}`
const known = async (browser: Browser) => JSON.parse((await browser.get('/portal/device/state')).body)

test('the link asks Windows for the identifiers, with our state first and the placeholders raw', async () => {
  const { link, state } = await waiting()
  expect(link).toBe(
    `ms-settings:cellular-id?callbackUrl=https://portal.example.net/portal/device?state=${state}&eid={eid}&imei={imei}&make={make}&model={model}`,
  )
  expect(state).toMatch(/^[\w-]{22,}$/)
})

test('the link is https on a laptop, too: Windows takes nothing else', async () => {
  world = portalWorld({ publicUrl: 'http://127.0.0.1:7071' })
  await world.account()
  expect((await waiting()).link).toContain('callbackUrl=https://127.0.0.1:7071/portal/device?state=')
})

test('in the same browser the identifiers are taken and the address is clean again', async () => {
  const { browser, state } = await waiting()
  expect(await known(browser)).toEqual({ known: false })
  const reply = await browser.get(answer(state), { 'sec-fetch-site': 'cross-site' })
  expect([reply.status, reply.location]).toEqual([303, '/portal/device'])
  expect(await known(browser)).toEqual({ known: true })
  const page = await browser.get('/portal/device')
  expect(page.body).toContain('…7853')
  expect(page.body).toContain('Contoso')
  expect(page.body).not.toContain(eid)
  await browser.post('/portal/device')
  expect((await browser.get('/portal/review')).body).toContain('…7853')
  expect(JSON.stringify(world.log.lines)).not.toContain(eid)
})

test('in another browser they reach the waiting visit, and nothing of it is shown', async () => {
  const { browser, state } = await waiting()
  const stranger = world.browser()
  const reply = await stranger.get(answer(state))
  expect(reply.status).toBe(200)
  expect(reply.body).not.toMatch(/7853|mia@|name="csrf"/)
  expect(reply.headers.getSetCookie()).toEqual([])
  expect(await known(browser)).toEqual({ known: true })
})

test('a state counts once: later answers change nothing, and repeating is harmless', async () => {
  const { browser, state } = await waiting()
  await world.browser().get(answer(state))
  expect((await world.browser().get(answer(state))).status).toBe(200)
  await world.browser().get(answer(state, otherEid))
  expect((await browser.get('/portal/review')).body).toContain('…7853')
})

test('answers at once from several places: one of them counts', async () => {
  const { browser, state } = await waiting()
  await Promise.all([eid, otherEid, eid, otherEid].map((value) => world.browser().get(answer(state, value))))
  const ends = [eid, otherEid].map((value) => `…${value.slice(-4)}`)
  const shown = async () => {
    const { body } = await browser.get('/portal/review')
    return ends.filter((end) => body.includes(end))
  }
  const first = await shown()
  expect(first).toHaveLength(1)
  await world.browser().get(answer(state, otherEid))
  await world.browser().get(answer(state, eid))
  expect(await shown()).toEqual(first)
})

describe('an answer is not taken', () => {
  test.each<[string, (state: string) => string]>([
    ['for an unknown state', () => answer('A'.repeat(32))],
    ['without identifiers', (state) => `/portal/device?state=${state}&eid={eid}&imei=`],
    [
      'with a wrong EID and nothing else',
      (state) => `/portal/device?state=${state}&eid=89044045930000000000001234567854`,
    ],
    ['for a state that is none', () => '/portal/device?state=%00&eid=1'],
    ['longer than 8 KB', (state) => `${answer(state)}&x=${'y'.repeat(9000)}`],
  ])('%s', async (_, path) => {
    const { browser, state } = await waiting()
    expect((await world.browser().get(path(state))).status).toBe(400)
    expect(await known(browser)).toEqual({ known: false })
  })

  test('after a quarter of an hour', async () => {
    const { browser, state } = await waiting()
    world.pass(15.1)
    expect((await world.browser().get(answer(state))).status).toBe(400)
    expect(await known(browser)).toEqual({ known: false })
  })

  test('after the visit has ended', async () => {
    const { browser, state } = await waiting()
    await browser.get('/portal/options')
    await browser.post('/portal/sign-out')
    expect((await world.browser().get(answer(state))).status).toBe(400)
  })
})

describe('typed by hand', () => {
  test('spaces do not matter', async () => {
    const { browser } = await waiting()
    const reply = await browser.post('/portal/device', { eid: `${eid.slice(0, 4)} ${eid.slice(4)}`, imei: '' })
    expect(reply.location).toBe('/portal/review')
    expect((await browser.get('/portal/review')).body).toContain('…7853')
  })

  test.each<[string, Record<string, string>, string]>([
    ['a slip in the EID', { eid: '89044045930000000000001234567854' }, 'eid-error'],
    ['letters', { eid: '<b>89</b>' }, 'eid-error'],
    ['a slip in the IMEI', { eid, imei: '490154203237519' }, 'imei-error'],
  ])('%s is pointed out, and what was typed stays', async (_, fields, id) => {
    const { browser } = await waiting()
    const reply = await browser.post('/portal/device', fields)
    expect(reply.status).toBe(422)
    expect(reply.body).toContain(`id="${id}"`)
    expect(reply.body).not.toContain('<b>')
    expect(await known(browser)).toEqual({ known: false })
  })

  test('nothing at all goes on: the eSIM is then not bound to a PC', async () => {
    const { browser } = await waiting()
    expect((await browser.post('/portal/device', { eid: '', imei: '' })).location).toBe('/portal/review')
    const review = await browser.get('/portal/review')
    await browser.buy(review)
    expect([...world.orders.all.values()][0]?.device).toEqual({})
  })
})

test('whoever is not signed in is asked to, except on the return from Settings', async () => {
  expect((await world.browser().get('/portal/device')).location).toBe('/portal/sign-in?next=%2Fportal%2Fdevice')
})
