import { expect, test } from 'vitest'
import { realWorld } from './testing/real-world'
import { blockIn, launchPath } from './testing/world'

const ana = { name: 'Ana', email: 'ana@example.net', password: 'a few good words' }

test('a new customer launches, signs up, buys, installs and is online', async () => {
  const { world, browser } = await realWorld()
  await browser.get(launchPath())
  await browser.post('/portal/sign-up', ana)
  const bought = await browser.buy(await browser.choose())
  const id = bought.location.slice(-26)
  const page = await browser.get(bought.location)
  expect(page.body).toContain('Your eSIM is ready')
  expect((await browser.get('/portal/account')).body).toContain('Travel 2 GB')

  const block = blockIn(await browser.post(`${bought.location}/handover`))
  const order = await world.order(id)
  expect(order).toMatchObject({
    listed: true,
    handover: { attempts: 1 },
    payment: { account: 'new', status: 'authorised' },
  })
  expect(block?.callback.args).toEqual([expect.stringContaining(`$${order.profile?.matchingId}`)])
  expect(block?.callback.metadata?.[0]).toMatchObject({ property: 'userAccount', member: 'new' })

  await world.download(order)
  await browser.report(`${bought.location}/report`, {
    event: 'activation',
    result: 'success',
    iccid: order.profile?.iccid,
  })
  await browser.report(`${bought.location}/report`, {
    event: 'registration',
    state: 'home',
    iccid: order.profile?.iccid,
  })
  const done = await browser.get(bought.location)
  expect(done.body).toContain('You are connected')
  expect(done.body).toContain('2 GB left')
  expect(await world.order(id)).toMatchObject({
    payment: { status: 'captured' },
    stage: { state: 'active', registered: true },
  })
  expect((await browser.get('/portal/account')).body).toMatch(/badge active/)
})

test('a failed download is shown with advice and handed over again with the same code', async () => {
  const { world, browser } = await realWorld()
  await browser.get(launchPath())
  await browser.post('/portal/sign-up', ana)
  const { location } = await browser.buy(await browser.choose())
  await browser.get(location)
  const first = blockIn(await browser.post(`${location}/handover`))
  const headers = { 'X-MP-LPAError-Codes': 'InsufficientSpaceOnCard' }
  expect((await browser.get(launchPath(), headers)).location).toBe(location)
  expect((await browser.get(location)).body).toContain('There is no room left on the eSIM')
  const second = blockIn(await browser.post(`${location}/handover`))
  expect(second?.callback.args).toEqual(first?.callback.args)
  expect(second?.token).not.toBe(first?.token)
  expect((await world.order(location.slice(-26))).handover?.attempts).toBe(2)
})

test('a cancelled order is confirmed by the SM-DP+ and costs nothing', async () => {
  const { world, browser } = await realWorld()
  await browser.get('/portal/sign-up')
  await browser.post('/portal/sign-up', ana)
  const { location } = await browser.buy(await browser.choose())
  await browser.get(location)
  await browser.post(`${location}/cancel`)
  expect((await browser.get(location)).body).toContain('Your order is cancelled')
  expect((await world.order(location.slice(-26))).payment.status).toBe('voided')
})
