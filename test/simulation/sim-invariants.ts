/** What must hold of SIMs that people have, and of subscriptions, once everything works again. */
import type { Order } from '../../shared/domain/order/order'
import type { Sim, Subscription } from '../../shared/domain/sim'
import { isDelivered, isParked, nameOf, paidFor } from './invariants'
import type { World } from './world'

type Tell = (text: string) => void

export function brokenRulesOfSims(world: World): string[] {
  const broken: string[] = []
  const { sims, orders } = world.store
  for (const sim of sims.values()) {
    const about: Tell = (text) => broken.push(`SIM …${sim.iccid.slice(-4)}: ${text}`)
    grantsAreOfItsOwner(world, sim, about)
    if (sim.kind === 'warm') warmSimIsSomebodys(world, sim, about)
    for (const subscription of sim.subscriptions ?? [])
      subscriptionGoesOn(world, sim, subscription, (text) => about(`subscription ${subscription.id}: ${text}`))
  }
  for (const order of orders.values()) {
    const about: Tell = (text) => broken.push(`order ${order.id} (${nameOf(order)}): ${text}`)
    subscriptionIsKnown(world, order, about)
    if (order.stage.state === 'active') isListed(order, about)
  }
  return broken
}

/** Each order stands on a SIM once at most, and only an order that was delivered, or waits for staff, does. */
function grantsAreOfItsOwner({ store }: World, sim: Sim, tell: Tell): void {
  const ids = sim.grants.map(({ orderId }) => orderId)
  if (new Set(ids).size < ids.length) tell('holds two grants of one order')
  for (const id of ids) {
    const order = store.orders.get(id)
    if (order === undefined) tell('holds the grant of an order that does not exist')
    else if (order.subscriberId !== sim.subscriberId) tell(`holds a grant of ${order.subscriberId}`)
    else if (order.stage.state === 'cancelled' || order.stage.state === 'expired')
      tell(`holds the grant of an order that was ${order.stage.state}`)
  }
}

/** A warm SIM belongs to whoever's order claimed it for as long as that stands, and otherwise to nobody. */
function warmSimIsSomebodys({ store, truth }: World, sim: Sim, tell: Tell): void {
  const claim = sim.orderId === undefined ? undefined : store.orders.get(sim.orderId)
  const line = truth.lines.get(sim.iccid)
  const working = [...store.orders.values()].some(
    (order) => order.kind === 'warm-sim' && order.topUp?.iccid === sim.iccid && isParked(order),
  )
  if (sim.resting && (claim === undefined || claim.closed)) tell('rests for an order that has forgotten it')
  if (sim.orderId !== undefined && claim === undefined) tell('was claimed by an order that does not exist')
  if (claim?.closed && claim.stage.state !== 'active') tell('belongs to an order that was called off')
  if (claim?.stage.state === 'active' && line === undefined) tell('was sold and has no line')
  if (sim.subscriberId === undefined && line !== undefined && !working) tell('is nobody’s and has a line')
}

/** Whatever is neither cancelled nor ended is in the calendar, or its renewal is under way. What was paid for has no gaps. */
function subscriptionGoesOn(world: World, sim: Sim, subscription: Subscription, tell: Tell): void {
  const { orders, calendar, cancelled } = world.store
  const { id, period } = subscription
  const paid = [...orders.values()].filter((order) => order.subscription?.id === id)
  const next = paid.find((order) => order.subscription?.period === period + 1)
  const entered = [...calendar.values()].some(({ entry }) => entry.subscriptionId === id && entry.period === period + 1)
  const lives = subscription.cancelledAt === undefined && subscription.ended === undefined
  const underWay = next !== undefined && !next.closed
  if (lives && !entered && !underWay) tell('was forgotten')
  if (lives && entered && overdue(world, subscription)) tell('should have been renewed by now')
  const collected = paid.filter((order) => paidFor(world, order) > 0)
  const periods = collected.map((order) => order.subscription?.period ?? 0).sort((a, b) => a - b)
  if (new Set(periods).size < periods.length) tell('has paid for a period twice')
  const gap = periods.findIndex((found, n) => found !== n + 1 && !isSkippable(paid, n + 1))
  if (gap >= 0) tell(`has not paid for period ${gap + 1}`)
  const stood = cancelled.get(id)
  for (const order of collected)
    if (order.kind === 'renewal' && stood !== undefined && !stood.has(order.id) && !world.store.past.has(order.id)) {
      const credited = sim.grants.some(({ orderId }) => orderId === order.id)
      tell(`has paid for period ${order.subscription?.period} after it was cancelled${credited ? '' : ', for nothing'}`)
    }
}

/** A period whose order waits for staff, or was settled by them. */
function isSkippable(paid: readonly Order[], period: number): boolean {
  const order = paid.find(({ subscription }) => subscription?.period === period)
  return order !== undefined && (isParked(order) || order.payment.status === 'settled')
}

function overdue(world: World, { id }: Subscription): boolean {
  return [...world.store.calendar.values()].some(
    ({ entry }) => entry.subscriptionId === id && Date.parse(entry.placeAt) <= world.renewUntil,
  )
}

/** A subscription that was bought stands in the SIM's document. */
function subscriptionIsKnown(world: World, order: Order, tell: Tell): void {
  const { subscription, stage } = order
  const iccid = order.profile?.iccid ?? order.topUp?.iccid
  if (subscription === undefined || iccid === undefined || stage.state !== 'active') return
  if (world.store.past.has(order.id)) return
  const known = world.store.sims.get(iccid)?.subscriptions?.find(({ id }) => id === subscription.id)
  if (known === undefined) tell('began a subscription that nobody knows')
  else if (known.period < subscription.period) tell('has paid for a period that nobody knows')
  if (!isDelivered(world, order)) tell('is active and not delivered')
}

/** The portal shows the line. */
function isListed(order: Order, tell: Tell): void {
  if (order.kind !== 'renewal' && !order.lineListed) tell('is active, and its line is not listed')
}
