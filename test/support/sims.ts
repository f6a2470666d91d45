/** Two SIMs that people have, in the world of orders: one that anybody may buy a plan for, and one of the first person's. */
import { expect } from 'vitest'
import type { Iccid } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import { createSim, type Sim } from '../../shared/domain/sim'
import { endSubscriptionOf, placeRenewals } from '../../shared/fulfilment/renewals'
import { quiet, type World } from './order-world'
import { inlinePlan } from './plans'

const DAY = 24 * 60 * 60_000
export const monthly = { ...inlinePlan, id: 'test-monthly', kind: 'subscription' as const }
export const warm = '8988303000000999998' as Iccid
export const owned = '8988303000000999999' as Iccid

/** As they were imported. */
export async function putSims({ documents }: World): Promise<void> {
  await documents.insert('sims', warm, warm, createSim({ iccid: warm, kind: 'warm' }))
  await documents.insert('sims', owned, owned, createSim({ iccid: owned, kind: 'warm', subscriberId: 'subscriber-1' }))
}

/** The minute's look into the calendar. */
export const renewals = (world: World) =>
  placeRenewals({ documents: world.documents, orders: world.orders, clock: () => new Date(world.now), log: quiet })

export async function simOf(world: World, iccid: Iccid): Promise<Sim> {
  const stored = await world.documents.get<Sim>('sims', iccid, iccid)
  if (stored === undefined) throw new Error('the SIM is gone')
  return stored.value
}

/** Whoever has a subscription cancels it. */
export async function unsubscribe(world: World): Promise<void> {
  const parts = { documents: world.documents, orders: world.orders, clock: () => new Date(world.now) }
  for (const iccid of [warm, owned]) {
    const { subscriberId = '', subscriptions = [] } = await simOf(world, iccid)
    for (const { id: subscriptionId } of subscriptions)
      await endSubscriptionOf(parts, { iccid, subscriptionId, subscriberId, budgetMs: 2_500 })
  }
}

/** Balances that ended long ago leave the SIM. */
export function isPast(world: World, { topUp, stage, readyAt = '' }: Order): boolean {
  return topUp !== undefined && stage.state === 'active' && Date.parse(readyAt) + 60 * DAY < world.now
}

/** A warm SIM is whoever's order for it stands; a subscription that lives is in the calendar, and each of its periods was paid for once. */
export async function expectSims(world: World): Promise<void> {
  for (const iccid of [warm, owned]) {
    const { grants, subscriberId, orderId, resting, subscriptions = [] } = await simOf(world, iccid)
    const orders = await Promise.all(grants.map((grant) => world.order(grant.orderId)))
    for (const order of orders) expect(order.subscriberId, 'a SIM has one owner').toBe(subscriberId)
    if (iccid === warm && orders.every(({ stage }) => stage.state === 'active')) {
      const claim = orderId === undefined ? undefined : await world.order(orderId)
      if (claim?.stage.state === 'parked') continue
      const sold = claim?.stage.state === 'active'
      expect(subscriberId !== undefined, 'a warm SIM is free when its order was called off').toBe(sold)
      expect(world.lines.has(iccid), 'and has a line when it was sold').toBe(sold)
      expect(resting).toBeUndefined()
    }
    for (const { id, period } of subscriptions) {
      const paid = orders.filter(({ subscription, stage }) => subscription?.id === id && stage.state === 'active')
      const periods = paid.map(({ subscription }) => subscription?.period).sort()
      expect(new Set(periods).size, 'no period is paid for twice').toBe(periods.length)
      expect(Math.max(...periods.map((n) => n ?? 0), 0)).toBeLessThanOrEqual(period)
    }
  }
}
