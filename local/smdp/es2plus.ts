import { randomBytes } from 'node:crypto'
import { createMatchingId } from '../../shared/domain/identifiers'
import { meaningOf, splitCode } from './codes'
import type { Step } from './profile'
import { bareIccid } from './registry'
import type { Es2Request } from './requests'
import type { World } from './world'

/** What a function answers: its own output, or a status code. */
export type Outcome = { ok: true; output: Record<string, string> } | { ok: false; code: string; message?: string }

/** The 20-character form, which every version takes. */
export function paddedIccid(iccid: string): string {
  return iccid.length === 19 ? `${iccid}F` : iccid
}

function outcomeOf(result: Step, output: Record<string, string> = {}): Outcome {
  return result.ok ? { ok: true, output } : { ok: false, code: result.code }
}

/** Carries out a function of ES2+ (SGP.22 §5.3.1 to §5.3.4). */
export function perform(request: Es2Request, world: World): Outcome {
  const { registry, traffic } = world
  const now = world.now()
  const { fields } = request

  if (request.function === 'downloadOrder') {
    const { iccid, eid, profileType } = request.fields
    if (iccid === undefined && profileType !== undefined && !registry.knowsType(profileType)) {
      return { ok: false, code: '8.2.5/3.9' }
    }
    const profile = iccid === undefined ? registry.freeOf(profileType ?? '') : registry.get(iccid)
    if (!profile) return { ok: false, code: iccid === undefined ? '8.2.5/3.7' : '8.2.1/3.9' }
    if (profileType !== undefined && profile.profileType !== profileType) return { ok: false, code: '8.2.5/3.8' }
    const result = registry.apply(profile, { type: 'downloadOrder', eid }, now)
    return outcomeOf(result, { iccid: paddedIccid(profile.iccid) })
  }

  const profile = fields.iccid === undefined ? undefined : registry.get(bareIccid(fields.iccid))
  if (!profile) return { ok: false, code: '8.2.1/3.9' }

  switch (request.function) {
    case 'confirmOrder': {
      const { eid, releaseFlag, smdsAddress } = request.fields
      if (smdsAddress !== undefined) return { ok: false, code: '8.9/5.1' }
      // Absent: we make one. Empty: for the default SM-DP+. They differ.
      const matchingId = request.fields.matchingId ?? createMatchingId(randomBytes(13))
      const owner = registry.byMatchingId(matchingId, eid ?? '')
      if (matchingId !== '' && owner !== undefined && owner.iccid !== profile.iccid)
        return { ok: false, code: '8.2.6/3.3' }
      const result = registry.apply(profile, { type: 'confirmOrder', eid, matchingId, releaseFlag }, now)
      if (result.ok && matchingId !== '') traffic.checkMatchingId(request.function, matchingId, profile.iccid)
      return outcomeOf(result, {
        matchingId,
        ...(result.profile.eid !== undefined && { eid: result.profile.eid }),
        ...(world.answerAddress && { smdpAddress: world.address }),
      })
    }
    case 'releaseProfile':
      return outcomeOf(registry.apply(profile, { type: 'releaseProfile' }, now))
    case 'cancelOrder': {
      const { eid, matchingId, finalProfileStatusIndicator: finalState } = request.fields
      return outcomeOf(registry.apply(profile, { type: 'cancelOrder', eid, matchingId, finalState }, now))
    }
  }
}

/** The body of an answer; a failure has HTTP status 200 too (SGP.22 §6.3, §6.5.1.4). */
export function answerBody(outcome: Outcome): Record<string, unknown> {
  if (outcome.ok) return { header: { functionExecutionStatus: { status: 'Executed-Success' } }, ...outcome.output }
  const message =
    outcome.message === undefined ? meaningOf(outcome.code) : `${meaningOf(outcome.code)} (${outcome.message})`
  return {
    header: { functionExecutionStatus: { status: 'Failed', statusCodeData: { ...splitCode(outcome.code), message } } },
  }
}
