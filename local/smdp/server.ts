import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { Faults } from './faults'
import { Notifier } from './notices'
import { Registry } from './registry'
import { route, type Sides } from './routes'
import { loadState, StateSaver } from './state-file'
import { Traffic } from './traffic'
import type { SmdpOptions } from './types'
import { Waits } from './waits'
import type { World } from './world'

/** A running simulator. */
export interface RunningSmdp {
  /** Base URL of ES2+. */
  url: string
  /** Base URL of the device and control side; the same one unless ES2+ runs over TLS. */
  controlUrl: string
  /** Ends all connections and saves the state. */
  stop(): Promise<void>
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/**
 * Starts an SM-DP+ for development and tests on 127.0.0.1: strict ES2+ for the operator (SGP.22 v2.2), a JSON stand-in for ES9+
 * for devices, and a control side with inventory, traffic, violations and faults.
 *
 * @throws {StateFileError} when the state file is damaged; rejects with the system's error when the port is taken
 */
export async function startSmdp(options: SmdpOptions): Promise<RunningSmdp> {
  const now = () => new Date()
  const log = options.log ?? (() => undefined)
  const waits = new Waits()
  const saved = options.statePath === undefined ? undefined : await loadState(options.statePath)
  const saver =
    options.statePath === undefined
      ? undefined
      : new StateSaver(
          options.statePath,
          () => ({
            version: 1,
            profiles: world.registry.snapshot().profiles,
            pendingNotices: world.notifier.pending(),
          }),
          () => log('the state could not be saved'),
        )
  const changed = () => saver?.touch()

  const world: World = {
    registry: new Registry({ downloadLimit: 10, allowRepeatedConfirm: false, ...options.rules }, changed),
    faults: new Faults(),
    traffic: new Traffic(now),
    notifier: new Notifier({
      url: options.noticeUrl,
      tls: options.noticeTls,
      settings: options.notices ?? {},
      waits,
      now,
      changed,
      log,
    }),
    waits,
    sessions: new Map(),
    address: options.address,
    answerAddress: options.answerAddress ?? true,
    requester: options.requester,
    down: false,
    now,
    reset() {
      waits.cancel()
      world.registry.clear()
      world.registry.add(options.stock)
      world.faults.remove()
      world.traffic.clear()
      world.notifier.clear()
      world.sessions.clear()
      world.down = false
    },
  }
  if (saved) world.registry.restore(saved)
  world.registry.add(options.stock)

  const listener =
    (sides: Sides): RequestListener =>
    (request, response) => {
      route(request, response, world, sides).catch((error: unknown) => {
        log(`a request failed: ${error instanceof Error ? error.name : 'unknown error'}`)
        response.destroy()
      })
    }
  const servers: Server[] = []
  let url: string
  let controlUrl: string
  if (options.tls) {
    const { cert, key, ca } = options.tls
    const secure = createTlsServer({ cert, key, ca, requestCert: true, minVersion: 'TLSv1.2' }, listener('es2plus'))
    const plain = createServer(listener('others'))
    servers.push(secure, plain)
    url = `https://localhost:${await listen(secure, options.port)}`
    controlUrl = `http://127.0.0.1:${await listen(plain, options.controlPort ?? 0)}`
  } else {
    const plain = createServer(listener('all'))
    servers.push(plain)
    controlUrl = url = `http://127.0.0.1:${await listen(plain, options.port)}`
  }
  if (saved) world.notifier.resume(saved.pendingNotices)

  return {
    url,
    controlUrl,
    async stop() {
      waits.stop()
      await Promise.all(servers.map(closeServer))
      await world.notifier.close()
      await saver?.close()
    },
  }
}
