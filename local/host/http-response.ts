import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { RpcCookie, RpcHttpResponse } from './core-types'

/** Headers that the server sets itself. */
const owned = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive'])

/**
 * Sends what the library made of a handler's result.
 *
 * @param response `undefined` when the handler returned nothing: 204
 * @param customHeaders of host.json; a header that the function set stays
 */
export function sendResponse(
  server: ServerResponse,
  response: RpcHttpResponse | undefined,
  customHeaders: Readonly<Record<string, string>>,
): void {
  const status = response === undefined ? 204 : Number(response.statusCode ?? 200)
  const headers: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(response?.headers ?? {})) {
    if (!owned.has(name.toLowerCase())) headers[name.toLowerCase()] = value
  }
  const cookies = (response?.cookies ?? []).map(setCookie)
  if (cookies.length > 0) headers['set-cookie'] = [...[headers['set-cookie'] ?? []].flat().map(String), ...cookies]
  send(server, status, headers, response?.body?.bytes ?? new Uint8Array(), customHeaders)
}

/** Sends any answer of the host, with the custom headers. */
export function send(
  server: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: Uint8Array | string,
  customHeaders: Readonly<Record<string, string>>,
): void {
  const all: OutgoingHttpHeaders = { ...headers }
  for (const [name, value] of Object.entries(customHeaders)) all[name.toLowerCase()] ??= value
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const bodyless = status === 204 || status === 205 || status === 304
  server.writeHead(status, bodyless ? all : { ...all, 'content-length': bytes.byteLength })
  server.end(bodyless ? undefined : bytes)
}

/**
 * A `Set-Cookie` value as ASP.NET writes it: the value is percent-encoded, `path` is `/` unless given.
 *
 * @see Azure/azure-functions-host `GrpcMessageExtensionUtilities.cs`, `RawScriptResult.cs`; `SetCookieHeaderValue` of Microsoft.Net.Http.Headers
 */
export function setCookie(cookie: RpcCookie): string {
  const sameSite =
    cookie.sameSite === 'explicitNone' ? 'none' : cookie.sameSite === 'none' ? undefined : cookie.sameSite
  const attributes = [
    `${cookie.name}=${encodeURIComponent(cookie.value).replace(/[!'()*]/g, percent)}`,
    cookie.expires && `expires=${new Date(cookie.expires.value.seconds * 1000).toUTCString()}`,
    cookie.maxAge && `max-age=${Math.floor(cookie.maxAge.value)}`,
    cookie.domain && `domain=${cookie.domain.value}`,
    `path=${cookie.path?.value ?? '/'}`,
    cookie.secure?.value && 'secure',
    sameSite && `samesite=${sameSite}`,
    cookie.httpOnly?.value && 'httponly',
  ]
  return attributes.filter(Boolean).join('; ')
}

const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
