import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { clientFiles } from './client-files'
import { control } from './control'
import type { Device, Surroundings } from './device'
import { Devices } from './devices'
import { hostPage } from './host-page'
import { appHtml, pageHtml } from './html'
import { RequestError, sendJson, sendText } from './http'
import { deviceCookie, type ProxyRoute, proxy } from './proxy'

/** Where the simulator listens and what it plays with. */
export interface WindowsOptions extends Surroundings {
  /** 0: any free port. */
  port: number
  /** Faults of the simulator itself go here; default: standard error. */
  log?: ((line: string) => void) | undefined
}

/** A running simulator. */
export interface WindowsSimulator {
  /** Address of its page, without a slash at the end. */
  url: string
  stop(): Promise<void>
}

const localNames = ['127.0.0.1', 'localhost']

/**
 * Starts the Windows simulator: a page for people, the portal under its own origin, and an HTTP control.
 * @throws when the port is taken
 */
export async function startWindows(options: WindowsOptions): Promise<WindowsSimulator> {
  const files = await clientFiles()
  const devices = new Devices(options)
  const log = options.log ?? ((line: string) => process.stderr.write(`${line}\n`))
  const server = createServer((request, response) => {
    serve(request, response).catch((cause: unknown) => {
      if (cause instanceof RequestError)
        return sendJson(response, cause.status, { error: { code: cause.code, message: cause.message } })
      log(`windows simulator: ${cause instanceof Error ? cause.stack : 'unknown fault'}`)
      if (response.headersSent) response.destroy()
      else sendJson(response, 500, { error: { code: 'fault', message: 'the simulator failed' } })
    })
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://x').pathname
    const route = routeOf(request)
    const device = devices.get(cookieOf(request))
    if (path === '/portal' || path.startsWith('/portal/')) return proxy(route, device, request, response)
    if (path === '/control' || path.startsWith('/control/')) {
      if (request.headers['sec-fetch-site'] === 'cross-site')
        throw new RequestError(403, 'cross_site', 'not from another site')
      return await control(devices, route, request, response)
    }
    if (request.method === 'GET') {
      if (path === '/') return sendText(response, 'text/html', pageHtml)
      if (path === '/windows/page.js') return sendText(response, 'text/javascript', files.page)
      if (path === '/windows/app-page.js') return sendText(response, 'text/javascript', files.appPage)
      if (path === '/windows/page.css') return sendText(response, 'text/css', files.css)
      const own = /^\/device\/([\w-]+)\/(launch|app)$/.exec(path)
      if (own !== null) return devicePage(devices.get(own[1] ?? ''), own[2] === 'launch', response)
    }
    if (path.startsWith('/windows/') && device !== undefined)
      return await hostPage(device, files.host, request, response)
    throw new RequestError(404, 'not_found', 'nothing is here')
  }

  /** The simulator answers to this machine's names only, so that no foreign page can reach it by a name of its own. */
  function routeOf(request: IncomingMessage): ProxyRoute {
    const host = request.headers.host ?? ''
    const port = (server.address() as AddressInfo).port
    const origins = localNames.map((name) => `http://${name}:${port}`)
    const first = `http://${host}`
    if (!origins.includes(first))
      throw new RequestError(421, 'wrong_host', 'open the simulator as http://127.0.0.1 or http://localhost')
    return { portalUrl: options.portalUrl, own: [first, ...origins.filter((origin) => origin !== first)] }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      devices.reset()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function devicePage(device: Device | undefined, launch: boolean, response: ServerResponse): void {
  if (device === undefined) throw new RequestError(404, 'not_found', 'no such device')
  if (!launch) return sendText(response, 'text/html', appHtml(device.id))
  response.writeHead(303, {
    location: device.launch(),
    'set-cookie': `${deviceCookie}=${device.id}; Path=/; HttpOnly; SameSite=Lax`,
    'cache-control': 'no-store',
  })
  response.end()
}

function cookieOf(request: IncomingMessage): string {
  const cookies = (request.headers.cookie ?? '').split(/;\s*/)
  const own = cookies.find((cookie) => cookie.startsWith(`${deviceCookie}=`))
  return own?.slice(deviceCookie.length + 1) ?? ''
}
