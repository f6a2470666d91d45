/** A small world around the Windows simulator: a portal of a few pages, a device side of an SM-DP+, a network. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DeviceState, TrafficEntry } from '../../../local/windows/model'
import { startWindows } from '../../../local/windows/server'
import type { SettingsInput } from '../../../local/windows/settings'

/** A request as the fake portal saw it. */
export interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
  raw: string[]
  body: string
}

/** An HTTP server on a free port, with the bodies read. */
async function serve(answer: (seen: Seen, response: ServerResponse) => void) {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one: Seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        raw: request.rawHeaders,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      seen.push(one)
      answer(one, response)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url, seen, stop }
}

const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'"

const page = (body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Portal</title><script src="/portal/assets/portal.js"></script></head><body>${body}</body></html>`

const portalScript = `
window.first = typeof window.MobilePlans
window.heard = []
window.onActivation = function (json) { window.heard.push(['activation', JSON.parse(json)]) }
window.onRegistration = function (json) { window.heard.push(['registration', JSON.parse(json)]) }
`

/** What the SM-DP+ does with a matching id; `KNOWN` ones are released. */
export interface SmdpWorld {
  released: Map<string, { iccid: string; eid?: string }>
  unreleased: Set<string>
  results: { success: boolean; windowsError?: string }[]
}

/** Starts everything; `stop` ends it. */
export async function startWorld() {
  const smdp: SmdpWorld = { released: new Map(), unreleased: new Set(), results: [] }
  const lines = new Map<string, 'active' | 'inactive'>()
  const balance: { status: number; body: unknown } = { status: 200, body: { balances: [] } }

  const portal = await serve((seen, response) => {
    const { pathname } = new URL(seen.url, 'http://x')
    const html = (body: string, status = 200) => {
      response.writeHead(status, [
        ...['content-type', 'text/html; charset=utf-8', 'content-security-policy', policy, 'x-frame-options', 'DENY'],
        ...[
          'set-cookie',
          '__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax',
          'set-cookie',
          'lang=de; Path=/',
        ],
        ...['cache-control', 'no-store', 'x-own', 'kept'],
      ])
      response.end(page(body))
    }
    if (pathname === '/portal/assets/portal.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' })
      response.end(portalScript)
    } else if (pathname === '/portal/away') {
      response.writeHead(303, { location: `${portal.url}/portal/next?x=1` }).end()
    } else if (pathname === '/portal/json') {
      response.writeHead(422, { 'content-type': 'application/json' }).end(JSON.stringify({ got: seen.body }))
    } else if (pathname.startsWith('/v1/')) {
      response.writeHead(balance.status, { 'content-type': 'application/json' }).end(JSON.stringify(balance.body))
    } else if (pathname === '/portal/links') {
      html(`<a id="share" href="ms-settings:cellular-id?callbackUrl=${portal.url}/portal/device?state=s1&eid={eid}&imei={imei}&make={make}">share</a>
        <a id="install" href="lpa:1$smdp.example.net$KNOWN-1">install</a>`)
    } else
      html(
        `<h1>${pathname}</h1><form method="post" action="/portal/form"><input name="a" value="ä b"><button>send</button></form>`,
      )
  })

  const device = await serve((seen, response) => {
    const body = JSON.parse(seen.body || '{}') as {
      matchingId?: string
      eid?: string
      transactionId?: string
      success?: boolean
    }
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    }
    const refuse = (windowsError: string) =>
      json(409, { error: { windowsError, subject: '8.2', reason: '1.2', message: '' } })
    const known = smdp.released.get(body.matchingId ?? '')
    if (seen.url === '/device/authenticate') {
      if (smdp.unreleased.has(body.matchingId ?? '')) return refuse('profileNotReleasedByOperator')
      if (known === undefined) return refuse('invalidMatchingId')
      if (known.eid !== undefined && known.eid !== body.eid) return refuse('eidMismatch')
      return json(200, {
        transactionId: `t-${body.matchingId}`,
        iccid: known.iccid,
        profileName: 'Example',
        profileType: 'P',
        sizeKB: 32,
      })
    }
    if (seen.url === '/device/package') return json(200, { sizeKB: 32 })
    if (seen.url !== '/device/result') return json(404, {})
    smdp.results.push(JSON.parse(seen.body) as SmdpWorld['results'][number])
    return json(200, {})
  })

  const network = await serve((seen, response) => {
    const state = lines.get(/^\/network\/lines\/(\d+)$/.exec(seen.url)?.[1] ?? '')
    response
      .writeHead(state === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ state }))
  })

  const faults: string[] = []
  const windows = await startWindows({
    port: 0,
    portalUrl: portal.url,
    smdpUrl: device.url,
    provisioningUrl: `${network.url}/network`,
    balanceAccess: { basic: 'service:secret' },
    log: (line) => faults.push(line),
  })

  return {
    windows,
    portal,
    smdp,
    lines,
    balance,
    faults,
    stop: async () => {
      await windows.stop()
      await Promise.all([portal.stop(), device.stop(), network.stop()])
    },
  }
}
/** See `startWorld`. */
export type World = Awaited<ReturnType<typeof startWorld>>

/** What `GET /control/devices/{id}` answers. */
export type Observed = DeviceState & { id: string; traffic: TrafficEntry[] }

/** A PC under control of a test. */
export async function startPc(world: World, settings: SettingsInput = {}) {
  const post = async (path: string, body: object = {}) => {
    const response = await fetch(world.windows.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const created = await post('/control/devices', { speed: 6000, ...settings })
  if (created.status !== 201) throw new Error(`device refused: ${JSON.stringify(created.body)}`)
  const id = String(created.body.id)
  const state = async () => (await (await fetch(`${world.windows.url}/control/devices/${id}`)).json()) as Observed

  /** Resolves with the first state that fits; the event stream tells of every change. */
  async function until(fits: (state: Observed) => boolean): Promise<Observed> {
    const stream = await fetch(`${world.windows.url}/control/devices/${id}/events`)
    const reader = stream.body?.getReader()
    try {
      for (;;) {
        const now = await state()
        if (fits(now)) return now
        const part = await reader?.read()
        if (part === undefined || part.done) throw new Error('the event stream ended')
      }
    } finally {
      await reader?.cancel()
    }
  }
  const cookie = `windows_device=${id}`
  return {
    id,
    launchUrl: String(created.body.launchUrl),
    cookie,
    state,
    until,
    control: (action: string, body: object = {}) => post(`/control/devices/${id}/${action}`, body),
    /** Calls a host object as the injected script does. */
    call: async (
      method: string,
      args: unknown[],
      extra: { object?: string; metadata?: Record<string, string>; operationId?: string } = {},
    ) => {
      const response = await fetch(`${world.windows.url}/windows/call`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body: JSON.stringify({ object: 'MobilePlansInlineOperations', method, args, ...extra }),
      })
      return (await response.json()) as { closes: boolean }
    },
    get: (path: string, init: RequestInit = {}) =>
      fetch(world.windows.url + path, { redirect: 'manual', ...init, headers: { cookie, ...init.headers } }),
  }
}
