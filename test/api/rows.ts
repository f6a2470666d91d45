/** The store as it is, row by row, so that "nothing was written" can be said of all of it. */
import { TableClient } from '@azure/data-tables'
import { openCosmosClient } from '../../shared/platform/cosmos-client'
import { fromItem } from '../../shared/platform/cosmos-item'
import type { ContainerName } from '../../shared/platform/ports'
import { containerNames, databaseName } from '../../shared/platform/resources'
import { fromEntity } from '../../shared/platform/table-entities'

interface Row {
  /** Where it lies and which version of it. */
  version: string
  value: object
}

/** Every document of a container, in no particular order. */
export async function documentsOf<T extends object>(connectionString: string, container: ContainerName): Promise<T[]> {
  const rows = await rowsOf(connectionString, container)
  return rows.map(({ value }) => value as T)
}

/** One line per row of all containers: where it lies and which version of it. */
export async function everyRow(connectionString: string): Promise<string[]> {
  const containers = await Promise.all(
    containerNames.map(async (container) => {
      const rows = await rowsOf(connectionString, container)
      return rows.map(({ version }) => `${container} ${version}`)
    }),
  )
  return containers.flat().sort()
}

function rowsOf(connectionString: string, container: ContainerName): Promise<Row[]> {
  const inCosmos = connectionString.startsWith('AccountEndpoint=')
  return inCosmos ? cosmosRows(connectionString, container) : tableRows(connectionString, container)
}

async function tableRows(connectionString: string, container: ContainerName): Promise<Row[]> {
  const client = TableClient.fromConnectionString(connectionString, container, { allowInsecureConnection: true })
  const rows: Row[] = []
  for await (const row of client.listEntities<Record<string, unknown>>()) {
    const { partitionKey, rowKey, etag } = row
    rows.push({ version: `${partitionKey} ${rowKey} ${etag}`, value: fromEntity({ ...row }).value })
  }
  return rows
}

async function cosmosRows(connectionString: string, container: ContainerName): Promise<Row[]> {
  const client = await openCosmosClient({ account: { connectionString }, requestTimeoutMs: 10_000 })
  const items = client.database(databaseName).container(container).items
  const { resources } = await items.query<Record<string, unknown>>('SELECT * FROM c').fetchAll()
  client.dispose()
  return resources.map((item) => {
    const row = fromItem(item)
    return { version: `${String(item.partition)} ${row.id} ${row.etag}`, value: row.value }
  })
}
