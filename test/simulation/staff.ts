/** Staff: some time after an order was parked somebody looks, tries again, calls it off, or settles it outside and says so. */
import type { Iccid } from '../../shared/domain/identifiers'
import type { StaffEvent } from '../../shared/domain/order/event'
import type { Order, ParkedStage } from '../../shared/domain/order/order'
import { staffRefusal } from '../../shared/domain/order/staff'
import type { World } from './world'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Longer than any call may still be worked on. */
const AFTER_MS = 10 * MINUTE
/** What is still parked after so many visits stays so. */
const MOST_VISITS = 5

/** From now on parked orders are looked at. */
export function employStaff(world: World): void {
  const visits = new Map<string, number>()
  world.store.parked.push(({ id }) => {
    const before = visits.get(id) ?? 0
    visits.set(id, before + 1)
    if (before < MOST_VISITS) void visit(world, id)
  })
}

async function visit(world: World, orderId: string): Promise<void> {
  const { scheduler, random, plan } = world.wire
  world.busy += 1
  const hurry = plan.aim === 'refund' ? [MINUTE] : [MINUTE, 5 * HOUR, 50 * HOUR]
  await scheduler.step(undefined, AFTER_MS + random.below(random.pick(hurry)))
  const order = world.store.orders.get(orderId)
  const event = order && chosen(world, order)
  if (order?.stage.state === 'parked' && event !== undefined && staffRefusal(order, event) === undefined) {
    if (order.stage.reason === 'possible-orphan') await findOrphans(world)
    await act(world, order, order.stage, event)
  }
  world.busy -= 1
}

function chosen(world: World, order: Order): StaffEvent | undefined {
  const { random, plan } = world.wire
  const { stage } = order
  if (stage.state !== 'parked') return undefined
  const payBack = plan.aim === 'refund' && stage.reason === 'line-refused' && stage.from === 'installed'
  const action = payBack ? 'resolve' : random.pick(['retry', 'retry', 'cancel', 'resolve', 'resolve'] as const)
  const event = { type: 'staff', action, by: 'sam', parkedSince: stage.since } as const
  if (action !== 'resolve') return event
  const ended = stage.from === 'cancelled' || stage.from === 'expired'
  const has = !ended && (order.topUp === undefined ? isInstalled(world, order) : stage.from === 'ready')
  return { ...event, outcome: has && !payBack && random.chance(0.6) ? 'delivered' : 'not-delivered' }
}

function isInstalled({ truth }: World, { profile }: Order): boolean {
  const known = profile && truth.registry.get(profile.iccid)
  if (profile === undefined || known?.state !== 'Installed') return false
  return known.matchingId === profile.matchingId && !truth.gone.has(profile.matchingId)
}

/** What is said is made true first, and said until it is heard: nobody forgets half-way. */
async function act(world: World, order: Order, stage: ParkedStage, event: StaffEvent): Promise<void> {
  const { scheduler } = world.wire
  const { truth } = world
  const { matchingId } = order.profile ?? {}
  const withdrawn = event.outcome === 'not-delivered' && order.profile !== undefined && stage.from !== 'cancelled'
  if (withdrawn && matchingId !== undefined) {
    takeAway(world, order)
    truth.gone.add(matchingId)
  }
  for (;;) {
    const reply = await world.request((app) => app.staff(order.id, event))
    const now = world.store.orders.get(order.id)
    // By value: whoever looks at the order in between writes it anew.
    if (reply.ok || JSON.stringify(now?.stage) !== JSON.stringify(order.stage)) break
    await scheduler.step(undefined, MINUTE)
  }
  const settled = world.store.orders.get(order.id)
  if (event.action === 'resolve' && settled !== undefined) settleOutside(world, order, settled, event)
}

/** ICCIDs that are reserved at the SM-DP+ and that no order names are given back there. Nobody looks while an order is being placed. */
async function findOrphans({ store, truth, wire }: World): Promise<void> {
  const orders = () => [...store.orders.values()]
  while (orders().some(({ lease }) => lease?.effect === 'reserveByType')) await wire.scheduler.step(undefined, MINUTE)
  const named = new Set(orders().map(({ profile }) => profile?.iccid))
  for (const { iccid } of truth.registry.snapshot().profiles) {
    const known = truth.registry.get(iccid)
    if (known === undefined || named.has(iccid as Iccid)) continue
    const { eid, matchingId } = known
    const cancel = { type: 'cancelOrder', eid, matchingId, finalState: 'Available' } as const
    truth.registry.apply(known, cancel, new Date(wire.scheduler.now))
  }
}

/** Ends the reservation at the SM-DP+ by hand, as far as it goes. */
function takeAway({ truth, wire }: World, { profile }: Order): void {
  for (const type of ['installation', 'cancelOrder'] as const) {
    const known = profile && truth.registry.get(profile.iccid)
    if (known === undefined || (known.matchingId ?? profile?.matchingId) !== profile?.matchingId) return
    const { eid, matchingId } = known
    truth.registry.apply(
      known,
      type === 'installation' ? { type, success: false } : { type, eid, matchingId, finalState: 'Available' },
      new Date(wire.scheduler.now),
    )
  }
}

/** The line of a SIM that was the person's before stays theirs. */
function isClaimedBy(store: World['store'], { id, topUp }: Order): boolean {
  return topUp === undefined || store.sims.get(topUp.iccid)?.orderId === id
}

/** The money that the order takes as settled is collected or given back, and the line of the SIM that was `seen` is as it should be. */
function settleOutside({ truth, store }: World, seen: Order, order: Order, { outcome }: StaffEvent): void {
  const delivered = outcome === 'delivered'
  // The order may have given its profile up by now.
  const iccid = seen.profile?.iccid ?? seen.topUp?.iccid
  if (iccid !== undefined && delivered) truth.lines.set(iccid, truth.lines.get(iccid) ?? order.id)
  else if (iccid !== undefined && truth.lines.get(iccid) === order.id && isClaimedBy(store, order))
    truth.lines.delete(iccid)
  if (order.payment.status !== 'settled') return
  for (const account of truth.accounts.values()) {
    if (account.orderId !== order.id) continue
    if (delivered) account.captured = account.voided > 0 ? 0 : account.authorised
    else if (account.captured > 0) account.refunded = account.captured
    else account.voided = account.authorised
  }
}
