/** Log lines that somebody on call must see. */
import type { Order } from '../domain/order/order'
import type { Log } from '../platform/ports'

/**
 * Tells what a change of an order asks of people, once: `order.parked` (warning) when it begins to wait for staff, `download.alert` when a
 * failed download shows a fault that staff (warning) or developers (error) must look into, even if the order goes on by itself.
 */
export function alertPeople(log: Log, before: Order, after: Order): void {
  const { id, transactionId, stage, problem } = after
  const about = { order: id, transactionId }
  if (stage.state === 'parked' && before.stage.state !== 'parked') {
    const code = stage.reason === 'download-failed' ? problem?.code : undefined
    log.warn('order.parked', { ...about, reason: stage.reason, from: stage.from, code })
  }
  const told = before.problem
  const same = told?.at === problem?.at && told?.code === problem?.code && told?.alert === problem?.alert
  if (problem?.alert === undefined || same) return
  const fields = { ...about, source: problem.source, code: problem.code, action: problem.action, alert: problem.alert }
  if (problem.alert === 'developers') log.error('download.alert', fields)
  else log.warn('download.alert', fields)
}
