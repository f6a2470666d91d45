import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { importSims } from '../../cli/sims/store'
import type { Iccid } from '../../shared/domain/identifiers'
import type { Operator } from '../../shared/domain/operator'
import type { DocumentStore } from '../../shared/platform/ports'
import { createProvisioning } from '../../shared/platform/provisioning'
import { seedAccount } from '../../shared/portal/accounts'
import { type DemoIccid, demoCards, demoStock } from './demo-stock'
import type { StartedStore } from './store'

/** A sign-in for demonstrations. */
export interface DemoAccount {
  email: string
  password: string
  name: string
  language: string
}

/** The demo sign-ins; the passwords are no secret, as they open nothing but local data. */
export const demoAccounts: readonly DemoAccount[] = [
  { email: 'demo@example.net', password: 'demo-password-1', name: 'Dana Demo', language: 'en' },
  { email: 'alex@example.net', password: 'demo-password-2', name: 'Alex Beispiel', language: 'de' },
]

/** How many ICCIDs each profile type gets. */
const iccidsPerType = 200

/** What the demo data is brought into. */
export interface Seeding {
  /** File that says that it was done; `undefined`: do it anyway. */
  marker: string | undefined
  documents: StartedStore
  loginKey: Uint8Array
  operator: Operator
  /** The SM-DP+ simulator; `ready` gives false when it ended at its start. */
  smdp: { url: string; ready: Promise<boolean> }
  /** The stand-in of the network, by the root of its API; `ready` as above. */
  network: { url: string; ready: Promise<boolean> }
}

/** SIM cards that nobody has yet. */
export function demoSimCards(operator: Operator): Iccid[] {
  return demoCards(operator, 2)
}

/**
 * Brings the demo sign-ins, the demo stock and SIM cards in, unless that was done. Safe to repeat: what is there stays as it is.
 *
 * @throws {StoreUnavailableError}
 * @throws {Error} when a simulator does not take what it gets
 */
export async function seedOnce(seeding: Seeding): Promise<void> {
  const { marker, documents, loginKey, operator, smdp, network } = seeding
  if (marker !== undefined && existsSync(marker)) return
  await documents.prepare?.()
  const stock = demoStock(operator, iccidsPerType)
  const cards = demoSimCards(operator)
  await Promise.all([
    seedAccounts(documents, loginKey, new Date()),
    importSims(documents, [...stock, ...cards.map((iccid) => ({ iccid, kind: 'warm' as const }))]),
    seedInventory(stock, smdp),
    seedLines(cards, network),
  ])
  if (marker !== undefined) writeFileSync(marker, `${new Date().toISOString()}\n`)
}

async function seedAccounts(documents: DocumentStore, loginKey: Uint8Array, now: Date): Promise<void> {
  const options = { documents, loginKey: async () => loginKey, randomBytes: (count: number) => randomBytes(count) }
  for (const account of demoAccounts) await seedAccount(options, account, now)
}

async function seedInventory(stock: readonly DemoIccid[], smdp: Seeding['smdp']): Promise<void> {
  if (!(await smdp.ready)) return
  const answer = await fetch(`${smdp.url}/control/stock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(stock),
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`the SM-DP+ simulator did not take the demo stock (${answer.status})`)
}

/** A warm SIM connects before it has a plan: the network knows its line already. */
async function seedLines(cards: readonly Iccid[], network: Seeding['network']): Promise<void> {
  if (!(await network.ready)) return
  const provisioning = createProvisioning({ url: network.url })
  const nobody = { orderId: 'none', subscriberId: 'none', planId: 'walled-garden' }
  for (const iccid of cards) {
    const line = { iccid, eid: undefined, ...nobody }
    const done = await provisioning.activateLine(line, { callId: `seed-${iccid.slice(-4)}`, signal: undefined })
    if (!done.ok) throw new Error(`the network stand-in did not take the line of a demo SIM card (${done.code})`)
  }
  await provisioning.close()
}
