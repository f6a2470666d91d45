import { join } from 'node:path'
import type { DocumentStore } from '../../shared/platform/ports'
import { serviceBusConnection } from '../../shared/platform/resources'
import { createTablesDocumentStore } from '../../shared/platform/tables-document-store'
import { type AzuritePorts, startAzurite } from '../azurite'
import { writePrivate } from './local-secrets'
import type { Ending } from './program'

/** The state, and what it needs before demo data can be brought in. */
export type StartedStore = DocumentStore & { prepare?(): Promise<void> }

/** What holds state and wakes of this start. */
export interface Store {
  /** For the app. */
  settings: Record<string, string>
  documents: StartedStore
  /** For the table: what it is, and where. */
  where: [name: string, place: string][]
  /** Whether demo data is brought in: once, at each start, for it may have been forgotten, or not at all. */
  demoData: 'once' | 'always' | 'never'
  /** Nothing is in it yet: then the simulators, too, must begin anew. */
  isNew: boolean
  /** `undefined`: it was there before us and stays. */
  stop?: () => Promise<void>
  /** Resolves when what we have started is gone although nobody stopped it. */
  lost: Promise<Ending>
}

/** Cosmos DB and Service Bus, which the environment may name, have no part in a start on Azurite. */
const notTheCloud = ['COSMOS_ENDPOINT', 'COSMOS_CONNECTION', serviceBusConnection].concat(
  `${serviceBusConnection}__fullyQualifiedNamespace`,
)

function onAzurite(connectionString: string): Pick<Store, 'settings' | 'documents' | 'isNew'> {
  const documents = createTablesDocumentStore({ connectionString, now: () => new Date() })
  const others = notTheCloud.filter((name) => process.env[name]).map((name) => [name, ''])
  const storage = { AzureWebJobsStorage: connectionString, ORDERS_STORAGE: connectionString }
  return { settings: { ...storage, ...Object.fromEntries(others) }, documents, isNew: false }
}

const placeOf = (name: string, { blob, table }: AzuritePorts): Store['where'] => [
  ['Store', `${name} on ports ${blob} to ${table}`],
]

/** An Azurite that somebody else runs. */
export function foundStore(connectionString: string, ports: AzuritePorts): Store {
  return {
    ...onAzurite(connectionString),
    where: placeOf('Azurite (was running already)', ports),
    // It may have forgotten what our marker remembers.
    demoData: 'always',
    lost: new Promise(() => undefined),
  }
}

/** Starts an Azurite that keeps its data in the state folder. */
export async function ownStore(folders: { state: string; logs: string }, ports: AzuritePorts): Promise<Store> {
  const { blob, queue, table } = ports
  const lines: string[] = []
  const azurite = await startAzurite({
    location: join(folders.state, 'azurite'),
    blobPort: blob,
    queuePort: queue,
    tablePort: table,
    log: (line) => lines.push(line),
  })
  const logFile = join(folders.logs, 'azurite.log')
  let watch: NodeJS.Timeout | undefined
  const lost = new Promise<Ending>((resolve) => {
    watch = setInterval(() => {
      if (isAlive(azurite.pid)) return
      clearInterval(watch)
      writePrivate(logFile, lines)
      resolve({ name: 'Azurite', how: 'gone', logFile })
    }, 500)
  })
  const stop = async () => {
    clearInterval(watch)
    await azurite.stop()
  }
  return { ...onAzurite(azurite.connectionString), where: placeOf('Azurite', ports), demoData: 'once', lost, stop }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // no such process
  }
}
