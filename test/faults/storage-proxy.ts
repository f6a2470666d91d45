/**
 * Stands between the app and Azurite: counts what the app asks of the store and of the queue, and takes either away. Its ports are
 * known before Azurite runs, so the app can be started with them; until `connect`, both are away.
 */
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { azuriteConnectionString } from '../../local/azurite'
import { cosmosPortOf, storageSettings } from '../support/engine'

/** `up`; `away`: connections break at once; `silent`: they are taken, and not answered before they break in the end. */
export type Condition = 'up' | 'away' | 'silent'

/** One service behind the proxy. */
export interface Wire {
  condition: Condition
  /** Every request since the proxy began, as `GET /devstoreaccount1/…`. */
  requests: string[]
}

export interface StorageProxy {
  /** The state: tables, or Cosmos DB on the cloud engine. */
  table: Wire
  queue: Wire
  /** For `startStack({environment})`: the app reaches its storage through here. */
  environment: Record<string, string>
  connectionString: string
  /** Leads on to the Azurite of this connection string. */
  connect(connectionString: string): void
  stop(): Promise<void>
}

export async function startStorageProxy(): Promise<StorageProxy> {
  const [table, queue] = [new Side(), new Side()]
  const ports = { table: await table.listen(), queue: await queue.listen(), blob: 9 }
  const connectionString = azuriteConnectionString(ports)
  return {
    table,
    queue,
    connectionString,
    environment: storageSettings(connectionString, ports.table),
    connect(target) {
      table.connect(cosmosPortOf(target) ?? Number(/TableEndpoint=http:\/\/127\.0\.0\.1:(\d+)/.exec(target)?.[1]))
      queue.connect(Number(/QueueEndpoint=http:\/\/127\.0\.0\.1:(\d+)/.exec(target)?.[1]))
    },
    async stop() {
      await Promise.all([table.stop(), queue.stop()])
    },
  }
}

class Side implements Wire {
  #condition: Condition = 'away'
  readonly requests: string[] = []
  /** Requests that wait for an answer in vain. */
  readonly #held = new Set<IncomingMessage>()
  readonly #server: Server = createServer((incoming, outgoing) => this.#serve(incoming, outgoing))
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

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
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
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => incoming.socket.destroy())
    incoming.pipe(onward)
  }
}
