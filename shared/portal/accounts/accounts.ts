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
  /** At least 32 bytes; changing it makes every login unknown. */
  loginKey: () => Promise<Uint8Array>
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

/** Opens the local accounts. */
export function createAccounts({ documents, loginKey, randomBytes }: AccountsOptions): Accounts {
  const idsOf = async (email: string) => {
    const key = await loginKey()
    // An unreadable address is looked up all the same: it is unknown, at the same cost.
    const name = normaliseEmail(email) ?? email.slice(0, 300)
    return { login: loginId(key, name, 'login'), attempts: loginId(key, name, 'attempts') }
  }

  const check = async (attempts: string, login: Login | undefined, password: string): Promise<SignInResult> => {
    if (!(await passwordMatches(password, login?.password)) || !login) return { ok: false, reason: 'mismatch' }
    await forgetAttempts(documents, attempts)
    return { ok: true, subscriberId: login.subscriberId, created: false }
  }

  const read = async (id: string) => (await documents.get<Login>('logins', id, id))?.value

  return {
    async signIn(email, password, now) {
      const ids = await idsOf(email)
      if (!(await mayTry(documents, ids.attempts, now))) return { ok: false, reason: 'locked' }
      return check(ids.attempts, await read(ids.login), password)
    },

    async signUp(email, password, now) {
      const ids = await idsOf(email)
      if (!(await mayTry(documents, ids.attempts, now))) return { ok: false, reason: 'locked' }
      const existing = await read(ids.login)
      if (existing) return check(ids.attempts, existing, password)
      const login: Login = {
        schema: 1,
        subscriberId: toCrockford(randomBytes(17), 26).toLowerCase(),
        kind: 'local',
        password: await hashPassword(password, randomBytes(saltBytes)),
        createdAt: now.toISOString(),
      }
      const written = await documents.insert('logins', ids.login, ids.login, login)
      if (!written.ok) return check(ids.attempts, await read(ids.login), password)
      await forgetAttempts(documents, ids.attempts)
      return { ok: true, subscriberId: login.subscriberId, created: true }
    },
  }
}
