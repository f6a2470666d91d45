/**
 * The engine under a test stack. `TEST_ENGINE=cloud`: state is in a server that speaks the protocol of Cosmos DB and wakes are on a broker
 * that speaks that of Service Bus, as in Azure, and there is no storage account. Otherwise both are on Azurite.
 */
import { startAzurite } from '../../local/azurite'
import { startBroker } from '../../local/broker/broker'
import { declaredQueues } from '../../local/broker/declared'
import { startCosmosServer } from '../../local/cosmos'
import { createCosmosDocumentStore } from '../../shared/platform/cosmos-document-store'
import { setUpCosmos } from '../../shared/platform/cosmos-setup'
import type { DocumentStore } from '../../shared/platform/ports'
import { queues } from '../../shared/platform/resources'
import { createTablesDocumentStore } from '../../shared/platform/tables-document-store'
import { cloudSettings, type EnginePorts, storageSettings } from './engine-settings'
import { busWakes, storageWakes, type TestQueue, type TestWakes } from './test-wakes'

/** Whether tests run on what the cloud has. */
export const onCloudEngine = process.env.TEST_ENGINE === 'cloud'

/** State and wakes of one stack, both fresh. */
export interface TestEngine {
  documents: DocumentStore
  wakes: TestWakes
  /** The queue of usage. */
  usage: TestQueue
  /** Where the state is, for `rows.ts`: connection string of the storage account, or of Cosmos DB. */
  connectionString: string
  /** For the app's environment. */
  settings: Record<string, string>
  ports: EnginePorts
  stop(): Promise<void>
}

/** Starts the engine that `TEST_ENGINE` names. */
export function startEngine(): Promise<TestEngine> {
  return onCloudEngine ? startCloudEngine() : startStorageEngine()
}

/** Settings that lead the app to state and wakes by these ports. */
export function settingsBy(ports: EnginePorts): Record<string, string> {
  return onCloudEngine ? cloudSettings(ports) : storageSettings(ports)
}

const now = () => new Date()

/** Cosmos DB and Service Bus, whatever `TEST_ENGINE` says. */
export async function startCloudEngine(): Promise<TestEngine> {
  const [server, broker] = await Promise.all([startCosmosServer(), startBroker({ queues: declaredQueues() })])
  const { connectionString } = server
  await setUpCosmos(connectionString)
  const documents = createCosmosDocumentStore({ account: { connectionString }, now })
  const [wakes, usage] = [busWakes(broker), busWakes(broker, queues.usage.name)]
  const ports = { state: server.port, wakes: broker.port }
  return {
    documents,
    wakes,
    usage,
    connectionString,
    settings: cloudSettings(ports),
    ports,
    async stop() {
      await Promise.all([documents.close(), wakes.close(), usage.close()])
      await Promise.all([server.stop(), broker.stop()])
    },
  }
}

async function startStorageEngine(): Promise<TestEngine> {
  const azurite = await startAzurite({})
  const { connectionString } = azurite
  const documents = createTablesDocumentStore({ connectionString, now })
  await documents.prepare()
  const ports = { state: azurite.ports.table, wakes: azurite.ports.queue }
  return {
    documents,
    wakes: storageWakes(connectionString),
    usage: storageWakes(connectionString, queues.usage.name),
    connectionString,
    settings: storageSettings(ports),
    ports,
    stop: azurite.stop,
  }
}
