/**
 * `DocumentStore` on Azure Tables: Azurite on a laptop, or a storage account.
 *
 * One table per container, one row per document. Tables are made when a write first misses them, never on the way of a read.
 * Lists come in the order of the ids' UTF-16 units.
 */
import { randomBytes } from 'node:crypto'
import { odata, TableClient } from '@azure/data-tables'
import { type CallLimits, callAzure, ServiceRejection } from './azure-call'
import {
  type Clock,
  type ContainerName,
  type DocumentStore,
  type Stored,
  StoreUnavailableError,
  type WriteResult,
} from './ports'
import { containerNames } from './resources'
import { checkDocumentKey, hasExpired, serialiseDocument } from './stored-documents'
import { type DocumentEntity, type DocumentRow, fromEntity, packTag, toEntity, unpackTag } from './table-entities'
import { encodeTableKey } from './table-keys'

/** Gives tokens for a storage account; every credential of `@azure/identity` is one. */
export interface TokenSource {
  getToken(scopes: string | string[], options?: object): Promise<{ token: string; expiresOnTimestamp: number } | null>
}

/** Which account: by connection string (local), or by address and identity (cloud). */
export type TablesAccount = { connectionString: string } | { endpoint: string; credential: TokenSource }

/** Options of {@link createTablesDocumentStore}. */
export type TablesDocumentStoreOptions = TablesAccount & {
  /** Tells what has expired. */
  now: Clock
  /** Goes before every table name; a letter, then letters and digits. Lets tests share an account. */
  tablePrefix?: string
  /** Longest wait for one answer, in milliseconds; a call takes at most twice that, retries included. Default 5000. */
  timeoutMs?: number
  /** Rows per page of a list, 1 to 1000. Default 1000; the service makes pages smaller when documents are large. */
  pageSize?: number
}

/** The store, with the one thing only this adapter needs. */
export interface TablesDocumentStore extends DocumentStore {
  /** Creates the tables that do not exist yet, so that no request has to. */
  prepare(): Promise<void>
}

/** Opens the store. Does no I/O: the first call connects, later ones reuse the connection. */
export function createTablesDocumentStore(options: TablesDocumentStoreOptions): TablesDocumentStore {
  const { now, tablePrefix = '', timeoutMs = 5000, pageSize = 1000 } = options
  const startLimits = (): CallLimits => ({
    attemptMs: timeoutMs,
    deadline: performance.now() + 2 * timeoutMs,
    attempts: 2,
    unavailable: (reason: string, cause: Error) =>
      new StoreUnavailableError(`Azure Tables did not serve the call: ${reason}`, { cause }),
  })
  const clients = new Map<ContainerName, TableClient>()
  const creating = new Map<ContainerName, Promise<void>>()

  function table(container: ContainerName): TableClient {
    const known = clients.get(container)
    if (known) return known
    const client = openTable(options, tablePrefix + container)
    clients.set(container, client)
    return client
  }

  function createTable(container: ContainerName): Promise<void> {
    const running = creating.get(container)
    if (running) return running
    const creation = callAzure(startLimits(), (abortSignal) => table(container).createTable({ abortSignal })).finally(
      () => creating.delete(container),
    )
    creating.set(container, creation)
    return creation
  }

  async function read(
    limits: CallLimits,
    container: ContainerName,
    partitionKey: string,
    rowKey: string,
  ): Promise<DocumentRow | undefined> {
    try {
      return fromEntity(
        await callAzure(limits, (abortSignal) => table(container).getEntity(partitionKey, rowKey, { abortSignal })),
      )
    } catch (error) {
      if (isRejection(error, 404)) return undefined
      throw error
    }
  }

  /** Writes a new row; the service's ETag, or why it did not. */
  async function create(
    limits: CallLimits,
    container: ContainerName,
    entity: DocumentEntity,
  ): Promise<string | 'exists' | 'no table'> {
    try {
      const created = await callAzure(limits, (abortSignal) => table(container).createEntity(entity, { abortSignal }))
      return requireEtag(created.etag)
    } catch (error) {
      if (isRejection(error, 409)) return 'exists'
      if (isRejection(error, 404)) return 'no table'
      throw error
    }
  }

  /** Writes over the version that carries `etag`; the new ETag, or nothing when it was gone. */
  async function overwrite(
    limits: CallLimits,
    container: ContainerName,
    entity: DocumentEntity,
    etag: string,
  ): Promise<string | undefined> {
    let attempts = 0
    try {
      const updated = await callAzure(limits, (abortSignal, attempt) => {
        attempts = attempt
        return table(container).updateEntity(entity, 'Replace', { etag, abortSignal })
      })
      return requireEtag(updated.etag)
    } catch (error) {
      if (!isRejection(error, 404, 412)) throw error
      if (attempts === 1) return undefined
      // The first attempt's answer was lost: what stands in the way may be our own write.
      const row = await read(limits, container, entity.partitionKey, entity.rowKey)
      return row?.writeId === entity.writeId ? row.etag : undefined
    }
  }

  async function get<T extends object>(
    container: ContainerName,
    partition: string,
    id: string,
  ): Promise<Stored<T> | undefined> {
    checkKeys(partition, id)
    const [partitionKey, rowKey] = [encodeTableKey(partition), encodeTableKey(id)]
    const row = await read(startLimits(), container, partitionKey, rowKey)
    return row && !hasExpired(row.expiresAtMs, now()) ? stored<T>(row) : undefined
  }

  async function insert<T extends object>(
    container: ContainerName,
    partition: string,
    id: string,
    value: T,
  ): Promise<WriteResult> {
    checkKeys(partition, id)
    const [partitionKey, rowKey] = [encodeTableKey(partition), encodeTableKey(id)]
    const { json, expiresAtMs } = serialiseDocument(value)
    const entity = toEntity(partition, id, json, newWriteId())
    const won = (etag: string): WriteResult => ({ ok: true, etag: packTag({ etag, expiresAtMs }) })

    const limits = startLimits()
    // Each round ends the call unless the row or the table vanished under it, which does not happen three times in a row.
    for (let round = 0; round < 3; round += 1) {
      const created = await create(limits, container, entity)
      if (created === 'no table') {
        await createTable(container)
        continue
      }
      if (created !== 'exists') return won(created)

      const row = await read(limits, container, partitionKey, rowKey)
      if (row === undefined) continue
      if (row.writeId === entity.writeId) return won(row.etag) // an earlier attempt of ours, whose answer was lost
      if (!hasExpired(row.expiresAtMs, now())) return conflict
      const etag = await overwrite(limits, container, entity, row.etag)
      return etag === undefined ? conflict : won(etag)
    }
    throw new StoreUnavailableError(
      'Azure Tables did not serve the call: the row or its table vanished again and again',
    )
  }

  async function replace<T extends object>(
    container: ContainerName,
    partition: string,
    id: string,
    value: T,
    tag: string,
  ): Promise<WriteResult> {
    checkKeys(partition, id)
    const { json, expiresAtMs } = serialiseDocument(value)
    const version = unpackTag(tag)
    if (version === undefined || hasExpired(version.expiresAtMs, now())) return conflict
    const etag = await overwrite(startLimits(), container, toEntity(partition, id, json, newWriteId()), version.etag)
    return etag === undefined ? conflict : { ok: true, etag: packTag({ etag, expiresAtMs }) }
  }

  async function remove(
    container: ContainerName,
    partition: string,
    id: string,
    tag?: string,
  ): Promise<'deleted' | 'conflict'> {
    checkKeys(partition, id)
    const [partitionKey, rowKey] = [encodeTableKey(partition), encodeTableKey(id)]
    const version = tag === undefined ? { etag: '*' } : unpackTag(tag)
    if (version !== undefined) {
      try {
        await callAzure(startLimits(), (abortSignal) =>
          table(container).deleteEntity(partitionKey, rowKey, { etag: version.etag, abortSignal }),
        )
        return 'deleted'
      } catch (error) {
        if (isRejection(error, 404)) return 'deleted'
        if (!isRejection(error, 412)) throw error
      }
    }
    // Another version is there; if that one has expired, the document is absent and so counts as deleted.
    return (await get(container, partition, id)) === undefined ? 'deleted' : 'conflict'
  }

  async function* listPartition<T extends object>(
    container: ContainerName,
    partition: string,
  ): AsyncIterable<Stored<T>> {
    checkDocumentKey('partition', partition)
    const filter = odata`PartitionKey eq ${encodeTableKey(partition)}`
    let continuationToken: string | undefined
    do {
      const token = continuationToken
      const page = await listPage(container, filter, token)
      for (const entity of page) {
        const row = fromEntity(entity)
        if (!hasExpired(row.expiresAtMs, now())) yield stored<T>(row)
      }
      continuationToken = page.continuationToken
    } while (continuationToken !== undefined)
  }

  async function listPage(container: ContainerName, filter: string, continuationToken: string | undefined) {
    try {
      const { value } = await callAzure(startLimits(), (abortSignal) =>
        table(container)
          .listEntities({ queryOptions: { filter }, abortSignal })
          .byPage({ maxPageSize: pageSize, ...(continuationToken === undefined ? {} : { continuationToken }) })
          .next(),
      )
      return value ?? noRows
    } catch (error) {
      if (isRejection(error, 404)) return noRows
      throw error
    }
  }

  async function prepare(): Promise<void> {
    await Promise.all(containerNames.map(createTable))
  }

  return { get, insert, replace, delete: remove, listPartition, prepare }
}

const conflict: WriteResult = { ok: false, reason: 'conflict' }
const noRows: Record<string, unknown>[] & { continuationToken?: string } = []

function openTable(account: TablesAccount, name: string): TableClient {
  // Retries are ours (see azure-call). Plain HTTP only where the address says so: Azurite on the same machine.
  const options = (plain: boolean) => ({ retryOptions: { maxRetries: 0 }, allowInsecureConnection: plain })
  if ('connectionString' in account) {
    const plain = /endpoint(sprotocol)?=http(:|;|$)|usedevelopmentstorage=true/i.test(account.connectionString)
    return TableClient.fromConnectionString(account.connectionString, name, options(plain))
  }
  return new TableClient(account.endpoint, name, account.credential, options(account.endpoint.startsWith('http:')))
}

function checkKeys(partition: string, id: string): void {
  checkDocumentKey('partition', partition)
  checkDocumentKey('id', id)
}

function isRejection(error: unknown, ...statuses: number[]): boolean {
  return error instanceof ServiceRejection && statuses.includes(error.status)
}

function stored<T extends object>(row: DocumentRow): Stored<T> {
  // The store gives back what was put in; its caller validates documents where it reads them.
  return { partition: row.partition, id: row.id, value: row.value as T, etag: packTag(row) }
}

function requireEtag(etag: string | undefined): string {
  if (etag === undefined) throw new Error('Azure Tables answered a write without an ETag')
  return etag
}

function newWriteId(): string {
  return randomBytes(9).toString('base64url')
}
