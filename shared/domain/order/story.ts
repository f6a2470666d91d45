/** The order's own story: a line for whatever happened to it. */
import type { LogEntry, Order } from './order'

const FIRST_ENTRIES = 20
const LAST_ENTRIES = 100

/** Adds a line to the order's story. Keeps the first 20 and the last 100 lines. Never pass personal data. */
export function logged(order: Order, now: Date, what: string, detail?: string): Order {
  const entry: LogEntry = {
    at: now.toISOString(),
    what,
    ...(detail === undefined ? {} : { detail: detail.slice(0, 200) }),
  }
  const log = [...order.log, entry]
  if (log.length <= FIRST_ENTRIES + LAST_ENTRIES) return { ...order, log }
  const dropped = log.length - FIRST_ENTRIES - LAST_ENTRIES
  return {
    ...order,
    log: [...log.slice(0, FIRST_ENTRIES), ...log.slice(FIRST_ENTRIES + dropped)],
    logDropped: order.logDropped + dropped,
  }
}
