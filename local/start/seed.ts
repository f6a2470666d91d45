import { randomBytes } from 'node:crypto'
import { importSims } from '../../cli/sims/store'
import type { Operator } from '../../shared/domain/operator'
import type { DocumentStore } from '../../shared/platform/ports'
import { seedAccount } from '../../shared/portal/accounts'
import { demoStock } from './demo-stock'

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

/** Brings the demo sign-ins in. Safe to repeat. */
export async function seedAccounts(documents: DocumentStore, loginKey: Uint8Array, now: Date): Promise<void> {
  const options = { documents, loginKey: async () => loginKey, randomBytes: (count: number) => randomBytes(count) }
  for (const account of demoAccounts) await seedAccount(options, account, now)
}

/**
 * Brings the demo stock in: to the app as `mobile-plans sims import` does, and to the inventory of the SM-DP+ simulator. Safe to
 * repeat: what is there stays as it is.
 *
 * @throws {StoreUnavailableError}
 * @throws {Error} when the simulator does not take the stock
 */
export async function seedStock(documents: DocumentStore, operator: Operator, smdpUrl: string): Promise<void> {
  const stock = demoStock(operator, iccidsPerType)
  const [answer] = await Promise.all([
    fetch(`${smdpUrl}/control/stock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(stock),
    }),
    importSims(documents, stock),
  ])
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`the SM-DP+ simulator did not take the demo stock (${answer.status})`)
}
