import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { NullableMap, RpcHttpRequest } from './core-types'

/** A request target, split and decoded as Kestrel does. */
export interface Target {
  /** Decoded, dot segments removed; `%2F` stays as it is. */
  path: string
  /** With its `?`, or empty. */
  query: string
}

/**
 * Splits and decodes a request target.
 *
 * @returns `undefined` for a target that Kestrel refuses (it holds `%00` or does not begin with `/`)
 */
export function parseTarget(target: string): Target | undefined {
  const [path = '', ...rest] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?')
  if (!path.startsWith('/') || /%00/.test(path)) return undefined
  const decoded = path.replace(/(?:%(?!2f)[\da-f]{2})+/gi, (run) => decodeRun(run))
  return { path: removeDotSegments(decoded), query: rest.length > 0 ? `?${rest.join('?')}` : '' }
}

/** Whether Kestrel takes a `Host` header: absent, empty, or a name or address with or without a port. Anything else is 400. */
export function isHostHeader(host: string | undefined): boolean {
  if (host === undefined || host === '') return true
  return /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d{1,5})?$/i.test(host) && URL.canParse(`http://${host}/`)
}

/**
 * Encodes a decoded path again as .NET's `PathString` does; `request.url` of a function is made this way.
 */
export function encodePath(path: string): string {
  return path.replace(/%(?![\da-f]{2})/gi, '%25').replace(/[^\w\-.~!$&'()*+,;=:@/%]+/g, encodeURIComponent)
}

/**
 * The query of `request.query`: names are merged without regard to case and the values of a repeated name joined by a comma.
 *
 * @see Azure/azure-functions-host `GrpcMessageConversionExtensions.cs` (`pair.Value.ToString()` of an ASP.NET query collection)
 */
export function queryMap(query: string): NullableMap {
  const values = new Map<string, { name: string; values: string[] }>()
  for (const part of query.replace(/^\?/, '').split('&')) {
    if (part === '') continue
    const at = part.indexOf('=')
    const [name, value] =
      at < 0 ? [decodeQueryText(part), ''] : [decodeQueryText(part.slice(0, at)), decodeQueryText(part.slice(at + 1))]
    const entry = values.get(name.toLowerCase()) ?? { name, values: [] }
    entry.values.push(value)
    values.set(name.toLowerCase(), entry)
  }
  return Object.fromEntries([...values.values()].map((entry) => [entry.name, { value: entry.values.join(',') }]))
}

/** What the library makes its `HttpRequest` of. */
export function toRpcRequest(
  message: IncomingMessage,
  target: Target,
  params: Readonly<Record<string, string>>,
  body: Uint8Array | undefined,
): RpcHttpRequest {
  const tls = message.socket instanceof TLSSocket ? message.socket : undefined
  const received = Object.entries(message.headersDistinct).map(([name, values]) => [name, values?.join(',') ?? ''])
  const passed =
    tls === undefined ? received : [...received.filter(([name]) => name !== certificateHeader), ...shown(tls)]
  const headers = passed.map(([name, value]) => [name, { value }])
  return {
    method: message.method ?? 'GET',
    url: `${tls === undefined ? 'http' : 'https'}://${message.headers.host || 'localhost'}${encodePath(target.path)}${target.query}`,
    nullableHeaders: Object.fromEntries(headers),
    nullableQuery: queryMap(target.query),
    nullableParams: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { value }])),
    ...(body && { body: { bytes: body } }),
  }
}

const certificateHeader = 'x-arr-clientcert'

/** The client's certificate as App Service hands it on: base64 of the DER, the leaf alone, checked by nobody. */
function shown(socket: TLSSocket): [string, string][] {
  const { raw } = socket.getPeerCertificate() as { raw?: Buffer }
  return raw === undefined ? [] : [[certificateHeader, raw.toString('base64')]]
}

/** How much of a request arrived: its body, or why there is none. */
export type ReadBody = { kind: 'body'; bytes: Uint8Array } | { kind: 'none' | 'chunked' | 'too_large' | 'aborted' }

/**
 * Reads the body. One of unknown length (`Transfer-Encoding: chunked`) does not reach a Node function: the host looks at
 * Content-Length only.
 *
 * @param limit bytes; `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`, 100 MB when unset
 * @see Azure/azure-functions-nodejs-library issue 171
 */
export async function readBody(message: IncomingMessage, limit: number): Promise<ReadBody> {
  const length = Number(message.headers['content-length'] ?? 0)
  if (length > limit) return { kind: 'too_large' }
  try {
    const chunks: Uint8Array[] = []
    for await (const chunk of message) {
      if (length > 0 && chunk instanceof Uint8Array) chunks.push(chunk)
    }
    if (length > 0) return { kind: 'body', bytes: Buffer.concat(chunks) }
    return { kind: message.headers['transfer-encoding'] === undefined ? 'none' : 'chunked' }
  } catch {
    return { kind: 'aborted' }
  }
}

function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run)
  } catch {
    return run
  }
}

function decodeQueryText(text: string): string {
  return text.replaceAll('+', ' ').replace(/(?:%[\da-f]{2})+/gi, (run) => decodeRun(run))
}

function removeDotSegments(path: string): string {
  if (!/\/\.{1,2}(?:\/|$)/.test(path)) return path
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
    if ((segment === '.' || segment === '..') && index === segments.length - 1) kept.push('')
  }
  return `/${kept.join('/')}`
}
