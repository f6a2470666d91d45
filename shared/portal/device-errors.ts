import type { Order } from '../domain/order/order'
import { feed, isOpen, recentOrders } from './people-orders'
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
  const orders = (await recentOrders(visit, subscriberId, lookedAt)).filter(isOpen)
  const order = orders.find((candidate) => concerns(candidate, error))
  await visit.change((session) => (order ? { ...session, deviceErrors: [] } : { ...session, errorsSeen: true }))
  if (!order) return undefined
  visit.log.info('portal.device_error', { order: order.id, code: error.code })
  return feed(visit, order, { type: 'deviceResult', code: error.code, ...(error.iccid ? { iccid: error.iccid } : {}) })
}

/** By the failed profile where it is named, else whichever order has been handed over. */
function concerns(order: Order, error: DeviceErrorClaim): boolean {
  if (error.iccid !== undefined) return order.profile?.iccid === error.iccid
  return order.handover !== undefined
}
