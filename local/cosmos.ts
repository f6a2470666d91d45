/**
 * Starts a server that speaks the protocol of Cosmos DB, for the local app and for tests. It keeps everything in memory, ignores
 * `ttl` and takes any key. It is a test server and no emulator: what it says of request units, consistency or limits means nothing.
 */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A running server. */
export interface CosmosServer {
  connectionString: string
  port: number
  stop(): Promise<void>
}

/** The key of every emulator of Cosmos DB; public and documented ("Develop locally using the Azure Cosmos DB emulator"). */
const emulatorKey = 'C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=='

/** Connection string of a server on this port of 127.0.0.1. */
export function cosmosConnectionString(port: number): string {
  return `AccountEndpoint=http://127.0.0.1:${port}/;AccountKey=${emulatorKey};`
}

/** Starts the server in this process, on 127.0.0.1. A port of 0 or none means any free one. It is empty: see `setUpCosmos`. */
export async function startCosmosServer(port = 0): Promise<CosmosServer> {
  const { createHttpServer } = await import('@vercel/cosmosdb-server')
  const server: Server = createHttpServer({ keepAlive: true })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: taken } = server.address() as AddressInfo
  return {
    connectionString: cosmosConnectionString(taken),
    port: taken,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
