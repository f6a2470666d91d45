/**
 * `DocumentStore` on Azure Cosmos DB for NoSQL.
 *
 * One container per container of the port, partitioned by `/partition`, one item per document. A read is one point read, a write one
 * conditional write, a page of a list one query of one partition. Containers are made by the templates (in Azure) or by
 * `cosmos-setup` (emulators), never here: the app's identity may not.
 *
 * Reads are strongly consistent. A wake often lands on another instance than the one that wrote the order, and sessions do not reach
 * across instances: with `Session`, the default of new accounts, that instance could see the order before the write, or no order at
 * all. What was overlooked so would come to light a minute later at the sweep, but what is decided on a document that seems absent
 * (a slot whose order "never existed" is free) would be decided wrongly. In an account of one region `Strong` costs writes nothing
 * and doubles the price of a read, 2 request units instead of 1. See "Stores" in `docs/architecture.md`.
 */
import { randomBytes } from 'node:crypto'
import { type CallLimits, ServiceRejection } from './azure-call'
import type { CosmosAccount } from './cosmos-account'
import { createCosmosCalls } from './cosmos-calls'
import type { CosmosRequest } from './cosmos-client'
import { encodeItemId } from './cosmos-ids'
import { type CosmosItem, type CosmosRow, fromItem, toItem, unpackItemTag } from './cosmos-item'
import type { Clock, ContainerName, DocumentStore, Stored, WriteResult } from './ports'
import { databaseName } from './resources'
import { checkDocumentKey, hasExpired, serialiseDocument } from './stored-documents'
import { packTag } from './table-entities'

/** Options of {@link createCosmosDocumentStore}. */
export interface CosmosDocumentStoreOptions {
  account: CosmosAccount
  /** Tells what has expired. */
  now: Clock
  /** Another database than the app's own; lets tests share an account. */
  database?: string
  /** Longest time for one call, retries included, in milliseconds. One answer is waited for half as long. Default 5000. */
  timeoutMs?: number
  /** Documents per page of a list. Default 100: whoever leaves a list early has paid for one page. */
  pageSize?: number
  /** Hears of every request and what it cost. */
  onRequest?: (request: CosmosRequest) => void
}

/** The store, with what only this adapter needs. */
export interface CosmosDocumentStore extends DocumentStore {
  /** Ends the client. Optional: an idle client keeps no process alive. */
  close(): Promise<void>
}

/** Opens the store. Does no I/O and loads no SDK: both come with the first call. One per process. */
export function createCosmosDocumentStore(options: CosmosDocumentStoreOptions): CosmosDocumentStore {
  const { account, now, database = databaseName, timeoutMs = 5000, pageSize = 100, onRequest } = options
  const { start, call, unavailable, close } = createCosmosCalls({ account, database, timeoutMs, onRequest })

  async function read(
    limits: CallLimits,
    name: ContainerName,
    partition: string,
    id: string,
  ): Promise<CosmosRow | undefined> {
    const { resource } = await call(limits, name, (container, abortSignal) =>
      container.item(id, partition).read<Record<string, unknown>>({ abortSignal }),
    )
    return resource === undefined ? undefined : fromItem(resource)
  }

  /** Writes a new item; the service's ETag, or nothing when there is one already. */
  async function create(limits: CallLimits, name: ContainerName, item: CosmosItem): Promise<string | undefined> {
    try {
      const { etag } = await call(limits, name, (container, abortSignal) =>
        container.items.create(item, { abortSignal }),
      )
      return requireEtag(etag)
    } catch (error) {
      if (isRejection(error, 409)) return undefined
      if (isRejection(error, 404)) throw unavailable(`the container ${name} is missing`)
      throw error
    }
  }

  /** Writes over the version that carries `etag`; the new ETag, or nothing when it was gone. */
  async function overwrite(
    limits: CallLimits,
    name: ContainerName,
    item: CosmosItem,
    etag: string,
  ): Promise<string | undefined> {
    let tried = 0
    try {
      const replaced = await call(limits, name, (container, abortSignal, attempt) => {
        tried = attempt
        return container.item(item.id, item.partition).replace(item, { accessCondition: ifMatch(etag), abortSignal })
      })
      return requireEtag(replaced.etag)
    } catch (error) {
      if (!isRejection(error, 404, 412)) throw error
      if (tried === 1) return undefined
      // An earlier attempt's answer was lost: what stands in the way may be our own write.
      const row = await read(limits, name, item.partition, item.id)
      return row?.writeId === item.writeId ? row.etag : undefined
    }
  }

  async function get<T extends object>(
    name: ContainerName,
    partition: string,
    id: string,
  ): Promise<Stored<T> | undefined> {
    checkKeys(partition, id)
    const row = await read(start(), name, partition, encodeItemId(id))
    return row && !hasExpired(row.expiresAtMs, now()) ? stored<T>(partition, row) : undefined
  }

  async function insert<T extends object>(
    name: ContainerName,
    partition: string,
    id: string,
    value: T,
  ): Promise<WriteResult> {
    checkKeys(partition, id)
    const document = serialiseDocument(value)
    const item = toItem(partition, id, document, newWriteId(), now())
    const won = (etag: string): WriteResult => ({ ok: true, etag: packTag({ ...document, etag }) })

    const limits = start()
    // Each round ends the call unless the item vanished under it, which does not happen three times in a row.
    for (let round = 0; round < 3; round += 1) {
      const created = await create(limits, name, item)
      if (created !== undefined) return won(created)

      const row = await read(limits, name, partition, item.id)
      if (row === undefined) continue
      if (row.writeId === item.writeId) return won(row.etag) // an earlier attempt of ours, whose answer was lost
      if (!hasExpired(row.expiresAtMs, now())) return conflict
      const etag = await overwrite(limits, name, item, row.etag)
      return etag === undefined ? conflict : won(etag)
    }
    throw unavailable('the item vanished again and again')
  }

  async function replace<T extends object>(
    name: ContainerName,
    partition: string,
    id: string,
    value: T,
    tag: string,
  ): Promise<WriteResult> {
    checkKeys(partition, id)
    const document = serialiseDocument(value)
    const version = unpackItemTag(tag)
    if (version === undefined || hasExpired(version.expiresAtMs, now())) return conflict
    const item = toItem(partition, id, document, newWriteId(), now())
    const etag = await overwrite(start(), name, item, version.etag)
    return etag === undefined ? conflict : { ok: true, etag: packTag({ ...document, etag }) }
  }

  async function remove(
    name: ContainerName,
    partition: string,
    id: string,
    tag?: string,
  ): Promise<'deleted' | 'conflict'> {
    checkKeys(partition, id)
    const version = tag === undefined ? undefined : unpackItemTag(tag)
    if (tag === undefined || version !== undefined) {
      const condition = version === undefined ? {} : { accessCondition: ifMatch(version.etag) }
      try {
        await call(start(), name, (container, abortSignal) =>
          container.item(encodeItemId(id), partition).delete({ ...condition, abortSignal }),
        )
        return 'deleted'
      } catch (error) {
        if (isRejection(error, 404)) return 'deleted'
        if (!isRejection(error, 412)) throw error
      }
    }
    // Another version is there; if that one has expired, the document is absent and so counts as deleted.
    return (await get(name, partition, id)) === undefined ? 'deleted' : 'conflict'
  }

  async function* listPartition<T extends object>(name: ContainerName, partition: string): AsyncIterable<Stored<T>> {
    checkDocumentKey('partition', partition)
    let continuationToken: string | undefined
    do {
      const token = continuationToken
      const page = await readPage(name, partition, token)
      for (const item of page.resources) {
        const row = fromItem(item)
        if (!hasExpired(row.expiresAtMs, now())) yield stored<T>(partition, row)
      }
      continuationToken = page.continuationToken
    } while (continuationToken !== undefined)
  }

  /** A page is a query of its own, so that one that failed can be asked for again. */
  async function readPage(name: ContainerName, partition: string, continuationToken: string | undefined) {
    const query = { query: wholePartition, parameters: [{ name: '@partition', value: partition }] }
    try {
      const page = await call(start(), name, (container, abortSignal) => {
        const paging = { maxItemCount: pageSize, ...(continuationToken === undefined ? {} : { continuationToken }) }
        return container.items
          .query<Record<string, unknown>>(query, { partitionKey: partition, abortSignal, ...paging })
          .fetchNext()
      })
      return { resources: page.resources ?? [], continuationToken: page.continuationToken }
    } catch (error) {
      if (isRejection(error, 404)) return { resources: [], continuationToken: undefined }
      throw error
    }
  }

  return { get, insert, replace, delete: remove, listPartition, close }
}

/** The partition key of the request names the partition already; the condition says the same to servers that overlook it. */
const wholePartition = 'SELECT * FROM c WHERE c.partition = @partition ORDER BY c.id'
const conflict: WriteResult = { ok: false, reason: 'conflict' }

function ifMatch(condition: string) {
  return { type: 'IfMatch', condition }
}

function checkKeys(partition: string, id: string): void {
  checkDocumentKey('partition', partition)
  checkDocumentKey('id', id)
}

function isRejection(error: unknown, ...statuses: number[]): boolean {
  return error instanceof ServiceRejection && statuses.includes(error.status)
}

function stored<T extends object>(partition: string, row: CosmosRow): Stored<T> {
  // The store gives back what was put in; its caller validates documents where it reads them.
  return { partition, id: row.id, value: row.value as T, etag: packTag(row) }
}

function requireEtag(etag: string | undefined): string {
  if (etag === undefined) throw new Error('Cosmos DB answered a write without an ETag')
  return etag
}

function newWriteId(): string {
  return randomBytes(9).toString('base64url')
}
