/**
 * Secrets of Key Vault, read by identity and kept in memory. A new version is taken up without a restart, and a vault that is away
 * does no harm to what was read before.
 */
import type { TokenCredential } from '@azure/identity'
import type { SecretClient, SecretClientOptions } from '@azure/keyvault-secrets'
import { type CallLimits, callAzure, ServiceRejection } from './azure-call'
import type { Clock, Log } from './ports'
import { startTimer } from './timer'

/** A secret as the vault holds it. The same object comes back for as long as its version is the newest. */
export interface Secret {
  text: string
  /** `application/x-pem-file` and `application/x-pkcs12` for certificates; whatever staff wrote, or nothing, for others. */
  contentType: string | undefined
  version: string
}

/** The vault did not answer, or refused us, and the secret was never read before. Says which secret, never what it holds. */
export class SecretUnavailableError extends Error {
  readonly code = 'secret_unavailable'
  constructor(name: string, reason: string, options?: { cause?: unknown }) {
    super(`the secret ${name} cannot be read: ${reason}`, options)
    this.name = 'SecretUnavailableError'
  }
}

/** See {@link createSecrets}. */
export interface Secrets {
  /**
   * The newest version of a secret; undefined where there is none.
   *
   * @throws {SecretUnavailableError}
   */
  read(name: string): Promise<Secret | undefined>
}

/** Options of {@link createSecrets}. */
export interface SecretsOptions {
  /** `https://NAME.vault.azure.net/`. */
  vaultUrl: string
  credential: TokenCredential
  clock: Clock
  log: Log
  /** Of the library, for tests: whom to trust, and a vault by another name. */
  clientOptions?: SecretClientOptions
}

/** After this time a read also looks for a new version, behind the caller's back. */
export const refreshMs = 10 * 60_000
/** After this time, as when the process slept, a read waits for the newest version, if it comes within `patienceMs`. */
export const staleMs = 60 * 60_000
const patienceMs = 2_000
/** A secret that is not there may be put in at any time; a vault that is away may be back. */
export const retryMs = 60_000

/** What was last read of one secret, and when. */
interface Kept {
  secret: Secret | undefined
  readAt: number
  nextReadAt: number
}

/** Opens a vault. Does no I/O, and loads its library with the first read. */
export function createSecrets({ vaultUrl, credential, clock, log, clientOptions }: SecretsOptions): Secrets {
  const kept = new Map<string, Kept>()
  const reading = new Map<string, Promise<Secret | undefined>>()
  let opened: Promise<SecretClient> | undefined
  const open = async () => {
    const { SecretClient } = await import('@azure/keyvault-secrets')
    // Retries are ours (see azure-call).
    return new SecretClient(vaultUrl, credential, { ...clientOptions, retryOptions: { maxRetries: 0 } })
  }

  async function fetchNewest(name: string): Promise<Secret | undefined> {
    opened ??= open()
    const client = await opened
    try {
      const { value, properties } = await callAzure(limits(name), (abortSignal) =>
        client.getSecret(name, { abortSignal }),
      )
      return { text: value ?? '', contentType: properties.contentType, version: properties.version ?? '' }
    } catch (error) {
      if (error instanceof ServiceRejection && error.status === 404) return undefined
      if (error instanceof ServiceRejection) throw new SecretUnavailableError(name, error.code, { cause: error })
      throw error
    }
  }

  /** Reads now, once for all who ask meanwhile. What was read before survives a failure. */
  function refresh(name: string): Promise<Secret | undefined> {
    const running = reading.get(name)
    if (running) return running
    const started = fetchNewest(name)
      .then((newest) => {
        const before = kept.get(name)?.secret
        const secret = before !== undefined && newest?.version === before.version ? before : newest
        if (before !== undefined && secret !== before) log.info('secret.changed', { secret: name })
        const now = clock().getTime()
        kept.set(name, { secret, readAt: now, nextReadAt: now + (secret === undefined ? retryMs : refreshMs) })
        return secret
      })
      .catch((error: unknown) => {
        const before = kept.get(name)
        if (before === undefined) throw error
        log.warn('secret.not_refreshed', { secret: name, reason: error instanceof Error ? error.message : 'unknown' })
        before.nextReadAt = clock().getTime() + retryMs
        return before.secret
      })
      .finally(() => reading.delete(name))
    reading.set(name, started)
    return started
  }

  return {
    async read(name) {
      const known = kept.get(name)
      const now = clock().getTime()
      if (known === undefined) return refresh(name)
      if (now < known.nextReadAt) return known.secret
      const running = refresh(name) // never rejects once something was read
      if (now - known.readAt < staleMs) return known.secret
      return withinPatience(running, known.secret)
    },
  }
}

function withinPatience<T>(work: Promise<T>, otherwise: T): Promise<T> {
  return new Promise((resolve) => {
    const stop = startTimer(patienceMs, () => resolve(otherwise))
    void work.then((result) => {
      stop()
      resolve(result)
    })
  })
}

function limits(name: string): CallLimits {
  return {
    attemptMs: 4_000,
    deadline: performance.now() + 8_000,
    attempts: 2,
    unavailable: (reason, cause) => new SecretUnavailableError(name, reason, { cause }),
  }
}
