/** What the HTTP functions share: every method, the invocation's log, and the way between Azure's and the web's types. */
import {
  app,
  type Cookie,
  type HttpMethod,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from '@azure/functions'
import { isTransactionId, problem } from '../shared/operator-api/answer'
import { createLog, withLogSink } from '../shared/platform/log'
import { type Log, StoreUnavailableError } from '../shared/platform/ports'

/** Every method of a route is registered, so that 405 has our body and not the host's. TRACE and CONNECT are not: the web's `Request` refuses to be made with them. */
export const everyMethod: HttpMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Registers an HTTP function for all methods of a route. Authentication is the handler's own. */
export function serve(name: string, route: string, handler: (request: HttpRequest) => Promise<HttpResponseInit>): void {
  serveWithLog(name, route, (request, _, context) => withLogSink(context, () => handler(request)))
}

/** The same for a handler that hands its log on to all that it calls: a tenth more requests a second, see {@link withLogSink}. */
export function serveWithLog(
  name: string,
  route: string,
  handler: (request: HttpRequest, log: Log, context: InvocationContext) => Promise<HttpResponseInit>,
): void {
  app.http(name, {
    methods: everyMethod,
    authLevel: 'anonymous',
    route,
    handler: (request, context) => {
      const log = createLog({}, context)
      return guarded(name, request, log, () => handler(request, log, context))
    },
  })
}

/** What no handler foresaw: 503 when the store is out of reach, otherwise 500; logged, and no more shown of it than its code. */
async function guarded(
  name: string,
  request: HttpRequest,
  log: Log,
  work: () => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  try {
    return await work()
  } catch (cause) {
    const busy = cause instanceof StoreUnavailableError
    const received = request.headers.get('x-ms-dm-transactionid') ?? ''
    const transactionId = isTransactionId(received) ? received : undefined
    log.error('request failed', { function: name, transactionId, cause })
    return {
      status: busy ? 503 : 500,
      headers: {
        'cache-control': 'no-store',
        ...(busy ? { 'retry-after': '5' } : {}),
        ...(transactionId === undefined ? {} : { 'X-MS-DM-TransactionId': transactionId }),
      },
      jsonBody: {
        error: {
          ...(busy
            ? { code: 'Unavailable', message: 'the store cannot be reached; try again in a few seconds' }
            : { code: 'InternalError', message: `an unexpected fault${codeOf(cause)}; it has been logged` }),
          ...(transactionId === undefined ? {} : { transactionId }),
        },
      },
    }
  }
}

/** Microsoft wants to be told the cause whenever possible. A code is one: it says what to look for in the log, and nothing of a person. */
function codeOf(cause: unknown): string {
  if (!(cause instanceof Error) || !('code' in cause)) return ''
  return typeof cause.code === 'string' && /^[A-Za-z][A-Za-z_]{2,59}$/.test(cause.code) ? ` (${cause.code})` : ''
}

/** What a path answers that is only read. HEAD is answered like GET. */
export function refuseToWrite({ method }: HttpRequest, what: string): HttpResponseInit | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined
  const { status, headers, body } = problem(405, 'MethodNotAllowed', `${what} read by GET`)
  return { status, headers: { ...headers, allow: 'GET, HEAD' }, jsonBody: body }
}

/**
 * The same request in the web's own type. A body of more than `maxBytes` is left out; `Content-Length` still tells its size, so that
 * whoever serves the request can refuse it in their own words.
 */
export async function toWebRequest(request: HttpRequest, maxBytes: number): Promise<Request> {
  const headers = new Headers()
  request.headers.forEach((value, name) => {
    headers.append(name, value)
  })
  const init: RequestInit = { method: request.method, headers }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const body = await readBody(request, maxBytes)
    if (body !== undefined) init.body = body
  }
  return new Request(request.url, init)
}

/** Reads a body of at most `maxBytes`; undefined when it is larger. */
export async function readBody(request: HttpRequest, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return undefined
  const body = new Uint8Array(await request.arrayBuffer())
  return body.byteLength > maxBytes ? undefined : body
}

/** The web's response as a function returns it. Cookies travel apart: the host would join several `Set-Cookie` headers into one. */
export async function fromWebResponse(response: Response): Promise<HttpResponseInit> {
  const headers: Record<string, string> = {}
  response.headers.forEach((value, name) => {
    if (name !== 'set-cookie') headers[name] = value
  })
  const cookies = response.headers.getSetCookie().map(toCookie)
  const body = new Uint8Array(await response.arrayBuffer())
  return {
    status: response.status,
    headers,
    ...(cookies.length > 0 ? { cookies } : {}),
    ...(body.length > 0 ? { body } : {}),
  }
}

function toCookie(line: string): Cookie {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const split = pair.indexOf('=')
  // The host percent-encodes what it is given.
  const cookie: Cookie = { name: pair.slice(0, split), value: decodeURIComponent(pair.slice(split + 1)) }
  for (const attribute of attributes) {
    const [name = '', value = ''] = attribute.split('=')
    switch (name.toLowerCase()) {
      case 'path':
        cookie.path = value
        break
      case 'max-age':
        cookie.maxAge = Number(value)
        break
      case 'expires':
        cookie.expires = new Date(value)
        break
      case 'secure':
        cookie.secure = true
        break
      case 'httponly':
        cookie.httpOnly = true
        break
      case 'samesite':
        cookie.sameSite = value === 'Strict' || value === 'Lax' || value === 'None' ? value : 'Lax'
        break
    }
  }
  return cookie
}
