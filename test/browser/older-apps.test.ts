/** Purchases in older builds of the Mobile Plans app, played by the Windows simulator. */
import type { Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import { eventually, type Stack } from '../support/stack'
import { expectMoney, latestOrder, orderIn } from './orders'
import { openShop } from './shop'
import { buy, choose, createPc, signIn } from './windows'

const shop = openShop({
  operator(operator) {
    // The first generation reports no registration: the order does not wait long for one.
    operator.fulfilment = { ...operator.fulfilment, registrationWaitMinutes: 0.1 }
  },
})
let stack: Stack
let page: Page
beforeEach(() => {
  ;({ stack, page } = shop)
})

const install = () => page.getByRole('button', { name: 'Install the eSIM' }).click()
const { headline, sessionCookies } = shop
const codeOf = async () => `1$smdp.fjordline.example.net$${(await latestOrder(stack)).profile?.matchingId}`

test.each([
  ['legacy', 'MobilePlansInlineProfileDownload', 'mobilePlansActivation'],
  ['datamart', 'DataMartInlineProfile', 'DataMartInlineProfile.profileActivationCompleteScript'],
] as const)('%s: a plan is bought by %s and connected', async (hostObjects, object, listener) => {
  const pc = await createPc(stack, { hostObjects })
  await signIn(page, pc, stack)
  await choose(page, 'Travel 2 GB')
  await buy(page)
  const { id, profile } = await latestOrder(stack)
  await install()
  const called = await pc.until('the callback', ({ callbacks }) => callbacks.length === 1)
  expect(called.callbacks).toMatchObject([
    {
      object,
      method: 'notifyInlineProfileDownload',
      args: [await codeOf()],
      metadata: { userAccount: 'existing', line: 'new', moDirectStatus: 'complete', planName: 'Travel 2 GB' },
      notConstants: [],
    },
  ])
  expect(called.inFront).toBe('portal')
  await headline('You are connected')
  const { listenerCalls } = await pc.state()
  expect(listenerCalls[0]).toMatchObject({ function: listener, member: 'success', outcome: 'called' })
  const done = await orderIn(stack, 'active')
  expect(done.evidence.registeredAt).toBeDefined()
  expect((await pc.state()).profiles).toMatchObject([{ iccid: profile?.iccid, active: true }])
  await expectMoney(stack, id, ['authorised', 'captured'])
})

test('first: a plan is bought by one text, which leaves nobody signed in', async () => {
  const pc = await createPc(stack, { hostObjects: 'first' })
  await signIn(page, pc, stack)
  await choose(page, 'Travel 2 GB')
  await buy(page)
  const { id, profile } = await latestOrder(stack)
  await install()
  const called = await pc.until('the callback', ({ callbacks }) => callbacks.length === 1)
  const launch = called.traffic.findLast(({ title }) => title === 'Launches the portal')
  const { transactionId } = Object(launch?.detail.parameters)
  expect(called.callbacks).toMatchObject([
    {
      object: 'DataMart',
      method: 'notifyPurchaseResult',
      payload: { ver: '1', success: true, transactionId, activationCode: await codeOf(), iccid: profile?.iccid },
      metadata: { userAccount: 'Existing', moDirectStatus: 'Complete', planName: 'Travel 2 GB' },
    },
  ])
  await page.waitForURL(/\/device\/[^/]+\/app$/)
  await eventually('nobody to be signed in', async () => (await sessionCookies()).length === 0)
  await orderIn(stack, 'active')
  await expectMoney(stack, id, ['authorised', 'captured'])
})

test.each([
  ['datamart', 'notifyCancelledPurchase', { moDirectStatus: 'cancelled', userAccount: 'existing' }],
  ['first', 'notifyPurchaseResult', { moDirectStatus: 'None', userAccount: 'Existing', planName: '' }],
] as const)('%s: giving up is told by DataMart.%s', async (hostObjects, method, metadata) => {
  const pc = await createPc(stack, { hostObjects })
  await signIn(page, pc, stack)
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  const device = await pc.until('the callback', ({ callbacks }) => callbacks.length === 1)
  expect(device.callbacks).toMatchObject([{ object: 'DataMart', method, metadata }])
  if (hostObjects === 'first')
    expect(device.callbacks[0]?.payload).toMatchObject({ success: false, activationCode: '', iccid: '' })
  expect(device.appMessage).toEqual({ kind: 'cancelled' })
  expect(await sessionCookies()).toEqual([])
})

test('a plan that comes later has no older call: the portal goes on as in a browser', async () => {
  const pc = await createPc(stack, { hostObjects: 'legacy' })
  await signIn(page, pc, stack)
  await choose(page, 'Regional 20 GB')
  await buy(page)
  const { id } = await latestOrder(stack)
  // The sample's margin covers its wait, so that the eSIM is released by now, and its time is still to come.
  const reported = page.waitForResponse(`**/portal/orders/${id}/report`)
  await install()
  await page.locator('#outcome[data-outcome=noHost]').waitFor()
  await reported
  await page.getByRole('link', { name: 'Continue' }).click()
  await page.getByRole('link', { name: 'Install on this PC' }).waitFor()
  expect((await pc.state()).callbacks).toEqual([])
  await page.getByRole('button', { name: 'Cancel order' }).click()
  await orderIn(stack, 'cancelled')
  await expectMoney(stack, id, ['authorised', 'voided'])
})
