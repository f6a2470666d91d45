/** The store as one process sees it, over one memory that all share; and what the simulation learns by watching. */
import type { Order } from '../../shared/domain/order/order'
import type { OpenMarker } from '../../shared/fulfilment/open-index'
import { createMemoryDocumentStore } from '../../shared/platform/memory-document-store'
import { type ContainerName, type DocumentStore, type Stored, StoreUnavailableError } from '../../shared/platform/ports'
import { call, type Wire } from './calls'
import type { Machinery, Place } from './faults'
import type { Process } from './scheduler'

export interface SharedStore {
  /** Without steps and faults. */
  memory: DocumentStore
  /** Partitions that ever held a document, as `container/partition`. */
  used: Set<string>
  /** The latest version of every order. */
  orders: Map<string, Order>
  /** Every state that an order was written in, in order. */
  states: Map<string, string[]>
  markers: Map<string, OpenMarker>
}

/** @param changed runs after each write of an order or a marker */
export function createSharedStore(now: () => Date, changed: () => void): SharedStore {
  const memory = createMemoryDocumentStore({ now })
  const shared: SharedStore = { memory, used: new Set(), orders: new Map(), states: new Map(), markers: new Map() }
  const saw = (container: ContainerName, id: string, value: unknown) => {
    if (container === 'orders') {
      const order = value as Order
      shared.orders.set(id, order)
      const states = shared.states.get(id) ?? []
      if (states.at(-1) !== order.stage.state) shared.states.set(id, [...states, order.stage.state])
      changed()
    } else if (container === 'open') {
      shared.markers.set(id, value as OpenMarker)
      changed()
    }
  }
  shared.memory = {
    ...memory,
    insert: async (container, partition, id, value) => {
      shared.used.add(`${container}/${partition}`)
      const result = await memory.insert(container, partition, id, value)
      if (result.ok) saw(container, id, value)
      return result
    },
    replace: async (container, partition, id, value, etag) => {
      const result = await memory.replace(container, partition, id, value, etag)
      if (result.ok) saw(container, id, value)
      return result
    },
    delete: async (container, partition, id, etag) => {
      const result = await memory.delete(container, partition, id, etag)
      if (result === 'deleted' && container === 'open') shared.markers.delete(id)
      return result
    },
  }
  return shared
}

/** @param effect the effect on whose behalf the calls are made; absent: the machinery's own */
export function storeOf(wire: Wire, shared: SharedStore, process: Process, effect?: Place): DocumentStore {
  const { memory } = shared
  const on = <T>(operation: keyof DocumentStore, container: ContainerName, work: () => Promise<T>): Promise<T> =>
    call(wire, process, {
      place: effect ?? machinery(operation, container),
      work,
      failed: (fault) => {
        throw new StoreUnavailableError(`simulated: ${fault}`)
      },
      patienceMs: 8_000,
      slowMs: 4_000,
    })
  return {
    get: <T extends object>(container: ContainerName, partition: string, id: string) =>
      on('get', container, () => memory.get<T>(container, partition, id)),
    insert: (container, partition, id, value) =>
      on('insert', container, () => memory.insert(container, partition, id, value)),
    replace: (container, partition, id, value, etag) =>
      on('replace', container, () => memory.replace(container, partition, id, value, etag)),
    delete: (container, partition, id, etag) =>
      on('delete', container, () => memory.delete(container, partition, id, etag)),
    async *listPartition<T extends object>(container: ContainerName, partition: string) {
      // Steps in an empty partition would only cost time: nothing there can change what comes next.
      if (!shared.used.has(`${container}/${partition}`)) return
      yield* await on('listPartition', container, () => all<T>(memory, container, partition))
    },
  }
}

async function all<T extends object>(memory: DocumentStore, container: ContainerName, partition: string) {
  const rows: Stored<T>[] = []
  for await (const row of memory.listPartition<T>(container, partition)) rows.push(row)
  return rows
}

const machineryNames: Record<string, Machinery> = {
  'get orders': 'order read',
  'insert orders': 'order insert',
  'replace orders': 'order write',
  'get open': 'marker read',
  'insert open': 'marker insert',
  'replace open': 'marker write',
  'delete open': 'marker delete',
  'listPartition open': 'marker list',
  'get sims': 'SIM read',
}

function machinery(operation: keyof DocumentStore, container: ContainerName): Machinery {
  const name = machineryNames[`${operation} ${container}`]
  if (name === undefined) throw new Error(`the machinery does not ${operation} ${container}`)
  return name
}
