import { hasEnded, type Order } from '../domain/order/order'
import { problemOf } from './order-standing'
import { feed, recentOrders } from './people-orders'
import type { DeviceErrorClaim } from './session/session'
import type { Visit } from './visit'

/** How many of the newest orders are looked at for the profile that failed. */
const lookedAt = 5

/**
 * Tells the order concerned what the app reported at launch, once somebody is signed in. The report is a claim of the device: it goes to
 * an order of this person only, and the order decides what it is worth.
 *
 * @returns the order that took note; undefined when none is concerned. The report is forgotten in both cases, but the last error is
 *   kept for the options page where no order is concerned
 */
export async function deliverDeviceErrors(visit: Visit, subscriberId: string): Promise<Order | undefined> {
  const error = visit.session?.value.deviceErrors.at(-1)
  if (!error || visit.session?.value.errorsSeen) return undefined
  const orders = await recentOrders(visit, subscriberId, lookedAt)
  const order = orders.find((candidate) => concerns(candidate, error))
  await visit.change((session) => (order ? { ...session, deviceErrors: [] } : { ...session, errorsSeen: true }))
  if (!order) return undefined
  const onDevice = isOnDevice(order, error)
  visit.log.info('portal.device_error', { order: order.id, code: error.code, onDevice })
  const told = await feed(visit, order, {
    type: 'deviceResult',
    code: error.code,
    ...(error.iccid === undefined ? {} : { iccid: error.iccid }),
    ...(onDevice === undefined ? {} : { onDevice }),
  })
  // A purchase that is complete is worth a visit only where it has something to say about the report.
  return hasEnded(told) && problemOf(told).problem === undefined ? undefined : told
}

/** By the failed profile where it is named, also after the purchase is complete; else whichever open order has been handed over. */
function concerns(order: Order, error: DeviceErrorClaim): boolean {
  const complete = order.stage.state === 'active'
  if (hasEnded(order) && !complete) return false
  if (error.iccid !== undefined) return order.profile?.iccid === error.iccid
  return !complete && order.handover !== undefined
}

function isOnDevice({ profile }: Order, { profiles }: DeviceErrorClaim): boolean | undefined {
  return profile === undefined ? undefined : profiles?.includes(profile.iccid)
}
