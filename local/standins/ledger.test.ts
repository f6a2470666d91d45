import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  authorise,
  type BillingContext,
  capture,
  emptyBilling,
  redeemVoucher,
  refund,
  voidAuthorisation,
} from './billing'
import { append, balances, type Entry } from './ledger'

type Step =
  | { do: 'authorise'; amountMinor: number; currency: string; instrument: number }
  | { do: 'capture'; which: number; amountMinor: number }
  | { do: 'void'; which: number }
  | { do: 'refund'; which: number; amountMinor: number }
  | { do: 'redeem'; code: string }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('authorise' as const),
    amountMinor: fc.integer({ min: -1, max: 3_000 }),
    currency: fc.constantFrom('EUR', 'CHF'),
    instrument: fc.nat({ max: 5 }),
  }),
  fc.record({ do: fc.constant('capture' as const), which: fc.nat({ max: 9 }), amountMinor: fc.nat({ max: 3_000 }) }),
  fc.record({ do: fc.constant('void' as const), which: fc.nat({ max: 9 }) }),
  fc.record({ do: fc.constant('refund' as const), which: fc.nat({ max: 9 }), amountMinor: fc.nat({ max: 3_000 }) }),
  fc.record({
    do: fc.constant('redeem' as const),
    code: fc.constantFrom('WELCOME-5', 'WELCOME-10', 'DECLINED-10', 'X'),
  }),
)

function play(steps: readonly Step[]): BillingContext {
  let ids = 0
  const context: BillingContext = {
    state: emptyBilling(),
    currency: 'EUR',
    now: new Date(0),
    newId: () => `id${++ids}`,
  }
  const { state } = context
  for (const next of steps) {
    const authorisationAt = (which: number) => Object.keys(state.authorisations)[which] ?? 'auth-unknown'
    if (next.do === 'redeem') redeemVoucher(context, 'anna', { code: next.code })
    if (next.do === 'void') voidAuthorisation(context, authorisationAt(next.which))
    if (next.do === 'refund') refund(context, authorisationAt(next.which), { amountMinor: next.amountMinor })
    if (next.do === 'capture') capture(context, authorisationAt(next.which), { amountMinor: next.amountMinor })
    if (next.do === 'authorise') {
      const instrument = state.vouchers[next.instrument]?.ref ?? 'account:anna'
      const { amountMinor, currency } = next
      authorise(context, { orderId: 'o', subscriberId: 'anna', instrument, amountMinor, currency })
    }
  }
  return context
}

test('the ledger adds up to the cent after any sequence of operations', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { state } = play(steps)
      expect(state.ledger.map((entry) => entry.number)).toEqual(state.ledger.map((_, at) => at + 1))
      for (const total of balances(state.ledger)) {
        const held = Object.values(state.authorisations).filter(
          (authorisation) => authorisation.state === 'held' && authorisation.currency === total.currency,
        )
        expect(total.differenceMinor).toBe(0)
        expect(total.authorisedMinor).toBe(total.capturedMinor + total.voidedMinor + total.heldMinor)
        expect(total.refundedMinor).toBeGreaterThanOrEqual(0)
        expect(total.accounts.revenue ?? 0).toBe(total.capturedMinor - total.refundedMinor)
        expect(total.refundedMinor).toBeLessThanOrEqual(total.capturedMinor)
        expect(total.heldMinor).toBe(held.reduce((sum, authorisation) => sum + authorisation.amountMinor, 0))
        for (const [account, amountMinor] of Object.entries(total.accounts)) {
          if (account.startsWith('instrument:voucher:')) expect(amountMinor).toBeGreaterThanOrEqual(0)
        }
      }
    }),
  )
})

test('an entry that does not add up is not taken', () => {
  const ledger: Entry[] = []
  const entry = { at: '', kind: 'authorised', currency: 'EUR', subscriberId: 'anna' } as const
  const half = [{ account: 'held', amountMinor: 1 }]
  expect(() => append(ledger, { ...entry, postings: half })).toThrow(RangeError)
  const fractions = [
    { account: 'held', amountMinor: 0.5 },
    { account: 'revenue', amountMinor: -0.5 },
  ]
  expect(() => append(ledger, { ...entry, postings: fractions })).toThrow(RangeError)
  expect(ledger).toEqual([])
})
