/**
 * The ports of the app: what fulfilment, portal and functions ask of the world outside, and nothing more.
 * Adapters live beside this file; which of them runs is decided in one place, `composition.ts`.
 */
import type { Eid, Iccid, MatchingId } from '../domain/identifiers'
import type { ContainerName } from './resources'

// ── Documents ────────────────────────────────────────────────────────────────────────────────────────────────────────

export type { ContainerName } from './resources'

/** What every stored document may carry. */
export interface StoredFields {
  /** ISO 8601, UTC. From this instant on the document is absent for every reader, whether or not the store removed it. */
  expiresAt?: string | undefined
}

/** A document as it was read, with the tag that a conditional write needs. */
export interface Stored<T> {
  partition: string
  id: string
  value: T
  etag: string
}

/** Answer of a conditional write. `conflict`: somebody else wrote first; read again and decide again. */
export type WriteResult = { ok: true; etag: string } | { ok: false; reason: 'conflict' }

/**
 * Document store. Every write is conditional; there are no transactions and one query, `listPartition`.
 *
 * Rules that each adapter keeps (proved by one contract suite):
 * - partition and id are any text of 1 to 200 characters; documents are JSON of up to 60 KB;
 * - a document whose `expiresAt` has passed is absent: `get` and `listPartition` do not show it, `insert` succeeds over it,
 *   `replace` answers `conflict`;
 * - a call that fails because the store cannot be reached or is too slow rejects with `StoreUnavailableError`.
 */
export interface DocumentStore {
  get<T extends object>(container: ContainerName, partition: string, id: string): Promise<Stored<T> | undefined>
  /** Insert if absent. */
  insert<T extends object>(container: ContainerName, partition: string, id: string, value: T): Promise<WriteResult>
  /** Replace the version that carries `etag`. A missing document is a conflict. */
  replace<T extends object>(
    container: ContainerName,
    partition: string,
    id: string,
    value: T,
    etag: string,
  ): Promise<WriteResult>
  /** Delete. With `etag` only that version, otherwise any; an absent document counts as deleted. */
  delete(container: ContainerName, partition: string, id: string, etag?: string): Promise<'deleted' | 'conflict'>
  /** All documents of a partition in order of id, fetched page by page while the caller iterates. */
  listPartition<T extends object>(container: ContainerName, partition: string): AsyncIterable<Stored<T>>
}

/** The store did not answer in time or refused service: nothing is known of the call's effect. */
export class StoreUnavailableError extends Error {
  readonly code = 'store_unavailable'
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StoreUnavailableError'
  }
}

// ── Wakes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Body of a wake message. It says no more than "look at this order". */
export interface Wake {
  orderId: string
}

/** Sends wakes. Losing, repeating or delaying one does no harm: the sweep finds what is overdue. */
export interface WakeQueue {
  /** How far ahead a wake may be scheduled, in milliseconds; `Infinity` where the queue has no bound. */
  readonly horizonMs: number
  /** Schedules a wake for `at` (now or earlier: at once). Rejects when the queue cannot be reached. */
  send(wake: Wake, at: Date): Promise<void>
}

// ── Calls to other companies' systems ────────────────────────────────────────────────────────────────────────────────

/** What a call carries besides its arguments. */
export interface CallContext {
  /** Unique per attempt; goes to the other side as call identifier or trace. */
  callId: string
  /** Ends the wait. The call may still have its effect: the answer is then `lost`. */
  signal?: AbortSignal | undefined
}

/**
 * Why a call did not succeed.
 * - `refused`: the other side understood and declined; the same call will be declined again. `code` says why.
 * - `busy`: declined for the moment; the same call may succeed later.
 * - `unreached`: the request certainly did not arrive (name, connection, TLS).
 * - `lost`: it may or may not have been carried out (timeout, reset, 5xx, unreadable answer).
 */
export interface CallFailure {
  ok: false
  kind: 'refused' | 'busy' | 'unreached' | 'lost'
  /** ES2+: `subject/reason` such as `8.2.1/3.3`. HTTP: the error code of the body, else `http-503`; else `timeout`, `reset`… */
  code: string
  /** For staff and logs; never holds personal data. */
  detail: string
}
export type CallResult<T> = { ok: true; value: T; warning?: string } | CallFailure

/**
 * ES2+ client functions of the operator (GSMA SGP.22 v2.2 §5.3).
 * ICCIDs are passed without padding; the adapter pads where the SM-DP+ wants it.
 */
export interface Es2Plus {
  /** Reserves an ICCID (§5.3.1). At least one of `iccid` and `profileType`; `eid` binds the profile to a device. */
  downloadOrder(
    order: { iccid?: Iccid | undefined; eid?: Eid | undefined; profileType?: string | undefined },
    context: CallContext,
  ): Promise<CallResult<{ iccid: Iccid }>>
  /** Ties the matching id to the reservation and, with `release`, makes it downloadable at once (§5.3.2). */
  confirmOrder(
    order: { iccid: Iccid; eid?: Eid | undefined; matchingId: MatchingId; release: boolean },
    context: CallContext,
  ): Promise<CallResult<{ matchingId: MatchingId; smdpAddress?: string; eid?: Eid }>>
  /** Makes a confirmed profile downloadable (§5.3.4). Safe to repeat. */
  releaseProfile(order: { iccid: Iccid }, context: CallContext): Promise<CallResult<Record<string, never>>>
  /** Takes the reservation back (§5.3.3). `eid` and `matchingId` must be sent once they are tied to the order. */
  cancelOrder(
    order: {
      iccid: Iccid
      eid?: Eid | undefined
      matchingId?: MatchingId | undefined
      finalState: 'Available' | 'Unavailable'
    },
    context: CallContext,
  ): Promise<CallResult<Record<string, never>>>
}

/** A way to pay, known to us by reference only; card numbers never reach this app. */
export interface PaymentInstrument {
  /** Opaque to us, ≤ 128 characters. */
  ref: string
  kind: 'account' | 'voucher'
  /** What the person sees, such as "Your monthly bill". */
  label: string
  /** True when it was known before this purchase. */
  onFile: boolean
}

/**
 * Billing, over HTTP at `BILLING_URL` (JSON; `Idempotency-Key` on every POST, and the same key always gives the same answer):
 *
 * | call | request | answers |
 * |---|---|---|
 * | instruments | `GET /subscribers/{id}/instruments` | 200 `{instruments: PaymentInstrument[]}` |
 * | redeemVoucher | `POST /subscribers/{id}/vouchers` `{code}` | 201 `PaymentInstrument`; 422 refused |
 * | authorise | `POST /authorisations` `{orderId, subscriberId, instrument, amountMinor, currency}` | 201 `{authorisationId}`; 402 refused |
 * | capture | `POST /authorisations/{id}/capture` `{amountMinor}` | 200 `{}`; 409 refused (voided, expired) |
 * | void | `POST /authorisations/{id}/void` `{}` | 200 `{}`; 409 refused (already captured) |
 * | refund | `POST /authorisations/{id}/refund` `{amountMinor}` | 200 `{}`; 409 refused (not captured, or more than is left of it) |
 *
 * A refusal's body is `{error: {code, message}}`. 429 and 503 mean busy, and so do 401 and 403 (our credentials: code
 * `credentials-401`); any other 5xx, a timeout or an unreadable answer: lost. docs/api/billing.openapi.json is the whole contract.
 */
export interface Billing {
  instruments(subscriberId: string, context: CallContext): Promise<CallResult<{ instruments: PaymentInstrument[] }>>
  redeemVoucher(
    request: { subscriberId: string; code: string; key: string },
    context: CallContext,
  ): Promise<CallResult<PaymentInstrument>>
  /** Reserves the amount. `key` is the idempotency key. Amounts are in minor units (cents). */
  authorise(
    request: {
      orderId: string
      subscriberId: string
      instrument: string
      amountMinor: number
      currency: string
      key: string
    },
    context: CallContext,
  ): Promise<CallResult<{ authorisationId: string }>>
  capture(
    request: { authorisationId: string; amountMinor: number; key: string },
    context: CallContext,
  ): Promise<CallResult<Record<string, never>>>
  void(
    request: { authorisationId: string; key: string },
    context: CallContext,
  ): Promise<CallResult<Record<string, never>>>
  /** Gives back all or a part of what was captured. Several refunds may follow each other; together they are at most what was captured. */
  refund(
    request: { authorisationId: string; amountMinor: number; key: string },
    context: CallContext,
  ): Promise<CallResult<Record<string, never>>>
}

/**
 * Network provisioning, by TM Forum's TMF640 v4 at `PROVISIONING_URL`. Both calls say the wanted end state, so repeating them is harmless:
 * a line is a service whose id is made from its ICCID.
 *
 * | call | requests | answers |
 * |---|---|---|
 * | activateLine | `POST /service` with `state: "active"`; `PATCH /service/{id}` when that exists (409) | 201, 200; 202 and a monitor; 409, 422 refused |
 * | deactivateLine | `PATCH /service/{id}` `{state: "inactive"}` | 200; 404 counts as done; 202 and a monitor; 409, 422 refused |
 *
 * A refusal's body is TM Forum's `{code, reason}`. 401, 403, 429 and 503 mean busy; all else is lost, and so is what was accepted (202)
 * and is not done in time. docs/api/provisioning.openapi.json is the whole contract.
 */
export interface Provisioning {
  activateLine(
    request: { iccid: Iccid; eid?: Eid | undefined; orderId: string; subscriberId: string; planId: string },
    context: CallContext,
  ): Promise<CallResult<Record<string, never>>>
  deactivateLine(request: { iccid: Iccid }, context: CallContext): Promise<CallResult<Record<string, never>>>
}

/** What is known of a person's identity before they may buy. `reason`: a short code such as `document`; the portal has words for some. */
export type IdentityDecision =
  | { decision: 'allowed' }
  /** The person must do something first; `url` (https) says where. */
  | { decision: 'needed'; reason?: string | undefined; url?: string | undefined }
  | { decision: 'refused'; reason?: string | undefined }

/**
 * Identity check, over HTTP at `IDENTITY_CHECK_URL`: where a country's law wants to know who buys a SIM, the operator's own system is
 * asked before an order is placed. `POST /identity-checks` `{subscriberId, planId, market?}` → 200 `{decision, reason?, url?}`. Any other
 * answer means that nobody knows, and nothing is sold. docs/api/identity-check.openapi.json is the whole contract.
 */
export interface IdentityCheck {
  check(
    request: { subscriberId: string; planId: string; market?: string | undefined },
    context: CallContext,
  ): Promise<CallResult<IdentityDecision>>
}

// ── Time, chance, log ────────────────────────────────────────────────────────────────────────────────────────────────

/** The clock, so that tests can move it. */
export type Clock = () => Date

/**
 * Calls `then` once after `ms` milliseconds. The function that it returns calls that off. Beside the clock, so that whoever moves the
 * clock moves the timeouts too.
 */
export type StartTimer = (ms: number, then: () => void) => () => void

/**
 * Structured log. Fields are flat; identifiers of people, devices and SIMs are masked by `maskIdentifier` before they get here,
 * and the adapter masks whatever still looks like one.
 */
export interface Log {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  /** `cause`: what was thrown; everything else as for the other levels. */
  error(event: string, fields?: { cause?: unknown } & Record<string, unknown>): void
  /** A log whose every line carries these fields too, such as the transaction id. */
  with(fields: LogFields): Log
}
export type LogFields = Record<string, string | number | boolean | undefined>
