import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Admin, answerAdmin } from './admin'
import { HostError, messageOf } from './errors'
import { isHostHeader, parseTarget, readBody, type Target, toRpcRequest } from './http-request'
import { send, sendResponse } from './http-response'
import type { Invoker } from './invoker'
import type { Log } from './log'
import { findRoute, type HttpRoute } from './route-table'

/** What the HTTP side of the host needs; filled in once the app is loaded. */
export interface HttpSide {
  routes: readonly HttpRoute[]
  customHeaders: Readonly<Record<string, string>>
  invoker: Invoker
  admin: Admin
  log: Log
  bodyLimit: number
  homepageDisabled: boolean
}

/** Kestrel's limits: request line with its CRLF, and all headers, in bytes. */
const requestLineLimit = 8192
const headersLimit = 32_768

/** Certificate and private key of the host, PEM. */
export interface HostTls {
  cert: string
  key: string
}

/**
 * Binds the port; requests wait until `serve` is given the app. With `tls` it speaks https, asks every client for a certificate and takes
 * whatever comes: as in Azure, the app decides.
 *
 * @throws {HostError} `port_unavailable`; `tls_invalid`
 */
export async function listen(
  port: number,
  tls?: HostTls,
): Promise<{ server: Server; port: number; serve(side: HttpSide): void }> {
  let ready: (side: HttpSide) => void = () => {}
  const side = new Promise<HttpSide>((resolve) => {
    ready = resolve
  })
  const server = createFor(tls, (request, response) => {
    void side.then((it) => answer(it, request, response))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new HostError('port_unavailable', `port ${port}: ${messageOf(cause)}`, { cause })),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address() as AddressInfo
  return { server, port: address.port, serve: ready }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

function createFor(tls: HostTls | undefined, listener: Listener): Server {
  const limits = { maxHeaderSize: headersLimit + requestLineLimit, keepAliveTimeout: 130_000 }
  if (tls === undefined) return createServer(limits, listener)
  try {
    return createTlsServer({ ...limits, ...tls, requestCert: true, rejectUnauthorized: false }, listener)
  } catch (cause) {
    throw new HostError('tls_invalid', `certificate and key of the host: ${messageOf(cause)}`, { cause })
  }
}

async function answer(side: HttpSide, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const plain = (status: number) => send(response, status, {}, '', side.customHeaders)
  try {
    const line = `${request.method} ${request.url} HTTP/1.1\r\n`
    if (line.length > requestLineLimit) return plain(414)
    const target = parseTarget(request.url ?? '')
    if (!target || !isHostHeader(request.headers.host)) return plain(400)
    if (/^\/admin(?:\/|$)/i.test(target.path)) return await answerAdmin(side.admin, request, response, target.path)
    const found = findRoute(side.routes, request.method ?? 'GET', target.path)
    if (found) return await answerFunction(side, request, response, target, found)
    request.resume()
    if (target.path === '/' && !side.homepageDisabled) {
      return send(response, 200, { 'content-type': 'text/html' }, homepage, side.customHeaders)
    }
    plain(target.path === '/' ? 204 : 404)
  } catch (thrown) {
    side.log({
      level: 'error',
      category: 'system',
      message: `An unhandled host error has occurred: ${messageOf(thrown)}`,
    })
    if (!response.headersSent) plain(500)
    else response.destroy()
  }
}

async function answerFunction(
  side: HttpSide,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  { route, params }: { route: HttpRoute; params: Record<string, string> },
): Promise<void> {
  const body = await readBody(request, side.bodyLimit)
  if (body.kind === 'aborted') return
  if (body.kind === 'too_large') {
    response.setHeader('connection', 'close')
    return send(response, 413, {}, '', side.customHeaders)
  }
  if (body.kind === 'chunked') {
    side.log({
      level: 'warning',
      category: 'system',
      functionName: route.name,
      message:
        'The body of a chunked request does not reach a Node function: the host reads bodies with a Content-Length only.',
    })
  }
  const http = toRpcRequest(request, target, params, body.kind === 'body' ? body.bytes : undefined)
  const outcome = await side.invoker.run(route.registered, {
    data: { http },
    reason: 'This function was programmatically called via the host APIs.',
    traceParent: http.nullableHeaders.traceparent?.value,
    traceState: http.nullableHeaders.tracestate?.value,
  })
  if (!outcome.ok) return send(response, 500, {}, '', side.customHeaders)
  const result = outcome.response.returnValue?.http
  if (result?.enableContentNegotiation) {
    side.log({
      level: 'warning',
      category: 'system',
      functionName: route.name,
      message: 'enableContentNegotiation has no effect in the local host: the body is sent as it is.',
    })
  }
  sendResponse(response, result, side.customHeaders)
}

const homepage =
  '<!DOCTYPE html><html lang="en"><title>Functions host</title><p>Your function app is up and running.</p></html>'
