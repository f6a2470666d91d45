import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Standins, startStandins } from '../../local/standins/standins'
import { type BillingClient, createBilling } from '../../shared/platform/billing'

let standins: Standins
let billing: BillingClient

beforeEach(async () => {
  standins = await startStandins()
  billing = createBilling({ url: `${standins.url}/billing`, callTimeoutMs: 1_000 })
})
afterEach(async () => {
  await billing.close()
  await standins.stop()
})

let calls = 0
const context = () => ({ callId: `call-${++calls}` })
const order = {
  orderId: 'order-1',
  subscriberId: 'anna',
  instrument: 'account:anna',
  amountMinor: 999,
  currency: 'EUR',
  key: 'order-1/authorise',
}

async function authorised(request = order): Promise<string> {
  const result = await billing.authorise(request, context())
  if (!result.ok) throw new Error(`not authorised: ${result.code}`)
  return result.value.authorisationId
}

async function voucher(code: string): Promise<string> {
  const result = await billing.redeemVoucher({ subscriberId: 'anna', code, key: code }, context())
  if (!result.ok) throw new Error(`not redeemed: ${result.code}`)
  return result.value.ref
}

async function totals(): Promise<object | undefined> {
  const answer = await fetch(`${standins.url}/billing/ledger/balance`)
  const { currencies } = (await answer.json()) as { currencies: object[] }
  return currencies[0]
}

async function fault(body: object): Promise<void> {
  const answer = await fetch(`${standins.url}/control/faults`, {
    method: 'POST',
    body: JSON.stringify({ service: 'billing', ...body }),
  })
  expect(answer.status).toBe(201)
}

describe('instruments', () => {
  test('a subscriber always has the monthly bill', async () => {
    expect(await billing.instruments('anna', context())).toEqual({
      ok: true,
      value: { instruments: [{ ref: 'account:anna', kind: 'account', label: 'Monthly bill', onFile: true }] },
    })
  })

  test('a voucher is on file from redeeming on until it is spent', async () => {
    const ref = await voucher('WELCOME-10')
    const listed = async () => {
      const result = await billing.instruments('anna', context())
      return result.ok ? result.value.instruments.map((instrument) => instrument.ref) : result
    }
    expect(await listed()).toEqual(['account:anna', ref])
    await authorised({ ...order, instrument: ref, amountMinor: 1_000 })
    expect(await listed()).toEqual(['account:anna'])
  })

  test('a subscriber id with reserved characters reaches the other side unchanged', async () => {
    const result = await billing.instruments('a/b?c', context())
    expect(result).toMatchObject({ ok: true, value: { instruments: [{ ref: 'account:a/b?c' }] } })
  })
})

describe('vouchers', () => {
  test.each([
    ['NO-SUCH-CODE', 'voucher_unknown'],
    ['EXPIRED-10', 'voucher_expired'],
  ])('%s is refused with %s', async (code, reason) => {
    const result = await billing.redeemVoucher({ subscriberId: 'anna', code, key: 'k' }, context())
    expect(result).toMatchObject({ ok: false, kind: 'refused', code: reason })
  })

  test('a voucher is good once per subscriber', async () => {
    await voucher('WELCOME-10')
    const again = await billing.redeemVoucher({ subscriberId: 'anna', code: ' welcome-10', key: 'again' }, context())
    expect(again).toMatchObject({ ok: false, kind: 'refused', code: 'voucher_used' })
    const other = await billing.redeemVoucher({ subscriberId: 'ben', code: 'WELCOME-10', key: 'ben' }, context())
    expect(other).toMatchObject({ ok: true, value: { kind: 'voucher', onFile: false } })
  })

  test.each([
    ['WELCOME-5', 'insufficient_funds'],
    ['DECLINED-10', 'declined'],
  ])('a payment that %s cannot bear is refused with %s', async (code, reason) => {
    const result = await billing.authorise({ ...order, instrument: await voucher(code) }, context())
    expect(result).toMatchObject({ ok: false, kind: 'refused', code: reason })
  })
})

describe('authorise, capture, void', () => {
  test('the declined instrument is refused, and so is the instrument of somebody else', async () => {
    const declined = await billing.authorise({ ...order, instrument: 'account:declined' }, context())
    expect(declined).toMatchObject({ ok: false, kind: 'refused', code: 'declined' })
    const foreign = await billing.authorise({ ...order, instrument: 'account:ben', key: 'other' }, context())
    expect(foreign).toMatchObject({ ok: false, kind: 'refused', code: 'instrument_unknown' })
  })

  test('capturing less than was authorised gives the rest back', async () => {
    const authorisationId = await authorised()
    expect(await billing.capture({ authorisationId, amountMinor: 900, key: 'c' }, context())).toEqual({
      ok: true,
      value: {},
    })
    expect(await totals()).toMatchObject({ authorisedMinor: 999, capturedMinor: 900, voidedMinor: 99, heldMinor: 0 })
  })

  test('what was captured cannot be voided, and what was voided cannot be captured', async () => {
    const captured = await authorised()
    await billing.capture({ authorisationId: captured, amountMinor: 999, key: 'c1' }, context())
    expect(await billing.void({ authorisationId: captured, key: 'v1' }, context())).toMatchObject({
      kind: 'refused',
      code: 'already_captured',
    })
    const voided = await authorised({ ...order, key: 'second' })
    await billing.void({ authorisationId: voided, key: 'v2' }, context())
    expect(await billing.capture({ authorisationId: voided, amountMinor: 999, key: 'c2' }, context())).toMatchObject({
      kind: 'refused',
      code: 'authorisation_voided',
    })
  })

  test('a refund gives back what was captured, in parts and never more', async () => {
    const authorisationId = await authorised()
    const give = (amountMinor: number, key: string) => billing.refund({ authorisationId, amountMinor, key }, context())
    expect(await give(1, 'early')).toMatchObject({ kind: 'refused', code: 'not_captured' })
    await billing.capture({ authorisationId, amountMinor: 999, key: 'c' }, context())
    expect(await give(1_000, 'too much')).toMatchObject({ kind: 'refused', code: 'refund_too_high' })
    expect(await give(400, 'part')).toEqual({ ok: true, value: {} })
    expect(await give(400, 'part')).toEqual({ ok: true, value: {} })
    expect(await give(600, 'more')).toMatchObject({ kind: 'refused', code: 'refund_too_high' })
    expect(await give(599, 'rest')).toEqual({ ok: true, value: {} })
    expect(await totals()).toMatchObject({
      capturedMinor: 999,
      refundedMinor: 999,
      heldMinor: 0,
      accounts: { revenue: 0, 'instrument:account:anna': 0 },
    })
  })

  test('an authorisation that billing does not know is lost, for it says nothing about the payment', async () => {
    const result = await billing.capture({ authorisationId: 'no/such', amountMinor: 1, key: 'c' }, context())
    expect(result).toMatchObject({ kind: 'lost', code: 'authorisation_unknown' })
  })

  test('the same key gives the same answer and moves money once', async () => {
    const first = await authorised()
    expect(await authorised()).toBe(first)
    expect(await totals()).toMatchObject({ authorisedMinor: 999, heldMinor: 999 })
  })

  test('a refusal stays a refusal under its key', async () => {
    await fault({ operation: 'authorise', mode: 'refuse' })
    const first = await billing.authorise(order, context())
    expect(first).toMatchObject({ kind: 'refused', code: 'declined' })
    expect(await billing.authorise(order, context())).toEqual(first)
  })

  test('the same key with another request is refused', async () => {
    await authorised()
    const result = await billing.authorise({ ...order, amountMinor: 1 }, context())
    expect(result).toMatchObject({ kind: 'refused', code: 'idempotency_key_reused' })
  })
})

describe('failures', () => {
  test.each([
    ['answer-lost', 'lost', 'reset'],
    ['malformed', 'lost', 'malformed'],
    ['slow', 'lost', 'timeout'],
  ])('%s: the call is %s, was carried out, and the same key then gives its answer', async (mode, kind, code) => {
    await fault({ operation: 'authorise', mode, delayMs: 60_000 })
    const hasty = createBilling({ url: `${standins.url}/billing`, callTimeoutMs: mode === 'slow' ? 150 : 5_000 })
    expect(await hasty.authorise(order, context())).toMatchObject({ ok: false, kind, code })
    await hasty.close()
    expect(await totals()).toMatchObject({ heldMinor: 999 })
    await authorised()
    expect(await totals()).toMatchObject({ heldMinor: 999 })
  })

  test.each([
    ['http-500', 'lost', 'failed'],
    ['busy', 'busy', 'busy'],
    ['throttled', 'busy', 'too_many'],
    ['unauthorised', 'busy', 'credentials-401'],
    ['forbidden', 'busy', 'credentials-403'],
  ])('%s: the call is %s and was not carried out', async (mode, kind, code) => {
    await fault({ mode })
    expect(await billing.authorise(order, context())).toMatchObject({ ok: false, kind, code })
    expect(await totals()).toBeUndefined()
    await authorised()
  })

  test('a wait that is ended leaves the call lost', async () => {
    await fault({ mode: 'slow', delayMs: 60_000 })
    const stop = new AbortController()
    const call = billing.authorise(order, { ...context(), signal: stop.signal })
    stop.abort()
    expect(await call).toMatchObject({ ok: false, code: 'aborted' })
  })

  test('billing that is not there was not reached', async () => {
    await standins.stop()
    expect(await billing.authorise(order, context())).toMatchObject({ kind: 'unreached', code: 'connection-refused' })
  })

  test('a failure tells nothing about the person', async () => {
    await fault({ mode: 'refuse' })
    const result = await billing.authorise(order, context())
    expect(JSON.stringify(result)).not.toMatch(/anna|order-1/)
  })

  test('each attempt carries its call id', async () => {
    await billing.instruments('anna', { callId: 'attempt-7' })
    const answer = await fetch(`${standins.url}/control/calls`)
    expect(await answer.json()).toMatchObject({
      calls: [{ operation: 'instruments', callId: 'attempt-7', status: 200 }],
    })
  })
})
