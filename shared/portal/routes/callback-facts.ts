import { localText } from '../../domain/local-text'
import type { Order } from '../../domain/order/order'
import type { Bought } from '../../domain/purchase-metadata'
import type { Visit } from '../visit'

/** Names one attempt; the script fires none twice. */
export function callbackToken(visit: Visit): string {
  return Buffer.from(visit.portal.randomBytes(16)).toString('base64url')
}

/** What the Mobile Plans app is told of a purchase. `line`: whether the account has got another one by it. */
export function boughtBy(visit: Visit, order: Order, line: Bought['line']): Bought {
  const { payment, plan } = order
  const paid = plan.price.amountMinor > 0
  return {
    end: 'complete',
    account: payment.account,
    instrument: paid ? (payment.onFile ? 'existing' : 'new') : 'not-reached',
    line,
    planName: localText(plan.name, visit.language, visit.portal.operator.defaultLanguage),
  }
}
