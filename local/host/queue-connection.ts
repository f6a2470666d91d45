import type { QueueClient } from '@azure/storage-queue'
import { HostError } from './errors'
import type { Settings } from './settings'

/** A queue and the account it lies in. */
export interface QueueAddress {
  connectionString: string
  queueName: string
}

const storage = { byDefault: 'AzureWebJobsStorage', example: 'UseDevelopmentStorage=true for Azurite' }
export const serviceBus = { byDefault: 'AzureWebJobsServiceBus', example: 'the one that the local broker prints' }

/**
 * The connection string of a binding's `connection`: the app setting of that name, with or without the prefix `AzureWebJobs`;
 * an empty name means `AzureWebJobsStorage`, or `AzureWebJobsServiceBus` for that service.
 *
 * @throws {HostError} `setting_missing`; also when the setting stands for an identity (`NAME__queueServiceUri`), which needs Azure
 * @see "Azure Queue storage trigger" and "Azure Service Bus trigger", sections "Connections"
 */
export function connectionString(
  connection: unknown,
  settings: Settings,
  service: { byDefault: string; example: string } = storage,
): string {
  const name = typeof connection === 'string' && connection !== '' ? connection : service.byDefault
  const value = settings[`AzureWebJobs${name}`] ?? settings[name]
  if (value) return value
  const byIdentity = Object.keys(settings).some((key) => key.startsWith(`${name}__`))
  throw new HostError(
    'setting_missing',
    byIdentity
      ? `connection '${name}' uses an identity: set '${name}' to a connection string to run it locally`
      : `connection '${name}' is not set: give it a connection string, such as ${service.example}`,
  )
}

/** Clients of a queue and of its poison queue. The SDK is loaded here, so that an app without queues never pays for it. */
export async function connectQueue(
  address: QueueAddress,
): Promise<{ queue: QueueClient; poison: QueueClient | undefined }> {
  const { QueueServiceClient } = await import('@azure/storage-queue')
  const service = QueueServiceClient.fromConnectionString(address.connectionString, {
    retryOptions: { maxTries: 2, tryTimeoutInMs: 10_000, retryDelayInMs: 100, maxRetryDelayInMs: 200 },
  })
  const poisonName = `${address.queueName}-poison`
  return {
    queue: service.getQueueClient(address.queueName),
    poison: address.queueName.endsWith('-poison') ? undefined : service.getQueueClient(poisonName),
  }
}
