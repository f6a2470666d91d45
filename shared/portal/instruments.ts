import { createHash } from 'node:crypto'
import type { CallContext, CallResult, PaymentInstrument } from '../platform/ports'
import type { Visit } from './visit'

/** A page waits this long for billing, in milliseconds. */
const patienceMs = 5000
/** More than anybody chooses from; keeps the session small. */
const mostInstruments = 20

/**
 * Ways to pay, asked of billing once per visit.
 *
 * @returns undefined when billing cannot be asked now. A refusal counts as "none on file": a voucher may still be added
 */
export async function paymentInstruments(
  visit: Visit,
  subscriberId: string,
): Promise<readonly PaymentInstrument[] | undefined> {
  const known = visit.session?.value.draft.instruments
  if (known) return known
  const answer = await visit.portal.billing.instruments(subscriberId, callContext(visit))
  if (!answer.ok) {
    visit.log.warn('portal.instruments_failed', { kind: answer.kind, code: answer.code })
    return answer.kind === 'refused' ? [] : undefined
  }
  const instruments = answer.value.instruments.slice(0, mostInstruments)
  await visit.change((session) => ({ ...session, draft: { ...session.draft, instruments } }))
  return instruments
}

/**
 * Turns a voucher code into a way to pay. The key is the same for a person's code all day long: a double click, or another try after a
 * lost answer, redeems once.
 */
export async function redeemVoucher(
  visit: Visit,
  subscriberId: string,
  code: string,
): Promise<CallResult<PaymentInstrument>> {
  const day = visit.now.toISOString().slice(0, 10)
  const key = createHash('sha256').update(`voucher\n${subscriberId}\n${code}\n${day}`).digest('hex')
  const answer = await visit.portal.billing.redeemVoucher({ subscriberId, code, key }, callContext(visit))
  visit.log.info('portal.voucher', { result: answer.ok ? 'ok' : answer.code })
  await visit.change((session) => {
    const { instruments, ...draft } = session.draft
    // An answer that was lost may have had its effect: billing is asked again.
    if (!answer.ok) return { ...session, draft }
    const others = (instruments ?? []).filter(({ ref }) => ref !== answer.value.ref)
    const all = instruments === undefined ? {} : { instruments: [...others, answer.value].slice(-mostInstruments) }
    return { ...session, draft: { ...draft, ...all, instrument: answer.value.ref } }
  })
  return answer
}

function callContext(visit: Visit): CallContext {
  const callId = Buffer.from(visit.portal.randomBytes(16)).toString('base64url')
  return { callId, signal: AbortSignal.timeout(patienceMs) }
}
