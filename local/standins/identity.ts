import * as v from 'valibot'
import { type Answer, refusal } from './answer'

/** What the stand-in answers when it is asked about a person; everybody else is allowed. */
const decisionSchema = v.variant('decision', [
  v.object({ decision: v.literal('allowed') }),
  v.object({ decision: v.literal('needed'), reason: v.optional(v.string()), url: v.optional(v.string()) }),
  v.object({ decision: v.literal('refused'), reason: v.optional(v.string()) }),
])
export type Decision = v.InferOutput<typeof decisionSchema>

/** Decisions by subscriber; the key `*` is for all who have none of their own. */
export type IdentityState = Record<string, Decision>

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const question = v.object({
  subscriberId: text,
  planId: text,
  market: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]{2}$/))),
})
const control = v.intersect([v.object({ subscriberId: v.optional(text, '*') }), decisionSchema])

/** `POST /identity-checks`. */
export function checkIdentity(decisions: IdentityState, body: unknown): Answer {
  const request = v.safeParse(question, body)
  if (!request.success) return refusal(400, 'body_malformed', 'the body does not have the documented form')
  return { status: 200, body: decisions[request.output.subscriberId] ?? decisions['*'] ?? { decision: 'allowed' } }
}

/** `POST /control/identity`: decides about one subscriber, or about all. */
export function decideIdentity(decisions: IdentityState, body: unknown): Answer {
  const request = v.safeParse(control, body)
  if (!request.success) return refusal(400, 'decision_malformed', 'decision is allowed, needed or refused')
  const { subscriberId, ...decision } = request.output
  decisions[subscriberId] = decision
  return { status: 201, body: { subscriberId, ...decision } }
}
