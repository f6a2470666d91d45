/**
 * Makes database and containers where they are missing, as `resources.json` declares them. For emulators and test servers: in Azure
 * the templates do it, and the app's identity may not.
 */
import { openCosmosClient } from './cosmos-client'
import { containerNames, containerResource, databaseName } from './resources'

/**
 * Creates what is missing; what is there stays as it is.
 *
 * @throws {CosmosAccountError} when the connection string leads elsewhere than to an emulator
 */
export async function setUpCosmos(connectionString: string, database = databaseName): Promise<void> {
  const client = await openCosmosClient({ account: { connectionString }, requestTimeoutMs: 30_000 })
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
  } finally {
    client.dispose()
  }
}
