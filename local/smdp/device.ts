import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { endsOrder, meaningOf, splitCode, windowsErrorOf } from './codes'
import type { Steps } from './exchange'
import type { Reply } from './http'
import type { Profile, ProfileEvent } from './profile'
import type { DeviceFunction } from './types'
import type { Session, World } from './world'

const keptSessions = 5_000

const cancelReasons = [
  'postponed',
  'timeout',
  'endUserRejection',
  'pprNotAllowed',
  'metadataMismatch',
  'loadBppExecutionError',
  'undefinedReason',
] as const

const schemas = {
  authenticate: v.object({ matchingId: v.string(), eid: v.pipe(v.string(), v.regex(/^\d{32}$/)) }),
  package: v.object({ transactionId: v.string(), rebind: v.optional(v.boolean()) }),
  result: v.object({ transactionId: v.string(), success: v.boolean(), windowsError: v.optional(v.string()) }),
  cancel: v.object({ transactionId: v.string(), reason: v.picklist(cancelReasons) }),
}

/** Whether a path element names a step of the device. */
export function isDeviceFunction(text: string): text is DeviceFunction {
  return Object.hasOwn(schemas, text)
}

function refusal(code: string): Reply {
  const { subjectCode: subject, reasonCode: reason } = splitCode(code)
  return {
    status: 409,
    body: { error: { windowsError: windowsErrorOf(code), subject, reason, message: meaningOf(code) } },
  }
}

const badRequest: Reply = { status: 400, body: { error: { message: 'the body does not fit this step' } } }

/** Size that Windows shows; any number serves that stays the same for a profile. */
function sizeKB(profile: Profile): number {
  return 24 + (Number(profile.iccid.slice(-4)) % 24)
}

/** Applies an event, reports it to the operator where that is due, and answers. */
function advance(
  world: World,
  profile: Profile,
  eid: string,
  event: ProfileEvent,
  success: (after: Profile) => unknown,
): Reply {
  const result = world.registry.apply(profile, event, world.now())
  if (result.notice) world.notifier.report(result.profile, result.notice, { eid })
  return result.ok ? { status: 200, body: success(result.profile) } : refusal(result.code)
}

/** The session and its profile, as long as the order that the session was begun for still stands. */
function openSession(world: World, transactionId: string): { session: Session; profile: Profile } | undefined {
  const session = world.sessions.get(transactionId)
  const profile = session && world.registry.get(session.iccid)
  return session && profile && profile.matchingId === session.matchingId ? { session, profile } : undefined
}

/** A step on a session; unknown sessions are refused as ES9+ does. */
function sessionSteps(
  world: World,
  transactionId: string,
  act: (session: Session, profile: Profile) => Reply,
): Steps & { iccid?: string } {
  const found = openSession(world, transactionId)
  if (!found) return { work: () => refusal('8.10.1/3.9'), refuse: refusal }
  const { session, profile } = found
  return {
    iccid: profile.iccid,
    work() {
      const current = openSession(world, transactionId) // the order may have been cancelled while a fault held the call
      return current ? act(current.session, current.profile) : refusal('8.10.1/3.9')
    },
    refuse: (code) => refuseDownload(world, profile, session.eid, code),
  }
}

function refuseDownload(world: World, profile: Profile | undefined, eid: string, code: string): Reply {
  if (!profile || !endsOrder(code)) return refusal(code)
  return advance(world, profile, eid, { type: 'ineligible', code }, () => ({}))
}

/** The steps of one device call, ready for {@link exchange}. `iccid` names the profile for faults. */
export function deviceSteps(name: DeviceFunction, body: unknown, world: World): Steps & { iccid?: string } {
  const invalid: Steps = { work: () => badRequest, refuse: refusal }
  switch (name) {
    case 'authenticate': {
      const input = v.safeParse(schemas.authenticate, body)
      if (!input.success) return invalid
      const { matchingId, eid } = input.output
      const find = () => world.registry.byMatchingId(matchingId, eid)
      const target = find()
      return {
        ...(target && { iccid: target.iccid }),
        refuse: (code) => refuseDownload(world, find(), eid, code),
        work() {
          const profile = find()
          if (!profile) return refusal('8.2.6/3.8')
          return advance(world, profile, eid, { type: 'authenticate', eid }, (after) => {
            const transactionId = randomUUID()
            for (const oldest of world.sessions.keys()) {
              if (world.sessions.size < keptSessions) break
              world.sessions.delete(oldest)
            }
            world.sessions.set(transactionId, { iccid: after.iccid, eid, matchingId, ended: false })
            return {
              transactionId,
              iccid: after.iccid,
              profileName: after.name,
              profileType: after.profileType,
              sizeKB: sizeKB(after),
            }
          })
        },
      }
    }
    case 'package': {
      const input = v.safeParse(schemas.package, body)
      if (!input.success) return invalid
      const { transactionId, rebind } = input.output
      return sessionSteps(world, transactionId, ({ eid }, profile) =>
        advance(world, profile, eid, { type: 'package', eid, rebind }, (after) => ({ sizeKB: sizeKB(after) })),
      )
    }
    case 'result':
    case 'cancel': {
      const input = name === 'result' ? v.safeParse(schemas.result, body) : v.safeParse(schemas.cancel, body)
      if (!input.success) return invalid
      const { output } = input
      const event: ProfileEvent =
        'success' in output
          ? { type: 'installation', success: output.success }
          : { type: 'cancelSession', reason: output.reason }
      return sessionSteps(world, output.transactionId, (session, profile) => {
        // Devices repeat a report until they know that it arrived.
        if (session.ended) return { status: 200, body: { state: profile.state } }
        const reply = advance(world, profile, session.eid, event, (after) => ({ state: after.state }))
        session.ended = reply.status === 200
        return reply
      })
    }
  }
}
