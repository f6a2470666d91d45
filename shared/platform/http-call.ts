import { createSecureContext } from 'node:tls'
import type { Pool } from 'undici'
import { CertificateAlerts, classifyFailure, connectionFailure, type Ending } from './http-failure'
import type { CallFailure } from './ports'

/** PEM text or DER bytes. */
type KeyMaterial = string | Buffer

/**
 * What this side shows in mutual TLS (certificate and key, or both in a PKCS#12, or none), and whom it trusts. `ca` replaces the
 * system's roots: it pins the agreed authority.
 */
export interface ClientTls {
  cert?: KeyMaterial | undefined
  key?: KeyMaterial | undefined
  pfx?: Buffer | undefined
  ca?: KeyMaterial | KeyMaterial[] | undefined
  passphrase?: string | undefined
}

/**
 * The same, where it may change while the process runs: asked before each call. Another object than last time means that new calls get
 * new connections; open calls end on theirs.
 */
export type ClientTlsSource = () => Promise<ClientTls | undefined>

/** Settings of a caller; one caller serves one other system. */
export interface HttpCallerConfig {
  /** `https://host[:port][/prefix]`; `http:` only for a loopback host. */
  baseUrl: string
  /** For the whole call, from start to the last byte of the answer. */
  timeoutMs: number
  connectTimeoutMs?: number | undefined
  tls?: ClientTls | ClientTlsSource | undefined
  /** Sent with every call. */
  headers?: Record<string, string> | undefined
}

/** One request. `path` starts with `/` and is appended to the base URL; its parts are already percent-encoded. */
export interface HttpCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  headers?: Record<string, string> | undefined
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is, in place of `body`; its type goes into `headers`. */
  text?: string | undefined
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
}

/** An answer that was read to its end, whatever its status. `json` is `undefined` when the body is empty or not JSON. */
export interface HttpAnswer {
  ok: true
  status: number
  /** Names in lower case; repeated headers joined by `, `. */
  headers: Record<string, string>
  json: unknown
}

/** See {@link createHttpCaller}. */
export interface HttpCaller {
  /** Never rejects: what goes wrong is a failure of kind `unreached` or `lost`. */
  call(request: HttpCall): Promise<HttpAnswer | CallFailure>
  /** Waits for open calls, then closes the connections. */
  close(): Promise<void>
}

/** The base URL cannot be used: it is not a URL, is not encrypted, or carries more than origin and path. */
export class HttpCallerConfigError extends Error {
  constructor(
    readonly code: 'base_url_invalid' | 'base_url_insecure',
    message: string,
  ) {
    super(message)
    this.name = 'HttpCallerConfigError'
  }
}

/** Largest answer that is read, in bytes. The answers of all contracts stay far below. */
export const maxAnswerBytes = 256 * 1024

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]'])

function checkBaseUrl(text: string): { origin: string; prefix: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.search || url.hash || url.username) {
    throw new HttpCallerConfigError('base_url_invalid', 'the base URL must be https://host[:port][/prefix]')
  }
  if (url.protocol === 'http:' && !loopbackHosts.has(url.hostname)) {
    throw new HttpCallerConfigError('base_url_insecure', `plain HTTP is for this machine only, not for ${url.hostname}`)
  }
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') }
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller tells an unreadable answer from a good one by its schema
  }
}

function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}

/** Nothing was sent: the call can be repeated. */
function notConnected(cause: unknown): never {
  throw connectionFailure(cause instanceof Error ? cause : new Error('the client certificate cannot be had', { cause }))
}

/** What `work` gives, unless the wait ends first. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(new Error('the wait was ended'))
    signal.addEventListener('abort', end, { once: true })
    const settled = () => signal.removeEventListener('abort', end)
    work.then(resolve, reject).then(settled, settled)
  })
}

/** Waits for open calls. A pool that could not be made has none. */
async function closePool(pool: Promise<Pool> | undefined): Promise<void> {
  const made = await pool?.catch(() => undefined)
  await made?.close()
}

function secureContextOf(tls: ClientTls | undefined) {
  const given = Object.fromEntries(Object.entries(tls ?? {}).filter(([, value]) => value !== undefined))
  try {
    return createSecureContext({ minVersion: 'TLSv1.2', ...given })
  } catch (cause) {
    return notConnected(cause) // such as a key that does not belong to the certificate
  }
}

/**
 * Makes a JSON client for one other system: pooled connections, one deadline for the whole call, no redirects, bounded answers,
 * and failures that say whether the request can have arrived. The HTTP library is loaded at the first call, not at start.
 *
 * @throws {HttpCallerConfigError} when the base URL is not https (or http to this machine)
 */
export function createHttpCaller(config: HttpCallerConfig): HttpCaller {
  const { origin, prefix } = checkBaseUrl(config.baseUrl)
  let current: { tls: ClientTls | undefined; pool: Promise<Pool> } | undefined
  let closed = false
  const alerts = new CertificateAlerts()

  const open = async (tls: ClientTls | undefined): Promise<Pool> => {
    // By its default export: a bundle gives a CommonJS package no named ones.
    const { Pool, buildConnector } = (await import('undici')).default
    const connect = buildConnector({
      timeout: config.connectTimeoutMs ?? 5_000,
      ...(origin.startsWith('https:') && { secureContext: secureContextOf(tls) }),
    })
    return new Pool(origin, {
      // Whatever fails in here, before there is a connection to write to, certainly did not arrive.
      connect: (options, callback) =>
        connect(options, (...[error, socket]) => {
          if (error) return callback(connectionFailure(error), null)
          alerts.watch(socket)
          callback(null, socket)
        }),
      connections: 64,
      pipelining: 1,
      // Shorter than the 5 s that servers commonly keep an idle connection, so that we never write to one being closed.
      keepAliveTimeout: 3_000,
      keepAliveMaxTimeout: 30_000,
      headersTimeout: 0, // the one deadline below covers both
      bodyTimeout: 0,
      maxResponseSize: maxAnswerBytes,
    })
  }

  const connected = async (signal: AbortSignal): Promise<Pool> => {
    const tls =
      typeof config.tls === 'function' ? await unlessAborted(config.tls(), signal).catch(notConnected) : config.tls
    if (current !== undefined && current.tls === tls) return current.pool
    const replaced = current
    current = { tls, pool: open(tls) }
    void closePool(replaced?.pool)
    return current.pool
  }

  const exchange = async (request: HttpCall, signal: AbortSignal): Promise<HttpAnswer> => {
    const pool = await connected(signal)
    const { statusCode, headers, body } = await pool.request({
      method: request.method,
      path: prefix + request.path,
      headers: {
        accept: 'application/json',
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
        ...config.headers,
        ...request.headers,
      },
      body: request.text ?? (request.body === undefined ? null : JSON.stringify(request.body)),
      signal,
    })
    return { ok: true, status: statusCode, headers: plainHeaders(headers), json: parseJson(await body.text()) }
  }

  return {
    async call(request) {
      const notSent = (code: string, detail: string): CallFailure => ({ ok: false, kind: 'unreached', code, detail })
      if (closed) return notSent('closed', 'the client was closed before the call')
      if (request.signal?.aborted) return notSent('aborted', 'the wait was ended before the call began')

      const stop = new AbortController()
      const ending: Ending = {}
      const end = (by: 'timeout' | 'aborted') => {
        ending.by ??= by
        stop.abort()
      }
      const abort = () => end('aborted')
      const timer = setTimeout(() => end('timeout'), request.timeoutMs ?? config.timeoutMs)
      request.signal?.addEventListener('abort', abort, { once: true })
      try {
        return await exchange(request, stop.signal)
      } catch (error) {
        return classifyFailure(error, ending, alerts)
      } finally {
        clearTimeout(timer)
        request.signal?.removeEventListener('abort', abort)
      }
    },
    async close() {
      closed = true
      await closePool(current?.pool)
    },
  }
}
