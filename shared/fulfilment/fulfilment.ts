/** Load, decide, mark, write, perform: the loop that carries every order. */
import { decide } from '../domain/order/decide'
import { type Effect, type Outcome, systemOf } from '../domain/order/effect'
import type { OrderEvent } from '../domain/order/event'
import { type Order, type Purchase, placeOrder } from '../domain/order/order'
import { LEASE_MARGIN_MS, type Rules } from '../domain/order/rules'
import type { Clock, DocumentStore, Log, StartTimer, Stored, WakeQueue } from '../platform/ports'
import { startTimer } from '../platform/timer'
import { alertPeople } from './alerts'
import { markOpen, moveEarlier, unmark } from './open-index'
import type { Orders } from './orders'
import { enterSettled } from './purchase-records'

/** Carries out one effect. Never rejects for what the other side did: that is an outcome. */
export type Perform = (effect: Effect, order: Order, signal: AbortSignal) => Promise<Outcome>

export interface FulfilmentParts {
  documents: DocumentStore
  wakes: WakeQueue
  perform: Perform
  rules: Rules
  clock: Clock
  log: Log
  /** For timeouts; absent: the process's own timers. */
  startTimer?: StartTimer
}

/** With less than this left of its budget a request starts no further call. */
const LEAST_BUDGET_MS = 150
/** Sending a wake may not hold up an answer: the sweep makes up for one that was not sent. */
const WAKE_PATIENCE_MS = 1_000

export function createFulfilment(parts: FulfilmentParts): Orders {
  const { documents, clock } = parts

  const load = (orderId: string) => documents.get<Order>('orders', orderId, orderId)

  return {
    async read(orderId) {
      return (await load(orderId))?.value
    },

    async send(orderId, event, options = {}) {
      const stored = await load(orderId)
      if (stored === undefined) return undefined
      return run(parts, stored, event, deadlineOf(clock, options.budgetMs))
    },

    async place(purchase, { budgetMs }) {
      const deadline = deadlineOf(clock, budgetMs)
      const stored = (await load(purchase.id)) ?? (await writeFirst(parts, purchase, deadline))
      // Somebody else's order under this id: ids are random, so this is no accident.
      if (stored.value.subscriberId !== purchase.subscriberId) throw new OrderIdTakenError()
      const order = await run(parts, stored, { type: 'wake' }, deadline)
      if (order.stage.state !== 'cancelled' || order.stage.duplicateOf === undefined) return order
      return (await load(order.stage.duplicateOf))?.value ?? order
    },
  }
}

/** The order id belongs to another subscriber. */
export class OrderIdTakenError extends Error {
  readonly code = 'order_id_taken'
  constructor() {
    super('this order id belongs to another subscriber')
    this.name = 'OrderIdTakenError'
  }
}

function deadlineOf(clock: Clock, budgetMs: number | undefined): number {
  return budgetMs === undefined ? Number.POSITIVE_INFINITY : clock().getTime() + budgetMs
}

/** Marker first, then the order: a crash in between leaves a marker that the sweep removes after an hour. */
async function writeFirst(parts: FulfilmentParts, purchase: Purchase, deadline: number): Promise<Stored<Order>> {
  const { documents, clock, rules } = parts
  const now = clock()
  const order = {
    ...placeOrder(purchase, now),
    checkAt: new Date(Math.min(now.getTime() + rules.callTimeoutMs.store, deadline)).toISOString(),
  }
  await markOpen(documents, order.id, new Date(order.checkAt), now)
  const written = await documents.insert('orders', order.id, order.id, order)
  if (written.ok) return { partition: order.id, id: order.id, value: order, etag: written.etag }
  const first = await documents.get<Order>('orders', order.id, order.id)
  if (first === undefined) throw new Error('an order that was just written cannot be read')
  return first
}

async function run(parts: FulfilmentParts, loaded: Stored<Order>, first: OrderEvent, deadline: number): Promise<Order> {
  const { documents, clock } = parts
  let stored = loaded
  let event = first
  const wokenFor = loaded.value.checkAt
  for (;;) {
    const now = clock()
    const left = deadline - now.getTime()
    const rules = hurried(parts.rules, left)
    const decision = decide(stored.value, event, now, rules, { start: left > LEAST_BUDGET_MS })
    if (decision.order === stored.value) break
    const written = await writeDecision(documents, stored, decision.order, now)
    if (written === undefined) {
      const fresh = await documents.get<Order>('orders', stored.id, stored.id)
      if (fresh === undefined) break
      stored = fresh
      continue
    }
    alertPeople(parts.log, stored.value, written.value)
    stored = written
    const [effect] = decision.effects
    if (effect === undefined) break
    // Held up since it decided, this process could outlive its lease: the next attempt is left to whoever finds it ended.
    if (clock().getTime() - now.getTime() > LEASE_MARGIN_MS / 4) break
    const outcome = await performWithin(parts, effect, stored.value, rules)
    parts.log.info('effect', {
      order: stored.id,
      transactionId: stored.value.transactionId,
      effect: effect.do,
      attempt: effect.attempt,
      outcome: outcome.ok ? 'done' : `${outcome.kind} ${outcome.code}`,
      ms: clock().getTime() - now.getTime(),
    })
    event = { type: 'result', effect: effect.do, key: effect.key, attempt: effect.attempt, outcome }
  }
  if (stored.value.closed) {
    if (stored !== loaded) await unmark(documents, stored.id)
  } else if (stored.value.checkAt !== undefined && stored.value.checkAt !== wokenFor) {
    await sendWake(parts, stored.id, new Date(stored.value.checkAt))
  }
  return stored.value
}

/**
 * Writes the decision; first the marker where it must come earlier, and the entry for the records where the order is closed by it.
 * Undefined: somebody else wrote meanwhile.
 */
export async function writeDecision(
  documents: DocumentStore,
  stored: Stored<Order>,
  next: Order,
  now: Date,
): Promise<Stored<Order> | undefined> {
  const before = stored.value.checkAt
  if (next.checkAt !== undefined && (before === undefined || next.checkAt < before))
    await moveEarlier(documents, stored.id, new Date(next.checkAt), now)
  await enterSettled(documents, stored.value, next)
  const written = await documents.replace('orders', stored.partition, stored.id, next, stored.etag)
  return written.ok ? { ...stored, value: next, etag: written.etag } : undefined
}

/** In a request no call may take longer than what is left of the budget; its lease is the shorter for it. */
function hurried(rules: Rules, leftMs: number): Rules {
  if (!Number.isFinite(leftMs)) return rules
  const most = Math.max(LEAST_BUDGET_MS, leftMs)
  const { store, billing, smdp, network } = rules.callTimeoutMs
  const callTimeoutMs = {
    store: Math.min(store, most),
    billing: Math.min(billing, most),
    smdp: Math.min(smdp, most),
    network: Math.min(network, most),
  }
  return { ...rules, callTimeoutMs }
}

async function performWithin(parts: FulfilmentParts, effect: Effect, order: Order, rules: Rules): Promise<Outcome> {
  const abort = new AbortController()
  let callOff = () => {}
  const timedOut = new Promise<Outcome>((resolve) => {
    callOff = timerOf(parts)(rules.callTimeoutMs[systemOf(effect.do)], () => {
      abort.abort()
      resolve({ ok: false, kind: 'lost', code: 'timeout', detail: 'no answer in time' })
    })
  })
  try {
    return await Promise.race([parts.perform(effect, order, abort.signal), timedOut])
  } finally {
    callOff()
  }
}

function timerOf(parts: Pick<FulfilmentParts, 'startTimer'>): StartTimer {
  return parts.startTimer ?? startTimer
}

/** Best effort: Buy works while the queue is down, and a wake that was not sent costs a minute at most. */
export async function sendWake(
  parts: Pick<FulfilmentParts, 'wakes' | 'log' | 'clock' | 'startTimer'>,
  orderId: string,
  at: Date,
): Promise<void> {
  const { wakes, log, clock } = parts
  if (at.getTime() - clock().getTime() > wakes.horizonMs) return
  let callOff = () => {}
  const patience = new Promise<void>((resolve) => {
    callOff = timerOf(parts)(WAKE_PATIENCE_MS, resolve)
  })
  try {
    await Promise.race([wakes.send({ orderId }, at), patience])
  } catch (cause) {
    log.warn('wake not sent', { order: orderId, cause: cause instanceof Error ? cause.name : 'unknown' })
  } finally {
    callOff()
  }
}
