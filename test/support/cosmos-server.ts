/** Cosmos DB for test files. */
import { randomBytes } from 'node:crypto'
import { afterAll } from 'vitest'
import { startCosmosServer } from '../../local/cosmos'
import type { CosmosAccount } from '../../shared/platform/cosmos-account'
import { setUpCosmos } from '../../shared/platform/cosmos-setup'
import { databaseName } from '../../shared/platform/resources'

/** What a test file gets. */
export interface TestCosmos {
  account: CosmosAccount
  database: string
}

/**
 * Starts a test server for this test file and ends it after the file's last test. With `TEST_COSMOS_CONNECTION` (connection string
 * of an emulator) that one is used instead, with a database of its own; with `TEST_COSMOS_ENDPOINT` the account at that address, by
 * the identity that `az login` has, in the app's own database, which the templates have made.
 */
export async function useCosmos(): Promise<TestCosmos> {
  const endpoint = process.env.TEST_COSMOS_ENDPOINT
  if (endpoint) {
    const { DefaultAzureCredential } = await import('@azure/identity')
    return { account: { endpoint, credential: new DefaultAzureCredential() }, database: databaseName }
  }
  const database = `test-${randomBytes(5).toString('hex')}`
  const connectionString = process.env.TEST_COSMOS_CONNECTION || (await ownServer())
  await setUpCosmos(connectionString, database)
  return { account: { connectionString }, database }
}

async function ownServer(): Promise<string> {
  const server = await startCosmosServer()
  afterAll(server.stop)
  return server.connectionString
}

/** A test server of this file's own, whatever the environment says: for tests that stand between it and the adapter. */
export async function useCosmosServer(): Promise<{
  account: { connectionString: string }
  database: string
  port: number
}> {
  const server = await startCosmosServer()
  afterAll(server.stop)
  await setUpCosmos(server.connectionString)
  return { account: { connectionString: server.connectionString }, database: databaseName, port: server.port }
}
