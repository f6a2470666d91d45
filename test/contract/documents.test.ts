import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tmf640 } from '../../local/standins/provisioning'
import { type Standins, startStandins } from '../../local/standins/standins'
import type { Eid, Iccid } from '../../shared/domain/identifiers'
import { createBilling } from '../../shared/platform/billing'
import { createIdentityCheck } from '../../shared/platform/identity-check'
import { createProvisioning, serviceIdOf } from '../../shared/platform/provisioning'
import { type Contract, loadContract, type Recorder, record } from './openapi'

let standins: Standins
let recorder: Recorder
const closing: (() => Promise<void>)[] = []
beforeEach(async () => {
  standins = await startStandins()
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await standins.stop()
})

const context = { callId: 'call-1' }

async function open<T extends { close(): Promise<void> }>(
  contract: Contract,
  base: string,
  create: (config: { url: string; callTimeoutMs: number }) => T,
): Promise<T> {
  recorder = await record(contract, standins.url + base)
  const adapter = create({ url: recorder.url, callTimeoutMs: 5_000 })
  closing.push(
    () => adapter.close(),
    () => recorder.stop(),
  )
  return adapter
}

async function control(path: string, body: object): Promise<void> {
  const answer = await fetch(`${standins.url}/control/${path}`, { method: 'POST', body: JSON.stringify(body) })
  expect(answer.status, await answer.text()).toBe(201)
}

/** Every way in which any operation can be turned away, by a fault of the stand-in. */
async function everyFault(service: string, operation: string, act: () => Promise<unknown>): Promise<void> {
  for (const mode of ['unauthorised', 'forbidden', 'throttled', 'busy', 'http-500', 'refuse']) {
    await control('faults', { service, operation, mode })
    await act()
  }
}

/** Sends what the adapter never would; only the answer is held to the contract. */
async function sendWrongly(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  recorder.wrongRequests = true
  const type = { 'content-type': 'application/json', ...headers }
  await fetch(recorder.url + path, { method, headers: type, body: JSON.stringify(body) })
  recorder.wrongRequests = false
}

function expectAllOf(contract: Contract): void {
  expect(recorder.faults).toEqual([])
  expect([...recorder.asked].sort()).toEqual(contract.operations.map(({ id }) => id).sort())
  const documented = contract.operations.flatMap(({ id, statuses }) => statuses.map((status) => `${id} ${status}`))
  expect([...recorder.answered].sort()).toEqual(documented.sort())
}

test('billing: adapter and stand-in do all that the contract says, and nothing else', async () => {
  const contract = loadContract('billing')
  const billing = await open(contract, '/billing', createBilling)
  let keys = 0
  const key = () => `key-${++keys}`
  const payment = {
    orderId: 'o-1',
    subscriberId: 'anna',
    instrument: 'account:anna',
    amountMinor: 999,
    currency: 'EUR',
  }
  const authorise = () => billing.authorise({ ...payment, key: key() }, context)
  const authorised = async () => {
    const result = await authorise()
    return result.ok ? result.value.authorisationId : 'none'
  }
  const voucher = (code: string) => billing.redeemVoucher({ subscriberId: 'anna', code, key: key() }, context)

  await billing.instruments('anna', context)
  await voucher('WELCOME-10')
  await voucher('NO-SUCH')
  const id = await authorised()
  const amountMinor = 999
  await billing.refund({ authorisationId: id, amountMinor, key: key() }, context) // 409
  await billing.capture({ authorisationId: id, amountMinor, key: key() }, context)
  await billing.capture({ authorisationId: id, amountMinor, key: key() }, context) // 409
  await billing.void({ authorisationId: id, key: key() }, context) // 409
  await billing.refund({ authorisationId: id, amountMinor, key: 'refund' }, context)
  await billing.refund({ authorisationId: id, amountMinor: 1, key: 'refund' }, context) // 422
  await billing.void({ authorisationId: await authorised(), key: 'void' }, context)
  await billing.void({ authorisationId: await authorised(), key: 'void' }, context) // 422
  await billing.capture({ authorisationId: await authorised(), amountMinor, key: 'capture' }, context)
  await billing.capture({ authorisationId: await authorised(), amountMinor, key: 'capture' }, context) // 422
  await billing.authorise({ ...payment, key: 'authorise' }, context)
  await billing.authorise({ ...payment, amountMinor: 1, key: 'authorise' }, context) // 422

  const operations = {
    instruments: () => billing.instruments('anna', context),
    redeemVoucher: () => voucher('WELCOME-5'),
    authorise,
    capture: (authorisationId = id) => billing.capture({ authorisationId, amountMinor, key: key() }, context),
    void: (authorisationId = id) => billing.void({ authorisationId, key: key() }, context),
    refund: (authorisationId = id) => billing.refund({ authorisationId, amountMinor, key: key() }, context),
  }
  for (const [operation, act] of Object.entries(operations)) await everyFault('billing', operation, () => act())
  for (const operation of ['capture', 'void', 'refund'] as const) {
    await operations[operation]('auth-unknown')
    await sendWrongly('POST', `/authorisations/${id}/${operation}`, {}) // no key
  }
  await sendWrongly('POST', '/authorisations', { ...payment, amountMinor: '9.99' }, { 'idempotency-key': key() })
  await sendWrongly('POST', '/subscribers/anna/vouchers', {}, { 'idempotency-key': key() })
  expectAllOf(contract)
})

test('provisioning: adapter and stand-in do all that the contract says, and nothing else', async () => {
  const contract = loadContract('provisioning')
  const network = await open(contract, tmf640, createProvisioning)
  const iccid = '8988303000000123456' as Iccid
  const eid = '89049032742168350068807211938513' as Eid
  const line = { iccid, eid, orderId: 'o-1', subscriberId: 'anna', planId: 'travel-1' }
  const activate = () => network.activateLine(line, context)
  const deactivate = () => network.deactivateLine({ iccid }, context)

  await deactivate() // 404
  await activate()
  await activate() // 409, then 200
  await deactivate()
  await network.activateLine({ ...line, iccid: '8988303000000123457' as Iccid, eid: undefined }, context)
  for (const mode of ['accepted', 'accepted-refused']) {
    await control('faults', { service: 'provisioning', operation: 'updateService', mode, delayMs: 200 })
    await deactivate()
    await control('faults', { service: 'provisioning', operation: 'createService', mode, delayMs: 0 })
    await network.activateLine({ ...line, iccid: `898830300000099999${mode.length}` as Iccid }, context)
  }
  await everyFault('provisioning', 'createService', activate)
  await everyFault('provisioning', 'updateService', deactivate)
  for (const mode of ['unauthorised', 'forbidden', 'throttled', 'busy', 'http-500']) {
    await control('faults', { service: 'provisioning', operation: 'retrieveMonitor', mode })
    await sendWrongly('GET', '/monitor/none', undefined)
  }
  await sendWrongly('GET', '/monitor/none', undefined)
  const service = `/service/${serviceIdOf(iccid)}`
  await sendWrongly('POST', '/service', { state: 'active' })
  await sendWrongly('PATCH', service, { state: 'perhaps' })
  await sendWrongly('PATCH', service, { serviceCharacteristic: [{ name: 'iccid', value: 'another' }] })
  expectAllOf(contract)
})

test('identity check: adapter and stand-in do all that the contract says, and nothing else', async () => {
  const contract = loadContract('identity-check')
  const identity = await open(contract, '/identity', createIdentityCheck)
  const question = { subscriberId: 'anna', planId: 'travel-1', market: 'DE' }
  const check = () => identity.check(question, context)
  await check()
  await identity.check({ subscriberId: 'ben', planId: 'travel-1' }, context)
  await control('identity', { decision: 'needed', reason: 'document', url: 'https://id.example.net/' })
  await check()
  await control('identity', { decision: 'refused', reason: 'age' })
  await check()
  await everyFault('identity', 'check', check)
  await sendWrongly('POST', '/identity-checks', { planId: 5 })
  expectAllOf(contract)
})

describe.each(['billing', 'provisioning', 'identity-check'])('the document of %s', (name) => {
  const contract = loadContract(name)

  test('is OpenAPI 3.1 with one name for each operation, and asks for credentials', () => {
    const { openapi, security, components } = contract.document
    expect(openapi).toBe('3.1.0')
    expect(new Set(contract.operations.map(({ id }) => id)).size).toBe(contract.operations.length)
    const schemes = (components as { securitySchemes: object }).securitySchemes
    const used = (security as object[]).flatMap((one) => Object.keys(one))
    expect(new Set(used)).toEqual(new Set(Object.keys(schemes)))
  })

  test('shows examples that keep to its schemas, and leads nowhere in vain', () => {
    let examples = 0
    const visit = (node: unknown): void => {
      if (Array.isArray(node)) return node.forEach(visit)
      if (typeof node !== 'object' || node === null) return
      const { schema, example, examples: several, $ref } = node as Record<string, unknown>
      if ($ref !== undefined) expect(contract.resolve(node)).toBeTypeOf('object')
      if (typeof schema === 'object' && schema !== null) {
        const values = Object.values((several ?? {}) as Record<string, { value: unknown }>).map(({ value }) => value)
        for (const value of example === undefined ? values : [example, ...values]) {
          expect(contract.check(schema as Record<string, unknown>, value), JSON.stringify(value)).toEqual([])
          examples += 1
        }
      }
      Object.values(node).forEach(visit)
    }
    visit(contract.document)
    expect(examples).toBeGreaterThan(5)
  })
})
