import { beforeEach, describe, expect, test } from 'vitest'
import { launchPath, type PortalWorld, person, portalWorld } from '../testing/world'

let world: PortalWorld
beforeEach(() => {
  world = portalWorld()
})
const cookie = '__Host-session'

test('signing in leads to the options, under a new session id', async () => {
  await world.account()
  const browser = world.browser()
  await browser.get(launchPath())
  const before = browser.tab()
  const reply = await browser.post('/portal/sign-in', { email: person.email, password: person.password })
  expect([reply.status, reply.location]).toEqual([303, '/portal/options'])
  expect(browser.cookies.get(cookie)).not.toBe(before.cookies.get(cookie))
  expect((await browser.get('/portal/options')).body).toContain(person.email)
  // The id that an attacker might have planted is worth nothing.
  expect((await before.get('/portal/options')).location).toBe('/portal/sign-in?ended=')
})

test('a wrong password shows the form again, without it and with the same words as for an unknown address', async () => {
  await world.account()
  const pages = []
  for (const email of [person.email, 'nobody@example.net']) {
    const browser = world.browser()
    await browser.get('/portal/sign-in')
    const reply = await browser.post('/portal/sign-in', { email, password: 'secret-guess' })
    expect(reply.status).toBe(403)
    expect(reply.body).not.toContain('secret-guess')
    pages.push(reply.body.replaceAll(email, '').replaceAll(/name="csrf" value="[^"]+"/g, ''))
  }
  expect(pages[0]).toBe(pages[1])
})

test('ten wrong passwords lock the address for the eleventh try', async () => {
  await world.account()
  const browser = world.browser()
  await browser.get('/portal/sign-in')
  for (let tries = 0; tries < 10; tries += 1)
    await browser.post('/portal/sign-in', { email: person.email, password: 'guess' })
  expect((await browser.post('/portal/sign-in', { email: person.email, password: person.password })).status).toBe(429)
})

test('empty fields are asked for', async () => {
  const browser = world.browser()
  await browser.get('/portal/sign-in')
  const reply = await browser.post('/portal/sign-in', { email: 'x@example.net' })
  expect(reply.status).toBe(422)
  expect(reply.body).toContain('value="x@example.net"')
})

test('after the sign-in the person is back where they wanted to go, and never elsewhere', async () => {
  await world.account()
  const browser = world.browser()
  const sent = await browser.get('/portal/account')
  expect(sent.location).toBe('/portal/sign-in?next=%2Fportal%2Faccount')
  for (const next of ['//evil.example', 'https://evil.example', '/portal/sign-out', '/portal/orders/../x']) {
    await browser.get(`/portal/sign-in?next=${encodeURIComponent(next)}`)
  }
  await browser.get(sent.location)
  const reply = await browser.post('/portal/sign-in', { email: person.email, password: person.password })
  expect(reply.location).toBe('/portal/account')
})

describe('signing up', () => {
  const fields = { name: 'Ana', email: 'ana@example.net', password: 'a few good words' }

  test('makes an account and goes on', async () => {
    const browser = world.browser()
    await browser.get('/portal/sign-up')
    expect((await browser.post('/portal/sign-up', fields)).location).toBe('/portal/options')
    expect((await browser.get('/portal/options')).body).toContain('ana@example.net')
  })

  test('with a known address and a wrong password says nothing that a sign-in would not', async () => {
    await world.account()
    const browser = world.browser()
    await browser.get('/portal/sign-up')
    const reply = await browser.post('/portal/sign-up', { ...fields, email: person.email })
    expect(reply.status).toBe(422)
    expect(reply.body).not.toMatch(/exists|taken|is already/i)
    expect((await browser.get('/portal/options')).status).toBe(303)
  })

  test('names what is wrong with each field', async () => {
    const browser = world.browser()
    await browser.get('/portal/sign-up')
    const reply = await browser.post('/portal/sign-up', { name: ' ', email: 'ana', password: 'short' })
    expect(reply.status).toBe(422)
    for (const id of ['name-error', 'email-error', 'password-error']) expect(reply.body).toContain(`id="${id}"`)
    expect(reply.body).not.toContain('short"')
  })
})

test('signing out ends the session in the store, not only in the browser', async () => {
  await world.account()
  const browser = world.browser()
  await browser.signIn()
  await browser.get('/portal/options')
  const copy = browser.tab()
  expect((await browser.post('/portal/sign-out')).status).toBe(200)
  expect(browser.cookies.has(cookie)).toBe(false)
  expect((await copy.get('/portal/options')).location).toBe('/portal/sign-in?ended=')
})

test('half an hour away ends the visit, and the person is told', async () => {
  await world.account()
  const browser = world.browser()
  await browser.signIn()
  world.pass(29)
  expect((await browser.get('/portal/options')).status).toBe(200)
  world.pass(29)
  expect((await browser.get('/portal/options')).status).toBe(200)
  world.pass(31)
  const reply = await browser.get('/portal/options')
  expect((await browser.get(reply.location)).body).toContain('You were away for a while')
})

test('a script that asks again and again keeps no visit alive', async () => {
  await world.account()
  const browser = world.browser()
  await browser.signIn()
  for (let minute = 0; minute < 29; minute += 1) {
    world.pass(1)
    expect((await browser.get('/portal/device/state')).status).toBe(200)
  }
  world.pass(1.1)
  expect((await browser.get('/portal/options')).location).toBe('/portal/sign-in?ended=')
})

test('a page costs one read of the session, and writes to it at most every five minutes', async () => {
  await world.account()
  const browser = world.browser()
  await browser.signIn()
  world.operations.length = 0
  for (let minute = 0; minute < 10; minute += 1) {
    await browser.get('/portal/plans')
    world.pass(1)
  }
  const names = world.operations.map(({ name, container }) => `${name} ${container}`)
  expect(names.filter((name) => name === 'get sessions')).toHaveLength(10)
  expect(names.filter((name) => name === 'replace sessions')).toHaveLength(1)
  expect(names).toHaveLength(11)
})

test('an ended form says so and leads back to it', async () => {
  const browser = world.browser()
  await browser.get('/portal/sign-in')
  world.pass(16)
  const reply = await browser.post('/portal/sign-in', { email: person.email, password: person.password })
  expect(reply.status).toBe(403)
  expect(reply.body).toContain('href="/portal/sign-in"')
})
