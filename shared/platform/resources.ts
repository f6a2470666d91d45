/**
 * The containers and queues of the app, read from `resources.json`. The templates in `infra/` read the same file, so what the code
 * asks for and what Azure has cannot differ. Code names a container by {@link ContainerName} and a queue by {@link queues}.
 */
import { connections, cosmos, queues as declaredQueues, secrets } from './resources.json'

/** The containers (Cosmos DB) or tables (Azure Tables) of the app; partition and id of each are documented with its type. */
export type ContainerName = keyof typeof cosmos.containers

/** A queue, by what it is for. */
export type QueueKey = keyof typeof declaredQueues

/** A container as Cosmos DB has it. */
export interface ContainerResource {
  name: ContainerName
  /** Documents carry their partition in this property. */
  partitionKeyPath: string
  /** `-1` where documents carry their own `ttl` in seconds; absent where nothing expires. */
  defaultTtl?: number
  /**
   * Only the partition is indexed, and `id`, which Cosmos DB always indexes: the one query of the store lists a partition in order
   * of id. Every other path would cost request units on each write.
   */
  indexingPolicy: typeof cosmos.indexingPolicy
}

/** A queue as Service Bus has it. Durations are ISO 8601. */
export interface QueueResource {
  name: string
  lockDuration: string
  maxDeliveryCount: number
  requiresDuplicateDetection: boolean
  duplicateDetectionHistoryTimeWindow: string
  defaultMessageTimeToLive: string
  deadLetteringOnMessageExpiration: boolean
}

/** Name of the database in Cosmos DB. */
export const databaseName = cosmos.database

/** Every container of the app, for adapters that create them ahead of use. */
export const containerNames = Object.keys(cosmos.containers) as readonly ContainerName[]

/** The queues; `queues.orderWakes.name` is what a trigger or an adapter names. */
export const queues: Readonly<Record<QueueKey, QueueResource>> = declaredQueues

/**
 * Prefix of the settings that lead to Service Bus, the `connection` of its triggers: `SERVICE_BUS__fullyQualifiedNamespace`,
 * `SERVICE_BUS__credential`, `SERVICE_BUS__clientId`.
 */
export const serviceBusConnection = connections.serviceBus

/** Name of a secret in its vault, by what it is for. */
export function secretName(key: keyof typeof secrets): string {
  return secrets[key].name
}

/** What Cosmos DB is told when a container is made, such as by a test server; in Azure the templates make it. */
export function containerResource(name: ContainerName): ContainerResource {
  const { partitionKeyPath, indexingPolicy, containers } = cosmos
  return { name, partitionKeyPath, indexingPolicy, ...(containers[name].expires ? { defaultTtl: -1 } : {}) }
}
