import { beforeEach, describe, expect, test } from 'vitest'
import { orderReference } from '../../domain/identifiers'
import type { Order } from '../../domain/order/order'
import { addGrant, createSim, grantOf } from '../../domain/sim'
import { profile } from '../testing/fakes'
import { blockIn, buyer, launchPath, type PortalWorld, person, portalWorld } from '../testing/world'

let world: PortalWorld
beforeEach(async () => {
  world = portalWorld()
  await world.account()
})

const bought = (channel: 'webview' | 'browser', plan?: string) => buyer(world, channel, plan)
const set = (id: string, change: Partial<Order>) => world.orders.set(id, (order) => ({ ...order, ...change }))
const now = () => world.now.toISOString()
const kinds = () => world.orders.events.map(({ event }) => event.type)

test('the page and its status are the buyer’s alone', async () => {
  const { path, id, browser } = await bought('webview')
  const ben = { email: 'ben@example.net', password: 'another good phrase', name: 'Ben' }
  await world.account(ben)
  const other = world.browser()
  await other.signIn(ben)
  await other.get('/portal/plans')
  const unknown = '0'.repeat(26)
  for (const tail of ['', '/status']) {
    expect((await other.get(`${path}${tail}`)).status).toBe(404)
    expect((await other.get(`/portal/orders/${unknown}${tail}`)).status).toBe(404)
    expect((await other.get(`/portal/orders/..%2f..${tail}`)).status).toBe(404)
  }
  for (const tail of ['handover', 'cancel']) expect((await other.post(`${path}/${tail}`)).status).toBe(404)
  expect((await other.report(`${path}/report`, { event: 'activation', result: 'success' })).status).toBe(404)
  expect(kinds()).toEqual([])
  expect((await browser.get(`${path}/status`)).body).toContain('"progress":"ready"')
  expect((await world.browser().get(`${path}/status`)).status).toBe(403)
  expect((await world.browser().get(path)).location).toBe(`/portal/sign-in?next=${encodeURIComponent(path)}`)
  expect(id).toHaveLength(26)
})

test('looking at the page moves on what is due, and only that', async () => {
  const { browser, path, id } = await bought('webview')
  await browser.get(path)
  expect(kinds()).toEqual([])
  set(id, { checkAt: new Date(world.now.getTime() + 60_000).toISOString() })
  await browser.get(path)
  expect(kinds()).toEqual([])
  world.pass(2)
  await browser.get(`${path}/status`)
  expect(kinds()).toEqual(['wake'])
  set(id, { stage: { state: 'placed', since: now() }, checkAt: undefined })
  await browser.get(path)
  expect(kinds()).toEqual(['wake', 'wake'])
})

test('an order that gave way to another leads to it', async () => {
  const { browser, path, id } = await bought('webview')
  set(id, { stage: { state: 'cancelled', since: now(), because: 'duplicate', duplicateOf: '1'.repeat(26) } })
  expect((await browser.get(path)).location).toBe(`/portal/orders/${'1'.repeat(26)}?note=open`)
})

test('the balance is shown once it stands on the SIM', async () => {
  const { browser, path, id } = await bought('webview')
  const order = world.orders.all.get(id)
  if (!order) throw new Error('no order')
  const sim = addGrant(createSim({ iccid: profile.iccid, kind: 'esim' }), grantOf(order.plan, id))
  await world.documents.insert('sims', profile.iccid, profile.iccid, sim)
  expect((await browser.get(path)).body).not.toContain('2 GB left')
  set(id, { stage: { state: 'active', since: now(), registered: true } })
  expect((await browser.get(path)).body).toContain('2 GB left')
  const account = await browser.get('/portal/account')
  expect(account.body).toContain('Travel 2 GB')
  expect(account.body).toContain(orderReference(order.id))
  expect(account.body).not.toContain(profile.iccid)
})

describe('handing over to the app', () => {
  test('answers the page that makes the call, with the code as data and a token of its own', async () => {
    const { browser, path } = await bought('webview')
    const reply = await browser.post(`${path}/handover`)
    expect(reply.status).toBe(200)
    const block = blockIn(reply)
    expect(block?.callback).toMatchObject({
      kind: 'inline-download',
      args: ['1$smdp.fjordline.example.net$7H2KQ-X4M9D-3TABC-12345'],
    })
    expect(block?.reportPath).toBe(`${path}/report`)
    expect(reply.body).toContain(`data-status-path="${path}/status?at=callback" data-version="with-the-app"`)
    expect(kinds()).toEqual(['handover'])
    world.pass(2)
    await browser.get(path)
    expect(blockIn(await browser.post(`${path}/handover`))?.token).not.toBe(block?.token)
  })

  test('leaves the lead to the app until the download fails or the line works', async () => {
    const { browser, path, id } = await bought('webview')
    const version = async () => JSON.parse((await browser.get(`${path}/status?at=callback`)).body).version
    await browser.post(`${path}/handover`)
    for (const stage of [
      { state: 'ready', since: now() },
      { state: 'downloading', since: now() },
      { state: 'installed', since: now(), by: 'notice' },
    ] as const) {
      set(id, { stage })
      expect(await version()).toBe('with-the-app')
    }
    set(id, { stage: { state: 'active', since: now(), registered: true } })
    expect(await version()).not.toBe('with-the-app')
    set(id, { stage: { state: 'ready', since: now() }, problem: { at: now(), source: 'smdp', code: '8.2.5/3.7' } })
    expect(await version()).not.toBe('with-the-app')
  })

  test('is not repeated within a minute, unless the device reported an error', async () => {
    const { browser, path, id } = await bought('webview')
    await browser.post(`${path}/handover`)
    expect((await browser.post(`${path}/handover`)).location).toBe(path)
    expect(kinds()).toEqual(['handover'])
    set(id, { problem: { at: now(), source: 'device', code: 'CardBusy' } })
    expect((await browser.post(`${path}/handover`)).status).toBe(200)
    expect(kinds()).toEqual(['handover', 'handover'])
  })

  test('is refused while the profile is not ready, and once it is installed', async () => {
    const { browser, path, id } = await bought('webview')
    for (const state of [
      { state: 'placed', since: now() },
      { state: 'installed', since: now(), by: 'notice' },
      { state: 'cancelled', since: now(), because: 'person' },
    ] as const) {
      set(id, { stage: state })
      expect((await browser.post(`${path}/handover`)).location).toBe(path)
    }
    expect(kinds()).not.toContain('handover')
  })

  test('of a delayed plan tells the minutes that are left', async () => {
    const { browser, path } = await bought('webview', 'regional-20')
    world.pass(2)
    const { callback } = blockIn(await browser.post(`${path}/handover`)) ?? {}
    expect(callback).toMatchObject({ kind: 'delayed-download', args: [expect.any(String), 3] })
  })

  test('of an asynchronous plan signs the person out before control goes back to the app', async () => {
    const { browser, path } = await bought('webview', 'home-50')
    const copy = browser.tab()
    const reply = await browser.post(`${path}/handover`)
    expect(blockIn(reply)).toMatchObject({
      callback: { kind: 'asynchronous-download', args: [expect.any(String), 15] },
    })
    expect(blockIn(reply)).not.toHaveProperty('csrf')
    expect(blockIn(reply)).not.toHaveProperty('reportPath')
    expect(reply.body).not.toContain(person.email)
    expect((await copy.get('/portal/options')).status).toBe(303)
  })
})

describe('handing over to an older app', () => {
  test('its first generation is told transaction and ICCID of the launch and the order', async () => {
    const { browser, path } = await bought('webview')
    const { fallbacks = [] } = blockIn(await browser.post(`${path}/handover`))?.callback ?? {}
    expect(JSON.parse(String(fallbacks.at(-1)?.args[0]))).toMatchObject({
      success: true,
      transactionId: '/Kx3pQ9mTzW1.2',
      activationCode: '1$smdp.fjordline.example.net$7H2KQ-X4M9D-3TABC-12345',
      iccid: profile.iccid,
    })
  })

  test('the script’s word that the app has taken the screen signs the person out', async () => {
    const { browser, path } = await bought('webview')
    await browser.post(`${path}/handover`)
    const copy = browser.tab()
    expect((await browser.report(`${path}/report`, { event: 'handed-over', token: 't' })).status).toBe(204)
    expect((await copy.get('/portal/options')).status).toBe(200)
    const left = { event: 'handed-over', token: 't', left: true }
    expect((await browser.report(`${path}/report`, left)).status).toBe(204)
    expect(browser.cookies.has('__Host-session')).toBe(false)
    expect((await copy.get('/portal/options')).status).toBe(303)
  })
})

describe('installing in a browser', () => {
  test('the link and the code are shown once the person asks for them, while they are good', async () => {
    const { browser, path, id, page } = await bought('browser')
    expect(page.body).not.toContain('lpa:')
    expect((await browser.post(`${path}/handover`)).location).toBe(path)
    const shown = await browser.get(path)
    expect(shown.body).toContain('href="lpa:1$smdp.fjordline.example.net$7H2KQ-X4M9D-3TABC-12345"')
    expect(shown.body).toContain('<svg')
    expect(shown.headers.get('cache-control')).toBe('no-store')
    set(id, { stage: { state: 'installed', since: now(), by: 'notice' } })
    expect((await browser.get(path)).body).not.toContain('7H2KQ')
  })
})

describe('reports of the script', () => {
  test.each<[object, object]>([
    [
      { event: 'activation', result: 'success', iccid: profile.iccid },
      { type: 'deviceResult', code: 'Success', iccid: profile.iccid },
    ],
    [
      { event: 'activation', result: 'serverNotReachable', iccid: '' },
      { type: 'deviceResult', code: 'ServerNotReachable' },
    ],
    [
      { event: 'activation', result: 'newInLaterBuilds' },
      { type: 'deviceResult', code: 'Other' },
    ],
    [
      { event: 'registration', state: 'home', iccid: profile.iccid },
      { type: 'registration', state: 'home', iccid: profile.iccid },
    ],
  ])('%j reaches the order as %j', async (body, event) => {
    const { browser, path, id } = await bought('webview')
    expect((await browser.report(`${path}/report`, body)).status).toBe(204)
    expect((await browser.report(`${path}/report`, body)).status).toBe(204)
    expect(world.orders.events).toEqual([
      { orderId: id, event },
      { orderId: id, event },
    ])
  })

  test.each([{ event: 'registration', state: '<x>' }, { event: 'handed-over', token: 't' }, { event: 'unheard-of' }])(
    '%j changes nothing',
    async (body) => {
      const { browser, path } = await bought('webview')
      expect((await browser.report(`${path}/report`, body)).status).toBe(204)
      expect(kinds()).toEqual([])
    },
  )

  test('missing objects of the app make the rest of the visit one by browser', async () => {
    const { browser, path } = await bought('webview')
    await browser.post(`${path}/handover`)
    await browser.report(`${path}/report`, { event: 'no-host', token: 't' })
    expect((await browser.get(path)).body).toContain('lpa:1$')
  })

  test.each<[string, string, string, number]>([
    ['no token', 'application/json', '{"event":"activation"}', 403],
    ['no JSON', 'application/json', '{', 400],
    ['a list', 'application/json', '[]', 403],
    ['another media type', 'text/plain', '{}', 415],
    ['too much', 'application/json', `"${'x'.repeat(40_000)}"`, 413],
  ])('are refused as JSON: %s', async (_, type, body, status) => {
    const { browser, path } = await bought('webview')
    const reply = await browser.send(`${path}/report`, { method: 'POST', body, headers: { 'Content-Type': type } })
    expect(reply.status).toBe(status)
    expect(reply.headers.get('content-type')).toBe('application/json')
  })
})

describe('errors of the device that the app brings along at the next launch', () => {
  const headers = {
    'X-MP-LPAError-Codes': 'CardBusy,ServerNotReachable',
    'X-MP-LPAError-TimeStamps': '3/2/2026 9:07:41 AM,3/2/2026 9:05:07 AM',
  }

  test('go to the order with that profile, and the person is led there', async () => {
    const { browser, path, id } = await bought('webview')
    const reply = await browser.get(launchPath(), { ...headers, 'X-MP-LPAError-ICCIDs': profile.iccid })
    expect(reply.location).toBe(path)
    expect(world.orders.events).toEqual([
      { orderId: id, event: { type: 'deviceResult', code: 'CardBusy', iccid: profile.iccid, onDevice: false } },
    ])
  })

  test('wait for the sign-in where nobody is signed in', async () => {
    const { path } = await bought('webview')
    const subscriber = [...world.orders.all.values()][0]?.subscriberId ?? ''
    const stored = await world.documents.get('subscribers', subscriber, subscriber)
    const orders = [{ id: path.slice(-26), placedAt: now() }]
    await world.documents.replace(
      'subscribers',
      subscriber,
      subscriber,
      { ...stored?.value, orders },
      stored?.etag ?? '',
    )
    const browser = world.browser()
    await browser.get(launchPath(), { ...headers, 'X-MP-LPAError-ICCIDs': profile.iccid })
    expect(world.orders.events).toEqual([])
    expect((await browser.post('/portal/sign-in', { email: person.email, password: person.password })).location).toBe(
      path,
    )
    expect(kinds()).toEqual(['deviceResult'])
  })

  test('tell whether the device lists the profile, and the log names none', async () => {
    const { browser, path } = await bought('webview')
    await browser.post(`${path}/handover`)
    const other = '8999901000000000099'
    await browser.get(launchPath({ iccids: `${other}, ${profile.iccid}` }), headers)
    await browser.get('/portal?iccid=8999901000000000024', headers)
    expect(world.orders.events.slice(1).map(({ event }) => event)).toEqual([
      { type: 'deviceResult', code: 'CardBusy', onDevice: true },
      { type: 'deviceResult', code: 'CardBusy' },
    ])
    const logged = JSON.stringify(world.log.lines)
    expect(logged).toContain('portal.device_error')
    expect(logged).not.toContain(profile.iccid)
    expect(logged).not.toContain(other)
  })

  test('lead to a complete purchase only where its eSIM is named and there is something to do', async () => {
    const { browser, path, id } = await bought('webview')
    set(id, { stage: { state: 'active', since: now(), registered: false } })
    const named = { ...headers, 'X-MP-LPAError-ICCIDs': profile.iccid }
    expect((await browser.get(launchPath(), headers)).location).toBe('/portal/options')
    expect(kinds()).toEqual([])
    expect((await browser.get(launchPath(), named)).location).toBe('/portal/options')
    expect(kinds()).toEqual(['deviceResult'])
    world.orders.onEvent = (order, event) =>
      event.type === 'deviceResult'
        ? { ...order, problem: { at: now(), source: 'device', code: event.code, action: 'activate' } }
        : order
    expect((await browser.get(launchPath({ iccids: profile.iccid }), named)).location).toBe(path)
  })

  test.each(['installed', 'active'] as const)('offer the eSIM for use where it is there already: %s', async (state) => {
    const { browser, path, id } = await bought('webview')
    const stage =
      state === 'active' ? { state, since: now(), registered: false } : { state, since: now(), by: 'notice' as const }
    set(id, { stage, problem: { at: now(), source: 'device', code: 'CardBusy', action: 'activate' } })
    const page = await browser.get(path)
    expect(page.body).toContain('This eSIM is on your PC already.')
    expect(page.body).toContain('Use this eSIM</button>')
    const reply = await browser.post(`${path}/handover`)
    expect(blockIn(reply)?.callback).toMatchObject({ kind: 'balance-addition', args: [profile.iccid] })
    expect(reply.body).not.toContain('7H2KQ')
    expect(kinds()).toEqual(['handover'])
    // The app has the screen now: nobody stays signed in.
    expect((await browser.get('/portal/options')).status).toBe(303)
  })

  test('about a profile that is not this person’s concern no order, and are shown in words', async () => {
    const { browser } = await bought('webview')
    const reply = await browser.get(launchPath(), { ...headers, 'X-MP-LPAError-ICCIDs': '8999901000000000099' })
    expect(reply.location).toBe('/portal/options')
    expect(kinds()).toEqual([])
    expect((await browser.get('/portal/options')).body).toContain('Wait half a minute')
  })

  test('are read at launch only', async () => {
    const { browser, path } = await bought('webview')
    await browser.get(path, { ...headers, 'X-MP-LPAError-ICCIDs': profile.iccid })
    await browser.get('/portal/options', headers)
    expect(kinds()).toEqual([])
  })
})
