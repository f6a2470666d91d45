import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { allowSimulator, injectScript } from './csp'
import type { Device } from './device'

/** Cookie of the simulator itself; the portal never sees it. */
export const deviceCookie = 'windows_device'
/** The one script that is added to the portal's pages. */
export const hostScriptPath = '/windows/host.js'

/** The webview of the app: EdgeHTML 18 in the UWP WebView control. */
export const webviewUserAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; WebView/3.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/70.0.3538.102 Safari/537.36 Edge/18.22621'

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
])

/** Where the portal is, and which origins are the simulator's own; the first is the one that the person sees. */
export interface ProxyRoute {
  portalUrl: string
  own: readonly string[]
}

/**
 * Forwards a request to the portal as it is. Both ways keep method, path, query, body, status and all headers but these:
 * - `Host`, `Origin`, `Referer` and `Location` are moved between the two origins, so that the portal sees its own address;
 * - the simulator's cookie stays here; compression is not asked for;
 * - `frame-ancestors` and `X-Frame-Options` are replaced, and one script is put into HTML pages.
 */
export function proxy(
  route: ProxyRoute,
  device: Device | undefined,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const portal = new URL(route.portalUrl)
  const send = portal.protocol === 'https:' ? httpsRequest : httpRequest
  const path = incoming.url ?? '/'
  const forwarded = send(
    {
      host: portal.hostname,
      port: portal.port,
      method: incoming.method,
      path,
      headers: requestHeaders(route, device, incoming),
    },
    (answer) => {
      const type = answer.headers['content-type'] ?? ''
      const html = type.startsWith('text/html')
      const redirect = answer.headers.location !== undefined
      if ((html || redirect) && device !== undefined) note(device, incoming, answer)
      const headers = responseHeaders(route, answer)
      const status = answer.statusCode ?? 502
      if (!html || device === undefined || incoming.method === 'HEAD') {
        outgoing.writeHead(status, headers)
        answer.pipe(outgoing)
        return
      }
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const body = Buffer.from(injectScript(Buffer.concat(chunks).toString('utf8'), hostScriptPath))
        outgoing.writeHead(status, [...withoutHeader(headers, 'content-length'), 'content-length', String(body.length)])
        outgoing.end(body)
      })
      answer.on('error', () => outgoing.destroy())
    },
  )
  forwarded.on('error', () => unreachable(device, outgoing))
  incoming.pipe(forwarded)
}

function requestHeaders(route: ProxyRoute, device: Device | undefined, incoming: IncomingMessage): IncomingHttpHeaders {
  const portal = new URL(route.portalUrl)
  const headers: IncomingHttpHeaders = {}
  for (const [name, value] of Object.entries(incoming.headers)) if (!hopByHop.has(name)) headers[name] = value
  headers.host = portal.host
  headers['accept-encoding'] = 'identity'
  for (const name of ['origin', 'referer'] as const) {
    const value = headers[name]
    const own =
      value === undefined ? undefined : route.own.find((origin) => value === origin || value.startsWith(`${origin}/`))
    if (value !== undefined && own !== undefined) headers[name] = portal.origin + value.slice(own.length)
  }
  const cookies = (headers.cookie ?? '')
    .split(/;\s*/)
    .filter((cookie) => cookie !== '' && !cookie.startsWith(`${deviceCookie}=`))
  if (cookies.length > 0) headers.cookie = cookies.join('; ')
  else delete headers.cookie
  if (device === undefined) return headers

  headers['accept-language'] = device.settings.language
  if (device.settings.channel === 'webview') {
    headers['user-agent'] = webviewUserAgent
    for (const name of Object.keys(headers))
      if (name.startsWith('sec-fetch-') || name.startsWith('sec-ch-')) delete headers[name]
    const type = headers['content-type'] ?? ''
    if (type.startsWith('application/x-www-form-urlencoded') || type.startsWith('multipart/form-data'))
      delete headers.origin
  }
  const launch = device.pendingLaunch
  if (launch !== undefined && incoming.url === `/portal?${launch.query}`) {
    Object.assign(headers, launch.headers)
    device.pendingLaunch = undefined
  }
  return headers
}

/** Header list in the order and spelling of the portal, so that several `Set-Cookie` stay apart. */
function responseHeaders(route: ProxyRoute, answer: IncomingMessage): string[] {
  const list: string[] = []
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] ?? ''
    const value = answer.rawHeaders[index + 1] ?? ''
    const lower = name.toLowerCase()
    if (hopByHop.has(lower) || lower === 'x-frame-options') continue
    if (lower === 'content-security-policy') list.push(name, allowSimulator(value, route.own))
    else if (lower === 'location') list.push(name, toOwnOrigin(route, value))
    else list.push(name, value)
  }
  return list
}

function withoutHeader(list: string[], unwanted: string): string[] {
  return list.filter((_text, index) => list[index - (index % 2)]?.toLowerCase() !== unwanted)
}

/**
 * Moves an absolute address of the portal to the simulator's origin, so that the person stays in the simulated window. The scheme does
 * not count: a portal on this machine writes https into its callback URLs, as Windows demands, without having a certificate.
 */
export function toOwnOrigin(route: ProxyRoute, address: string): string {
  if (!URL.canParse(address)) return address
  const url = new URL(address)
  const web = url.protocol === 'http:' || url.protocol === 'https:'
  if (!web || url.host !== new URL(route.portalUrl).host) return address
  return (route.own[0] ?? '') + address.replace(/^https?:\/\/[^/?#]*/i, '')
}

function note(device: Device, incoming: IncomingMessage, answer: IncomingMessage): void {
  const path = new URL(incoming.url ?? '/', 'http://x').pathname
  const status = answer.statusCode ?? 0
  device.record(
    'Person',
    'Portal',
    `${incoming.method} ${path} → ${status}`,
    answer.headers.location === undefined ? {} : { location: answer.headers.location },
    'A page of the portal.',
    status < 400,
  )
}

function unreachable(device: Device | undefined, outgoing: ServerResponse): void {
  device?.record('Person', 'Portal', 'The portal does not answer', {}, 'Is the functions app running?', false)
  if (outgoing.headersSent) {
    outgoing.destroy()
    return
  }
  outgoing.writeHead(502, { 'content-type': 'text/html; charset=utf-8' })
  outgoing.end(
    '<!doctype html><html lang="en"><title>Mobile Plans</title><body style="font-family:Segoe UI,sans-serif;padding:3rem"><p>No services are available right now. Please try again later.</p></body></html>',
  )
}
