import { rmSync } from 'node:fs'
import { TableServiceClient } from '@azure/data-tables'
import { QueueServiceClient } from '@azure/storage-queue'
import { containerNames, queues as declaredQueues } from '../../shared/platform/resources'

/** Forgets what `npm start` keeps in files: state, secrets, Azurite's data and logs. The build stays. */
export function resetFiles(folders: { state: string; logs: string }): void {
  for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true })
}

/** The queues of the app, and where their messages go that nobody could handle. */
const queues = Object.values(declaredQueues).flatMap(({ name }) => [name, `${name}-poison`])

/** Forgets the app's data in an Azurite that was there before us and is not ours to delete as a whole. */
export async function resetStore(connectionString: string): Promise<void> {
  const tables = TableServiceClient.fromConnectionString(connectionString, { allowInsecureConnection: true })
  const queueService = QueueServiceClient.fromConnectionString(connectionString)
  await Promise.all([
    ...containerNames.map((name) => tables.deleteTable(name)), // an absent table is no error
    ...queues.map((name) => queueService.getQueueClient(name).deleteIfExists()),
  ])
}
