import { balancesOf } from '../domain/balance'
import { formatDuration } from '../domain/duration'
import type { Sim } from '../domain/sim'
import type { DocumentStore } from '../platform/ports'

/** What is left on a SIM of what one order granted. */
export interface LineBalance {
  dataRemainingMB: number
  /** ISO 8601 duration. */
  timeRemaining: string
}

/** What is left of an order's grant (one point read); undefined where it is used up, expired or was never granted. */
export async function balanceOf(
  documents: DocumentStore,
  iccid: string,
  orderId: string,
  now: Date,
): Promise<LineBalance | undefined> {
  const sim = await documents.get<Sim>('sims', iccid, iccid)
  const balance = sim && balancesOf(sim.value, { now }).find(({ id }) => id === orderId)
  if (!balance || balance.type === 'NONE') return undefined
  return { dataRemainingMB: balance.dataRemainingMB, timeRemaining: formatDuration(balance.timeRemainingMs) }
}
