/**
 * Which store holds the state, by the settings that are present:
 *
 * | setting | store |
 * |---|---|
 * | `COSMOS_ENDPOINT` | Cosmos DB by managed identity |
 * | `COSMOS_CONNECTION` | an emulator of Cosmos DB, by key |
 * | `ORDERS_STORAGE` | Azure Tables: Azurite, or a storage account |
 *
 * Only the SDK of the chosen one is loaded.
 */
import type { CosmosAccount } from './cosmos-account'
import type { CosmosRequest } from './cosmos-client'
import type { Clock, DocumentStore, Log } from './ports'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Opens the store; `undefined` when no setting names one. Does no I/O.
 *
 * @param parts `log`: hears of requests to Cosmos DB that were slow, dear or turned away
 */
export async function openState(
  environment: Environment,
  { clock, log }: { clock: Clock; log?: Log },
): Promise<DocumentStore | undefined> {
  const account = await cosmosAccount(environment)
  if (account !== undefined) {
    // The store loads its SDK by itself, and too late for whoever opens it before the first call.
    const [{ createCosmosDocumentStore }] = await Promise.all([
      import('./cosmos-document-store'),
      import('@azure/cosmos'),
    ])
    const onRequest = log && ((request: CosmosRequest) => logNoteworthy(log, request))
    return createCosmosDocumentStore({ account, now: clock, ...(onRequest ? { onRequest } : {}) })
  }
  const connectionString = environment.ORDERS_STORAGE
  if (!connectionString) return undefined
  const { createTablesDocumentStore } = await import('./tables-document-store')
  return createTablesDocumentStore({ connectionString, now: clock })
}

async function cosmosAccount(environment: Environment): Promise<CosmosAccount | undefined> {
  const { COSMOS_ENDPOINT: endpoint, COSMOS_CONNECTION: connectionString } = environment
  if (endpoint) {
    const { credentialOf } = await import('./credential')
    return { endpoint, credential: credentialOf(environment) }
  }
  return connectionString ? { connectionString } : undefined
}

/** A point read costs 2 request units and takes milliseconds; a line for each would cost more than the request. */
const dearCharge = 50
const slowMs = 1_000

/** Logs what staff should know of: no answer, turned away, slow, dear. */
export function logNoteworthy(log: Log, request: CosmosRequest): void {
  const { status, charge, ms } = request
  const failed = status === 0 || status === 429 || status >= 500
  if (!failed && charge < dearCharge && ms < slowMs) return
  const fields = { ...request, charge: Math.round(charge * 100) / 100, ms: Math.round(ms) }
  if (failed) log.warn('cosmos request', fields)
  else log.info('cosmos request', fields)
}
