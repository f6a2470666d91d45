/**
 * A store that shows the past: what another instance may read of Cosmos DB at a consistency below `Strong`. A write takes effect at once,
 * as does the check of its ETag; a read, of any reader, shows the documents as they were some calls ago.
 */
import type { ContainerName, DocumentStore, Stored, WriteResult } from '../../shared/platform/ports'

interface Version {
  /** The call that wrote it. */
  call: number
  document: Stored<object> | undefined
}

/**
 * Puts the past before a store.
 *
 * @param lag asked for each read: how many calls ago it looks
 */
export function withStaleReads(store: DocumentStore, lag: () => number): DocumentStore {
  const histories = new Map<string, Version[]>()
  let calls = 0
  const keyOf = (container: ContainerName, partition: string, id: string) => JSON.stringify([container, partition, id])

  function wrote(container: ContainerName, partition: string, id: string, document: Stored<object> | undefined): void {
    const key = keyOf(container, partition, id)
    histories.set(key, [...(histories.get(key) ?? []), { call: calls, document }])
  }

  function seen(key: string, ago: number): Stored<object> | undefined {
    const version = histories.get(key)?.findLast(({ call }) => call <= calls - ago)
    return version?.document && structuredClone(version.document)
  }

  async function write(
    container: ContainerName,
    partition: string,
    id: string,
    value: object,
    effect: () => Promise<WriteResult>,
  ): Promise<WriteResult> {
    calls += 1
    const result = await effect()
    if (result.ok) wrote(container, partition, id, { partition, id, value: structuredClone(value), etag: result.etag })
    return result
  }

  return {
    async get<T extends object>(container: ContainerName, partition: string, id: string) {
      calls += 1
      // For the hooks of the store behind.
      await store.get(container, partition, id)
      return seen(keyOf(container, partition, id), lag()) as Stored<T> | undefined
    },
    insert: (container, partition, id, value) =>
      write(container, partition, id, value, () => store.insert(container, partition, id, value)),
    replace: (container, partition, id, value, etag) =>
      write(container, partition, id, value, () => store.replace(container, partition, id, value, etag)),
    async delete(container, partition, id, etag) {
      calls += 1
      const result = await store.delete(container, partition, id, etag)
      if (result === 'deleted') wrote(container, partition, id, undefined)
      return result
    },
    async *listPartition<T extends object>(container: ContainerName, partition: string) {
      calls += 1
      const ago = lag()
      const keys = [...histories.keys()].filter((key) =>
        key.startsWith(`${JSON.stringify([container, partition]).slice(0, -1)},`),
      )
      for (const key of keys.sort()) {
        const document = seen(key, ago)
        if (document !== undefined) yield document as Stored<T>
      }
    },
  }
}
