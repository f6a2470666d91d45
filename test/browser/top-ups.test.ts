/** Plans on SIMs that people have: warm SIM cards, more data for an eSIM, subscriptions, with Windows played by its simulator. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { tmf640 } from '../../local/standins/provisioning'
import type { SettingsInput } from '../../local/windows/settings'
import { completeEid, type Iccid } from '../../shared/domain/identifiers'
import { createSim, type Sim } from '../../shared/domain/sim'
import { createProvisioning } from '../../shared/platform/provisioning'
import { testIccid } from '../support/stack'
import { expectMoney, latestOrder, orderIn } from './orders'
import { openShop } from './shop'
import { buy, choose, createPc, type Pc, signIn } from './windows'

const shop = openShop({
  operator(operator) {
    operator.fulfilment = { ...operator.fulfilment, registrationWaitMinutes: 0.1 }
  },
})
let numbers = 0

/** A warm SIM card that nobody has had, known to the network. */
async function newCard(facts: Partial<Sim> = {}): Promise<Iccid> {
  numbers += 1
  const iccid = testIccid(900_000 + numbers)
  await shop.stack.documents.insert('sims', iccid, iccid, { ...createSim({ iccid, kind: 'warm' }), ...facts })
  const network = createProvisioning({ url: `${shop.stack.standinsUrl}${tmf640}` })
  const nobody = { orderId: 'none', subscriberId: 'none', planId: 'walled-garden' }
  const known = await network.activateLine({ iccid, eid: undefined, ...nobody }, { callId: 'test', signal: undefined })
  await network.close()
  expect(known.ok).toBe(true)
  return iccid
}
const simOf = async (iccid: string) => (await shop.stack.documents.get<Sim>('sims', iccid, iccid))?.value

/** A PC with a SIM card, or with an eSIM of its own. */
function cardPc(iccid: string): Promise<Pc> {
  return createPc(shop.stack, { sim: 'physical', iccids: [iccid] })
}
function esimPc(settings: SettingsInput = {}): Promise<Pc> {
  numbers += 1
  const eid = completeEid(`8904404593000000000000000088${String(numbers).padStart(2, '0')}`) ?? ''
  return createPc(shop.stack, { eid, ...settings })
}

/** Signs in where the launch or the account leads, whatever page that is. */
async function enter(page: Page, url: string): Promise<void> {
  await page.goto(url)
  const { email, password } = shop.stack.account
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Chooses a plan on the page of plans, and buys it. */
async function buyPlan(page: Page, name: string): Promise<void> {
  await page.getByText(name, { exact: true }).click()
  await page.getByRole('button', { name: 'Next' }).click()
  await shop.headline('Review your order')
  await buy(page)
}

/** Buys a new eSIM and has it installed; the person is on its order's page afterwards. */
async function withEsim(pc: Pc): Promise<Iccid> {
  const { page, stack } = shop
  await signIn(page, pc, stack)
  await choose(page, 'Travel 2 GB')
  await buy(page)
  await page.getByRole('button', { name: 'Install the eSIM' }).click()
  await pc.until('registration', ({ registration }) => registration.state === 'home')
  const order = await orderIn(stack, 'active')
  await shop.headline('You are connected')
  return order.profile?.iccid as Iccid
}

describe('in the Mobile Plans webview', () => {
  test('a warm SIM card is activated: it has its balance before Windows is told, and the person is signed out', async () => {
    const { page, stack } = shop
    const iccid = await newCard()
    const pc = await cardPc(iccid)
    expect(await pc.command('flyout')).toMatchObject({ elements: [{ id: 'A' }], answer: { status: 200 } })
    await signIn(page, pc, stack)
    expect(await page.getByRole('link', { name: 'New plan for this PC' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Activate this SIM' }).click()
    await shop.headline(`Activate SIM …${iccid.slice(-4)}`)
    await buyPlan(page, 'Travel 2 GB')
    await shop.headline('Your SIM is active')
    expect(await simOf(iccid)).toMatchObject({ subscriberId: stack.account.subscriberId })
    expect(await pc.command('flyout')).toMatchObject({
      elements: [{ id: 'B' }, { id: 'C', text: expect.stringMatching(/2 ?GB/) }],
    })
    expect((await pc.state()).callbacks).toEqual([])
    await page.getByRole('button', { name: 'Continue' }).click()
    const called = await pc.until('the callback', ({ callbacks }) => callbacks.length === 1)
    expect(called.callbacks).toMatchObject([
      {
        object: 'MobilePlansInlineOperations',
        method: 'notifyBalanceAddition',
        args: [],
        metadata: {
          userAccount: 'existing',
          purchaseInstrument: 'existing',
          line: 'new',
          moDirectStatus: 'complete',
          planName: 'Travel 2 GB',
        },
        notConstants: [],
      },
    ])
    expect(called.inFront).toBe('app')
    await page.waitForURL(/\/device\/[^/]+\/app$/)
    expect(await shop.sessionCookies()).toEqual([])
    const { id } = await orderIn(stack, 'active')
    await expectMoney(stack, id, ['authorised', 'captured'])
  })

  test('a SIM card with nothing left opens on its plans, and a double click tops up once', async () => {
    const { page, stack } = shop
    const iccid = await newCard({ subscriberId: stack.account.subscriberId })
    const pc = await cardPc(iccid)
    await enter(page, pc.launchUrl)
    await shop.headline(`Add data to SIM …${iccid.slice(-4)}`)
    await page.getByText('Travel 10 GB', { exact: true }).click()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('checkbox').check()
    const second = await shop.context.newPage()
    await second.goto(page.url())
    await second.getByRole('checkbox').check()
    const button = /obligation to pay/
    await Promise.all([
      page
        .getByRole('button', { name: button })
        .dblclick()
        .catch(() => undefined),
      second.getByRole('button', { name: button }).click(),
    ])
    await page.waitForURL(/\/portal\/orders\//)
    await second.waitForURL(/\/portal\/orders\//)
    expect(new URL(second.url()).pathname).toBe(new URL(page.url()).pathname)
    await shop.headline('Your data is there')
    expect((await simOf(iccid))?.grants).toHaveLength(1)
    const { id } = await orderIn(stack, 'active')
    await expectMoney(stack, id, ['authorised', 'captured'])
    await page.getByRole('button', { name: 'Continue' }).click()
    const { callbacks } = await pc.until('the callback', (device) => device.callbacks.length === 1)
    expect(callbacks[0]).toMatchObject({ args: [], metadata: { line: 'existing', planName: 'Travel 10 GB' } })
    // Back shows that page again; nothing is told twice.
    await page.goBack()
    expect((await pc.state()).callbacks).toHaveLength(1)
  })

  test('more data for an eSIM that is installed but not in use makes Windows switch to it', async () => {
    const { stack } = shop
    const iccid = await withEsim(await esimPc())
    const other = testIccid(800_000)
    const pc = await esimPc({ sim: 'esim-own', iccids: [other, iccid] })
    expect((await pc.state()).profiles).toMatchObject([
      { iccid: other, active: true },
      { iccid, active: false },
    ])
    const page = await shop.comeBack()
    await signIn(page, pc, stack)
    expect(await page.getByRole('link', { name: /Add data to SIM/ }).count()).toBe(1)
    await page.getByRole('link', { name: `Add data to SIM …${iccid.slice(-4)}` }).click()
    await buyPlan(page, 'Home 50 GB')
    await shop.headline('Your data is there')
    expect(await page.getByText('Your line works from').count()).toBe(0)
    await page.getByRole('button', { name: 'Continue' }).click()
    const called = await pc.until('the callback', ({ callbacks }) => callbacks.length === 1)
    expect(called.callbacks).toMatchObject([
      { method: 'notifyBalanceAddition', args: [iccid], metadata: { line: 'existing', planName: 'Home 50 GB' } },
    ])
    expect(called.profiles).toMatchObject([
      { iccid: other, active: false },
      { iccid, active: true },
    ])
    await pc.until('registration', ({ registration }) => registration.state === 'home' && registration.iccid === iccid)
    expect((await simOf(iccid))?.grants).toHaveLength(2)
  })

  const unusable: [string, () => Promise<string>, string][] = [
    ['somebody else’s', () => newCard({ subscriberId: 'somebody' }), 'cancelled'],
    ['of another operator', async () => '8901260123456789037', 'invalidSIM'],
  ]
  test.each(unusable)(
    'a SIM card that is %s is refused in plain words, and leaving says why',
    async (_, card, status) => {
      const { page } = shop
      const pc = await cardPc(await card())
      await enter(page, pc.launchUrl)
      await shop.headline('This SIM cannot be used here')
      await page.getByRole('link', { name: '+49 30 5550 100' }).waitFor()
      await page.getByRole('button', { name: 'Cancel', exact: true }).click()
      const device = await pc.until('the callback', ({ callbacks }) => callbacks.length === 1)
      expect(device.callbacks).toMatchObject([
        {
          method: 'notifyCancelledPurchase',
          metadata: { userAccount: 'existing', moDirectStatus: status, planName: '' },
        },
      ])
      expect(await shop.sessionCookies()).toEqual([])
    },
  )

  test.each([
    ['legacy', 'MobilePlans', 'notifyBalanceAddition'],
    ['datamart', 'DataMart', 'notifyBalanceAddition'],
    ['first', 'DataMart', 'notifyPurchaseResult'],
  ] as const)('an older app (%s) is told of the SIM card by its number', async (hostObjects, object, method) => {
    const { page, stack } = shop
    const iccid = await newCard()
    const pc = await createPc(stack, { sim: 'physical', iccids: [iccid], hostObjects })
    await activate(page, pc)
    await page.getByRole('button', { name: 'Continue' }).click()
    const { callbacks } = await pc.until('the callback', (device) => device.callbacks.length === 1)
    expect(callbacks).toMatchObject([{ object, method, notConstants: [] }])
    expect(JSON.stringify(callbacks[0]?.payload ?? callbacks[0]?.args)).toContain(iccid)
    await page.waitForURL(/\/device\/[^/]+\/app$/)
  })

  test('an app that does not answer leaves the person with the truth', async () => {
    const { page, stack } = shop
    const pc = await createPc(stack, { sim: 'physical', iccids: [await newCard()], hostObjects: 'none' })
    await activate(page, pc)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('Your data is on your SIM, and there is nothing more to do.').waitFor()
  })

  async function activate(page: Page, pc: Pc): Promise<void> {
    await signIn(page, pc, shop.stack)
    await page.getByRole('link', { name: 'Activate this SIM' }).click()
    await buyPlan(page, 'Travel 2 GB')
    await shop.headline('Your SIM is active')
  }
})

describe('in a browser', () => {
  test('data is added from the account page, with scripts switched off', async () => {
    const { stack, browser } = shop
    const iccid = await newCard({ subscriberId: stack.account.subscriberId })
    await listLine(iccid)
    const plain = await browser.newContext({ javaScriptEnabled: false, locale: 'en-US' })
    const page = await plain.newPage()
    await enter(page, `${stack.url}/portal/sign-in`)
    await page.goto(`${stack.url}/portal/account`)
    await page.getByRole('link', { name: `Add data SIM …${iccid.slice(-4)}` }).click()
    await page.getByText('Travel 2 GB', { exact: true }).click()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText(`SIM …${iccid.slice(-4)}`).waitFor()
    await buy(page)
    await page.getByRole('heading', { level: 1, name: 'Your data is there' }).waitFor()
    await page.getByText('There is nothing to install.').waitFor()
    expect(await page.getByRole('button', { name: 'Continue' }).count()).toBe(0)
    expect((await simOf(iccid))?.grants).toHaveLength(1)
    await plain.close()
  })

  test('a subscription is bought, shown with its next payment, and cancelled on the account page', async () => {
    const { page, stack } = shop
    const iccid = await newCard({ subscriberId: stack.account.subscriberId })
    await listLine(iccid)
    await enter(page, `${stack.url}/portal/sign-in`)
    await page.getByRole('link', { name: 'My plans' }).first().click()
    await page.getByRole('link', { name: `Add data SIM …${iccid.slice(-4)}` }).click()
    await page.getByText('Monthly 15 GB', { exact: true }).click()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('Next payment').waitFor()
    await page.getByText('Any time under “My plans”').waitFor()
    await buy(page)
    const { id } = await latestOrder(stack)
    await orderIn(stack, 'active')
    await page.goto(`${stack.url}/portal/account`)
    await page.getByText(/Monthly 15 GB: renews on .* for €12\.90/).waitFor()
    await page.getByRole('link', { name: 'Cancel subscription' }).click()
    await shop.headline('Cancel your subscription?')
    await page.getByRole('link', { name: 'Keep it' }).click()
    await page.getByRole('link', { name: 'Cancel subscription' }).click()
    await page.getByRole('button', { name: 'Cancel subscription' }).click()
    await page.getByText('nothing more is collected.').waitFor()
    await page.getByText(/Monthly 15 GB: cancelled, ends on/).waitFor()
    expect(await page.getByRole('link', { name: 'Cancel subscription' }).count()).toBe(0)
    expect((await simOf(iccid))?.subscriptions).toMatchObject([{ id, cancelledAt: expect.any(String) }])
  })

  /** As the order that brought a line does. */
  async function listLine(iccid: Iccid): Promise<void> {
    const { documents, account } = shop.stack
    const { subscriberId } = account
    const stored = await documents.get<{ lines: object[] }>('subscribers', subscriberId, subscriberId)
    if (stored === undefined) throw new Error('the person has no document')
    const orderId = `0000000000000000000000${String(numbers).padStart(4, '0')}`
    const lines = [{ iccid, orderId }, ...stored.value.lines]
    await documents.replace('subscribers', subscriberId, subscriberId, { ...stored.value, lines }, stored.etag)
  }
})
