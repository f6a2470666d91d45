/** Staff at the command line, beside the running app: the commands are a process of their own, on the app's store alone. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { orderReference } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import type { Sim } from '../../shared/domain/sim'
import { stockPartition } from '../../shared/fulfilment/stock'
import { eventually, type Stack, startStack, withoutSweep } from '../support/stack'
import { type Browser, send } from './browser'
import { buy, eidNumber, enter, install, launchPath, orderOf } from './purchase'

let stack: Stack
let browser: Browser
let devices = 0

beforeAll(async () => {
  // Without the sweep, what staff do is carried on by the wakes that the commands send, or not at all.
  stack = await startStack({ stock: 10, environment: withoutSweep })
  browser = await enter(stack, eidNumber(900))
})
afterAll(() => stack.stop())
afterEach(async () => {
  for (const url of [stack.smdpUrl, stack.standinsUrl]) await fetch(`${url}/control/faults`, { method: 'DELETE' })
})

/** Types `mobile-plans …` where nothing but the store is configured. */
async function type(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const command = join(process.cwd(), 'dist/cli/mobile-plans.js')
  const env = { PATH: process.env.PATH ?? '', ...stack.storeSettings }
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], { env }, (error, out, err) => {
      const status = error === null ? 0 : Number(error.code)
      resolve({ status, out, err })
    })
  })
}

async function fault(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/control/faults`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(answer.status).toBe(201)
}

async function bought(): Promise<Order> {
  devices += 1
  await browser.get(launchPath(eidNumber(900 + devices)))
  return orderOf(stack, (await buy(browser, 'travel-2')).id)
}

const becomes = (id: string, state: Order['stage']['state']) =>
  eventually(`the order to be ${state}`, async () => {
    const order = await orderOf(stack, id)
    return order.stage.state === state ? order : undefined
  })

test('an order that the SM-DP+ refused is found, looked at, taken up again and delivered by the running app', async () => {
  await fault(stack.smdpUrl, { function: 'confirmOrder', mode: 'refuse', code: '8.1/4.3' })
  const parked = await bought()
  const reference = orderReference(parked.id)
  const listed = await type('orders', 'list', '--parked')
  expect(listed).toMatchObject({ status: 0, out: expect.stringContaining(`${reference}  ${parked.id}  parked`) })
  const shown = await type('orders', 'show', reference)
  expect(shown).toMatchObject({ status: 0, out: expect.stringContaining('smdp-refused: confirmOrder 8.1/4.3') })
  expect(shown.out).not.toContain(parked.profile?.iccid)

  await fetch(`${stack.smdpUrl}/control/faults`, { method: 'DELETE' })
  const asked = await type('orders', 'retry', reference, '--by', 'sam', '--note', 'profile type mended at the SM-DP+')
  expect(asked).toEqual({ status: 0, out: `${reference} is placed; the app carries it on.\n`, err: '' })
  await install(stack, await becomes(parked.id, 'ready'))
  await becomes(parked.id, 'installed')
  expect((await type('orders', 'cancel', parked.id)).status).toBe(1)
  await eventually('the money to be taken', async () =>
    (await stack.ledger()).some(({ orderId, kind }) => orderId === parked.id && kind === 'captured'),
  )
  expect(await type('stock', 'reconcile')).toMatchObject({ status: 0, out: '' })
})

test('an order whose money was not taken is settled by hand, and billing is not asked again', async () => {
  await fault(stack.standinsUrl, { service: 'billing', operation: 'capture', mode: 'refuse' })
  const ready = await bought()
  await install(stack, ready)
  const parked = await becomes(ready.id, 'parked')
  expect(parked.stage).toMatchObject({ reason: 'capture-refused' })
  const wrong = await type('orders', 'cancel', parked.id)
  expect(wrong).toMatchObject({ status: 1, out: '', err: expect.stringContaining('the eSIM is installed') })
  const settled = await type('orders', 'resolve', parked.id, '--by', 'sam', '--note', 'collected by invoice')
  expect(settled).toMatchObject({ status: 0, out: expect.stringContaining('is installed; the app carries it on') })
  const order = await orderOf(stack, parked.id)
  expect(order.payment.status).toBe('settled')
  expect((await type('orders', 'show', parked.id)).out).toContain('staff: resolve  by sam, collected by invoice')
})

test('a row that came back into stock after its ICCID was sold is found, and mended on request', async () => {
  const sold = await bought()
  await install(stack, sold)
  const { iccid = '' } = sold.profile ?? {}
  const { profileType } = sold.plan
  const partition = stockPartition(profileType, iccid)
  await eventually(
    'the row to be taken away',
    async () => (await stack.documents.get('stock', partition, iccid)) === undefined,
  )
  await stack.documents.insert('stock', partition, iccid, { schema: 1, iccid, profileType, state: 'free' })
  expect(await type('stock', 'reconcile')).toMatchObject({
    status: 1,
    out: expect.stringContaining('on-sale-though-sold'),
  })
  expect(await type('stock', 'reconcile', '--fix')).toMatchObject({ status: 0, out: expect.stringContaining('mended') })
  expect(await type('stock', 'reconcile')).toMatchObject({ status: 0, out: '' })
})

test('first usage of SIMs that were unknown when it came is counted, and wakes their orders at once; then the command ends', async () => {
  const orders = [await bought(), await bought()]
  const sims: Sim[] = []
  for (const { profile } of orders) {
    const iccid = profile?.iccid ?? ''
    const sim = await stack.documents.get<Sim>('sims', iccid, iccid)
    if (sim === undefined) throw new Error('expected a SIM')
    sims.push(sim.value)
    await stack.documents.delete('sims', iccid, iccid)
  }
  const at = new Date().toISOString()
  const events = sims.map(({ iccid }, n) => ({ id: `first-${n}`, iccid, at, bytes: 1 }))
  const headers = { 'content-type': 'application/json' }
  const { body } = await send(stack.url, '/v1/usage', { method: 'POST', headers, body: JSON.stringify({ events }) })
  expect(JSON.parse(body)).toMatchObject({ applied: [], unknown: ['first-0', 'first-1'] })
  for (const sim of sims) await stack.documents.insert('sims', sim.iccid, sim.iccid, sim)

  expect(await type('usage', 'unknown', '--apply')).toMatchObject({ status: 0, err: '2 counted\n' })
  for (const { id } of orders) await becomes(id, 'active')
}, 60_000)
