import { usableBalance } from '../domain/balance'
import { deliverDeviceErrors } from './device-errors'
import { launchLine, linePath, standingOfSim } from './lines'
import { isOpen, orderPath, recentOrders } from './people-orders'
import type { Visit } from './visit'

/** How many of the newest orders are looked at for one under way. */
const lookedAt = 5

/**
 * Where a person begins who is signed in by now: at the order that a failed download concerns, at the page that asked for the sign-in, at the
 * plans for their SIM card when that has nothing left (Mobile Plans "Account management", enhanced), else at the crossroads.
 */
export async function entryPath(visit: Visit, subscriberId: string, returnTo?: string): Promise<string> {
  const order = await deliverDeviceErrors(visit, subscriberId)
  if (order) return orderPath(order.id)
  if (returnTo !== undefined) return returnTo
  const iccid = visit.session?.value.device.iccid
  if (iccid === undefined) return '/portal/options'
  const [sim, orders] = await Promise.all([
    standingOfSim(visit, subscriberId, iccid),
    recentOrders(visit, subscriberId, lookedAt),
  ])
  const empty = sim.is === 'own' && !usableBalance(sim.sim, visit.now)
  return empty && !orders.some(isOpen) ? linePath(launchLine) : '/portal/options'
}
