import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { tmf640 } from './provisioning'
import { type StandinOptions, type Standins, startStandins } from './standins'
import { voucherMinor } from './vouchers'

const running: Standins[] = []
afterEach(async () => {
  for (const standins of running.splice(0)) await standins.stop()
})
async function start(options?: StandinOptions): Promise<Standins> {
  const standins = await startStandins(options)
  running.push(standins)
  return standins
}

const send = (standins: Standins, method: string, path: string, body?: unknown, key?: string) =>
  fetch(standins.url + path, {
    method,
    headers: key === undefined ? {} : { 'idempotency-key': key },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })

const payment = {
  orderId: 'o1',
  subscriberId: 'anna',
  instrument: 'account:anna',
  amountMinor: 500,
  currency: 'EUR',
}

test('what was bought is still known after a restart, and so are the idempotency keys', async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'standins-')), 'state/standins.json')
  const first = await start({ stateFile })
  const answer = await (await send(first, 'POST', '/billing/authorisations', payment, 'k')).json()
  await send(first, 'POST', `${tmf640}/service`, {
    '@type': 'Service',
    id: 'line-1',
    state: 'active',
    serviceSpecification: { id: 'mobile-data-line' },
    serviceCharacteristic: [
      { name: 'iccid', value: '8988303000000123456' },
      { name: 'planId', value: 'p' },
    ],
    relatedParty: [{ id: 'anna' }],
    serviceOrderItem: [{ serviceOrderId: 'o1', itemId: '1' }],
  })
  await first.stop()
  expect(readdirSync(join(stateFile, '..'))).toEqual(['standins.json'])

  const second = await start({ stateFile })
  expect(await (await send(second, 'POST', '/billing/authorisations', payment, 'k')).json()).toEqual(answer)
  expect(await (await send(second, 'GET', '/billing/ledger')).json()).toMatchObject({ entries: [{ number: 1 }] })
  expect(await (await send(second, 'GET', '/provisioning/lines')).json()).toMatchObject({
    lines: [{ state: 'active' }],
  })
  expect(await (await send(second, 'GET', `${tmf640}/service/line-1`)).json()).toMatchObject({ state: 'active' })
})

test('a state file of another version is not silently thrown away', async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'standins-')), 'state.json')
  writeFileSync(stateFile, '{"version":0}')
  await expect(startStandins({ stateFile })).rejects.toThrow('another version')
})

test('a POST without a key is turned away', async () => {
  const answer = await send(await start(), 'POST', '/billing/authorisations', payment)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ error: { code: 'idempotency_key_missing' } })
})

test('a body that does not have the documented form is turned away', async () => {
  const answer = await send(await start(), 'POST', '/billing/authorisations', { ...payment, amountMinor: '5' }, 'k')
  expect(answer.status).toBe(400)
})

test('faults fit service and operation, count down and can be taken back', async () => {
  const standins = await start()
  const instruments = () => send(standins, 'GET', '/billing/subscribers/anna/instruments')
  await send(standins, 'POST', '/control/faults', { service: 'billing', operation: 'capture', mode: 'busy' })
  await send(standins, 'POST', '/control/faults', { service: 'billing', mode: 'busy', times: 2 })
  expect([(await instruments()).status, (await instruments()).status, (await instruments()).status]).toEqual([
    503, 503, 200,
  ])
  expect(await (await send(standins, 'GET', '/control/faults')).json()).toMatchObject({
    faults: [{ operation: 'capture', mode: 'busy', times: 1 }],
  })
  await send(standins, 'DELETE', '/control/faults')
  expect(await (await send(standins, 'GET', '/control/faults')).json()).toEqual({ faults: [] })
})

test.each([
  { service: 'billing', mode: 'explode' },
  { service: 'billing', mode: 'accepted' },
  { service: 'billing', mode: 'busy', operation: 'createService' },
])('an unknown fault is turned away: %j', async (fault) => {
  expect((await send(await start(), 'POST', '/control/faults', fault)).status).toBe(400)
})

test('a reset forgets payments, lines, faults and calls', async () => {
  const standins = await start()
  await send(standins, 'POST', '/billing/authorisations', payment, 'k')
  await send(standins, 'POST', '/control/faults', { service: 'billing', mode: 'busy' })
  expect((await send(standins, 'POST', '/control/reset')).status).toBe(204)
  expect(await (await send(standins, 'GET', '/billing/ledger')).json()).toEqual({ entries: [] })
  expect(await (await send(standins, 'GET', '/control/calls')).json()).toEqual({ calls: [] })
  expect(await (await send(standins, 'GET', '/control/faults')).json()).toEqual({ faults: [] })
})

test('the ledger page shows amounts in their currency and escapes what came from outside', async () => {
  const standins = await start()
  await send(standins, 'POST', '/billing/authorisations', { ...payment, orderId: '<script>' }, 'k')
  const page = await (await send(standins, 'GET', '/')).text()
  expect(page).toMatch(/^<!doctype html><html/)
  expect(page).toContain('€5.00')
  expect(page).toContain('&lt;script&gt;')
  expect(page).not.toContain('<script>')
})

test('what no operation serves is not found', async () => {
  expect((await send(await start(), 'GET', '/billing/authorisations')).status).toBe(404)
})

test('a voucher is worth its amount in the smallest unit of the currency', () => {
  const voucher = { code: 'X', amount: 10 }
  expect(voucherMinor(voucher, 'EUR')).toBe(1_000)
  expect(voucherMinor(voucher, 'JPY')).toBe(10)
  expect(voucherMinor(voucher, 'KWD')).toBe(10_000)
})
