/** Where a plan that is put on a SIM stands, in the person's terms: there is nothing to download, so little can be under way. */
import { canCancel, canHandOver } from '../domain/order/apply'
import type { Order } from '../domain/order/order'
import type { Standing } from './order-standing'

/** The standing of a top-up, for a visit by app or browser. Pure. */
export function topUpStanding(order: Order, channel: 'webview' | 'browser'): Standing {
  const { stage, kind } = order
  const tell = channel === 'webview' && canHandOver(order)
  const base = {
    canHandOver: tell ? (order.handover === undefined ? 'first' : 'again') : 'no',
    // A renewal is stopped by cancelling its subscription.
    canCancelOrder: kind !== 'renewal' && canCancel(order),
    showInstall: false,
  } as const
  switch (stage.state) {
    case 'placed':
      return isAskedAgain(order)
        ? { ...base, progress: 'payment-refused', because: 'asked-again', refreshAfter: 60 }
        : { ...base, progress: 'preparing', refreshAfter: 2 }
    case 'ready':
    case 'downloading':
    case 'installed':
      // The data is there; the money follows.
      return { ...base, progress: 'active', refreshAfter: 5 }
    case 'active':
      return { ...base, progress: 'active' }
    case 'cancelling':
      return { ...base, progress: 'cancelling', refreshAfter: 3 }
    case 'cancelled':
      switch (stage.because) {
        case 'payment-refused':
          return { ...base, progress: 'payment-refused' }
        case 'sim-refused':
        case 'line-refused':
          return { ...base, progress: 'cancelled', because: stage.because }
        default:
          return { ...base, progress: 'cancelled' }
      }
    case 'expired':
      return { ...base, progress: 'expired' }
    case 'parked':
      return stage.reason === 'capture-refused'
        ? { ...base, progress: 'parked', because: 'capture-refused', refreshAfter: 60 }
        : { ...base, progress: 'parked', refreshAfter: 60 }
  }
}

/** Whether a renewal's payment was refused and is asked for again. */
export function isAskedAgain({ kind, stage, payment }: Order): boolean {
  const unpaid = payment.status === 'refused' || payment.status === 'none'
  return kind === 'renewal' && stage.state === 'placed' && payment.refusedAt !== undefined && unpaid
}
