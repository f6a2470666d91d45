import { describe, expect, test } from 'vitest'
import { inlinePlan } from '../../test/support/plans'
import type { Iccid, OrderId } from './identifiers'
import { type EndReason, type Order, type Purchase, placeOrder, type Stage } from './order/order'
import type { Plan } from './plan'
import { purchaseColumns, purchaseRecord } from './purchase-record'

const iccid = '8999901000000010467' as Iccid
const since = '2026-03-01T12:00:00.000Z'
const plan: Plan = { ...inlinePlan, id: 'travel-2', name: { en: 'Travel 2 GB', de: 'Reise 2 GB' } }
function order(stage: Stage, payment: Partial<Order['payment']> = {}, more: Partial<Purchase> = {}): Order {
  const placed = placeOrder(
    {
      id: '0123456789abcdefghjkmnpqrs' as OrderId,
      channel: 'webview',
      subscriberId: 'subscriber-1',
      device: { market: 'DE' },
      plan,
      instrument: { ref: 'account:1', onFile: false },
      account: 'new',
      ...more,
    },
    new Date(since),
  )
  return { ...placed, stage, closed: true, closedAt: since, payment: { ...placed.payment, ...payment } }
}
const active: Stage = { state: 'active', since, registered: true }
const cancelled = (because: EndReason): Stage => ({ state: 'cancelled', since, because })
const topUp = (kind: 'warm-sim' | 'add-balance' | 'renewal') => ({ topUp: { kind, iccid } })

test('a purchase that went through carries what the app was told of it', () => {
  const record = purchaseRecord(order(active, { status: 'captured', authorisationId: 'auth-1' }), 'de')
  expect(record).toMatchObject({
    settledAt: since,
    reference: 'MP-0123-4567',
    kind: 'new-esim',
    outcome: 'completed',
    because: null,
    userAccount: 'New',
    purchaseInstrument: 'New',
    line: 'New',
    moDirectStatus: 'Complete',
    planName: 'Reise 2 GB',
    priceMinor: 999,
    payment: 'captured',
    collectedMinor: 999,
    refundedMinor: 0,
    authorisationId: 'auth-1',
    market: 'DE',
  })
  expect(Object.keys(record)).toEqual([...purchaseColumns])
})

test('a refund shows beside what had been collected', () => {
  expect(purchaseRecord(order(cancelled('staff'), { status: 'refunded' }), 'en')).toMatchObject({
    outcome: 'cancelled',
    because: 'staff',
    moDirectStatus: 'Cancelled',
    planName: '',
    payment: 'refunded',
    collectedMinor: 999,
    refundedMinor: 999,
  })
})

test('what staff settled in billing by hand is not guessed at', () => {
  const record = purchaseRecord(order(active, { status: 'settled' }), 'en')
  expect([record.collectedMinor, record.refundedMinor]).toEqual([null, null])
})

test.each([
  ['person', 'Cancelled', 'New', 'Bailed'],
  ['payment-refused', 'PurchaseFailed', 'Bailed', 'None'],
  ['sold-out', 'ServiceError', 'New', 'Bailed'],
  ['line-refused', 'ServiceError', 'New', 'Bailed'],
  ['sim-refused', 'InvalidSIM', 'New', 'Bailed'],
  ['download-failed', 'Cancelled', 'New', 'Bailed'],
] as const)('an order that ended because of %s is %s', (because, moDirectStatus, purchaseInstrument, line) => {
  expect(purchaseRecord(order(cancelled(because)), 'en')).toMatchObject({
    because,
    moDirectStatus,
    purchaseInstrument,
    line,
    planName: '',
    collectedMinor: 0,
  })
})

test('an order that nobody downloaded has expired', () => {
  expect(purchaseRecord(order({ state: 'expired', since }, { status: 'voided' }), 'en')).toMatchObject({
    outcome: 'expired',
    because: null,
    moDirectStatus: 'Cancelled',
    payment: 'voided',
    collectedMinor: 0,
  })
})

describe('of a SIM that the person has', () => {
  test.each([
    ['warm-sim', 'New'],
    ['add-balance', 'Existing'],
    ['renewal', 'Existing'],
  ] as const)('%s is a line that is %s', (kind, line) => {
    const credited = { ...order(active, { status: 'captured' }, topUp(kind)), readyAt: since }
    expect(purchaseRecord(credited, 'en')).toMatchObject({ kind, line, iccid, deliveredAt: since })
  })

  test('a renewal that came after its cancellation is no invalid SIM', () => {
    const late = order(cancelled('sim-refused'), {}, topUp('renewal'))
    expect(purchaseRecord(late, 'en').moDirectStatus).toBe('Cancelled')
  })
})

test('a plan that was free has no payment method, and one without a name is named by its id', () => {
  const free = { ...plan, name: { en: ' ' }, price: { ...plan.price, amountMinor: 0 } }
  expect(purchaseRecord(order(active, {}, { plan: free }), undefined)).toMatchObject({
    purchaseInstrument: 'None',
    planName: 'travel-2',
    priceMinor: 0,
  })
})
