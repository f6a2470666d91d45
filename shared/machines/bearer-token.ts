/**
 * Bearer tokens of the operator's systems (RFC 6750): JSON Web Tokens that the operator's authorisation server has signed. Its keys are fetched over
 * https and kept; the library is loaded with the first token.
 */
import type { JWTVerifyGetKey } from 'jose'
import { createHttpCaller } from '../platform/http-call'

/** Whose tokens are accepted. */
export interface BearerConfig {
  /** As in the claim `iss`. */
  issuer: string
  audience: string
  /** Must be among `roles` (a list) or `scope` or `scp` (a list, or words in one text). */
  role: string
  /** Where the keys are; without it the issuer's OpenID configuration says so. */
  jwksUrl?: string | undefined
}

/**
 * Verdict about a token. `invalid`: 401; `role-missing`: 403; `keys-unavailable`: nothing can be said, 503. `problem` is a code for the log and holds nothing of
 * the token.
 */
export type BearerVerdict =
  | { ok: true; subject: string }
  | { ok: false; because: 'invalid' | 'role-missing' | 'keys-unavailable'; problem: string }

/** Checks tokens. */
export type BearerCheck = (token: string) => Promise<BearerVerdict>

/** Longer than any token that an authorisation server gives out. */
const MAX_TOKEN_LENGTH = 16_384
/** Signatures by the issuer's private key only: a shared secret would be no proof of who signed. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const KEYS_TIMEOUT_MS = 3_000
/** Of which for the connection, TLS included: closing it would wait for that. */
const KEYS_CONNECT_MS = 2_000
/** How long fetched keys are used, and how soon after that an unknown key id may have them fetched again. */
const KEYS_MAX_AGE_MS = 10 * 60_000
const KEYS_COOLDOWN_MS = 30_000
const RETRY_AFTER_MS = 5_000
/** Clocks of two machines may differ by so much. */
const CLOCK_TOLERANCE_SECONDS = 30

/** Makes a check that keeps the issuer's keys. */
export function createBearerCheck(config: BearerConfig, now: () => Date): BearerCheck {
  const check = createBearerChecks(now)
  return (token) => check(config, token)
}

/** Makes a check for any number of systems, which keeps the keys of each issuer once. */
export function createBearerChecks(now: () => Date): (config: BearerConfig, token: string) => Promise<BearerVerdict> {
  const issuers = new Map<string, () => Promise<JWTVerifyGetKey>>()
  return async (config, token) => {
    const name = JSON.stringify([config.issuer, config.jwksUrl])
    const keys = issuers.get(name) ?? createKeys(config, now)
    issuers.set(name, keys)
    if (token.length > MAX_TOKEN_LENGTH) return { ok: false, because: 'invalid', problem: 'too-long' }
    const { decodeJwt, errors, jwtVerify } = await import('jose')
    try {
      // Nothing is believed yet. Whose token it does not claim to be need not be asked for keys, be it away or not.
      if (decodeJwt(token).iss !== config.issuer) return { ok: false, because: 'invalid', problem: 'issuer-differs' }
      const { payload } = await jwtVerify(token, await keys(), {
        issuer: config.issuer,
        audience: config.audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp'],
        currentDate: now(),
      })
      if (!rolesOf(payload).includes(config.role))
        return { ok: false, because: 'role-missing', problem: 'role-missing' }
      return { ok: true, subject: payload.sub ?? '' }
    } catch (error) {
      if (error instanceof KeysUnavailableError)
        return { ok: false, because: 'keys-unavailable', problem: error.reason }
      if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid)
        return { ok: false, because: 'keys-unavailable', problem: error.code }
      if (error instanceof errors.JOSEError) return { ok: false, because: 'invalid', problem: error.code }
      // The key that the token names is published and cannot be used, such as one that is too short: what it signs proves nothing.
      if (error instanceof TypeError || error instanceof DOMException)
        return { ok: false, because: 'invalid', problem: 'key-unusable' }
      throw error
    }
  }
}

/** `roles` is how app roles come (a list); `scope` (RFC 8693) and `scp` are words in one text, or a list. */
function rolesOf(claims: Readonly<Record<string, unknown>>): string[] {
  return [claims.roles, claims.scope, claims.scp].flatMap((claim) => {
    if (typeof claim === 'string') return claim.split(' ')
    return Array.isArray(claim) ? claim.filter((item) => typeof item === 'string') : []
  })
}

/** The keys cannot be fetched, or are not what they should be. */
class KeysUnavailableError extends Error {
  readonly code = 'keys_unavailable'
  constructor(readonly reason: string) {
    super(`the signing keys cannot be fetched: ${reason}`)
    this.name = 'KeysUnavailableError'
  }
}

type FetchJson = (url: URL) => Promise<unknown>

/** The keys of an issuer, opened once; a failure is not kept. */
function createKeys(config: BearerConfig, now: () => Date): () => Promise<JWTVerifyGetKey> {
  let keys: Promise<JWTVerifyGetKey> | undefined
  const fetchJson = createFetch(now)
  return () => {
    keys ??= openKeys(config, fetchJson).catch((error: unknown) => {
      keys = undefined
      throw error
    })
    return keys
  }
}

async function openKeys(config: BearerConfig, fetchJson: FetchJson): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet, customFetch } = await import('jose')
  const url = new URL(config.jwksUrl ?? (await discover(config.issuer, fetchJson)))
  return createRemoteJWKSet(url, {
    cacheMaxAge: KEYS_MAX_AGE_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    timeoutDuration: KEYS_TIMEOUT_MS + 500,
    [customFetch]: async () => Response.json(await fetchJson(url)),
  })
}

/** @see OpenID Connect Discovery 1.0, section 4 */
async function discover(issuer: string, fetchJson: FetchJson): Promise<string> {
  const document = await fetchJson(new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`))
  const { issuer: named, jwks_uri: url } = Object(document) as Record<string, unknown>
  // Section 4.3: else one issuer could speak for another.
  if (named !== issuer) throw new KeysUnavailableError('issuer-differs')
  if (typeof url !== 'string' || !URL.canParse(url)) throw new KeysUnavailableError('no-jwks-uri')
  return url
}

/** After a failure, whoever asks within a few seconds gets the same: bad tokens must not become a flood of requests to the issuer. */
function createFetch(now: () => Date): FetchJson {
  let failed: { error: unknown; until: number } | undefined
  return async (url) => {
    if (failed !== undefined && now().getTime() < failed.until) throw failed.error
    try {
      const json = await fetchOnce(url)
      failed = undefined
      return json
    } catch (error) {
      failed = { error, until: now().getTime() + RETRY_AFTER_MS }
      throw error
    }
  }
}

/** One bounded GET: https (http to this machine), no redirects, at most 256 KB. */
async function fetchOnce(url: URL): Promise<unknown> {
  const caller = openCaller(url)
  try {
    const answer = await caller.call({ method: 'GET', path: `${url.pathname}${url.search}` })
    if (!answer.ok) throw new KeysUnavailableError(answer.code)
    if (answer.status !== 200 || answer.json === undefined) throw new KeysUnavailableError(`http-${answer.status}`)
    return answer.json
  } finally {
    await caller.close()
  }
}

function openCaller(url: URL) {
  try {
    return createHttpCaller({ baseUrl: url.origin, timeoutMs: KEYS_TIMEOUT_MS, connectTimeoutMs: KEYS_CONNECT_MS })
  } catch {
    throw new KeysUnavailableError('address-insecure')
  }
}
