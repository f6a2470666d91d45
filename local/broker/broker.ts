/** A Service Bus namespace in memory, for tests and for a laptop without Docker. See README.md. */
import { createServer, type Server, type Socket } from 'node:net'
import type { Connection } from 'rhea'
import { serveConnection } from './connection'
import type { Decide, Verdict } from './faults'
import { defaultQueueSettings, Queue, type QueueSettings } from './queue'
import { rhea } from './rhea'

export interface BrokerOptions {
  /** 0 (the default) takes any free port. Listens on 127.0.0.1 only. */
  port?: number
  /** Queues and what differs from Azure's defaults. More can be made later. */
  queues?: Record<string, Partial<QueueSettings>>
}

/** A running broker, and what tests do to it. */
export interface Broker {
  port: number
  /** For `@azure/service-bus`, and for the setting `SERVICE_BUS`. */
  connectionString: string
  /** Makes a queue with its dead letters; one of that name is replaced. */
  createQueue(name: string, settings?: Partial<QueueSettings>): Queue
  /** @throws {RangeError} when there is no such queue */
  queue(name: string): Queue
  queueNames(): string[]
  /** Asked at every moment; tests set it. */
  decide: Decide
  /** Closes every link of a queue, or of all, as an upgrade of the service does. */
  detachAll(queue?: string): void
  /** Breaks all connections. */
  cutAll(): void
  /** Takes connections and bytes, and does not answer, until `false`. */
  playDead(silent: boolean): void
  /** Refuses connections and breaks those there are. What lies in the queues stays; scheduled messages go on. */
  down(): Promise<void>
  /** Listens again, on the same port. */
  up(): Promise<void>
  /** Number of connections. */
  connections(): number
  stop(): Promise<void>
}

/** Starts a broker. */
export async function startBroker({ port = 0, queues = {} }: BrokerOptions = {}): Promise<Broker> {
  const entities = new Map<string, Queue>()
  const open = new Map<Socket, Connection>()
  const held: Socket[] = []
  let silent = false
  let server: Server | undefined
  let listening = port

  const container = rhea.create_container({
    id: 'local-broker',
    // Settlement is ours to decide, and a batch may be as large as in Azure.
    autoaccept: false,
    treat_modified_as_released: false,
    receiver_options: { max_message_size: 256 * 1024 },
    reconnect: false,
  })
  const mechanisms: unknown = container.sasl_server_mechanisms
  enable(mechanisms, 'enable_anonymous')
  enable(mechanisms, 'enable_plain', () => true)
  // Other languages' libraries name it; the token comes by $cbs in any case.
  if (typeof mechanisms === 'object' && mechanisms !== null)
    Reflect.set(mechanisms, 'MSSBCBS', () => ({ outcome: true, username: 'cbs', start() {} }))
  for (const event of [
    'connection_error',
    'session_error',
    'receiver_error',
    'sender_error',
    'protocol_error',
    'error',
  ])
    container.on(event, () => undefined) // A client may break off as it likes.

  const broker: Broker = {
    port: listening,
    connectionString: '',
    createQueue(name, settings = {}) {
      const all = { ...defaultQueueSettings, ...settings }
      const deadLetters = new Queue(`${name}/$deadletterqueue`, { ...all, timeToLiveMs: Number.POSITIVE_INFINITY })
      const queue = new Queue(name, all, deadLetters)
      entities.get(name.toLowerCase())?.clear()
      entities.set(name.toLowerCase(), queue)
      return queue
    },
    queue(name) {
      const queue = entities.get(name.toLowerCase())
      if (queue === undefined) throw new RangeError(`no queue ${name}`)
      return queue
    },
    queueNames: () => [...entities.keys()],
    decide: () => 'work',
    detachAll(queue) {
      const address = queue?.toLowerCase()
      for (const connection of open.values()) {
        connection.each_link((link: { source?: unknown; target?: unknown; close(error: object): void }) => {
          const ends = [link.source, link.target].map((end) => addressOf(end).toLowerCase())
          if (address === undefined || ends.some((end) => end === address || end.startsWith(`${address}/`)))
            link.close({ condition: 'amqp:link:detach-forced', description: 'The link was detached by the broker.' })
        })
      }
    },
    cutAll() {
      for (const [socket, connection] of [...open]) cut(socket, connection)
    },
    playDead(wanted) {
      silent = wanted
      for (const socket of open.keys()) {
        if (silent) socket.pause()
        else socket.resume()
      }
      if (silent) return
      for (const socket of held.splice(0)) accept(socket)
      for (const queue of entities.values()) queue.pump()
    },
    async down() {
      const closing = server
      server = undefined
      broker.cutAll()
      for (const socket of held.splice(0)) socket.destroy()
      if (closing) await new Promise<void>((resolve) => closing.close(() => resolve()))
    },
    async up() {
      server ??= await listen(listening, accept)
    },
    connections: () => open.size,
    async stop() {
      await broker.down()
      for (const queue of entities.values()) queue.clear()
    },
  }

  function accept(socket: Socket): void {
    socket.setNoDelay(true)
    if (silent) {
      held.push(socket)
      socket.on('error', () => held.splice(held.indexOf(socket), 1))
      return
    }
    const connection = container.create_connection()
    open.set(socket, connection)
    serveConnection(connection, {
      queueOf: (address) => queueAt(entities, address),
      decide: (moment): Verdict => (silent ? 'ignore' : broker.decide(moment)),
      silent: () => silent,
      cut: () => cut(socket, connection),
      ended: () => open.delete(socket),
    })
    connection.accept(socket)
  }

  function cut(socket: Socket, connection: Connection): void {
    open.delete(socket)
    connection.abort_socket(socket)
    socket.on('error', () => undefined) // what the client had still to send
  }

  for (const [name, settings] of Object.entries(queues)) broker.createQueue(name, settings)
  server = await listen(port, accept)
  listening = portOf(server)
  broker.port = listening
  broker.connectionString = connectionStringFor(listening)
  return broker
}

/** How `@azure/service-bus` reaches an emulator, by its own switch. The key is no secret: nothing checks it. */
export function connectionStringFor(port: number): string {
  const access = 'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE'
  return `Endpoint=sb://127.0.0.1:${port};${access};UseDevelopmentEmulator=true;`
}

function queueAt(entities: Map<string, Queue>, address: string): Queue | undefined {
  const path = address.toLowerCase()
  const dead = /^(.*)\/\$deadletterqueue$/.exec(path)?.[1]
  return dead === undefined ? entities.get(path) : entities.get(dead)?.deadLetters
}

function addressOf(terminus: unknown): string {
  const address: unknown = typeof terminus === 'object' && terminus !== null ? Reflect.get(terminus, 'address') : ''
  return typeof address === 'string' ? address : ''
}

function enable(mechanisms: unknown, name: string, ...given: unknown[]): void {
  if (typeof mechanisms !== 'object' || mechanisms === null) return
  const method: unknown = Reflect.get(mechanisms, name)
  if (typeof method === 'function') Reflect.apply(method, mechanisms, given)
}

function listen(port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(onConnection)
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the broker has no port')
  return address.port
}
