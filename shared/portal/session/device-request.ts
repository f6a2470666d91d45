import { createHash } from 'node:crypto'
import type { DocumentStore } from '../../platform/ports'
import { placeOf, type Session, type SessionDevice, withDevice } from './session'
import type { LiveSession, Sessions } from './sessions'

/** How long Windows Settings has time to answer, in milliseconds. */
export const deviceRequestMs = 15 * 60_000

/**
 * A question for identifiers that Windows Settings may answer in another browser, without our cookie: container `sessions`, partition and
 * id by the hash of `state`. Single use: the first answer is kept, any further one changes nothing.
 */
interface DeviceRequest {
  schema: 1
  /** Of the session that waits. */
  sessionKey: string
  answer?: Pick<SessionDevice, 'eid' | 'imei' | 'make' | 'model'>
  expiresAt: string
}

/** What came back from Windows Settings: a claim. */
export type DeviceAnswer = NonNullable<DeviceRequest['answer']>

/**
 * The `state` to put into the link. One that is still good is used again, so that reloading the page spoils nothing.
 *
 * @throws {StoreUnavailableError}
 */
export async function requestDevice(
  store: { documents: DocumentStore; randomBytes: (count: number) => Uint8Array },
  session: LiveSession,
  now: Date,
): Promise<{ state: string; expiresAt: string }> {
  const present = session.value.deviceRequest
  if (present && Date.parse(present.expiresAt) - now.getTime() > deviceRequestMs / 3) return present
  const state = Buffer.from(store.randomBytes(24)).toString('base64url')
  const expiresAt = new Date(now.getTime() + deviceRequestMs).toISOString()
  const request: DeviceRequest = { schema: 1, sessionKey: session.key, expiresAt }
  await store.documents.insert('sessions', keyOf(state), keyOf(state), request)
  return { state, expiresAt }
}

/**
 * Takes the answer for the session that asked. Safe to repeat: a repetition applies the first answer again.
 *
 * @returns the session that asked, as it then stands; undefined for a state that is unknown or too old
 * @throws {StoreUnavailableError}
 */
export async function answerDevice(
  store: { documents: DocumentStore; sessions: Sessions },
  state: string,
  answer: DeviceAnswer,
): Promise<LiveSession | undefined> {
  const key = keyOf(state)
  const stored = await store.documents.get<DeviceRequest>('sessions', key, key)
  if (!stored?.value.sessionKey) return undefined
  const request = stored.value
  const session = await store.sessions.findByKey(request.sessionKey)
  if (!session) return undefined
  let counted = request.answer
  if (!counted) {
    const written = await store.documents.replace('sessions', key, key, { ...request, answer }, stored.etag)
    const winner = written.ok ? undefined : await store.documents.get<DeviceRequest>('sessions', key, key)
    counted = winner?.value.answer ?? answer
  }
  return store.sessions.change(session, (value) => attached(value, state, counted))
}

/** Only while the session still waits for this answer; afterwards the person may have typed something else. */
function attached(session: Session, state: string, answer: DeviceAnswer): Session {
  if (session.deviceRequest?.state !== state) return session
  const { deviceRequest: _, ...rest } = session
  return withDevice(rest, { ...answer, ...placeOf(session.device) })
}

function keyOf(state: string): string {
  return createHash('sha256').update(`device\n${state}`).digest('hex')
}
