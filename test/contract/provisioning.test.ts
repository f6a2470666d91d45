import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Standins, startStandins } from '../../local/standins/standins'
import type { Iccid } from '../../shared/domain/identifiers'
import { createProvisioning, type ProvisioningClient } from '../../shared/platform/provisioning'

let standins: Standins
let provisioning: ProvisioningClient

beforeEach(async () => {
  standins = await startStandins()
  provisioning = createProvisioning({ url: `${standins.url}/provisioning`, callTimeoutMs: 5_000 })
})
afterEach(async () => {
  await provisioning.close()
  await standins.stop()
})

const iccid = '8988303000000123456' as Iccid
const context = { callId: 'call-1' }
const line = { iccid, orderId: 'order-1', subscriberId: 'anna', planId: 'travel-1' }

async function mayRegister(): Promise<boolean> {
  const answer = await fetch(`${standins.url}/provisioning/lines/${iccid}`)
  return ((await answer.json()) as { state: string }).state === 'active'
}

async function fault(mode: string): Promise<void> {
  const body = JSON.stringify({ service: 'provisioning', mode })
  expect((await fetch(`${standins.url}/control/faults`, { method: 'POST', body })).status).toBe(201)
}

test('a SIM may register from activation on until deactivation', async () => {
  expect(await mayRegister()).toBe(false)
  expect(await provisioning.activateLine(line, context)).toEqual({ ok: true, value: {} })
  expect(await mayRegister()).toBe(true)
  expect(await provisioning.deactivateLine({ iccid }, context)).toEqual({ ok: true, value: {} })
  expect(await mayRegister()).toBe(false)
})

test('repeating either call changes nothing', async () => {
  await provisioning.activateLine(line, context)
  expect(await provisioning.activateLine(line, context)).toMatchObject({ ok: true })
  expect(await mayRegister()).toBe(true)
  await provisioning.deactivateLine({ iccid }, context)
  expect(await provisioning.deactivateLine({ iccid }, context)).toMatchObject({ ok: true })
})

test('deactivating a line that the network does not know counts as done', async () => {
  expect(await provisioning.deactivateLine({ iccid }, context)).toEqual({ ok: true, value: {} })
})

test('a malformed ICCID is refused', async () => {
  const result = await provisioning.activateLine({ ...line, iccid: '12' as Iccid }, context)
  expect(result).toMatchObject({ kind: 'refused', code: 'iccid_malformed' })
})

test.each([
  ['refuse', 'refused', 'declined', false],
  ['busy', 'busy', 'busy', false],
  ['http-500', 'lost', 'failed', false],
  ['answer-lost', 'lost', 'reset', true],
  ['malformed', 'lost', 'malformed', true],
])('%s: the call is %s (%s); the line is active: %s', async (mode, kind, code, active) => {
  await fault(mode)
  expect(await provisioning.activateLine(line, context)).toMatchObject({ ok: false, kind, code })
  expect(await mayRegister()).toBe(active)
  expect(await provisioning.activateLine(line, context)).toMatchObject({ ok: true })
})
