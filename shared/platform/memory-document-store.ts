/**
 * `DocumentStore` in memory, for fast tests. It passes the contract suite, and its hooks let a test count calls, delay them or
 * make them fail before or after they took effect.
 */
import type { Clock, ContainerName, DocumentStore, Stored, WriteResult } from './ports'
import { checkDocumentKey, hasExpired, type SerialisedDocument, serialiseDocument } from './stored-documents'

/** One call, as hooks see it. A list counts once per page and has no id. */
export interface StoreOperation {
  name: 'get' | 'insert' | 'replace' | 'delete' | 'listPartition'
  container: ContainerName
  partition: string
  id: string | undefined
}

/** Options of {@link createMemoryDocumentStore}. */
export interface MemoryDocumentStoreOptions {
  now: Clock
  /** Runs before the call takes effect; what it throws is the call's result, and nothing has changed. */
  before?: (operation: StoreOperation) => Promise<void> | void
  /** Runs after the call took effect; what it throws is the call's result, as when an answer is lost. */
  after?: (operation: StoreOperation) => Promise<void> | void
  /** Documents per page of a list. Default 1000. */
  pageSize?: number
}

interface Version extends SerialisedDocument {
  etag: string
}

/** Opens an empty store. */
export function createMemoryDocumentStore(options: MemoryDocumentStoreOptions): DocumentStore {
  const { now, before, after, pageSize = 1000 } = options
  const partitions = new Map<string, Map<string, Version>>()
  let writes = 0

  /** Runs `effect` between the hooks, in one turn of the event loop: that is what makes it atomic. */
  async function perform<T>(operation: StoreOperation, effect: (documents: Map<string, Version>) => T): Promise<T> {
    checkDocumentKey('partition', operation.partition)
    if (operation.id !== undefined) checkDocumentKey('id', operation.id)
    await before?.(operation)
    const name = `${operation.container}/${operation.partition}`
    const documents = partitions.get(name) ?? new Map<string, Version>()
    partitions.set(name, documents)
    const result = effect(documents)
    await after?.(operation)
    return result
  }

  function alive(version: Version | undefined): Version | undefined {
    return version && !hasExpired(version.expiresAtMs, now()) ? version : undefined
  }

  function write(documents: Map<string, Version>, id: string, document: SerialisedDocument): WriteResult {
    writes += 1
    const etag = `m${writes}`
    documents.set(id, { ...document, etag })
    return { ok: true, etag }
  }

  const conflict: WriteResult = { ok: false, reason: 'conflict' }

  return {
    get: <T extends object>(container: ContainerName, partition: string, id: string) =>
      perform({ name: 'get', container, partition, id }, (documents) => {
        const version = alive(documents.get(id))
        return version && stored<T>(partition, id, version)
      }),

    insert: async (container, partition, id, value) => {
      const document = serialiseDocument(value)
      return perform({ name: 'insert', container, partition, id }, (documents) =>
        alive(documents.get(id)) ? conflict : write(documents, id, document),
      )
    },

    replace: async (container, partition, id, value, etag) => {
      const document = serialiseDocument(value)
      return perform({ name: 'replace', container, partition, id }, (documents) =>
        alive(documents.get(id))?.etag === etag ? write(documents, id, document) : conflict,
      )
    },

    delete: (container, partition, id, etag) =>
      perform({ name: 'delete', container, partition, id }, (documents) => {
        const version = alive(documents.get(id))
        if (version && etag !== undefined && version.etag !== etag) return 'conflict'
        documents.delete(id)
        return 'deleted'
      }),

    async *listPartition<T extends object>(container: ContainerName, partition: string) {
      let last: string | undefined
      for (;;) {
        const page = await perform({ name: 'listPartition', container, partition, id: undefined }, (documents) => {
          const ids = [...documents.keys()].filter((id) => last === undefined || id > last).sort(byUnits)
          return ids.slice(0, pageSize).map((id) => ({ id, version: alive(documents.get(id)) }))
        })
        for (const { id, version } of page) if (version) yield stored<T>(partition, id, version)
        if (page.length < pageSize) return
        last = page.at(-1)?.id
      }
    },
  }
}

/** The order of UTF-16 units, which no locale changes. */
function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function stored<T extends object>(partition: string, id: string, version: Version): Stored<T> {
  return { partition, id, value: JSON.parse(version.json) as T, etag: version.etag }
}
