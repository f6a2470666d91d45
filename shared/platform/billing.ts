import * as v from 'valibot'
import { emptyObject, type Reading, readContractAnswer } from './http-contract'
import { createPartnerCaller, type PartnerConfig } from './partner'
import type { Billing, CallContext, CallResult } from './ports'

/** The port and the end of its connections. */
export type BillingClient = Billing & { close(): Promise<void> }

const reference = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const instrument = v.object({
  ref: reference,
  kind: v.picklist(['account', 'voucher']),
  label: v.pipe(v.string(), v.maxLength(200)),
  onFile: v.boolean(),
})
const authorisationPath = (id: string) => `/authorisations/${encodeURIComponent(id)}`
const subscriberPath = (id: string) => `/subscribers/${encodeURIComponent(id)}`

/**
 * Billing over HTTP and JSON; the contract is docs/api/billing.openapi.json. Each call carries its `X-Call-Id`, each POST its
 * `Idempotency-Key`.
 *
 * @throws {HttpCallerConfigError} when the URL is not https (or http to this machine)
 */
export function createBilling(config: PartnerConfig): BillingClient {
  const http = createPartnerCaller(config)
  const { log } = config

  async function post<T>(
    request: { path: string; key: string; body: object },
    reading: Reading<T>,
    context: CallContext,
  ): Promise<CallResult<T>> {
    const answer = await http.call({
      method: 'POST',
      path: request.path,
      headers: { 'idempotency-key': request.key, 'x-call-id': context.callId },
      body: request.body,
      signal: context.signal,
    })
    return readContractAnswer(answer, { ...reading, log })
  }

  return {
    async instruments(subscriberId, context) {
      const answer = await http.call({
        method: 'GET',
        path: `${subscriberPath(subscriberId)}/instruments`,
        headers: { 'x-call-id': context.callId },
        signal: context.signal,
      })
      const schema = v.object({ instruments: v.array(instrument) })
      return readContractAnswer(answer, {
        operation: 'billing instruments',
        success: [200],
        schema,
        log,
      })
    },

    redeemVoucher({ subscriberId, code, key }, context) {
      return post(
        { path: `${subscriberPath(subscriberId)}/vouchers`, key, body: { code } },
        { operation: 'billing redeemVoucher', success: [201], schema: instrument },
        context,
      )
    },

    authorise({ key, ...body }, context) {
      return post(
        { path: '/authorisations', key, body },
        {
          operation: 'billing authorise',
          success: [201],
          schema: v.object({ authorisationId: reference }),
        },
        context,
      )
    },

    capture({ authorisationId, amountMinor, key }, context) {
      return post(
        { path: `${authorisationPath(authorisationId)}/capture`, key, body: { amountMinor } },
        { operation: 'billing capture', success: [200], schema: emptyObject },
        context,
      )
    },

    void({ authorisationId, key }, context) {
      return post(
        { path: `${authorisationPath(authorisationId)}/void`, key, body: {} },
        { operation: 'billing void', success: [200], schema: emptyObject },
        context,
      )
    },

    refund({ authorisationId, amountMinor, key }, context) {
      return post(
        { path: `${authorisationPath(authorisationId)}/refund`, key, body: { amountMinor } },
        { operation: 'billing refund', success: [200], schema: emptyObject },
        context,
      )
    },

    close: () => http.close(),
  }
}
