/**
 * Usage from charging: what a report costs through `POST /v1/usage`, beside a bare loop that reads and replaces such a document for each in the same
 * store. With one report for each of many SIMs that is a write for a write; reports of one SIM and hour share writes.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAzurite } from '../../local/azurite'
import type { Iccid } from '../../shared/domain/identifiers'
import { createSim, type Sim } from '../../shared/domain/sim'
import { type UsageEvent, withUsage } from '../../shared/domain/usage'
import { simsAtOnce } from '../../shared/fulfilment/usage'
import { createTablesDocumentStore, type TablesDocumentStore } from '../../shared/platform/tables-document-store'
import { testIccid } from '../support/stack'
import { startApp, writeOperator } from './get-balance-apps'
import { compare, type Figure } from './measure'

/** SIMs of one batch, and so many again for the bare loop. */
const SIMS = 500
/** Reports of one batch on the one SIM. */
const REPORTS = 1_000
/** So many send reports of the one SIM, each as a batch of its own. */
const SENDERS = 16
/** Reads and replacements of the bare loop on one SIM, and reports of each sender. */
const LOOPS = 20
/** Ids in the document of a SIM of which a hundred reports are written at once: 200 and 300 by turns. */
const HOT_IDS = 250
/** Until then the compiler is at work. */
const WARM_UP = 8
/** At least 0.7 of the bare loop's writes in a second: a write may take 1 / 0.7 of the time. */
const SLOWEST = 1 / 0.7
const HOUR_MS = 60 * 60_000

export async function usage(root: string): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const azurite = await startAzurite({})
  const { connectionString } = azurite
  const store = createTablesDocumentStore({ connectionString, now: () => new Date(), timeoutMs: 30_000 })
  const environment = { ORDERS_STORAGE: connectionString, AzureWebJobsStorage: connectionString }
  const app = await startApp(root, root, { ...environment, OPERATOR_FILE: await writeOperator(root, folder) })
  try {
    await store.prepare()
    // From 100 to 199 ids: one in a hundred is about to give a hundred away, as after each batch.
    const [ours, bare] = [numbers(0, SIMS), numbers(SIMS, SIMS)]
    for (const sims of [ours, bare])
      await sideBySide(sims, (iccid) => seed(store, iccid, 100 + (Number(iccid.slice(-4, -1)) % 100)))
    const post = (iccids: readonly Iccid[]) => timed(iccids.length, () => send(app.url, iccids))
    for (let n = 0; n < WARM_UP; n += 1) await post(ours)
    const many = await compare(
      `usage: time per write, ${SIMS} SIMs in a batch`,
      'ms',
      () => post(ours),
      () => timed(SIMS, () => sideBySide(bare, (iccid) => readAndReplace(store, iccid))),
      { limit: SLOWEST },
    )

    const [hot = testIccid(0), plain = testIccid(1)] = numbers(2 * SIMS, 2)
    for (const iccid of [hot, plain]) await seed(store, iccid, HOT_IDS)
    const reports = (count: number) => Array.from({ length: count }, () => hot)
    const bareLoop = () => timed(LOOPS, () => oneByOne(LOOPS, () => readAndReplace(store, plain)))
    const oneBatch = () => timed(REPORTS, () => send(app.url, reports(REPORTS)))
    const crowd = () =>
      timed(SENDERS * LOOPS, async () => {
        await Promise.all(reports(SENDERS).map(() => oneByOne(LOOPS, () => send(app.url, [hot]))))
      })
    const batch = `usage: time per report of one SIM, ${REPORTS} in a batch`
    const single = `usage: time per report of one SIM, each a batch of its own, ${SENDERS} at once`
    return [
      ...many,
      ...(await compare(batch, 'ms', oneBatch, bareLoop, { limit: SLOWEST })),
      // For information: a request, and a record of its own, cost more than what they share.
      ...(await compare(single, 'ms', crowd, bareLoop)),
    ]
  } finally {
    app.stop()
    await azurite.stop()
    await rm(folder, { recursive: true })
  }
}

function numbers(from: number, count: number): Iccid[] {
  return Array.from({ length: count }, (_, n) => testIccid(from + n))
}

async function oneByOne(times: number, work: () => Promise<void>): Promise<void> {
  for (let n = 0; n < times; n += 1) await work()
}

async function timed(count: number, work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / count
}

/** As many at once as the app works on. */
async function sideBySide(iccids: readonly Iccid[], work: (iccid: Iccid) => Promise<void>): Promise<void> {
  const waiting = iccids.values()
  const worker = async () => {
    for (const iccid of waiting) await work(iccid)
  }
  await Promise.all(Array.from({ length: simsAtOnce }, worker))
}

async function readAndReplace(store: TablesDocumentStore, iccid: Iccid): Promise<void> {
  const stored = await store.get<Sim>('sims', iccid, iccid)
  if (stored === undefined) throw new Error('expected a SIM')
  const written = await store.replace('sims', iccid, iccid, stored.value, stored.etag)
  if (!written.ok) throw new Error('somebody else wrote')
}

let sent = 0

async function send(url: string, iccids: readonly Iccid[]): Promise<void> {
  const at = new Date().toISOString()
  const events = iccids.map((iccid) => ({ id: `cdr-${++sent}`, iccid, at, bytes: 1_000 }))
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${url}/v1/usage`, { method: 'POST', headers, body: JSON.stringify({ events }) })
  const { applied } = (await reply.json()) as { applied?: string[] }
  if (applied?.length !== iccids.length) throw new Error(`usage answered ${reply.status}, ${applied?.length} applied`)
}

/** A SIM that has been in use for a while, as most are: its document holds so many ids of reports. */
async function seed(store: TablesDocumentStore, iccid: Iccid, ids: number): Promise<void> {
  const startsAt = new Date(Date.now() - 48 * HOUR_MS).toISOString()
  const terms = { kind: 'payg' as const, dataMB: 2048, durationMs: 168 * HOUR_MS, locations: ['DE', 'GB'], startsAt }
  const grants = [1, 2].map((number) => ({ ...terms, planId: 'travel-2', orderId: `order-${number}` }))
  const events = Array.from({ length: ids }, (_, n): UsageEvent => {
    const at = new Date(Date.now() - 24 * HOUR_MS + n * 60_000).toISOString()
    return { id: `id-${String(n).padStart(9, '0')}`, at, bytes: 1_000 }
  })
  await store.insert('sims', iccid, iccid, withUsage({ ...createSim({ iccid, kind: 'esim' }), grants }, events))
}
