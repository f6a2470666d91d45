/**
 * The life of one profile at an SM-DP+, as a pure function: state and event in, new state or status code out.
 * @see SGP.22 v2.2 §3.1.6 (states and transitions), §5.3.1 to §5.3.4 (status codes)
 */

/** States of SGP.22 §3.1.6. */
export type ProfileState =
  | 'Available'
  | 'Allocated'
  | 'Linked'
  | 'Confirmed'
  | 'Released'
  | 'Downloaded'
  | 'Installed'
  | 'Error'
  | 'Unavailable'

/** A profile in the SM-DP+'s inventory. `iccid` is without padding. */
export interface Profile {
  iccid: string
  profileType: string
  name: string
  state: ProfileState
  /** Tied to the order by the operator. */
  eid?: string
  /** The device that took the package; from then on no other gets it. */
  deviceEid?: string
  matchingId?: string
  releaseFlag?: boolean
  /** Downloads begun for this order. */
  attempts: number
}

/** Reasons of ES9+.CancelSession (SGP.22 §5.6.5). */
export type CancelReason =
  | 'endUserRejection'
  | 'postponed'
  | 'timeout'
  | 'pprNotAllowed'
  | 'metadataMismatch'
  | 'loadBppExecutionError'
  | 'undefinedReason'

/** What can happen to a profile: the four functions of ES2+, and what its device does. */
export type ProfileEvent =
  | { type: 'downloadOrder'; eid?: string | undefined }
  | { type: 'confirmOrder'; eid?: string | undefined; matchingId: string; releaseFlag: boolean }
  | { type: 'releaseProfile' }
  | {
      type: 'cancelOrder'
      eid?: string | undefined
      matchingId?: string | undefined
      finalState: 'Available' | 'Unavailable'
    }
  | { type: 'authenticate'; eid: string }
  | { type: 'ineligible'; code: string }
  | { type: 'package'; eid: string; rebind?: boolean | undefined }
  | { type: 'installation'; success: boolean }
  | { type: 'cancelSession'; reason: CancelReason }

/** What differs between SM-DP+s. */
export interface ProfileRules {
  /** Downloads that may be begun per order. */
  downloadLimit: number
  /** A repeated, identical confirmOrder succeeds. An optional feature; off here by default, as the stricter case. */
  allowRepeatedConfirm: boolean
}

/** A point of handleDownloadProgressInfo that an event leads to (SGP.22 §5.3.5, table 32a). */
export interface NoticePoint {
  point: 1 | 2 | 3 | 4
  success: boolean
  code?: string
}

/**
 * Outcome of an event. `rejected`: nothing but what `profile` shows has changed; `code` is `subject/reason`.
 * A rejected download may end the order: `profile` is then in Error.
 */
export type Step =
  | { ok: true; profile: Profile; notice?: NoticePoint }
  | { ok: false; code: string; profile: Profile; notice?: NoticePoint }

/** Status codes of a cancelled session (table 32b). `postponed` and `timeout` keep the order and are not reported. */
const cancelCodes: Record<Exclude<CancelReason, 'postponed' | 'timeout'>, string> = {
  endUserRejection: '8.8.5/3.8',
  pprNotAllowed: '8.2.8/1.2',
  metadataMismatch: '8.2.9/3.11',
  loadBppExecutionError: '8.2.10/4.2',
  undefinedReason: '8/4.2',
}

const cancellable: readonly ProfileState[] = ['Allocated', 'Linked', 'Confirmed', 'Released', 'Error']

/** Applies one event to one profile. */
export function step(profile: Profile, event: ProfileEvent, rules: ProfileRules): Step {
  const refuse = (code: string): Step => ({ ok: false, code, profile })
  const move = (state: ProfileState, changes: Partial<Profile> = {}): Step => ({
    ok: true,
    profile: { ...profile, ...changes, state },
  })
  /** Ends the order: the device side is refused and the operator is told. */
  const fail = (code: string, point: NoticePoint['point']): Step => ({
    ok: false,
    code,
    profile: { ...profile, state: 'Error' },
    notice: { point, success: false, code },
  })
  const isForeign = (eid: string) => {
    const bound = profile.eid ?? profile.deviceEid
    return bound !== undefined && bound !== eid
  }
  const downloadable = profile.state === 'Released' || profile.state === 'Downloaded'

  switch (event.type) {
    case 'downloadOrder':
      if (profile.state !== 'Available') return refuse('8.2.1/3.3')
      return event.eid === undefined ? move('Allocated') : move('Linked', { eid: event.eid })

    case 'confirmOrder': {
      const { eid = profile.eid, matchingId, releaseFlag } = event
      if (event.eid !== undefined && profile.eid !== undefined && event.eid !== profile.eid) return refuse('8.1.1/3.10')
      if (profile.state !== 'Allocated' && profile.state !== 'Linked') {
        const repeated =
          (profile.state === 'Confirmed' || profile.state === 'Released') &&
          profile.matchingId === matchingId &&
          profile.eid === eid &&
          profile.releaseFlag === releaseFlag
        return repeated && rules.allowRepeatedConfirm ? { ok: true, profile } : refuse('8.2.1/3.3')
      }
      if (matchingId === '' && eid === undefined) return refuse('8.1.1/2.2')
      return move(releaseFlag ? 'Released' : 'Confirmed', {
        ...(eid !== undefined && { eid }),
        matchingId,
        releaseFlag,
      })
    }

    case 'releaseProfile':
      // The note to table 32: a profile that is already released answers success, without action.
      return profile.state === 'Confirmed' || profile.state === 'Released' ? move('Released') : refuse('8.2.1/3.5')

    case 'cancelOrder': {
      if (!cancellable.includes(profile.state)) return refuse('8.2.1/3.3')
      // Must be sent once they are tied; sent too early they contradict nothing.
      if (profile.eid !== undefined && event.eid !== profile.eid) return refuse('8.2.1/3.10')
      if (profile.matchingId !== undefined && event.matchingId !== profile.matchingId) return refuse('8.2.6/3.10')
      const { iccid, profileType, name } = profile
      return { ok: true, profile: { iccid, profileType, name, state: event.finalState, attempts: 0 } }
    }

    case 'authenticate':
      if (profile.state === 'Confirmed') return refuse('8.2/1.2')
      if (!downloadable) return refuse('8.2.6/3.8')
      if (isForeign(event.eid)) return refuse('8.1.1/3.8')
      if (profile.attempts >= rules.downloadLimit) return fail('8.8.5/6.4', 1)
      return { ...move(profile.state, { attempts: profile.attempts + 1 }), notice: { point: 1, success: true } }

    case 'ineligible':
      return downloadable ? fail(event.code, 1) : refuse('8.2.6/3.8')

    case 'package':
      if (!downloadable) return refuse('8.10.1/3.9')
      if (isForeign(event.eid)) return refuse('8.1.1/3.8')
      // The package is bound to keys of the first session; other keys would need a new binding.
      if (profile.state === 'Downloaded' && event.rebind === true) return fail('8.2/3.7', 3)
      return { ...move('Downloaded', { deviceEid: event.eid }), notice: { point: 3, success: true } }

    case 'installation':
      if (profile.state !== 'Downloaded') return refuse('8.10.1/3.9')
      return event.success
        ? { ...move('Installed'), notice: { point: 4, success: true } }
        : { ...move('Error'), notice: { point: 4, success: false, code: '8.2.10/4.2' } }

    case 'cancelSession': {
      if (!downloadable) return refuse('8.10.1/3.9')
      if (event.reason === 'postponed' || event.reason === 'timeout') return { ok: true, profile }
      const code = cancelCodes[event.reason]
      const point = profile.state === 'Released' ? 3 : 4
      return { ...move('Error'), notice: { point, success: false, code } }
    }
  }
}
