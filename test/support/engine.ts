/**
 * The engine under a test stack. `TEST_ENGINE=cloud`: state is in a server that speaks the protocol of Cosmos DB, as in Azure; otherwise
 * in Azure Tables on Azurite. Wakes are on Azurite either way.
 */
import { cosmosConnectionString, startCosmosServer } from '../../local/cosmos'
import { createCosmosDocumentStore } from '../../shared/platform/cosmos-document-store'
import { setUpCosmos } from '../../shared/platform/cosmos-setup'
import type { DocumentStore } from '../../shared/platform/ports'
import { createTablesDocumentStore } from '../../shared/platform/tables-document-store'

/** Whether tests run on what the cloud has. */
export const onCloudEngine = process.env.TEST_ENGINE === 'cloud'

/** The state of one stack. */
export interface TestState {
  documents: DocumentStore
  /** For the app's environment. */
  settings: Record<string, string>
  stop(): Promise<void>
}

/** Ports of the Cosmos servers of this process, by the connection string of the storage account that they stand beside. */
const cosmosBeside = new Map<string, number>()

/** Where the state beside this storage account is, on the cloud engine; `undefined`: in its tables. */
export function cosmosPortOf(connectionString: string): number | undefined {
  return cosmosBeside.get(connectionString)
}

/** Makes the state beside a storage account, or in it. */
export async function startState(connectionString: string): Promise<TestState> {
  const now = () => new Date()
  if (!onCloudEngine) {
    const documents = createTablesDocumentStore({ connectionString, now })
    await documents.prepare()
    return { documents, settings: {}, stop: async () => {} }
  }
  const server = await startCosmosServer()
  await setUpCosmos(server.connectionString)
  cosmosBeside.set(connectionString, server.port)
  const documents = createCosmosDocumentStore({ account: { connectionString: server.connectionString }, now })
  return {
    documents,
    settings: { COSMOS_CONNECTION: server.connectionString },
    async stop() {
      cosmosBeside.delete(connectionString)
      await documents.close()
      await server.stop()
    },
  }
}

/** Settings that lead the app to state and wakes by these ports. */
export function storageSettings(connectionString: string, statePort: number): Record<string, string> {
  const storage = { ORDERS_STORAGE: connectionString }
  return onCloudEngine ? { ...storage, COSMOS_CONNECTION: cosmosConnectionString(statePort) } : storage
}
