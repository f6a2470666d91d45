import { type AccessTokens, createAccessTokens, type OauthConfig } from './access-token'
import {
  type ClientTls,
  type ClientTlsSource,
  createHttpCaller,
  type HttpAnswer,
  type HttpCall,
  type HttpCaller,
} from './http-call'
import type { CallFailure, Log } from './ports'

/** How to reach one system of the operator, and how it knows us: by a client certificate, by an access token, or by both. */
export interface PartnerConfig {
  /** Base URL; the paths of the contract are appended. */
  url: string
  /** For a whole call, in milliseconds; 10 s by default. */
  callTimeoutMs?: number | undefined
  connectTimeoutMs?: number | undefined
  /** Our client certificate, where the system asks for one, and the authority that its own must come from. */
  tls?: ClientTls | ClientTlsSource | undefined
  /** Where to get access tokens, where the system asks for them. */
  oauth?: OauthConfig | undefined
  /** Told of credentials that were not accepted. */
  log?: Log | undefined
}

/**
 * An HTTP client for such a system. With `oauth` every call carries an access token. A 401 fetches a new one and repeats the call,
 * once: a call that was answered 401 was not carried out. Fetching the token counts towards the call's time.
 *
 * @throws {HttpCallerConfigError} when a URL is not https (or http to this machine)
 */
export function createPartnerCaller(config: PartnerConfig): HttpCaller {
  const timeoutMs = config.callTimeoutMs ?? 10_000
  const { tls, connectTimeoutMs, oauth, log } = config
  const http = createHttpCaller({ baseUrl: config.url, timeoutMs, connectTimeoutMs, tls })
  return oauth === undefined ? http : withAccessToken(http, createAccessTokens(oauth, log), timeoutMs)
}

function withAccessToken(http: HttpCaller, tokens: AccessTokens, timeoutMs: number): HttpCaller {
  const withToken = async (request: HttpCall, deadline: number) => {
    const token = await unlessEnded(tokens.get(), request.signal, deadline - performance.now())
    if (!token.ok) return { answer: token, token: undefined }
    const headers = { ...request.headers, authorization: `Bearer ${token.value}` }
    const left = Math.ceil(deadline - performance.now())
    if (left <= 0) return { answer: notSent('timeout', 'the time was over before the call began'), token: undefined }
    return { answer: await http.call({ ...request, headers, timeoutMs: left }), token: token.value }
  }
  return {
    async call(request): Promise<HttpAnswer | CallFailure> {
      const deadline = performance.now() + (request.timeoutMs ?? timeoutMs)
      const first = await withToken(request, deadline)
      if (!first.answer.ok || first.answer.status !== 401 || first.token === undefined) return first.answer
      tokens.discard(first.token)
      const second = await withToken(request, deadline)
      return second.answer
    },
    async close() {
      await Promise.all([http.close(), tokens.close()])
    },
  }
}

/** The token, unless the wait is ended first; others may be waiting for the same token, so fetching it goes on. */
async function unlessEnded(
  token: ReturnType<AccessTokens['get']>,
  signal: AbortSignal | undefined,
  ms: number,
): ReturnType<AccessTokens['get']> {
  if (signal?.aborted) return notSent('aborted', 'the wait was ended before the call began')
  let stop = () => {}
  const ended = new Promise<CallFailure>((resolve) => {
    const abort = () => resolve(notSent('aborted', 'the wait was ended before the call began'))
    const timer = setTimeout(() => resolve(notSent('timeout', 'no access token in time')), Math.max(0, ms))
    signal?.addEventListener('abort', abort, { once: true })
    stop = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })
  try {
    return await Promise.race([token, ended])
  } finally {
    stop()
  }
}

function notSent(code: string, detail: string): CallFailure {
  return { ok: false, kind: 'unreached', code, detail }
}
