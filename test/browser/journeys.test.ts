/** Whole purchases in a real browser, with Windows, SM-DP+, billing and network played by the simulators. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { beforeEach, describe, expect, test } from 'vitest'
import { eventually, type Stack } from '../support/stack'
import { openShop } from './shop'
import { buy, choose, createPc, type Pc, signIn } from './windows'

const shop = openShop({
  operator(operator) {
    for (const plan of operator.plans) if (plan.downloadAfter > 0) plan.downloadAfter = 5
    // Releases held profiles three seconds after they are ready, and gives up on registration soon.
    operator.fulfilment = { ...operator.fulfilment, releaseMarginMinutes: 4.95, registrationWaitMinutes: 0.2 }
    operator.smdp.callTimeoutSeconds = 5
  },
})
let stack: Stack
let browser: Browser
let context: BrowserContext
let page: Page
beforeEach(() => {
  ;({ stack, browser, context, page } = shop)
})

const latestOrder = async () => {
  const [order] = await stack.orders()
  if (order === undefined) throw new Error('no order')
  return order
}
const orderIn = (state: string) =>
  eventually(`the order to be ${state}`, async () => {
    const order = await latestOrder()
    return order.stage.state === state ? order : undefined
  })
const story = async () => (await latestOrder()).log.map(({ what }) => what)

async function faultAtSmdp(fault: object): Promise<void> {
  const answer = await fetch(`${stack.smdpUrl}/control/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  })
  expect(answer.ok).toBe(true)
}

async function expectMoney(orderId: string, kinds: string[]): Promise<void> {
  const entries = (await stack.ledger()).filter((entry) => entry.orderId === orderId)
  expect(entries.map(({ kind }) => kind)).toEqual(kinds)
  expect(new Set(entries.map(({ amountMinor }) => amountMinor)).size).toBe(1)
}

describe('in the Mobile Plans webview', () => {
  test('a plan that is ready at once is bought, downloaded, installed, connected, and shown in the flyout', async () => {
    const pc = await createPc(stack, {})
    await signIn(page, pc, stack)
    await choose(page, 'Travel 2 GB')
    await buy(page)
    const before = await stack.stock()
    await page.getByRole('button', { name: 'Install the eSIM' }).click()
    const called = await pc.until('the callback', (device) => device.callbacks.length === 1)
    const order = await latestOrder()
    expect(called.callbacks[0]).toMatchObject({
      object: 'MobilePlansInlineOperations',
      method: 'notifyProfileDownload',
      args: [`1$smdp.fjordline.example.net$${order.profile?.matchingId}`],
      metadata: {
        userAccount: 'existing',
        purchaseInstrument: 'existing',
        line: 'new',
        lineType: 'new',
        moDirectStatus: 'complete',
        modirectStatus: 'complete',
        planName: 'Travel 2 GB',
      },
      notConstants: [],
    })
    const installed = await pc.until('registration', (device) => device.registration.state === 'home')
    expect(installed.profiles).toMatchObject([{ iccid: order.profile?.iccid, active: true, source: 'download' }])
    await orderIn('active')
    // The page follows by itself.
    await page.getByRole('heading', { level: 1, name: 'You are connected' }).waitFor()
    const flyout = await pc.command('flyout')
    expect(flyout).toMatchObject({
      elements: [{ id: 'B' }, { id: 'C', text: expect.stringMatching(/^Connected: 2 ?GB/) }],
      answer: { status: 200 },
    })
    expect(await story()).toEqual(
      expect.arrayContaining([
        'placed',
        'authorise',
        'downloadOrder',
        'confirmOrder',
        'ready',
        'handed over',
        'installed',
        'capture',
        'active',
      ]),
    )
    await expectMoney(order.id, ['authorised', 'captured'])
    const after = await stack.stock()
    expect(after.claimed).toBe((before.claimed ?? 0) - 1)
  })

  test('a plan that comes later is announced, released just in time, and installed when the toast is accepted', async () => {
    const pc = await createPc(stack, {})
    await signIn(page, pc, stack)
    await choose(page, 'Regional 20 GB')
    await buy(page)
    expect((await latestOrder()).profile?.smdp).toBe('confirmed')
    await page.getByRole('button', { name: 'Install the eSIM' }).click()
    const called = await pc.until('the callback', (device) => device.callbacks.length === 1)
    const order = await latestOrder()
    expect(called.callbacks[0]).toMatchObject({
      method: 'notifyProfileDownload',
      args: [`1$smdp.fjordline.example.net$${order.profile?.matchingId}`, expect.any(Number)],
    })
    const minutes = Number(called.callbacks[0]?.args[1])
    expect(minutes).toBeGreaterThanOrEqual(4)
    expect(minutes).toBeLessThanOrEqual(5)
    await pc.until('the toast', (device) => device.operations.some(({ phase }) => phase === 'toast'))
    expect((await latestOrder()).profile?.smdp).toBe('released')
    await pc.command('toast/accept')
    await pc.until('registration', (device) => device.registration.state === 'home')
    await orderIn('active')
    await expectMoney(order.id, ['authorised', 'captured'])
  })

  test('a download that fails is explained, and the same code works at the next try without a second charge', async () => {
    const pc = await createPc(stack, {})
    await pc.command('fault', { windowsError: 'ServerNotReachable', times: 1 })
    await signIn(page, pc, stack)
    await choose(page, 'Travel 10 GB')
    await buy(page)
    const { id } = await latestOrder()
    await page.getByRole('button', { name: 'Install the eSIM' }).click()
    await pc.until('the failure', (device) => device.operations.some(({ phase }) => phase === 'failed'))
    await page.getByText('The download server could not be reached.').waitFor()
    await page.getByRole('button', { name: 'Install again' }).click()
    const device = await pc.until('registration', ({ registration }) => registration.state === 'home')
    const codes = device.callbacks.map(({ args }) => args[0])
    expect(codes).toHaveLength(2)
    expect(codes[1]).toBe(codes[0])
    await page.getByRole('heading', { level: 1, name: 'You are connected' }).waitFor()
    await orderIn('active')
    await expectMoney(id, ['authorised', 'captured'])
  })

  test('an SM-DP+ that is away delays the order, and it goes on by itself when it is back', async () => {
    const pc = await createPc(stack, {})
    await signIn(page, pc, stack)
    await choose(page, 'Travel 10 GB')
    await faultAtSmdp({ function: 'downloadOrder', mode: 'http-500', times: 1 })
    await buy(page)
    await page.getByRole('heading', { level: 1, name: 'We are preparing your eSIM' }).waitFor()
    const order = await latestOrder()
    expect(order.stage.state).toBe('placed')
    await page.getByRole('button', { name: 'Install the eSIM' }).waitFor({ timeout: 40_000 })
    await page.getByRole('button', { name: 'Cancel order' }).click()
    await orderIn('cancelled')
    await expectMoney(order.id, ['authorised', 'voided'])
  })

  const pages: [string, (pc: Pc) => Promise<void>, object][] = [
    [
      'sign-in',
      async (pc) => {
        await page.goto(pc.launchUrl)
      },
      { userAccount: 'bailed', purchaseInstrument: 'none', line: 'none' },
    ],
    ['options', (pc) => signIn(page, pc, stack), { userAccount: 'existing' }],
    [
      'plans',
      async (pc) => {
        await signIn(page, pc, stack)
        await page.getByRole('link', { name: 'New plan for this PC' }).click()
      },
      { userAccount: 'existing' },
    ],
    [
      'review',
      async (pc) => {
        await signIn(page, pc, stack)
        await choose(page, 'Travel 2 GB')
      },
      { userAccount: 'existing', purchaseInstrument: 'bailed', line: 'none' },
    ],
  ]
  test.each(pages)(
    'cancel on the %s page ends the session and gives control back to the app',
    async (_name, reach, metadata) => {
      const pc = await createPc(stack, {})
      await reach(pc)
      const before = (await stack.orders()).length
      await page.getByRole('button', { name: 'Cancel', exact: true }).click()
      const device = await pc.until('the callback', ({ callbacks }) => callbacks.length === 1)
      expect(device.callbacks).toMatchObject([
        {
          object: 'MobilePlans',
          method: 'notifyCancelledPurchase',
          metadata: { ...metadata, moDirectStatus: 'cancelled', planName: '' },
        },
      ])
      expect(device.inFront).toBe('app')
      expect(await shop.sessionCookies()).toEqual([])
      expect((await stack.orders()).length).toBe(before)
    },
  )

  test('Back, reload, a double click and two tabs buy once', async () => {
    const pc = await createPc(stack, {})
    await signIn(page, pc, stack)
    await choose(page, 'Travel 2 GB')
    const before = (await stack.orders()).length
    const second = await context.newPage()
    await second.goto(page.url())
    await second.getByRole('checkbox').check()
    await page.getByRole('checkbox').check()
    const button = page.getByRole('button', { name: /obligation to pay/ })
    await Promise.all([
      button.dblclick().catch(() => undefined),
      second.getByRole('button', { name: /obligation to pay/ }).click(),
    ])
    await page.waitForURL(/\/portal\/orders\//)
    await second.waitForURL(/\/portal\/orders\//)
    expect(new URL(second.url()).pathname).toBe(new URL(page.url()).pathname)
    await page.reload()
    await page.goBack()
    const again = page.getByRole('button', { name: /obligation to pay/ })
    if (await again.isVisible()) {
      await page.getByRole('checkbox').check()
      await again.click()
      await page.waitForURL(/\/portal\/orders\//)
    }
    expect((await stack.orders()).length).toBe(before + 1)
    const order = await latestOrder()
    const authorised = (await stack.ledger()).filter(
      (entry) => entry.orderId === order.id && entry.kind === 'authorised',
    )
    expect(authorised).toHaveLength(1)
    await page.goto(`${stack.windowsUrl}/portal/orders/${order.id}`)
    await page.getByRole('button', { name: 'Cancel order' }).click()
    await orderIn('cancelled')
  })

  test('reload and Back on the hand-over page fire no second callback', async () => {
    const pc = await createPc(stack, {})
    await signIn(page, pc, stack)
    await choose(page, 'Travel 2 GB')
    await buy(page)
    await page.getByRole('button', { name: 'Install the eSIM' }).click()
    await pc.until('the callback', (device) => device.callbacks.length === 1)
    await page.reload()
    await page.goBack()
    await page.goForward()
    await orderIn('active')
    expect((await pc.state()).callbacks).toHaveLength(1)
  })
})

describe('in a browser on Windows 11', () => {
  test('the PC is identified by Settings, and the eSIM installed by its lpa: link', async () => {
    const pc = await createPc(stack, { channel: 'browser' })
    await signIn(page, pc, stack)
    await choose(page, 'Travel 2 GB')
    await page.getByRole('link', { name: 'Share from Windows Settings' }).click()
    const asked = await pc.until('the consent dialog', (device) => device.consent !== undefined)
    expect(asked.consent?.placeholders).toContain('eid')
    await pc.command('consent', { allow: true })
    // Windows opens the callback URL; the portal leads on to an address without identifiers.
    await page.getByText('We know your PC').waitFor()
    expect(page.url()).not.toContain(stack.eid)
    await page
      .getByRole('link', { name: /Next|Continue/ })
      .or(page.getByRole('button', { name: /Next|Continue/ }))
      .first()
      .click()
    await page.getByRole('heading', { level: 1, name: 'Review your order' }).waitFor()
    await buy(page)
    const order = await latestOrder()
    expect(order.device.eid).toBe(stack.eid)
    const show = page.getByRole('button', { name: /Install the eSIM/ })
    if (await show.isVisible()) await show.click()
    const link = page.getByRole('link', { name: 'Install on this PC' })
    expect(await link.getAttribute('href')).toBe(`lpa:1$smdp.fjordline.example.net$${order.profile?.matchingId}`)
    await link.click()
    await pc.until('the Settings dialog', (device) => device.addProfile !== undefined)
    await pc.command('lpa', { allow: true })
    await orderIn('active')
    await page.getByRole('heading', { level: 1, name: 'You are connected' }).waitFor()
    await expectMoney(order.id, ['authorised', 'captured'])
    expect((await pc.state()).callbacks).toEqual([])
  })

  test('the numbers can be typed, and a wrong check digit is refused before anything is ordered', async () => {
    const pc = await createPc(stack, { channel: 'browser' })
    await signIn(page, pc, stack)
    await choose(page, 'Travel 2 GB')
    const wrong = `${stack.eid.slice(0, 31)}${(Number(stack.eid.at(-1)) + 1) % 10}`
    const eid = page.getByLabel('EID')
    await eid.fill(wrong)
    await page.getByRole('button', { name: /Next|Continue/ }).click()
    await page.getByText('This EID is not right').first().waitFor()
    await eid.fill(stack.eid.replace(/(.{4})/g, '$1 '))
    await page.getByRole('button', { name: /Next|Continue/ }).click()
    await page.goto(`${stack.windowsUrl}/portal/review`)
    await page.getByRole('heading', { level: 1, name: 'Review your order' }).waitFor()
  })

  test('the whole purchase works with scripts switched off', async () => {
    const pc = await createPc(stack, { channel: 'browser' })
    const plain = await browser.newContext({ javaScriptEnabled: false, locale: 'en-US' })
    const quiet = await plain.newPage()
    await signIn(quiet, pc, stack)
    await choose(quiet, 'Travel 2 GB')
    await quiet.getByLabel('EID').fill(stack.eid)
    await quiet.getByRole('button', { name: /Next|Continue/ }).click()
    await quiet.goto(`${stack.windowsUrl}/portal/review`)
    await buy(quiet)
    const show = quiet.getByRole('button', { name: /Install the eSIM/ })
    if (await show.isVisible()) await show.click()
    expect(await quiet.getByRole('link', { name: 'Install on this PC' }).getAttribute('href')).toMatch(/^lpa:1\$/)
    await quiet.getByRole('button', { name: 'Cancel order' }).click()
    await orderIn('cancelled')
    await plain.close()
  })
})
