/** The store as it is, row by row, so that "nothing was written" can be said of all of it. */
import { TableClient } from '@azure/data-tables'
import type { ContainerName } from '../../shared/platform/ports'
import { containerNames } from '../../shared/platform/resources'
import { fromEntity } from '../../shared/platform/table-entities'

/** Every document of a container, in no particular order. */
export async function documentsOf<T extends object>(connectionString: string, container: ContainerName): Promise<T[]> {
  const rows = await rowsOf(connectionString, container)
  return rows.map((row) => fromEntity(row).value as T)
}

/** One line per row of all containers: where it lies and which version of it. */
export async function everyRow(connectionString: string): Promise<string[]> {
  const containers = await Promise.all(
    containerNames.map(async (container) => {
      const rows = await rowsOf(connectionString, container)
      return rows.map(({ partitionKey, rowKey, etag }) => `${container} ${partitionKey} ${rowKey} ${etag}`)
    }),
  )
  return containers.flat().sort()
}

async function rowsOf(connectionString: string, container: ContainerName) {
  const client = TableClient.fromConnectionString(connectionString, container, { allowInsecureConnection: true })
  const rows: Record<string, unknown>[] = []
  for await (const row of client.listEntities()) rows.push(row)
  return rows
}
