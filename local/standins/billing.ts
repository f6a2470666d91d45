import * as v from 'valibot'
import type { PaymentInstrument } from '../../shared/platform/ports'
import { type Answer, refusal } from './answer'
import { accountBalance, append, type Entry, HELD, instrumentAccount, REVENUE, VOUCHERS_ISSUED } from './ledger'
import { findVoucher, voucherMinor } from './vouchers'

/** An amount reserved on an instrument. */
export interface Authorisation {
  id: string
  orderId: string
  subscriberId: string
  instrument: string
  amountMinor: number
  currency: string
  state: 'held' | 'captured' | 'voided'
}

/** A voucher that a subscriber redeemed; what is left of it stands in the ledger. */
export interface RedeemedVoucher {
  ref: string
  subscriberId: string
  code: string
  currency: string
  declined: boolean
}

/** All that the billing stand-in remembers, apart from its idempotency keys. */
export interface BillingState {
  authorisations: Record<string, Authorisation>
  vouchers: RedeemedVoucher[]
  ledger: Entry[]
}

/** What an operation needs besides its request. */
export interface BillingContext {
  state: BillingState
  /** ISO 4217: the currency of vouchers. */
  currency: string
  now: Date
  /** A fresh identifier for an authorisation or a voucher. */
  newId: () => string
}

const minor = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const authoriseBody = v.object({
  orderId: text,
  subscriberId: text,
  instrument: text,
  amountMinor: minor,
  currency: v.pipe(v.string(), v.regex(/^[A-Z]{3}$/)),
})
/** Of a capture or a refund. */
const amountBody = v.object({ amountMinor: minor })
const voucherBody = v.object({ code: text })

const malformed = refusal(400, 'body_malformed', 'the body does not have the documented form')

/** A billing stand-in that remembers nothing yet. */
export const emptyBilling = (): BillingState => ({ authorisations: {}, vouchers: [], ledger: [] })

/** `GET /subscribers/{id}/instruments`: the monthly bill, and every voucher with something left on it. */
export function instruments({ state }: BillingContext, subscriberId: string): Answer {
  const bill: PaymentInstrument = {
    ref: `account:${subscriberId}`,
    kind: 'account',
    label: 'Monthly bill',
    onFile: true,
  }
  const vouchers = state.vouchers
    .filter((voucher) => voucher.subscriberId === subscriberId)
    .filter((voucher) => accountBalance(state.ledger, instrumentAccount(voucher.ref), voucher.currency) > 0)
    .map((voucher) => voucherInstrument(voucher, true))
  return { status: 200, body: { instruments: [bill, ...vouchers] } }
}

/** `POST /subscribers/{id}/vouchers`: 201 with the new instrument, 422 when the code is unknown, expired or used. */
export function redeemVoucher(context: BillingContext, subscriberId: string, body: unknown): Answer {
  const { state, currency, now, newId } = context
  const request = v.safeParse(voucherBody, body)
  if (!request.success) return malformed
  const voucher = findVoucher(request.output.code)
  if (!voucher) return refusal(422, 'voucher_unknown', 'no voucher has this code')
  if (voucher.flaw === 'expired') return refusal(422, 'voucher_expired', 'the voucher is no longer valid')
  if (state.vouchers.some((used) => used.code === voucher.code && used.subscriberId === subscriberId)) {
    return refusal(422, 'voucher_used', 'this subscriber has used the voucher')
  }
  const amountMinor = voucherMinor(voucher, currency)
  const redeemed: RedeemedVoucher = {
    ref: `voucher:${newId()}`,
    subscriberId,
    code: voucher.code,
    currency,
    declined: voucher.flaw === 'declined',
  }
  state.vouchers.push(redeemed)
  append(state.ledger, {
    at: now.toISOString(),
    kind: 'voucher-redeemed',
    currency,
    subscriberId,
    postings: [
      { account: VOUCHERS_ISSUED, amountMinor: -amountMinor },
      { account: instrumentAccount(redeemed.ref), amountMinor },
    ],
  })
  return { status: 201, body: voucherInstrument(redeemed, false) }
}

/**
 * `POST /authorisations`: 201 with the authorisation's id, 402 when the instrument is not the subscriber's, declines or holds
 * too little. The instrument `account:declined` always declines, so that a refusal can be had without a fault.
 */
export function authorise(context: BillingContext, body: unknown): Answer {
  const { state, now, newId } = context
  const request = v.safeParse(authoriseBody, body)
  if (!request.success) return malformed
  const { subscriberId, instrument, amountMinor, currency, orderId } = request.output
  const reason = whyDeclined(state, request.output)
  if (reason) return refusal(402, reason, 'the payment was declined')
  const id = `auth-${newId()}`
  state.authorisations[id] = { id, orderId, subscriberId, instrument, amountMinor, currency, state: 'held' }
  append(state.ledger, {
    at: now.toISOString(),
    kind: 'authorised',
    currency,
    subscriberId,
    orderId,
    authorisationId: id,
    postings: [
      { account: instrumentAccount(instrument), amountMinor: -amountMinor },
      { account: HELD, amountMinor },
    ],
  })
  return { status: 201, body: { authorisationId: id } }
}

/** `POST /authorisations/{id}/capture`: takes up to the reserved amount; the rest goes back. 409 when it is no longer held. */
export function capture(context: BillingContext, id: string, body: unknown): Answer {
  const request = v.safeParse(amountBody, body)
  if (!request.success) return malformed
  const authorisation = context.state.authorisations[id]
  if (!authorisation) return unknownAuthorisation
  if (authorisation.state === 'voided') return refusal(409, 'authorisation_voided', 'the authorisation was voided')
  if (authorisation.state === 'captured') return refusal(409, 'already_captured', 'the authorisation was captured')
  const { amountMinor } = request.output
  if (amountMinor > authorisation.amountMinor) {
    return refusal(409, 'amount_too_high', 'the amount is higher than the authorised one')
  }
  return settle(context, authorisation, 'captured', amountMinor)
}

/** `POST /authorisations/{id}/void`: gives the reserved amount back. 409 once captured; voiding again changes nothing. */
export function voidAuthorisation(context: BillingContext, id: string): Answer {
  const authorisation = context.state.authorisations[id]
  if (!authorisation) return unknownAuthorisation
  if (authorisation.state === 'captured') return refusal(409, 'already_captured', 'the authorisation was captured')
  if (authorisation.state === 'voided') return { status: 200, body: {} }
  return settle(context, authorisation, 'voided', 0)
}

/** `POST /authorisations/{id}/refund`: gives back up to what was captured and not refunded yet; 409 for more, or before the capture. */
export function refund({ state, now }: BillingContext, id: string, body: unknown): Answer {
  const request = v.safeParse(amountBody, body)
  if (!request.success) return malformed
  const authorisation = state.authorisations[id]
  if (!authorisation) return unknownAuthorisation
  if (authorisation.state !== 'captured') return refusal(409, 'not_captured', 'the authorisation was not captured')
  const { amountMinor } = request.output
  const { currency, subscriberId, orderId, instrument } = authorisation
  const own = state.ledger.filter((entry) => entry.authorisationId === id)
  if (amountMinor > accountBalance(own, REVENUE, currency)) {
    return refusal(409, 'refund_too_high', 'the amount is higher than what is left of the captured one')
  }
  append(state.ledger, {
    at: now.toISOString(),
    kind: 'refunded',
    currency,
    subscriberId,
    orderId,
    authorisationId: id,
    postings: [
      { account: REVENUE, amountMinor: -amountMinor },
      { account: instrumentAccount(instrument), amountMinor },
    ],
  })
  return { status: 200, body: {} }
}

const unknownAuthorisation = refusal(404, 'authorisation_unknown', 'no authorisation has this id')

function settle(
  { state, now }: BillingContext,
  authorisation: Authorisation,
  outcome: 'captured' | 'voided',
  takenMinor: number,
): Answer {
  authorisation.state = outcome
  append(state.ledger, {
    at: now.toISOString(),
    kind: outcome,
    currency: authorisation.currency,
    subscriberId: authorisation.subscriberId,
    orderId: authorisation.orderId,
    authorisationId: authorisation.id,
    postings: [
      { account: HELD, amountMinor: -authorisation.amountMinor },
      { account: REVENUE, amountMinor: takenMinor },
      { account: instrumentAccount(authorisation.instrument), amountMinor: authorisation.amountMinor - takenMinor },
    ].filter((posting) => posting.amountMinor !== 0),
  })
  return { status: 200, body: {} }
}

function whyDeclined(state: BillingState, request: v.InferOutput<typeof authoriseBody>): string | undefined {
  const { subscriberId, instrument, amountMinor, currency } = request
  if (instrument === 'account:declined') return 'declined'
  if (instrument === `account:${subscriberId}`) return undefined
  const voucher = state.vouchers.find((redeemed) => redeemed.ref === instrument)
  if (voucher?.subscriberId !== subscriberId) return 'instrument_unknown'
  if (voucher.declined) return 'declined'
  if (voucher.currency !== currency) return 'currency_mismatch'
  const left = accountBalance(state.ledger, instrumentAccount(instrument), currency)
  return left < amountMinor ? 'insufficient_funds' : undefined
}

function voucherInstrument(voucher: RedeemedVoucher, onFile: boolean): PaymentInstrument {
  return { ref: voucher.ref, kind: 'voucher', label: `Voucher ${voucher.code}`, onFile }
}
