/**
 * GetBalance under load: how much of the throughput of an empty function with the same read is left once callers are checked, parameters read and balances
 * computed; and whether it costs more with more subscribers. `BENCH_SIMS` says how many those are, 100000 to wait some minutes.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAzurite } from '../../local/azurite'
import type { Iccid } from '../../shared/domain/identifiers'
import { createSim, type Sim } from '../../shared/domain/sim'
import { createTablesDocumentStore } from '../../shared/platform/tables-document-store'
import { type StorageProxy, startStorageProxy } from '../faults/storage-proxy'
import { testIccid } from '../support/stack'
import { type Server, start, startApp, writeBaselines, writeOperator } from './get-balance-apps'
import { compare, type Figure, median } from './measure'

/** At once, and requests of one measurement: enough for a second or so. */
const LOADS = [
  { concurrency: 1, requests: 400 },
  { concurrency: 16, requests: 600 },
  { concurrency: 64, requests: 600 },
]
/** Until then the compiler is at work. */
const WARM_UP = { concurrency: 16, requests: 3_000 }
/** Before each measurement: a process that has paused for others finds its code gone from the processor, and the larger one more of it. */
const RUN_IN = 300
const FEW = 1_000
const MANY = Number(process.env.BENCH_SIMS ?? 10_000)
const ROUNDS = 15
const BARE_ROUNDS = 3
/** At least 0.85 of the throughput: a request may take 1 / 0.85 of the time. */
const SLOWEST = 1 / 0.85
const DAY_MS = 24 * 60 * 60_000
const credentials = 'service:bench-password'

export async function getBalance(root: string): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const azurite = await startAzurite({})
  const proxy = await startStorageProxy()
  proxy.connect({ state: azurite.ports.table, wakes: azurite.ports.queue })
  const servers: Server[] = []
  try {
    await writeBaselines(root, folder)
    await seed(azurite.connectionString, 0, FEW)
    const operator = { OPERATOR_FILE: await writeOperator(root, folder), OPERATOR_API_BASIC: credentials }
    const storage = { ORDERS_STORAGE: azurite.connectionString, AzureWebJobsStorage: azurite.connectionString }
    const begin = async (server: Promise<Server>) => {
      servers.push(await server)
      return server
    }
    const ours = await begin(startApp(root, root, { ...storage, ...operator }))
    const empty = await begin(startApp(root, folder, storage))
    const bare = await begin(start([join(folder, 'bare.js')], storage))
    const figures: Figure[] = []
    for (const server of servers) await send(server, WARM_UP, FEW)
    for (const load of LOADS) figures.push(...(await underLoad(load, ours, empty, bare)))

    const watched = await begin(startApp(root, root, { ...storage, ...operator, ...proxy.environment }))
    const few = await bySubscribers(watched, proxy, FEW)
    await seed(azurite.connectionString, FEW, MANY)
    const many = await bySubscribers(watched, proxy, MANY)
    return [...figures, ...few.figures, ...many.figures, growth(few.ms, many.ms)]
  } finally {
    for (const server of servers) server.stop()
    await proxy.stop()
    await azurite.stop()
    await rm(folder, { recursive: true })
  }
}

interface Load {
  concurrency: number
  requests: number
}

async function underLoad(load: Load, ours: Server, empty: Server, bare: Server): Promise<Figure[]> {
  const seen = { ours: [] as number[], empty: [] as number[], late: 0 }
  const measured = (server: Server, times?: number[]) => async () => {
    await send(server, { ...load, requests: RUN_IN }, FEW)
    const { ms, each, late } = await send(server, load, FEW)
    times?.push(...each)
    seen.late += late
    return ms / load.requests
  }
  const name = `get-balance: time per request, ${load.concurrency} at once`
  const figures = await compare(name, 'ms', measured(ours, seen.ours), measured(empty, seen.empty), {
    rounds: ROUNDS,
    limit: SLOWEST,
  })
  const [beside] = await compare(`${name}, beside node:http alone`, 'ms', measured(ours), measured(bare), {
    rounds: BARE_ROUNDS,
  })
  const latency = (what: string, share: number): Figure => {
    const [value, baseline] = [percentile(seen.ours, share), percentile(seen.empty, share)]
    const n = seen.ours.length
    return {
      name: `get-balance: ${what}, ${load.concurrency} at once`,
      value,
      unit: 'ms',
      baseline,
      ratio: value / baseline,
      n,
    }
  }
  const n = load.requests * (ROUNDS + BARE_ROUNDS + 2)
  const late: Figure = {
    name: `get-balance: answers that came too late from the store, ${load.concurrency} at once`,
    value: seen.late,
    unit: 'of all',
    baseline: n,
    ratio: seen.late / n,
    n,
  }
  return [...figures, latency('p50', 0.5), latency('p99', 0.99), late, beside]
}

/** What the wire shows for a hundred balances among so many SIMs. */
async function bySubscribers(
  server: Server,
  proxy: StorageProxy,
  sims: number,
): Promise<{ figures: Figure[]; ms: number }> {
  const load = { concurrency: 1, requests: 100 }
  await send(server, load, sims)
  const before = proxy.table.requests.length
  const { each } = await send(server, load, sims)
  const asked = proxy.table.requests.slice(before)
  const keyed = asked.filter((request) =>
    /^GET \/devstoreaccount1\/sims\(PartitionKey='[^']+',RowKey='[^']+'\)/.test(request),
  )
  const figure = (what: string, value: number): Figure => {
    const baseline = load.requests
    return {
      name: `get-balance: ${what} for ${baseline} balances, ${sims} SIMs`,
      value,
      unit: what,
      baseline,
      ratio: value / baseline,
      n: 1,
      limit: 1,
    }
  }
  if (keyed.length !== load.requests) throw new Error(`${keyed.length} keyed reads for ${load.requests} balances`)
  return {
    figures: [figure('requests to the store', asked.length), figure('keyed reads', keyed.length)],
    ms: median(each),
  }
}

/** For information: Azurite, too, has more to keep. */
function growth(few: number, many: number): Figure {
  const name = `get-balance: p50, ${MANY} SIMs beside ${FEW}`
  return { name, value: many, unit: 'ms', baseline: few, ratio: many / few, n: 100 }
}

/** Sends requests for SIMs all over the numbers, so many at once; `ms` for all of them, and for each. */
async function send(
  { url }: Server,
  { concurrency, requests }: Load,
  sims: number,
): Promise<{ ms: number; each: number[]; late: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  const each: number[] = []
  let sent = 0
  let late = 0
  const worker = async () => {
    while (sent < requests) {
      // A prime step meets each part of the numbers.
      const iccid = testIccid((sent++ * 7_919) % sims)
      const started = performance.now()
      const status = await answer(`${url}/v1/sims/${iccid}/balances?fieldsTemplate=full`, agent, authorization)
      if (status === 503) late += 1
      each.push(performance.now() - started)
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: concurrency }, worker))
  const ms = performance.now() - started
  agent.destroy()
  return { ms, each, late }
}

/** A read that takes longer than 0.8 s is answered 503: on a busy machine that happens, and is counted. */
function answer(url: string, agent: Agent, authorization: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization } }, (response) => {
      const { statusCode = 0 } = response
      response.resume()
      response.on('end', () =>
        statusCode === 200 || statusCode === 503
          ? resolve(statusCode)
          : reject(new Error(`GetBalance answered ${statusCode}`)),
      )
    }).on('error', reject)
  })
}

async function seed(connectionString: string, from: number, to: number): Promise<void> {
  const store = createTablesDocumentStore({ connectionString, now: () => new Date(), timeoutMs: 30_000 })
  let next = from
  const worker = async () => {
    while (next < to) {
      const sim = simOf(testIccid(next++))
      await store.insert('sims', sim.iccid, sim.iccid, sim)
    }
  }
  await store.prepare()
  await Promise.all(Array.from({ length: 32 }, worker))
}

function simOf(iccid: Iccid): Sim {
  const grant = {
    planId: 'travel-2',
    kind: 'payg' as const,
    dataMB: 2048,
    durationMs: 7 * DAY_MS,
    locations: ['DE', 'GB'],
  }
  return {
    ...createSim({ iccid, kind: 'esim' }),
    grants: [1, 2].map((number) => ({ ...grant, orderId: `order-${number}` })),
  }
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN
}
