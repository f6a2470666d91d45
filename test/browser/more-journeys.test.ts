/** Purchases that go other ways than straight on: later networks, failures told late, another language, second thoughts. */
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, test } from 'vitest'
import type { SettingsInput } from '../../local/windows/settings'
import { completeEid } from '../../shared/domain/identifiers'
import { closeContext } from '../support/chromium'
import { eventually, type Stack } from '../support/stack'
import { expectMoney, latestOrder, orderIn } from './orders'
import { openShop } from './shop'
import { buy, choose, createPc, type Pc, signIn } from './windows'

const shop = openShop({
  operator(operator) {
    // Held profiles are released, and later lines activated, twelve seconds after they are ready.
    operator.fulfilment = { ...operator.fulfilment, releaseMarginMinutes: 4.8, registrationWaitMinutes: 0.1 }
  },
})
let stack: Stack
let page: Page
let pcs = 0
beforeEach(() => {
  ;({ stack, page } = shop)
})

/** A PC of its own for each test, as an open order leads to itself on the same one. */
function newPc(settings: SettingsInput = {}): Promise<Pc & { eid: string }> {
  pcs += 1
  const eid = completeEid(`8904404593000000000000000077${String(pcs).padStart(2, '0')}`) ?? ''
  return createPc(stack, { eid, ...settings }).then((pc) => ({ ...pc, eid }))
}
const install = () => page.getByRole('button', { name: 'Install the eSIM' }).click()
const { headline, sessionCookies } = shop
const codeOf = async () => `1$smdp.fjordline.example.net$${(await latestOrder(stack)).profile?.matchingId}`

describe('in the Mobile Plans webview', () => {
  test('a plan that connects later is downloaded by the app, has its balance before it registers, and ends active', async () => {
    const pc = await newPc({ speed: 60 })
    await signIn(page, pc, stack)
    await choose(page, 'Home 50 GB')
    await buy(page)
    await page.getByText('Your line works from').waitFor()
    const { id } = await latestOrder(stack)
    await install()
    const called = await pc.until('the callback', (device) => device.callbacks.length === 1)
    expect(called.callbacks[0]).toMatchObject({
      object: 'MobilePlans',
      method: 'notifyPurchaseWithProfileDownload',
      args: [await codeOf(), 15],
      metadata: { moDirectStatus: 'complete', planName: 'Home 50 GB' },
      notConstants: [],
    })
    expect(called.inFront).toBe('app')
    expect(called.listeners).toEqual({})
    await page.waitForURL(/\/device\/[^/]+\/app$/)
    expect(await sessionCookies()).toEqual([])

    // Downloaded and active on the PC, not yet on any network: the balance stands already.
    await pc.until('the wait', ({ operations }) => operations[0]?.phase === 'waiting-to-register')
    expect(await pc.command('flyout')).toMatchObject({
      elements: [{ id: 'B' }, { id: 'C', text: expect.stringMatching(/50 ?GB/) }],
      answer: { status: 200 },
    })
    const before = await orderIn(stack, 'installed')
    expect(before.profile).toMatchObject({ granted: true, line: 'off' })
    expect((await pc.state()).registration.state).toBe('deregistered')

    await pc.command('speed', { speed: 600 })
    await pc.until('registration', ({ registration }) => registration.state === 'home')
    const done = await orderIn(stack, 'active')
    expect(done.profile?.line).toBe('on')
    await expectMoney(stack, id, ['authorised', 'captured'])
  })

  test('a download that was announced is taken back before its toast, and nothing is paid', async () => {
    const pc = await newPc({ speed: 1 })
    await signIn(page, pc, stack)
    await choose(page, 'Regional 20 GB')
    await buy(page)
    const { id } = await latestOrder(stack)
    await install()
    const announced = await pc.until('the callback', ({ callbacks }) => callbacks.length === 1)
    const operation = announced.operations[0]
    expect(operation).toMatchObject({ kind: 'delayed', phase: 'waiting' })
    await page.getByRole('link', { name: 'Continue' }).click()
    await headline('Your eSIM comes a little later')
    await page.getByRole('button', { name: 'Cancel order' }).click()
    const taken = await pc.until('the second call', ({ callbacks }) => callbacks.length === 2)
    expect(taken.callbacks[1]).toMatchObject({ method: 'notifyOperationCancel', args: [operation?.id] })
    expect(taken.operations).toMatchObject([{ id: operation?.id, phase: 'cancelled' }])
    await orderIn(stack, 'cancelled')
    await expectMoney(stack, id, ['authorised', 'voided'])
    await page.getByRole('link', { name: 'Continue' }).click()
    await headline('Your order is cancelled')

    await pc.command('speed', { speed: 60_000 })
    const due = Date.parse((await pc.state()).operations[0]?.dueAt ?? '')
    await eventually('the time of the toast', async () => Date.now() > due)
    expect((await pc.state()).operations).toMatchObject([{ phase: 'cancelled' }])
  })

  describe('a launch after a download that failed when the portal was gone', () => {
    /** Buys, leaves while the download fails, and comes back signed out, once the order has come as far as `meanwhile` waits for. */
    async function failedPurchase(windowsError: string, meanwhile?: () => Promise<unknown>): Promise<Pc> {
      const pc = await newPc({ speed: 1 })
      await pc.command('fault', { windowsError, times: 1 })
      await signIn(page, pc, stack)
      await choose(page, 'Travel 2 GB')
      await buy(page)
      const { profile } = await latestOrder(stack)
      await install()
      await pc.until('the callback', ({ callbacks }) => callbacks.length === 1)
      await pc.command('leave')
      await closeContext(shop.context)
      await pc.command('speed', { speed: 600 })
      await pc.until('the failure', ({ operations }) => operations[0]?.phase === 'failed')
      await meanwhile?.()
      page = await shop.comeBack()
      await page.goto(pc.launchUrl)
      const launch = (await pc.state()).traffic.findLast(({ title }) => title === 'Launches the portal')
      expect(launch?.detail.headers).toMatchObject({
        'X-MP-LPAError-Codes': windowsError,
        'X-MP-LPAError-ICCIDs': profile?.iccid,
      })
      await page.getByLabel('Email address').fill(stack.account.email)
      await page.getByLabel('Password').fill(stack.account.password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      return pc
    }
    async function connected(pc: Pc): Promise<void> {
      await pc.until('registration', ({ registration }) => registration.state === 'home')
      const { id } = await orderIn(stack, 'active')
      await expectMoney(stack, id, ['authorised', 'captured'])
    }

    test('leads to its order, which says what to do', async () => {
      const pc = await failedPurchase('ServerFailure')
      await headline('Your eSIM is ready')
      expect(page.url()).toContain((await latestOrder(stack)).id)
      await page.getByText('Wait half a minute, then install again.').waitFor()
      await page.getByRole('button', { name: 'Install again' }).click()
      await connected(pc)
      const codes = (await pc.state()).callbacks.map(({ args }) => args[0])
      expect(codes[1]).toBe(codes[0])
    })

    test('says what to do before the order, where that has a fresh eSIM already', async () => {
      // The SM-DP+ has told of the failure before the app launches the portal again.
      const pc = await failedPurchase('InsufficientSpaceOnCard', () =>
        eventually('the fresh eSIM', async () => {
          const { stage, retired } = await latestOrder(stack)
          return stage.state === 'ready' && retired.length === 1
        }),
      )
      await headline('What would you like to do?')
      await page.getByText('There is no room left on the eSIM.').waitFor()
      await page.getByRole('link', { name: 'Go to the order' }).click()
      await page.getByRole('button', { name: 'Install the eSIM' }).click()
      await connected(pc)
      const codes = (await pc.state()).callbacks.map(({ args }) => args[0])
      expect(codes[1]).not.toBe(codes[0])
    })
  })

  test('a code that can no longer be used gives way to a fresh eSIM, which is installed without a second charge', async () => {
    const pc = await newPc({ speed: 60 })
    await pc.command('fault', { windowsError: 'EidMismatch', times: 1 })
    await signIn(page, pc, stack)
    await choose(page, 'Travel 2 GB')
    await buy(page)
    const before = await latestOrder(stack)
    await install()
    await page.getByText('The last download did not work.').waitFor()
    await page.getByText('A fresh eSIM takes its place and costs nothing more.').waitFor()
    await headline('Your eSIM is ready')
    const fresh = await latestOrder(stack)
    expect(fresh.profile?.iccid).not.toBe(before.profile?.iccid)
    expect(fresh.retired.map(({ iccid }) => iccid)).toEqual([before.profile?.iccid])
    await install()
    const device = await pc.until('registration', ({ registration }) => registration.state === 'home')
    const codes = device.callbacks.map(({ args }) => args[0])
    expect(codes).toHaveLength(2)
    expect(codes[1]).toBe(await codeOf())
    expect(codes[1]).not.toBe(codes[0])
    await headline('You are connected')
    await orderIn(stack, 'active')
    await expectMoney(stack, before.id, ['authorised', 'captured'])
  })

  test('a PC that can use no such eSIM is told so, and nothing is paid', async () => {
    const pc = await newPc({ speed: 60 })
    await pc.command('fault', { windowsError: 'NoEligibleProfileForThisDevice', times: 1 })
    await signIn(page, pc, stack)
    await choose(page, 'Travel 2 GB')
    await buy(page)
    const { id } = await latestOrder(stack)
    await install()
    await headline('Your order is cancelled')
    await page.getByText('Your PC cannot use this eSIM.').waitFor()
    await page.getByText('You are not charged for what you cannot use.').waitFor()
    expect((await orderIn(stack, 'cancelled')).retired).toHaveLength(1)
    await expectMoney(stack, id, ['authorised', 'voided'])
    expect((await pc.state()).callbacks).toHaveLength(1)
  })

  test('a person whose PC speaks German buys in German from the first page to the last', async () => {
    const pc = await newPc({ language: 'de-DE,de;q=0.9,en;q=0.5' })
    const languages = new Set<string | null>()
    page.on('response', async (response) => {
      const type = response.headers()['content-type'] ?? ''
      if (type.startsWith('text/html')) languages.add(response.headers()['content-language'] ?? null)
    })
    await page.goto(pc.launchUrl)
    await headline('Anmelden')
    await page.getByLabel('E-Mail-Adresse').fill(stack.account.email)
    await page.getByLabel('Passwort').fill(stack.account.password)
    await page.getByRole('button', { name: 'Anmelden' }).click()
    await headline('Was möchten Sie tun?')
    await page.getByRole('link', { name: 'Neuer Tarif für diesen PC' }).click()
    await headline('Tarif wählen')
    await page.getByText('Reise 2 GB', { exact: true }).click()
    await page.getByRole('button', { name: 'Weiter' }).click()
    await headline('Bestellung prüfen')
    await page.getByText('5,90 €').first().waitFor()
    await page.getByRole('checkbox').check()
    await page.getByRole('button', { name: /Zahlungspflichtig bestellen/ }).click()
    await headline('Ihre eSIM ist bereit')
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
    await page.getByRole('button', { name: 'eSIM installieren' }).click()
    const called = await pc.until('the callback', ({ callbacks }) => callbacks.length === 1)
    expect(called.callbacks[0]?.metadata).toMatchObject({ planName: 'Reise 2 GB' })
    await headline('Sie sind verbunden')
    await page.getByText('2 GB übrig, gültig für').waitFor()
    expect([...languages]).toEqual(['de'])
  })
})

describe('in a browser on Windows 11', () => {
  /** From the launch to the bought order, with the PC's number typed. */
  async function purchase(plan: string): Promise<Pc> {
    const pc = await newPc({ channel: 'browser', speed: 600 })
    await signIn(page, pc, stack)
    await choose(page, plan)
    await page.getByLabel('EID').fill(pc.eid)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.goto(`${stack.windowsUrl}/portal/review`)
    await buy(page)
    return pc
  }
  async function installByLink(pc: Pc): Promise<void> {
    await install()
    const link = page.getByRole('link', { name: 'Install on this PC' })
    expect(await link.getAttribute('href')).toBe(`lpa:${await codeOf()}`)
    await link.click()
    await pc.until('the Settings dialog', ({ addProfile }) => addProfile !== undefined)
    await pc.command('lpa', { allow: true })
  }

  test('a plan that connects later says from when, is installed at once, and goes online by itself', async () => {
    const pc = await purchase('Home 50 GB')
    const { id } = await latestOrder(stack)
    await page.getByText('Your line works from').waitFor()
    const from = await page.locator('time').first().getAttribute('datetime')
    expect(Date.parse(from ?? '') - Date.now()).toBeGreaterThan(4 * 60_000)
    await installByLink(pc)
    await headline('Installed, connecting')
    await pc.until('registration', ({ registration }) => registration.state === 'home')
    await orderIn(stack, 'active')
    await headline('You are connected')
    await expectMoney(stack, id, ['authorised', 'captured'])
    expect((await pc.state()).callbacks).toEqual([])
  })

  test('a plan that comes later says when, and offers the link once the eSIM is released', async () => {
    const pc = await purchase('Regional 20 GB')
    const { id, profile } = await latestOrder(stack)
    expect(profile?.smdp).toBe('confirmed')
    await headline('Your eSIM comes a little later')
    await page.getByText('Come back to this page').waitFor()
    expect(await page.getByText('Expected').isVisible()).toBe(true)
    expect(await page.content()).not.toContain(profile?.matchingId)
    const button = page.getByRole('button', { name: 'Install the eSIM' })
    await eventually('the button', async () => {
      await page.reload()
      return button.isVisible()
    })
    expect((await latestOrder(stack)).profile?.smdp).toBe('released')
    await installByLink(pc)
    await orderIn(stack, 'active')
    await expectMoney(stack, id, ['authorised', 'captured'])
  })

  test('cancel on the review forgets the choice and buys nothing; the visit goes on', async () => {
    const pc = await newPc({ channel: 'browser' })
    await signIn(page, pc, stack)
    await choose(page, 'Travel 2 GB')
    await page.getByLabel('EID').fill(pc.eid)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.goto(`${stack.windowsUrl}/portal/review`)
    const before = (await stack.orders()).length
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await headline('Cancelled')
    await page.getByRole('link', { name: 'Continue' }).click()
    await headline('What would you like to do?')
    await page.goto(`${stack.windowsUrl}/portal/review`)
    await headline('Choose a plan')
    expect((await stack.orders()).length).toBe(before)
    expect((await pc.state()).callbacks).toEqual([])
  })
})
