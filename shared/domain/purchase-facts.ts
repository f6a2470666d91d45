/** What the Mobile Plans app is told of an order, and what its record says: the same facts, so that the two cannot differ. */
import type { EndReason, Order } from './order/order'
import type { Bought, Ended, PurchaseFacts } from './purchase-metadata'

/** An order that went through, or is about to. */
export function boughtBy({ payment, plan, kind }: Order, planName: string): Bought {
  const paid = plan.price.amountMinor > 0
  return {
    end: 'complete',
    account: payment.account,
    instrument: paid ? (payment.onFile ? 'existing' : 'new') : 'not-reached',
    // Whether the account has got another line by it.
    line: kind === 'new-esim' || kind === 'warm-sim' ? 'new' : 'existing',
    planName,
  }
}

/**
 * What became of an order that has ended. Microsoft's words are few; where none fits (a download that failed, an act of staff) it is
 * `cancelled`, and the order's own reason says more.
 */
export function factsOf(order: Order, planName: string): PurchaseFacts {
  const { stage } = order
  const bought = boughtBy(order, planName)
  if (stage.state === 'active') return bought
  const because = stage.state === 'cancelled' ? stage.because : 'expiry'
  const { account, instrument } = bought
  if (because === 'payment-refused') return { end: 'purchase-failed', account, instrument: 'left', line: 'not-reached' }
  return { end: endOf(because, order), account, instrument, line: 'left' }
}

function endOf(because: EndReason, { kind }: Order): Ended['end'] {
  switch (because) {
    case 'payment-refused':
      return 'purchase-failed'
    case 'sold-out':
    case 'line-refused':
      return 'service-error'
    case 'sim-refused':
      // Of a renewal: its subscription was cancelled first.
      return kind === 'renewal' ? 'cancelled' : 'invalid-sim'
    case 'person':
    case 'expiry':
    case 'duplicate':
    case 'download-failed':
    case 'staff':
      return 'cancelled'
  }
}
