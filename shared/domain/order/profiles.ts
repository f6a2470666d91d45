/** How far a profile has come at the SM-DP+, and which one an effect is about. */
import type { Order, OrderedSim, Profile } from './order'
import { isHeld } from './rules'

export function ordered(profile: Profile): void {
  if (profile.smdp === 'none') profile.smdp = 'ordered'
}

export function confirmed(order: Order, profile: Profile, smdpAddress: string | undefined): void {
  if (profile.smdp === 'cancelled') return
  if (rank(profile.smdp) < rank('confirmed')) profile.smdp = isHeld(order) ? 'confirmed' : 'released'
  if (smdpAddress !== undefined) profile.smdpAddress = smdpAddress
}

export function rank(smdp: Profile['smdp']): number {
  return ['none', 'ordered', 'confirmed', 'released', 'cancelled'].indexOf(smdp)
}

/** The profile that an effect's key names, in play or retired. */
export function profileOf(order: Order, key: string): Profile | undefined {
  const number = Number(key.split(':')[1])
  if (order.profile?.number === number) return order.profile
  return order.retired.find((profile) => profile.number === number)
}

/** The SIM that an effect's key names: the one that is topped up, or a profile in play or retired. */
export function simOf(order: Order, key: string): OrderedSim | undefined {
  return order.topUp ?? profileOf(order, key)
}
