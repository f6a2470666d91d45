/** App settings that lead to an engine on this machine. */
import { azuriteConnectionString } from '../../local/azurite'
import { connectionStringFor } from '../../local/broker/broker'
import { cosmosConnectionString } from '../../local/cosmos'
import { serviceBusConnection } from '../../shared/platform/resources'

/** Where an engine listens, on 127.0.0.1: tables and queues, or Cosmos DB and Service Bus. */
export interface EnginePorts {
  state: number
  wakes: number
}

/** To Cosmos DB and Service Bus; there is no storage account at all. */
export function cloudSettings(ports: EnginePorts): Record<string, string> {
  return {
    COSMOS_CONNECTION: cosmosConnectionString(ports.state),
    [serviceBusConnection]: connectionStringFor(ports.wakes),
  }
}

/** To tables and queues of Azurite. Nobody asks for its blobs. */
export function storageSettings(ports: EnginePorts): Record<string, string> {
  const connectionString = azuriteConnectionString({ table: ports.state, queue: ports.wakes, blob: 9 })
  return { ORDERS_STORAGE: connectionString, AzureWebJobsStorage: connectionString }
}
