/** The SIM document, as orders change it: container `sims`, partition and id are the ICCID. */

import type { Iccid } from '../domain/identifiers'
import type { Order } from '../domain/order/order'
import { addGrant, createSim, grantOf, type Sim, startGrant as start, takeBack, withoutPast } from '../domain/sim'
import type { DocumentStore } from '../platform/ports'

/** Point read. */
export async function readSim(documents: DocumentStore, iccid: Iccid): Promise<Sim | undefined> {
  return (await documents.get<Sim>('sims', iccid, iccid))?.value
}

/**
 * Why a SIM gets no balance: it is none of ours, not for sale, or somebody else's; the subscription to be renewed has been cancelled or has
 * ended. `sim-resting` passes: see `Sim.resting`.
 */
export type GrantRefusal = 'unknown-sim' | 'not-for-sale' | 'not-yours' | 'subscription-over' | 'sim-resting'

/**
 * Puts the order's grant on the SIM, which becomes the subscriber's: a profile that was given up by a former order starts afresh, a warm
 * SIM is claimed by this very write. A renewal is granted only while its subscription lives: whoever cancels writes into the same document,
 * so that one of the two comes first. Safe to repeat.
 *
 * @returns why not; undefined: granted
 */
export async function grantBalance(
  documents: DocumentStore,
  iccid: Iccid,
  order: Order,
): Promise<GrantRefusal | undefined> {
  const grant = grantOf(order.plan, order.id)
  let refusal: GrantRefusal | undefined
  await changeSim(documents, iccid, (sim) => {
    refusal = order.topUp === undefined ? undefined : refusalOf(sim, order)
    if (refusal !== undefined) return sim
    return addGrant(withoutPast(ownedBy(order, iccid, sim), new Date(order.updatedAt)), grant)
  })
  return refusal
}

function refusalOf(sim: Sim | undefined, { id, kind, subscriberId, subscription }: Order): GrantRefusal | undefined {
  if (sim === undefined) return 'unknown-sim'
  if (sim.kind === 'excluded' || sim.kind === 'monitor') return 'not-for-sale'
  if (sim.resting && (kind === 'warm-sim' || sim.subscriberId === subscriberId)) return 'sim-resting'
  if (kind === 'warm-sim' && sim.kind === 'warm' && sim.subscriberId === undefined) return undefined
  if (sim.subscriberId !== subscriberId) return 'not-yours'
  if (kind !== 'renewal' || sim.grants.some(({ orderId }) => orderId === id)) return undefined
  const renewed = sim.subscriptions?.find((known) => known.id === subscription?.id)
  const lives = renewed !== undefined && renewed.cancelledAt === undefined && renewed.ended === undefined
  return lives ? undefined : 'subscription-over'
}

function ownedBy(order: Order, iccid: Iccid, sim: Sim | undefined): Sim {
  const { subscriberId, id: orderId } = order
  if (order.topUp === undefined)
    return sim?.orderId === orderId ? sim : createSim({ iccid, kind: 'esim', subscriberId, orderId })
  const known = sim ?? createSim({ iccid, kind: 'warm' })
  return known.subscriberId === undefined ? { ...known, subscriberId, orderId } : known
}

/** The grant's time begins to run. Safe to repeat. */
export async function startClock(documents: DocumentStore, iccid: Iccid, orderId: string, at: Date): Promise<void> {
  await changeSim(documents, iccid, (sim) => sim && start(sim, orderId, at))
}

/**
 * Takes the order's grant back: see `takeBack`. Safe to repeat.
 *
 * @returns whether a warm SIM now rests in the order's name
 */
export async function revokeBalance(
  documents: DocumentStore,
  iccid: Iccid,
  orderId: string,
  claim: 'rest' | 'free',
): Promise<boolean> {
  const left = await changeSim(documents, iccid, (sim) => sim && takeBack(sim, orderId, claim))
  return left?.resting === true && left.orderId === orderId
}

/** Changes what the SIM's document says of a subscription. Safe to repeat. */
export async function changeSubscriptions(
  documents: DocumentStore,
  iccid: Iccid,
  change: (sim: Sim) => Sim,
): Promise<Sim | undefined> {
  return changeSim(documents, iccid, (sim) => sim && change(sim))
}

/** Changes the document until the write meets no other. `undefined` from `change`: no document. */
async function changeSim(
  documents: DocumentStore,
  iccid: Iccid,
  change: (sim: Sim | undefined) => Sim | undefined,
): Promise<Sim | undefined> {
  for (;;) {
    const stored = await documents.get<Sim>('sims', iccid, iccid)
    const wanted = change(stored?.value)
    if (wanted === stored?.value) return wanted
    if (stored === undefined) {
      if (wanted === undefined || (await documents.insert('sims', iccid, iccid, wanted)).ok) return wanted
    } else if (wanted === undefined) {
      if ((await documents.delete('sims', iccid, iccid, stored.etag)) === 'deleted') return wanted
    } else if ((await documents.replace('sims', iccid, iccid, wanted, stored.etag)).ok) return wanted
  }
}
