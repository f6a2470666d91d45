/** The store as one process sees it, over one memory that all share; and what the simulation learns by watching. */
import type { Order } from '../../shared/domain/order/order'
import type { Sim } from '../../shared/domain/sim'
import type { OpenMarker } from '../../shared/fulfilment/open-index'
import type { CalendarEntry } from '../../shared/fulfilment/renewals'
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
  /** Entries of the calendar of renewals, by the id of the order whose period ends and their partition. */
  calendar: Map<string, Entered>
  /** The latest version of every SIM document. */
  sims: Map<string, Sim>
  /** Orders whose grant has left its SIM because it had ended long ago. */
  past: Set<string>
  /** Subscriptions that were cancelled, and the orders that stood on the SIM at that moment. */
  cancelled: Map<string, ReadonlySet<string>>
  /** Told of every order that is parked, at that moment. */
  parked: ((order: Order) => void)[]
}

export interface Entered {
  partition: string
  entry: CalendarEntry
}

const CALENDAR = 'renewals~'
/** What ended less long ago than this may not leave its SIM. */
const PAST_MS = 29 * 24 * 60 * 60_000

/** @param changed runs after each write of an order or a marker */
export function createSharedStore(now: () => Date, changed: () => void): SharedStore {
  const memory = createMemoryDocumentStore({ now })
  const shared: SharedStore = {
    memory,
    used: new Set(),
    orders: new Map(),
    states: new Map(),
    markers: new Map(),
    calendar: new Map(),
    sims: new Map(),
    past: new Set(),
    cancelled: new Map(),
    parked: [],
  }
  const saw = (container: ContainerName, partition: string, id: string, value: unknown) => {
    if (container === 'orders') {
      const order = value as Order
      shared.orders.set(id, order)
      const states = shared.states.get(id) ?? []
      if (states.at(-1) !== order.stage.state) {
        shared.states.set(id, [...states, order.stage.state])
        if (order.stage.state === 'parked') for (const tell of shared.parked) tell(order)
      }
      changed()
    } else if (container === 'open') {
      if (partition.startsWith(CALENDAR))
        shared.calendar.set(`${partition}/${id}`, { partition, entry: value as CalendarEntry })
      else shared.markers.set(id, value as OpenMarker)
      changed()
    } else if (container === 'sims') sawSim(value as Sim)
  }
  const sawSim = (sim: Sim) => {
    for (const { orderId, startsAt, durationMs } of shared.sims.get(sim.iccid)?.grants ?? []) {
      const end = startsAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(startsAt) + durationMs
      if (end + PAST_MS < now().getTime() && !sim.grants.some((grant) => grant.orderId === orderId))
        shared.past.add(orderId)
    }
    shared.sims.set(sim.iccid, sim)
    for (const { id, cancelledAt } of sim.subscriptions ?? [])
      if (cancelledAt !== undefined && !shared.cancelled.has(id))
        shared.cancelled.set(id, new Set(sim.grants.map(({ orderId }) => orderId)))
  }
  shared.memory = {
    ...memory,
    insert: async (container, partition, id, value) => {
      shared.used.add(`${container}/${partition}`)
      const result = await memory.insert(container, partition, id, value)
      if (result.ok) saw(container, partition, id, value)
      return result
    },
    replace: async (container, partition, id, value, etag) => {
      const result = await memory.replace(container, partition, id, value, etag)
      if (result.ok) saw(container, partition, id, value)
      return result
    },
    delete: async (container, partition, id, etag) => {
      const result = await memory.delete(container, partition, id, etag)
      if (result === 'deleted' && container === 'sims') shared.sims.delete(id)
      if (result === 'deleted' && container === 'open') {
        if (partition.startsWith(CALENDAR)) shared.calendar.delete(`${partition}/${id}`)
        else shared.markers.delete(id)
      }
      return result
    },
  }
  return shared
}

/** @param effect the effect on whose behalf the calls are made; absent: the machinery's own */
export function storeOf(wire: Wire, shared: SharedStore, process: Process, effect?: Place): DocumentStore {
  const { memory } = shared
  const on = <T>(
    operation: keyof DocumentStore,
    container: ContainerName,
    partition: string,
    work: () => Promise<T>,
  ): Promise<T> =>
    call(wire, process, {
      place: effect ?? machinery(operation, container, partition),
      work,
      failed: (fault) => {
        throw new StoreUnavailableError(`simulated: ${fault}`)
      },
      patienceMs: 8_000,
      slowMs: 4_000,
    })
  return {
    get: <T extends object>(container: ContainerName, partition: string, id: string) =>
      on('get', container, partition, () => memory.get<T>(container, partition, id)),
    insert: (container, partition, id, value) =>
      on('insert', container, partition, () => memory.insert(container, partition, id, value)),
    replace: (container, partition, id, value, etag) =>
      on('replace', container, partition, () => memory.replace(container, partition, id, value, etag)),
    delete: (container, partition, id, etag) =>
      on('delete', container, partition, () => memory.delete(container, partition, id, etag)),
    async *listPartition<T extends object>(container: ContainerName, partition: string) {
      // Steps in an empty partition would only cost time: nothing there can change what comes next.
      if (!shared.used.has(`${container}/${partition}`)) return
      yield* await on('listPartition', container, partition, () => all<T>(memory, container, partition))
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
  'replace sims': 'SIM write',
  'listPartition calendar': 'calendar list',
  'delete calendar': 'calendar delete',
  'insert records': 'record insert',
}

function machinery(operation: keyof DocumentStore, container: ContainerName, partition: string): Machinery {
  const place = `${operation} ${partition.startsWith(CALENDAR) ? 'calendar' : container}`
  const name = machineryNames[place]
  if (name === undefined) throw new Error(`the machinery does not ${place}`)
  return name
}
