import { createServer } from 'node:net'
import { type AzuritePorts, defaultAzuritePorts } from '../azurite'

/** Where everything listens, on 127.0.0.1. */
export interface Ports {
  app: number
  windows: number
  smdp: number
  standins: number
  azurite: AzuritePorts
  cloud: CloudPorts
}

/** Where our own servers listen with `--engine cloud`. */
export interface CloudPorts {
  cosmos: number
  serviceBus: number
}

/** Port of the app without `--port`, as Azure Functions Core Tools choose it. */
export const defaultPort = 7071

/**
 * The ports of one `npm start`: the app's and the three after it. Azurite has its own defaults, where other tools look for it,
 * or N+10 to N+12 beside a port that was asked for. Our own servers for the cloud's engine are on N+20 and N+21.
 */
export function portsFrom(port: number | undefined): Ports {
  const app = port ?? defaultPort
  const azurite = port === undefined ? defaultAzuritePorts : { blob: app + 10, queue: app + 11, table: app + 12 }
  const cloud = { cosmos: app + 20, serviceBus: app + 21 }
  return { app, windows: app + 1, smdp: app + 2, standins: app + 3, azurite, cloud }
}

/** A server that we may have to start for state and wakes. */
export type OwnServer = 'azurite' | keyof CloudPorts

/** What listens on which port, for messages. */
export function namedPorts(ports: Ports, servers: readonly OwnServer[]): [name: string, port: number][] {
  const own: [string, number][] = [
    ['the app', ports.app],
    ['the Windows simulator', ports.windows],
    ['the SM-DP+ simulator', ports.smdp],
    ['the stand-ins', ports.standins],
  ]
  const { azurite, cloud } = ports
  const portsOf: Record<OwnServer, [string, number][]> = {
    azurite: [
      ['Azurite (blobs)', azurite.blob],
      ['Azurite (queues)', azurite.queue],
      ['Azurite (tables)', azurite.table],
    ],
    cosmos: [['the test server for Cosmos DB', cloud.cosmos]],
    serviceBus: [['the broker for Service Bus', cloud.serviceBus]],
  }
  return [...own, ...servers.flatMap((server) => portsOf[server])]
}

/** Whether nobody listens on a port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/**
 * Looks whether all ports are free.
 *
 * @returns what to tell the person; `undefined` when all are free
 */
export async function portProblem(wanted: readonly [name: string, port: number][]): Promise<string | undefined> {
  const free = await Promise.all(wanted.map(([, port]) => isFree(port)))
  const busy = wanted.filter((_, at) => !free[at])
  if (busy.length === 0) return undefined
  const lines = busy.map(([name, port]) => `Port ${port}, wanted for ${name}, is taken by another program.`)
  lines.push('End that program (perhaps an earlier npm start), or choose other ports: npm start -- --port 8071')
  return lines.join('\n')
}
