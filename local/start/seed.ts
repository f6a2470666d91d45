import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { importSims } from '../../cli/sims/store'
import type { Operator } from '../../shared/domain/operator'
import type { DocumentStore } from '../../shared/platform/ports'
import type { TablesDocumentStore } from '../../shared/platform/tables-document-store'
import { seedAccount } from '../../shared/portal/accounts'
import { type DemoIccid, demoStock } from './demo-stock'

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
  documents: TablesDocumentStore
  loginKey: Uint8Array
  operator: Operator
  /** The SM-DP+ simulator; `ready` gives false when it ended at its start. */
  smdp: { url: string; ready: Promise<boolean> }
}

/**
 * Brings the demo sign-ins and the demo stock in, unless that was done. Safe to repeat: what is there stays as it is.
 *
 * @throws {StoreUnavailableError}
 * @throws {Error} when the simulator does not take the stock
 */
export async function seedOnce({ marker, documents, loginKey, operator, smdp }: Seeding): Promise<void> {
  if (marker !== undefined && existsSync(marker)) return
  await documents.prepare()
  const stock = demoStock(operator, iccidsPerType)
  await Promise.all([
    seedAccounts(documents, loginKey, new Date()),
    importSims(documents, stock),
    seedInventory(stock, smdp),
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
