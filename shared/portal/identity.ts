import type { Visit } from './visit'
import { wordsFor } from './words'

/** A person waits this long for the answer, in milliseconds. */
const patienceMs = 2_000

/**
 * Asks whether this person may buy this plan, where the operator has an identity check.
 *
 * @param again where the person goes on once the check is passed; the choices stay
 * @returns the page that says what stands in the way; undefined: go on. Where nobody knows, nothing is sold
 */
export async function identityHindrance(
  visit: Visit,
  subscriberId: string,
  planId: string,
  again: string,
): Promise<Response | undefined> {
  const { identityCheck, randomBytes } = visit.portal
  if (identityCheck === undefined) return undefined
  const callId = Buffer.from(randomBytes(16)).toString('base64url')
  const market = visit.session?.value.device.market
  const context = { callId, signal: AbortSignal.timeout(patienceMs) }
  const answer = await identityCheck.check(
    { subscriberId, planId, ...(market === undefined ? {} : { market }) },
    context,
  )
  const frame = visit.frame('/portal/review', { canCancel: true })
  if (!answer.ok) {
    visit.log.warn('portal.identity_failed', { kind: answer.kind, code: answer.code })
    return visit.message({ kind: 'identity-unknown', status: 503, nextPath: again }, frame, { 'Retry-After': '30' })
  }
  const { value } = answer
  if (value.decision === 'allowed') return undefined
  visit.log.info('portal.identity', {
    decision: value.decision,
    ...(value.reason === undefined ? {} : { reason: value.reason }),
  })
  if (value.decision === 'refused') {
    return visit.message({ kind: 'identity-refused', status: 403, nextPath: '/portal/plans' }, frame)
  }
  const { identity } = wordsFor(visit.language)
  const { reason = '' } = value
  const text = Object.hasOwn(identity, reason) ? identity[reason] : undefined
  const notice = text === undefined ? {} : { notice: { kind: 'info', text } as const }
  const view = { kind: 'identity-needed', status: 403, nextPath: again } as const
  return visit.message(
    { ...view, ...(value.url === undefined ? {} : { elsewhere: value.url }) },
    { ...frame, ...notice },
  )
}
