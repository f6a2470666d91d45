import { createHash } from 'node:crypto'
import type { DocumentStore, Stored } from '../../platform/ports'
import type { Session } from './session'

/** A session as this request found it. */
export interface LiveSession {
  /** SHA-256 of the id, in hexadecimal: the key in the store. */
  key: string
  value: Session
  etag: string
}

/** The session changed under our hands again and again; the page asks to try again. */
export class SessionContentionError extends Error {
  readonly code = 'session_contention'
  constructor() {
    super('the session changed again and again while it was being written')
    this.name = 'SessionContentionError'
  }
}

/** Reads and writes sessions. All of them reject with {@link StoreUnavailableError} when the store does not answer. */
export interface Sessions {
  find(id: string): Promise<LiveSession | undefined>
  findByKey(key: string): Promise<LiveSession | undefined>
  /** Stores a new session under a new id. */
  open(value: Session): Promise<{ id: string; session: LiveSession }>
  /**
   * Applies a change, again on the newest version when another request was faster. A change that returns the very same object
   * writes nothing.
   *
   * @returns the session as it then stands; undefined when it has ended meanwhile
   * @throws {SessionContentionError}
   */
  change(session: LiveSession, by: (value: Session) => Session): Promise<LiveSession | undefined>
  end(session: LiveSession): Promise<void>
}

/** Characters of an id: 32 random bytes in base64url. */
const idPattern = /^[A-Za-z0-9_-]{43}$/

/** Opens the sessions. */
export function createSessions(options: {
  documents: DocumentStore
  randomBytes: (count: number) => Uint8Array
}): Sessions {
  const { documents, randomBytes } = options

  const findByKey = async (key: string): Promise<LiveSession | undefined> => {
    const stored = await documents.get<Session>('sessions', key, key)
    return stored && isSession(stored) ? { key, value: stored.value, etag: stored.etag } : undefined
  }

  return {
    find: async (id) => (idPattern.test(id) ? findByKey(keyOf(id)) : undefined),
    findByKey,

    async open(value) {
      const id = Buffer.from(randomBytes(32)).toString('base64url')
      const key = keyOf(id)
      const written = await documents.insert('sessions', key, key, value)
      if (!written.ok) throw new SessionContentionError()
      return { id, session: { key, value, etag: written.etag } }
    },

    async change(session, by) {
      let current: LiveSession | undefined = session
      for (let round = 0; round < 6 && current; round += 1) {
        const value: Session = by(current.value)
        if (value === current.value) return current
        const written = await documents.replace('sessions', current.key, current.key, value, current.etag)
        if (written.ok) return { key: current.key, value, etag: written.etag }
        current = await findByKey(current.key)
      }
      if (current) throw new SessionContentionError()
      return undefined
    },

    end: async ({ key }) => {
      await documents.delete('sessions', key, key)
    },
  }
}

/** Requests for device identifiers live in the same container. */
function isSession(stored: Stored<Session>): boolean {
  return stored.value.schema === 1 && typeof stored.value.csrf === 'string'
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}
