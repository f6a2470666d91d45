/** A purchase from launch to connection without a browser: forms over HTTP, the device's side at the SM-DP+ simulator. */
import { expect } from 'vitest'
import { completeEid } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import type { Stack } from '../support/stack'
import { Browser, type Reply } from './browser'

export interface Person {
  email: string
  password: string
  name?: string
}

/** A valid EID of our own, one per number. */
export function eidNumber(number: number): string {
  return completeEid(`8904404593000000${String(number).padStart(14, '0')}`) ?? ''
}

/** The query of a launch by the Mobile Plans app. */
export function launchPath(eid: string, change: Record<string, string> = {}): string {
  const query = { market: 'DE', location: 'DE', transactionId: 'test.1', eid, imei: '490154203237518', ...change }
  return `/portal?${new URLSearchParams(query)}`
}

/** Launches for this device and signs in; with a `name`, the account is made. */
export async function enter(stack: Stack, eid: string, person: Person = stack.account): Promise<Browser> {
  const browser = new Browser(stack.url)
  expect((await browser.get(launchPath(eid))).status).toBe(200)
  const { name } = person
  if (name !== undefined) await browser.get('/portal/sign-up')
  const reply =
    name === undefined
      ? await browser.post('/portal/sign-in', { ...person })
      : await browser.post('/portal/sign-up', { ...person, name })
  expect([reply.status, reply.location]).toEqual([303, expect.stringMatching(/^\/portal\//)])
  return browser
}

/** What the form of the review sends. */
export interface BuyForm {
  order: string
  instrument: string
  terms: string
}

/** Chooses a plan and reads the review. */
export async function review(browser: Browser, plan = 'travel-2'): Promise<BuyForm> {
  await browser.get('/portal/plans')
  expect((await browser.post('/portal/plans', { plan })).status).toBe(303)
  const { status, body } = await browser.get('/portal/review')
  expect(status).toBe(200)
  const order = /name="order" value="([^"]+)"/.exec(body)?.[1] ?? ''
  const instrument = /name="instrument"[^>]*value="([^"]+)"/.exec(body)?.[1] ?? ''
  expect([order, instrument]).toEqual([expect.stringMatching(/^[0-9a-z]{26}$/), expect.stringMatching(/./)])
  return { order, instrument, terms: 'yes' }
}

/** Buys and leads to the path of the order's page. */
export async function buy(browser: Browser, plan?: string): Promise<{ id: string; path: string; reply: Reply }> {
  const form = await review(browser, plan)
  const reply = await browser.post('/portal/buy', { ...form })
  expect([reply.status, reply.location]).toEqual([303, `/portal/orders/${form.order}`])
  return { id: form.order, path: reply.location, reply }
}

/** The order as it is stored. */
export async function orderOf(stack: Stack, id: string): Promise<Order> {
  const stored = await stack.documents.get<Order>('orders', id, id)
  if (stored === undefined) throw new Error('there is no such order')
  return stored.value
}

/** Downloads and installs as the device does, at the SM-DP+; its notices reach the app by themselves. */
export async function install(stack: Stack, order: Order): Promise<void> {
  const device = async (step: string, body: object) => {
    const answer = await fetch(`${stack.smdpUrl}/device/${step}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect([step, answer.status]).toEqual([step, 200])
    return (await answer.json()) as { transactionId: string }
  }
  const { matchingId, eid } = order.profile ?? {}
  const { transactionId } = await device('authenticate', { matchingId, eid })
  await device('package', { transactionId })
  await device('result', { transactionId, success: true })
}
