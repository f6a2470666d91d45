import type { TokenEndpointResponse } from 'oauth4webapi'
import { createHttpCaller, type HttpCaller } from './http-call'
import type { CallFailure, CallResult, Log } from './ports'

/** How we ask for an access token: OAuth 2.0 client credentials (RFC 6749 §4.4). */
export interface OauthConfig {
  /** https, or http to this machine. */
  tokenUrl: string
  clientId: string
  clientSecret: string
  scope?: string | undefined
  /**
   * How the secret is sent (RFC 6749 §2.3.1): `basic`, the default, percent-encodes it in a header, which not every server decodes;
   * `post` puts it into the form.
   */
  method?: 'basic' | 'post' | undefined
  /** PEM: the authority of the token endpoint's certificate, instead of the system's. */
  ca?: string | undefined
}

/** Hands out access tokens. */
export interface AccessTokens {
  /**
   * A token that is good for a while yet. All who ask while one is being fetched wait for the same. Every failure is `unreached`:
   * nothing was sent to the system that the token is for.
   */
  get(): Promise<CallResult<string>>
  /** Says that a token was not accepted: the next `get` fetches another, unless that has happened meanwhile. */
  discard(token: string): void
  close(): Promise<void>
}

/** Longest wait for the token endpoint: much shorter than the call that the token is for. */
const timeoutMs = 4_000
/** A token is renewed so long before it ends, or at half its life if that is shorter. */
const marginMs = 60_000
/** Where the endpoint does not say how long a token lives. */
const assumedLifeMs = 5 * 60_000

/**
 * Opens a source of access tokens. The OAuth library is loaded with the first token.
 *
 * @param now in milliseconds
 * @throws {HttpCallerConfigError} when the token URL is not https (or http to this machine)
 */
export function createAccessTokens(config: OauthConfig, log?: Log, now: () => number = Date.now): AccessTokens {
  const url = new URL(config.tokenUrl)
  const http = createHttpCaller({
    baseUrl: url.origin,
    timeoutMs,
    ...(config.ca === undefined ? {} : { tls: { ca: config.ca } }),
  })
  let kept: { token: string; until: number } | undefined
  let fetching: Promise<CallResult<string>> | undefined

  const fetchToken = async (): Promise<CallResult<string>> => {
    const asked = now()
    const answer = await requestToken(http, url, config)
    if (!answer.ok) {
      if (answer.code === 'token-refused')
        log?.error('partner.token_refused', { host: url.host, detail: answer.detail })
      return answer
    }
    const { access_token: token, expires_in: seconds } = answer.value
    const lifeMs = seconds === undefined ? assumedLifeMs : seconds * 1000
    kept = { token, until: asked + Math.max(lifeMs - marginMs, lifeMs / 2) }
    return { ok: true, value: token }
  }

  return {
    async get() {
      if (kept !== undefined && now() < kept.until) return { ok: true, value: kept.token }
      fetching ??= fetchToken().finally(() => {
        fetching = undefined
      })
      return fetching
    },
    discard(token) {
      if (kept?.token === token) kept = undefined
    },
    close: () => http.close(),
  }
}

async function requestToken(
  http: HttpCaller,
  url: URL,
  config: OauthConfig,
): Promise<CallResult<TokenEndpointResponse>> {
  const oauth = await import('oauth4webapi')
  const server = { issuer: url.origin, token_endpoint: url.href }
  const client = { client_id: config.clientId }
  let failed: CallFailure | undefined
  let status = 0
  try {
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      config.method === 'post'
        ? oauth.ClientSecretPost(config.clientSecret)
        : oauth.ClientSecretBasic(config.clientSecret),
      config.scope === undefined ? {} : { scope: config.scope },
      {
        // Our caller bounds time and size, follows no redirect, and has checked that the URL is https or this machine.
        [oauth.allowInsecureRequests]: true,
        [oauth.customFetch]: async (_, { headers, body }) => {
          const path = url.pathname + url.search
          const answer = await http.call({ method: 'POST', path, headers, text: String(body) })
          if (!answer.ok) failed = answer
          status = answer.ok ? answer.status : 0
          const json = answer.ok && answer.json !== undefined ? JSON.stringify(answer.json) : 'null'
          // Whatever is not an answer in JSON with a fitting status is turned away by the library.
          const fitting = status >= 200 && status <= 599 ? status : 502
          return new Response(bodiless(fitting) ? null : json, {
            status: fitting,
            headers: { 'content-type': 'application/json' },
          })
        },
      },
    )
    const value = await oauth.processClientCredentialsResponse(server, client, response)
    if (value.token_type === 'bearer') return { ok: true, value }
    return noToken('token-malformed', 'no access token: one of another type than Bearer came')
  } catch (error) {
    if (failed !== undefined) return noToken(`token-${failed.code}`, `no access token: ${failed.detail}`)
    // The endpoint's own texts are left out; its error code is one of RFC 6749 §5.2.
    if (error instanceof oauth.ResponseBodyError) return noToken('token-refused', `no access token: ${error.error}`)
    if (error instanceof oauth.WWWAuthenticateChallengeError || status === 401 || status === 403) {
      return noToken('token-refused', `no access token: answered ${status}`)
    }
    const code = status >= 200 && status < 300 ? 'token-malformed' : 'token-failed'
    const name = error instanceof Error ? error.name : 'unknown'
    return noToken(code, `no access token: answered ${status} (${name})`)
  }
}

const bodiless = (status: number): boolean => status === 204 || status === 205 || status === 304

function noToken(code: string, detail: string): CallFailure {
  return { ok: false, kind: 'unreached', code, detail }
}
