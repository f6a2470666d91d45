/** SIMs as a visit may see them: the one in the PC, and those of the person. Whose another SIM is, nobody learns. */
import { type Iccid, isInRanges, parseIccid, parseOrderId } from '../domain/identifiers'
import type { Sim } from '../domain/sim'
import { readSim } from '../fulfilment/sims'
import type { Subscriber } from './accounts/subscriber'
import { readSubscriber } from './accounts/subscribers'
import type { Target } from './session/session'
import type { Visit } from './visit'

/** Names a line in paths: the order that brought it, so that no ICCID stands in a URL. */
export type LineRef = string

/** The SIM card of this launch. */
export const launchLine: LineRef = 'this'

/** Path of the plans for a line. */
export function linePath(line: LineRef): string {
  return `/portal/lines/${line}/plans`
}

/** A line of the person's, as its SIM stands. */
export interface Line {
  ref: LineRef
  iccid: Iccid
  sim: Sim
}

/**
 * What a person may do with a SIM: activate it, add data to it, or nothing. `ours`: the SIM is one of the operator's, whoever has it.
 */
export type SimStanding = { is: 'warm'; sim: Sim } | { is: 'own'; sim: Sim } | { is: 'unusable'; ours: boolean }

/** One point read. */
export async function standingOfSim(visit: Visit, subscriberId: string, iccid: Iccid): Promise<SimStanding> {
  const sim = await readSim(visit.portal.documents, iccid)
  const forSale = sim?.kind === 'esim' || sim?.kind === 'warm'
  if (sim !== undefined && forSale) {
    if (sim.subscriberId === subscriberId) return { is: 'own', sim }
    if (sim.kind === 'warm' && sim.subscriberId === undefined) return { is: 'warm', sim }
  }
  return { is: 'unusable', ours: sim !== undefined || isInRanges(iccid, visit.portal.operator.iccidRanges) }
}

/** Most lines of a person that a page reads: one point read each. */
export const mostLines = 20
/** Most profiles of a launch that are looked up. */
const mostProfiles = 8

/** The person's lines, newest first. */
export async function linesOf(visit: Visit, subscriber: Subscriber, atMost = mostLines): Promise<Line[]> {
  const read = await Promise.all(
    subscriber.lines.slice(0, atMost).map(async ({ iccid, orderId }) => ownLine(visit, subscriber.id, iccid, orderId)),
  )
  return read.filter((line) => line !== undefined)
}

/** The person's profiles on the eSIM of this launch. */
export async function profilesOf(visit: Visit, subscriberId: string): Promise<Line[]> {
  const { iccids = [] } = visit.session?.value.device ?? {}
  const read = await Promise.all(
    iccids.slice(0, mostProfiles).map(async (iccid) => ownLine(visit, subscriberId, iccid, undefined)),
  )
  return read.filter((line) => line !== undefined)
}

async function ownLine(
  visit: Visit,
  subscriberId: string,
  text: string,
  orderId: string | undefined,
): Promise<Line | undefined> {
  const iccid = parseIccid(text)
  if (iccid === undefined) return undefined
  const found = await standingOfSim(visit, subscriberId, iccid)
  if (found.is !== 'own') return undefined
  const ref = orderId ?? found.sim.orderId
  return ref === undefined ? undefined : { ref, iccid, sim: found.sim }
}

/**
 * The SIM that a path names, if this person may put a plan on it.
 *
 * @returns undefined for strangers' lines as for unknown ones
 */
export async function targetOf(visit: Visit, subscriberId: string, ref: LineRef): Promise<Target | undefined> {
  const iccid = await iccidOf(visit, subscriberId, ref)
  if (iccid === undefined) return undefined
  const { is } = await standingOfSim(visit, subscriberId, iccid)
  if (is === 'unusable') return undefined
  // A SIM of nobody's is taken up by the PC that holds it, not by who knows a number.
  if (is === 'warm') return ref === launchLine ? { kind: 'warm-sim', iccid } : undefined
  return { kind: 'add-balance', iccid }
}

async function iccidOf(visit: Visit, subscriberId: string, ref: LineRef): Promise<Iccid | undefined> {
  if (ref === launchLine) return visit.session?.value.device.iccid
  const orderId = parseOrderId(ref)
  if (orderId === undefined) return undefined
  const { lines } = await readSubscriber(visit.portal.documents, subscriberId)
  const listed = lines.find((line) => line.orderId === orderId)
  if (listed !== undefined) return parseIccid(listed.iccid)
  // A line is listed once it is paid for; its order knows it before.
  const order = await visit.portal.orders.read(orderId)
  return order?.subscriberId === subscriberId ? (order.profile ?? order.topUp)?.iccid : undefined
}

/** Whether a new eSIM can be offered: not to a PC of which only a SIM card is known. */
export function mayHaveEsim(visit: Visit): boolean {
  const { device, channel } = visit.session?.value ?? { device: {}, channel: 'browser' }
  return channel === 'browser' || device.iccid === undefined || device.eid !== undefined
}
