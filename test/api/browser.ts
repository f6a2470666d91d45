/** Requests to the running app as they leave a client: nothing is normalised, nothing is followed, nothing waits for ever. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** What came back. */
export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** Of a redirect; empty otherwise. */
  location: string
  /** How long it took, in milliseconds. */
  tookMs: number
}

export interface Sent {
  method?: string
  headers?: Record<string, string | string[]>
  body?: string | Uint8Array
  /** Longest wait for the whole answer, in milliseconds. Default 15,000. */
  withinMs?: number
  /** For https: whom to trust, and the client certificate to show (PEM). */
  tls?: { ca: string; cert?: string; key?: string }
}

/** The answer did not come in time: a request that hangs is a failure like any other. */
export class HangError extends Error {
  readonly code = 'hang'
  constructor(method: string, withinMs: number) {
    super(`no whole answer to ${method} within ${withinMs} ms`)
    this.name = 'HangError'
  }
}

/** Sends one request on a connection of its own. `path` goes out as it is. */
export function send(url: string, path: string, sent: Sent = {}): Promise<Reply> {
  const { method = 'GET', headers = {}, body, withinMs = 15_000, tls } = sent
  const { protocol, hostname, port } = new URL(url)
  const started = performance.now()
  return new Promise((resolve, reject) => {
    // Node leaves it out where a method usually has no body.
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const options = { hostname, port, path, method, headers: { ...length, ...headers }, agent: false, ...tls }
    const outgoing = (protocol === 'https:' ? httpsRequest : httpRequest)(options, (incoming) => {
      const chunks: Uint8Array[] = []
      incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        clearTimeout(timer)
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString('utf8'),
          location: incoming.headers.location ?? '',
          tookMs: performance.now() - started,
        })
      })
    })
    const timer = setTimeout(() => outgoing.destroy(new HangError(method, withinMs)), withinMs)
    outgoing.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    outgoing.end(body)
  })
}

/** A browser without scripts: cookies, forms, and the token of the last page. It sends no more headers than EdgeHTML does. */
export class Browser {
  readonly cookies = new Map<string, string>()
  /** Of the last page that had one. */
  csrf = ''

  constructor(readonly url: string) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.send(path, { headers })
  }

  /** Posts a form with the token of the last page. */
  post(path: string, fields: Record<string, string> = {}): Promise<Reply> {
    const body = String(new URLSearchParams({ csrf: this.csrf, ...fields }))
    return this.send(path, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  }

  /** Posts JSON with the token of the last page. */
  report(path: string, body: object): Promise<Reply> {
    const headers = { 'content-type': 'application/json' }
    return this.send(path, { method: 'POST', body: JSON.stringify({ csrf: this.csrf, ...body }), headers })
  }

  async send(path: string, sent: Sent): Promise<Reply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie === '' ? {} : { cookie }), ...sent.headers }
    const reply = await send(this.url, path, { ...sent, headers })
    for (const line of reply.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    this.csrf =
      /name="csrf" value="([^"]+)"/.exec(reply.body)?.[1] ?? /"csrf":"([^"]+)"/.exec(reply.body)?.[1] ?? this.csrf
    return reply
  }
}
