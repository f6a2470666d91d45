/** The SIM document, as orders change it: container `sims`, partition and id are the ICCID. */

import type { Iccid } from '../domain/identifiers'
import type { Order } from '../domain/order/order'
import { addGrant, createSim, grantOf, removeGrant, type Sim, startGrant as start } from '../domain/sim'
import type { DocumentStore } from '../platform/ports'

/** Point read. */
export async function readSim(documents: DocumentStore, iccid: Iccid): Promise<Sim | undefined> {
  return (await documents.get<Sim>('sims', iccid, iccid))?.value
}

/**
 * Puts the order's grant on the SIM, which becomes the subscriber's. An ICCID that was given up by a former order starts afresh.
 * Safe to repeat.
 */
export async function grantBalance(documents: DocumentStore, iccid: Iccid, order: Order): Promise<void> {
  const { subscriberId } = order
  await changeSim(documents, iccid, (sim) => {
    const ours = sim?.orderId === order.id ? sim : createSim({ iccid, kind: 'esim', subscriberId, orderId: order.id })
    return addGrant(ours, grantOf(order.plan, order.id))
  })
}

/** The grant's time begins to run. Safe to repeat. */
export async function startClock(documents: DocumentStore, iccid: Iccid, orderId: string, at: Date): Promise<void> {
  await changeSim(documents, iccid, (sim) => sim && start(sim, orderId, at))
}

/** Takes the order's grant back; a SIM that held nothing else is forgotten. Safe to repeat. */
export async function revokeBalance(documents: DocumentStore, iccid: Iccid, orderId: string): Promise<void> {
  await changeSim(documents, iccid, (sim) => {
    if (sim?.orderId !== orderId) return sim
    const without = removeGrant(sim, orderId)
    return without.grants.length === 0 && without.kind === 'esim' ? undefined : without
  })
}

/** Changes the document until the write meets no other. `undefined` from `change`: no document. */
async function changeSim(
  documents: DocumentStore,
  iccid: Iccid,
  change: (sim: Sim | undefined) => Sim | undefined,
): Promise<void> {
  for (;;) {
    const stored = await documents.get<Sim>('sims', iccid, iccid)
    const wanted = change(stored?.value)
    if (wanted === stored?.value) return
    if (stored === undefined) {
      if (wanted === undefined || (await documents.insert('sims', iccid, iccid, wanted)).ok) return
    } else if (wanted === undefined) {
      if ((await documents.delete('sims', iccid, iccid, stored.etag)) === 'deleted') return
    } else if ((await documents.replace('sims', iccid, iccid, wanted, stored.etag)).ok) return
  }
}
