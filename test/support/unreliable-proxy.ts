/** An HTTP proxy between an adapter and its service that counts requests and misbehaves on demand. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { afterAll } from 'vitest'

/** A request as the service sees it. */
export interface ProxiedRequest {
  method: string
  /** Path and query. */
  url: string
  headers: IncomingHttpHeaders
}

/**
 * What happens to a request: `pass` it on; `lose-request` (the connection breaks before the service hears of it);
 * `lose-answer` (it breaks after the service has done what was asked); `silence` (it stays open, and nothing comes); or a status or
 * a whole answer in the service's place.
 */
export type Fate = 'pass' | 'lose-request' | 'lose-answer' | 'silence' | number | Answer

/** An answer in the service's place. */
export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
}

/** The proxy. */
export interface UnreliableProxy {
  port: number
  /** Every request so far. */
  requests: ProxiedRequest[]
  /** Decides the fate of each request; all pass at first. */
  decide: (request: ProxiedRequest) => Fate
  /** Hears of every answer of the service that was passed on. */
  heard?: ((request: ProxiedRequest, answer: Answer) => void) | undefined
}

/** Starts a proxy to a port of 127.0.0.1; closed after the file's last test. */
export async function startUnreliableProxy(targetPort: number): Promise<UnreliableProxy> {
  const server = createServer((incoming, outgoing) => {
    const seen = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers }
    proxy.requests.push(seen)
    const fate = proxy.decide(seen)
    if (fate === 'lose-request') incoming.socket.destroy()
    else if (fate === 'silence') incoming.resume()
    else if (typeof fate === 'number') outgoing.writeHead(fate).end()
    else if (typeof fate === 'object') outgoing.writeHead(fate.status, fate.headers).end(fate.body)
    else forward(targetPort, incoming, outgoing, fate === 'lose-answer', (answer) => proxy.heard?.(seen, answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port')
  const proxy: UnreliableProxy = { port: address.port, requests: [], decide: () => 'pass' }
  return proxy
}

function forward(
  port: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  loseAnswer: boolean,
  heard: (answer: Answer) => void,
): void {
  const { method, url, headers } = incoming
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    if (loseAnswer) {
      answer.resume().on('end', () => incoming.socket.destroy())
      return
    }
    const { statusCode: status = 502 } = answer
    outgoing.writeHead(status, answer.headers)
    const body: Buffer[] = []
    answer.on('data', (chunk: Buffer) => body.push(chunk))
    answer.on('end', () => heard({ status, headers: plain(answer.headers), body: String(Buffer.concat(body)) }))
    answer.pipe(outgoing)
  })
  onward.on('error', () => incoming.socket.destroy())
  incoming.pipe(onward)
}

/** Headers that an answer of our own can have. */
function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const ofTransport = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length'])
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !ofTransport.has(name) ? [[name, value]] : [],
    ),
  )
}

/** Decides with the given fates in turn, one for each request that `matches`, then lets everything pass. */
export function inTurn(matches: (request: ProxiedRequest) => boolean, ...fates: Fate[]): UnreliableProxy['decide'] {
  return (seen) => (matches(seen) ? (fates.shift() ?? 'pass') : 'pass')
}
