import * as v from 'valibot'
import { readContractAnswer } from './http-contract'
import { createPartnerCaller, type PartnerConfig } from './partner'
import type { IdentityCheck } from './ports'

/** The port and the end of its connections. */
export type IdentityCheckClient = IdentityCheck & { close(): Promise<void> }

/** A person waits for the answer. */
const patienceMs = 2_000

/** What is no code, or no https address, is left out rather than shown. */
const reason = v.fallback(v.optional(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,39}$/))), undefined)
const link = v.fallback(
  v.optional(
    v.pipe(
      v.string(),
      v.maxLength(2_000),
      v.check((text) => URL.canParse(text) && new URL(text).protocol === 'https:'),
    ),
  ),
  undefined,
)
const decision = v.variant('decision', [
  v.object({ decision: v.literal('allowed') }),
  v.object({ decision: v.literal('needed'), reason, url: link }),
  v.object({ decision: v.literal('refused'), reason }),
])

/**
 * The identity check over HTTP and JSON: `POST /identity-checks`; the contract is docs/api/identity-check.openapi.json. It is a question
 * that changes nothing, so it carries no idempotency key.
 *
 * @throws {HttpCallerConfigError} when the URL is not https (or http to this machine)
 */
export function createIdentityCheck(config: PartnerConfig): IdentityCheckClient {
  const http = createPartnerCaller({ callTimeoutMs: patienceMs, ...config })
  return {
    async check({ subscriberId, planId, market }, context) {
      const answer = await http.call({
        method: 'POST',
        path: '/identity-checks',
        headers: { 'x-call-id': context.callId },
        body: { subscriberId, planId, market },
        signal: context.signal,
      })
      const operation = 'identity check'
      return readContractAnswer(answer, { operation, success: [200], schema: decision, log: config.log })
    },
    close: () => http.close(),
  }
}
