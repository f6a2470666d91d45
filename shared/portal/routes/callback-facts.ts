import { localText } from '../../domain/local-text'
import type { Order } from '../../domain/order/order'
import { boughtBy } from '../../domain/purchase-facts'
import type { Bought } from '../../domain/purchase-metadata'
import type { Visit } from '../visit'

/** Names one attempt; the script fires none twice. */
export function callbackToken(visit: Visit): string {
  return Buffer.from(visit.portal.randomBytes(16)).toString('base64url')
}

/** What the Mobile Plans app is told of a purchase, in the language of the visit. */
export function boughtIn(visit: Visit, order: Order): Bought {
  return boughtBy(order, localText(order.plan.name, visit.language, visit.portal.operator.defaultLanguage))
}
