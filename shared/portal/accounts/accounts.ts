import { toCrockford } from '../../domain/crockford'
import type { DocumentStore } from '../../platform/ports'
import { forgetAttempts, mayTry } from './attempts'
import { loginId, normaliseEmail } from './email'
import { hashPassword, type PasswordHash, passwordMatches, saltBytes } from './passwords'

/** Credential of a local account: container `logins`, partition and id by `loginId(…, 'login')`. Sign-up is the insert of this. */
export interface Login {
  schema: 1
  subscriberId: string
  kind: 'local'
  password: PasswordHash
  /** ISO 8601. */
  createdAt: string
}

/** What accounts need of the world. */
export interface AccountsOptions {
  documents: DocumentStore
  /** At least 32 bytes. Changing it makes every login unknown, but for those under one of `olderLoginKeys`. */
  loginKey: () => Promise<Uint8Array>
  /** Keys of before, and one that is to come: logins under them are found, and moved to `loginKey` when their owners sign in. */
  olderLoginKeys?: (() => Promise<readonly Uint8Array[]>) | undefined
  randomBytes: (count: number) => Uint8Array
}

/** Answer of signing in or up. `mismatch` says no more than that the two do not go together. */
export type SignInResult =
  | { ok: true; subscriberId: string; created: boolean }
  | { ok: false; reason: 'mismatch' | 'locked' }

/** Local accounts: e-mail and password. */
export interface Accounts {
  /**
   * Checks e-mail and password. Unknown addresses take the same work and the same locks as known ones.
   *
   * @throws {StoreUnavailableError} {@link TooBusyError}
   */
  signIn(email: string, password: string, now: Date): Promise<SignInResult>
  /**
   * Makes an account; the caller has checked both texts. Where the address has one already, this is a sign-in: the right password
   * opens it, a wrong one is a `mismatch` and counts as a failed try.
   *
   * @throws {StoreUnavailableError} {@link TooBusyError}
   */
  signUp(email: string, password: string, now: Date): Promise<SignInResult>
}

/** Where one address may be found. */
interface Ids {
  login: string
  olderLogins: readonly string[]
  attempts: string
}

interface Found {
  id: string
  login: Login
}

/** Opens the local accounts. */
export function createAccounts({ documents, loginKey, olderLoginKeys, randomBytes }: AccountsOptions): Accounts {
  const idsOf = async (email: string): Promise<Ids> => {
    const [key, older = []] = await Promise.all([loginKey(), olderLoginKeys?.()])
    // An unreadable address is looked up all the same: it is unknown, at the same cost.
    const name = normaliseEmail(email) ?? email.slice(0, 300)
    const login = loginId(key, name, 'login')
    const olderLogins = older.map((olderKey) => loginId(olderKey, name, 'login'))
    return { login, olderLogins, attempts: loginId(key, name, 'attempts') }
  }

  const check = async (ids: Ids, found: Found | undefined, password: string): Promise<SignInResult> => {
    if (!(await passwordMatches(password, found?.login.password)) || !found) return { ok: false, reason: 'mismatch' }
    if (found.id !== ids.login) await move(found, ids.login)
    await forgetAttempts(documents, ids.attempts)
    return { ok: true, subscriberId: found.login.subscriberId, created: false }
  }

  /** To the current key. Ending in between leaves the same login under both, and the next sign-in finds the first. */
  const move = async ({ id, login }: Found, to: string) => {
    await documents.insert('logins', to, to, login)
    await documents.delete('logins', id, id)
  }

  /** Under every key at once: how long it takes does not tell under which one, or whether there is a login at all. */
  const read = async (ids: Ids): Promise<Found | undefined> => {
    const all = [ids.login, ...ids.olderLogins]
    const stored = await Promise.all(all.map((id) => documents.get<Login>('logins', id, id)))
    const first = stored.find((login) => login !== undefined)
    return first && { id: first.id, login: first.value }
  }

  return {
    async signIn(email, password, now) {
      const ids = await idsOf(email)
      if (!(await mayTry(documents, ids.attempts, now))) return { ok: false, reason: 'locked' }
      return check(ids, await read(ids), password)
    },

    async signUp(email, password, now) {
      const ids = await idsOf(email)
      if (!(await mayTry(documents, ids.attempts, now))) return { ok: false, reason: 'locked' }
      const existing = await read(ids)
      if (existing) return check(ids, existing, password)
      const login: Login = {
        schema: 1,
        subscriberId: toCrockford(randomBytes(17), 26).toLowerCase(),
        kind: 'local',
        password: await hashPassword(password, randomBytes(saltBytes)),
        createdAt: now.toISOString(),
      }
      const written = await documents.insert('logins', ids.login, ids.login, login)
      if (!written.ok) return check(ids, await read(ids), password)
      await forgetAttempts(documents, ids.attempts)
      return { ok: true, subscriberId: login.subscriberId, created: true }
    },
  }
}
