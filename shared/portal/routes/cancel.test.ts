import { beforeEach, describe, expect, test } from 'vitest'
import type { Order } from '../../domain/order/order'
import { type Browser, blockIn, buyer, launchPath, type PortalWorld, person, portalWorld } from '../testing/world'

let world: PortalWorld
beforeEach(async () => {
  world = portalWorld()
  await world.account()
})

const bought = (channel: 'webview' | 'browser', plan?: string) => buyer(world, channel, plan)
const set = (id: string, change: Partial<Order>) => world.orders.set(id, (order) => ({ ...order, ...change }))
const now = () => world.now.toISOString()
const kinds = () => world.orders.events.map(({ event }) => event.type)

describe('cancelling', () => {
  test('an order feeds it the wish and shows where it stands', async () => {
    const { browser, path } = await bought('webview')
    expect((await browser.post(`${path}/cancel`)).location).toBe(path)
    expect(kinds()).toEqual(['cancel'])
  })

  test('an installed order is not possible and says so', async () => {
    const { browser, path, id } = await bought('webview')
    set(id, { stage: { state: 'installed', since: now(), by: 'notice' } })
    const reply = await browser.post(`${path}/cancel`)
    expect((await browser.get(reply.location)).body).toContain('can no longer be cancelled')
    expect(kinds()).toEqual([])
  })

  test('an announced download takes the announcement back, by the app’s own name for it', async () => {
    const { browser, path } = await bought('webview', 'regional-20')
    await browser.post(`${path}/handover`)
    await browser.report(`${path}/report`, { event: 'handed-over', token: 't', operationId: 'op-1' })
    const reply = await browser.post(`${path}/cancel`)
    expect(blockIn(reply)?.callback).toMatchObject({ kind: 'operation-cancel', operationId: 'op-1' })
    expect(kinds()).toEqual(['handover', 'cancel'])
  })

  async function cancelled(browser: Browser) {
    const reply = await browser.post('/portal/cancel')
    const { callback } = blockIn(reply) ?? {}
    const metadata = callback?.metadata ?? []
    return { reply, facts: Object.fromEntries(metadata.map(({ property, member }) => [property, member])) }
  }

  test('the visit in an older app names the transaction of the launch', async () => {
    const browser = world.browser()
    await browser.get(launchPath())
    const { fallbacks = [] } = blockIn(await browser.post('/portal/cancel'))?.callback ?? {}
    expect(fallbacks.map(({ object, method }) => `${object}.${method}`)).toEqual([
      'DataMart.notifyCancelledPurchase',
      'DataMart.notifyPurchaseResult',
    ])
    expect(JSON.parse(String(fallbacks.at(-1)?.args[0]))).toMatchObject({
      success: false,
      transactionId: '/Kx3pQ9mTzW1.2',
    })
  })

  test('the visit before signing in tells the app how far it came, and ends it', async () => {
    const browser = world.browser()
    await browser.get(launchPath())
    const { reply, facts } = await cancelled(browser)
    expect(facts).toMatchObject({
      userAccount: 'bailed',
      purchaseInstrument: 'none',
      line: 'none',
      moDirectStatus: 'cancelled',
    })
    expect(browser.cookies.has('__Host-session')).toBe(false)
    expect(reply.body).not.toContain('name="csrf"')
  })

  test('the visit after signing in leaves at payment', async () => {
    const browser = world.browser()
    await browser.get(launchPath())
    await browser.post('/portal/sign-in', { email: person.email, password: person.password })
    await browser.choose()
    const copy = browser.tab()
    const { reply, facts } = await cancelled(browser)
    expect(facts).toMatchObject({ userAccount: 'existing', purchaseInstrument: 'bailed', line: 'none' })
    expect(reply.body).not.toContain(person.email)
    expect((await copy.get('/portal/options')).status).toBe(303)
    expect(world.orders.all.size).toBe(0)
  })

  test('the visit after a refused payment names it', async () => {
    const { browser, id } = await bought('webview')
    world.orders.set(id, (order) => ({
      ...order,
      payment: { ...order.payment, status: 'refused' },
      stage: { state: 'cancelled', since: now(), because: 'payment-refused' },
    }))
    await browser.get('/portal/options')
    expect((await cancelled(browser)).facts).toMatchObject({ moDirectStatus: 'purchaseFailed' })
  })

  test('the visit does not cancel an order that was placed, and says so', async () => {
    const { browser, id } = await bought('webview')
    await browser.get('/portal/options')
    expect((await cancelled(browser)).reply.body).toContain('is not cancelled by this')
    expect(world.orders.all.get(id)?.stage.state).toBe('ready')
    expect(kinds()).toEqual([])
  })

  test('in a browser is a plain page; the person stays signed in and the choice is gone', async () => {
    const browser = world.browser()
    await browser.signIn()
    await browser.choose()
    const { reply } = await cancelled(browser)
    expect(reply.status).toBe(200)
    expect(blockIn(reply)).toBeUndefined()
    expect((await browser.get('/portal/review')).location).toBe('/portal/plans')
  })
})
