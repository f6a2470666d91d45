/**
 * Cosmos DB and Service Bus for `npm start -- --engine cloud`: each from the settings of the cloud where the environment has them, so that
 * an emulator or an account in Azure is used, and otherwise our own server on this machine.
 */
import { type BusConnection, readBusConnection } from '../../shared/platform/bus-settings'
import type { CosmosAccount } from '../../shared/platform/cosmos-account'
import { databaseName, serviceBusConnection } from '../../shared/platform/resources'
import type { CloudPorts } from './addresses'
import type { Store } from './store'

type Environment = Readonly<Record<string, string | undefined>>

/** Something that was configured cannot be used; the message says what to do. */
export class EngineError extends Error {
  readonly code = 'engine_unavailable'
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'EngineError'
  }
}

/** One of the two, ready for use. */
interface Part {
  settings: Record<string, string>
  /** For the table. */
  where: string
  stop?: () => Promise<void>
}

const namespaceSetting = `${serviceBusConnection}__fullyQualifiedNamespace`

/** What the environment names; the others are ours. */
export interface CloudChoice {
  cosmos: CosmosAccount | undefined
  bus: BusConnection | undefined
}

/**
 * Reads what is configured.
 *
 * @throws {BusSettingsError}
 */
export async function cloudChoice(environment: Environment): Promise<CloudChoice> {
  const { COSMOS_ENDPOINT: endpoint, COSMOS_CONNECTION: connectionString } = environment
  const bus = readBusConnection(environment)
  if (endpoint) {
    const { credentialOf } = await import('../../shared/platform/credential')
    return { cosmos: { endpoint, credential: credentialOf(environment) }, bus }
  }
  return { cosmos: connectionString ? { connectionString } : undefined, bus }
}

/**
 * Opens what is configured and starts the rest.
 *
 * @param reset begin with an empty database
 * @throws {EngineError} when something that is configured does not answer
 */
export async function cloudStore(choice: CloudChoice, ports: CloudPorts, reset: boolean): Promise<Store> {
  const opened: Part[] = []
  const stop = async () => {
    await Promise.all(opened.map(async (part) => part.stop?.()))
  }
  try {
    const cosmos = choice.cosmos ? await foundCosmos(choice.cosmos, reset) : await ownCosmos(ports.cosmos)
    opened.push(cosmos)
    const bus = choice.bus ? await foundBus(choice.bus) : await ownBus(ports.serviceBus)
    opened.push(bus)
    return {
      // Nothing of a storage account, whatever the environment says.
      settings: { ORDERS_STORAGE: '', AzureWebJobsStorage: '', ...cosmos.settings, ...bus.settings },
      documents: cosmos.documents,
      where: [
        ['State', cosmos.where],
        ['Wakes', bus.where],
      ],
      demoData: choice.cosmos && 'endpoint' in choice.cosmos ? 'never' : 'always',
      isNew: cosmos.isNew,
      lost: new Promise(() => undefined),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type CosmosPart = Part & Pick<Store, 'documents' | 'isNew'>

async function ownCosmos(port: number): Promise<CosmosPart> {
  const [{ startCosmosServer }, { setUpCosmos }] = await Promise.all([
    import('../cosmos'),
    import('../../shared/platform/cosmos-setup'),
  ])
  const { connectionString, stop } = await startCosmosServer(port)
  await setUpCosmos(connectionString)
  const documents = await openCosmos({ connectionString })
  return {
    settings: { COSMOS_CONNECTION: connectionString },
    documents,
    where: `our own test server for Cosmos DB on port ${port}, in memory`,
    isNew: true,
    async stop() {
      await documents.close()
      await stop()
    },
  }
}

async function foundCosmos(account: CosmosAccount, reset: boolean): Promise<CosmosPart> {
  const documents = await openCosmos(account)
  try {
    if ('connectionString' in account) {
      const { dropCosmos, setUpCosmos } = await import('../../shared/platform/cosmos-setup')
      if (reset) await dropCosmos(account.connectionString)
      const { created } = await setUpCosmos(account.connectionString)
      const where = addressOf(account.connectionString, 'AccountEndpoint')
      return {
        settings: { COSMOS_CONNECTION: account.connectionString },
        documents,
        where: `Cosmos DB at ${where}, database ${databaseName}`,
        isNew: created,
        stop: documents.close,
      }
    }
    if (reset) throw new EngineError('--reset empties no account in Azure: leave it out, or unset COSMOS_ENDPOINT')
    await documents.get('sims', 'readiness', 'readiness')
    const { endpoint } = account
    const where = `Cosmos DB at ${endpoint}, database ${databaseName}; no demo data there`
    return { settings: { COSMOS_ENDPOINT: endpoint }, documents, where, isNew: false, stop: documents.close }
  } catch (cause) {
    await documents.close()
    if (cause instanceof EngineError) throw cause
    throw unavailable('Cosmos DB', 'connectionString' in account ? 'COSMOS_CONNECTION' : 'COSMOS_ENDPOINT', cause)
  }
}

async function openCosmos(account: CosmosAccount) {
  const { createCosmosDocumentStore } = await import('../../shared/platform/cosmos-document-store')
  return createCosmosDocumentStore({ account, now: () => new Date() })
}

async function ownBus(port: number): Promise<Part> {
  const [{ startBroker }, { declaredQueues }] = await Promise.all([
    import('../broker/broker'),
    import('../broker/declared'),
  ])
  const broker = await startBroker({ port, queues: declaredQueues() })
  return {
    settings: { [serviceBusConnection]: broker.connectionString },
    where: `our own broker for Service Bus on port ${port}, in memory`,
    stop: broker.stop,
  }
}

async function foundBus(connection: BusConnection): Promise<Part> {
  if (connection.by === 'identity') {
    // Wakes would be sent, and never heard of again.
    throw new EngineError(
      `The local Functions host takes no wakes from a namespace in Azure: unset ${namespaceSetting}, and npm start brings a broker of its own, or set ${serviceBusConnection} to the connection string of an emulator`,
    )
  }
  const { connectionString } = connection
  const { createServiceBusWakeQueue } = await import('../../shared/platform/service-bus-wake-queue')
  const wakes = createServiceBusWakeQueue({ connection, now: () => new Date() })
  try {
    await wakes.prepare()
  } catch (cause) {
    throw unavailable('Service Bus', serviceBusConnection, cause)
  } finally {
    await wakes.close()
  }
  const where = `Service Bus at ${addressOf(connectionString, 'Endpoint')}`
  return { settings: { [serviceBusConnection]: connectionString }, where }
}

/** The address of a connection string, without its key. */
function addressOf(connectionString: string, name: string): string {
  return new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*([^;]*)`, 'i').exec(connectionString)?.[1] ?? ''
}

function unavailable(what: string, setting: string, cause: unknown): EngineError {
  const remedy =
    setting === 'COSMOS_CONNECTION' || setting === serviceBusConnection
      ? "Start the emulators (EMULATOR_SQL_PASSWORD='…' docker compose up) and wait until they are ready,"
      : 'Sign in (az login) as somebody who may use it,'
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new EngineError(
    `${what} cannot be used: ${reason}\n${remedy}\nor unset ${setting}: then npm start brings a server of its own.`,
    { cause },
  )
}
