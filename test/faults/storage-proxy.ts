/**
 * Stands between the app and its engine (Azurite, or Cosmos DB and Service Bus): counts what the app asks of the store, and takes store
 * or queue away. Its ports are known before the engine runs, so the app can be started with them; until `connect`, both are away.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { settingsBy } from '../support/engine'
import type { EnginePorts } from '../support/engine-settings'

/** `up`; `away`: connections break at once; `silent`: they are taken, and not answered before they break in the end. */
export type Condition = 'up' | 'away' | 'silent'

/** One service behind the proxy. */
export interface Wire {
  condition: Condition
}

export interface StorageProxy {
  /**
   * The state: tables, or Cosmos DB. `requests`: every one since the proxy began, as `GET /devstoreaccount1/…`. `delayMs`: how long each
   * answer is held back while it is up.
   */
  table: Wire & { requests: string[]; delayMs: number }
  /** The wakes: queues, or Service Bus. */
  queue: Wire
  /** For `startStack({environment})`: the app reaches its engine through here. */
  environment: Record<string, string>
  /** Leads on to these ports. */
  connect(target: EnginePorts): void
  stop(): Promise<void>
}

export async function startStorageProxy(): Promise<StorageProxy> {
  const [table, queue] = [new HttpSide(), new TcpSide()]
  const ports = { state: await table.listen(), wakes: await queue.listen() }
  return {
    table,
    queue,
    environment: settingsBy(ports),
    connect(target) {
      table.connect(target.state)
      queue.connect(target.wakes)
    },
    async stop() {
      await Promise.all([table.stop(), queue.stop()])
    },
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

class HttpSide implements Wire {
  #condition: Condition = 'away'
  readonly requests: string[] = []
  delayMs = 0
  /** Requests that wait for an answer in vain. */
  readonly #held = new Set<IncomingMessage>()
  readonly #server = createServer((incoming, outgoing) => this.#serve(incoming, outgoing))
  readonly #agent = new Agent({ keepAlive: true })
  #target = 0

  get condition(): Condition {
    return this.#condition
  }

  set condition(condition: Condition) {
    this.#condition = condition
    for (const request of this.#held) request.socket.destroy()
    this.#held.clear()
  }

  listen(): Promise<number> {
    return listen(this.#server)
  }

  connect(port: number): void {
    this.#target = port
    this.condition = 'up'
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
    this.#agent.destroy()
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = '', url: path = '', headers } = incoming
    this.requests.push(`${method} ${path}`)
    if (this.#condition === 'away') return void incoming.socket.destroy()
    if (this.#condition === 'silent') return void this.#held.add(incoming.resume())
    const options = { host: '127.0.0.1', port: this.#target, method, path, headers, agent: this.#agent }
    const onward = request(options, (answer) => {
      const pass = () => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      }
      if (this.delayMs > 0) setTimeout(pass, this.delayMs)
      else pass()
    })
    onward.on('error', () => incoming.socket.destroy())
    incoming.pipe(onward)
  }
}

/** Bytes, whatever they mean: AMQP and HTTP alike. With its condition every connection ends but those that shall be silent. */
class TcpSide implements Wire {
  #condition: Condition = 'away'
  readonly #sockets = new Set<Socket>()
  readonly #server = createTcpServer((socket) => this.#serve(socket))
  #target = 0

  get condition(): Condition {
    return this.#condition
  }

  set condition(condition: Condition) {
    this.#condition = condition
    for (const socket of this.#sockets) {
      // Silence begins in the middle of what is under way; its bytes are lost.
      if (condition === 'silent') socket.unpipe().removeAllListeners('data').resume()
      else socket.destroy()
    }
  }

  listen(): Promise<number> {
    return listen(this.#server)
  }

  connect(port: number): void {
    this.#target = port
    this.condition = 'up'
  }

  async stop(): Promise<void> {
    this.condition = 'away'
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  #serve(socket: Socket): void {
    this.#keep(socket)
    if (this.#condition === 'away') return void socket.destroy()
    if (this.#condition === 'silent') return void socket.resume()
    const onward = this.#keep(connect(this.#target, '127.0.0.1'))
    socket.on('close', () => onward.destroy())
    onward.on('close', () => socket.destroy())
    socket.pipe(onward).pipe(socket)
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket))
  }
}
