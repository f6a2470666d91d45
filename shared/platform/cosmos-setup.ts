/**
 * Makes database and containers where they are missing, as `resources.json` declares them. For emulators and test servers: in Azure
 * the templates do it, and the app's identity may not.
 */
import { ServiceRejection } from './azure-call'
import { cosmosFailure, openCosmosClient } from './cosmos-client'
import { containerNames, containerResource, databaseName } from './resources'

/**
 * Creates what is missing; what is there stays as it is.
 *
 * @returns `created`: the database was not there before
 * @throws {CosmosAccountError} when the connection string leads elsewhere than to an emulator
 */
export async function setUpCosmos(connectionString: string, database = databaseName): Promise<{ created: boolean }> {
  const client = await open(connectionString)
  try {
    const made = await client.databases.createIfNotExists({ id: database })
    for (const name of containerNames) {
      const { partitionKeyPath, defaultTtl, indexingPolicy } = containerResource(name)
      await made.database.containers.createIfNotExists({
        id: name,
        // Version 2 tells partitions apart by their whole text; version 1 by the first 100 bytes.
        partitionKey: { paths: [partitionKeyPath], version: 2 },
        ...(defaultTtl === undefined ? {} : { defaultTtl }),
        indexingPolicy: { ...indexingPolicy, indexingMode: 'consistent' },
      })
    }
    return { created: made.statusCode === 201 }
  } catch (error) {
    throw cosmosFailure(error)
  } finally {
    client.dispose()
  }
}

/**
 * Deletes the database with all that is in it, if it is there.
 *
 * @throws {CosmosAccountError} when the connection string leads elsewhere than to an emulator
 */
export async function dropCosmos(connectionString: string, database = databaseName): Promise<void> {
  const client = await open(connectionString)
  try {
    await client.database(database).delete()
  } catch (error) {
    const failure = cosmosFailure(error)
    if (!(failure instanceof ServiceRejection && failure.status === 404)) throw failure
  } finally {
    client.dispose()
  }
}

function open(connectionString: string) {
  return openCosmosClient({ account: { connectionString }, requestTimeoutMs: 30_000 })
}
