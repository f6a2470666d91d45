/** The world of one run: processes of the app, what they share, and the machinery that wakes and sweeps. */
import type { Effect, Outcome } from '../../shared/domain/order/effect'
import type { StaffEvent } from '../../shared/domain/order/event'
import type { Order } from '../../shared/domain/order/order'
import type { Rules } from '../../shared/domain/order/rules'
import { createFulfilment, type Perform } from '../../shared/fulfilment/fulfilment'
import { createNotices, type Notices } from '../../shared/fulfilment/notices'
import type { Orders } from '../../shared/fulfilment/orders'
import { createPerform } from '../../shared/fulfilment/perform'
import { endSubscriptionOf, placeRenewals, type RenewalReport } from '../../shared/fulfilment/renewals'
import { recordStaffAct, type StaffAnswer } from '../../shared/fulfilment/staff'
import { type SweepReport, sweep } from '../../shared/fulfilment/sweep'
import { type Log, StoreUnavailableError } from '../../shared/platform/ports'
import { createCalendar } from './calendar'
import type { Wire } from './calls'
import { partnersOf, type Truth } from './partners'
import { createQueue, QueueUnavailableError } from './queue'
import { Process } from './scheduler'
import { createSharedStore, type SharedStore, storeOf } from './store'

const SECOND = 1_000
const MINUTE = 60_000
/** How far the clocks of processes may be off, either way. */
export const SKEW_MS = 3 * SECOND
const HORIZON_MS = 15 * MINUTE

/** What a request may ask of a process. */
export interface App {
  orders: Orders
  notices: Notices
  sweep(): Promise<SweepReport>
  renewals(): Promise<RenewalReport>
  /** The person cancels a subscription. */
  unsubscribe(request: Omit<Parameters<typeof endSubscriptionOf>[1], 'budgetMs'>): ReturnType<typeof endSubscriptionOf>
  staff(orderId: string, event: StaffEvent): Promise<StaffAnswer | undefined>
}

export type Reply<T> = { ok: true; value: T } | { ok: false }

/** A definite answer that came back to a process, which then lived long enough to write it down. */
export interface BroughtHome {
  orderId: string
  key: string
}

export interface World {
  wire: Wire
  truth: Truth
  store: SharedStore
  rules: Rules
  processes: Process[]
  /** What must never happen, and did. */
  violations: string[]
  broughtHome: BroughtHome[]
  /** People, devices and requests that are still at it. */
  busy: number
  /** Asks some process; no reply when it crashes, fails or takes too long. */
  request<T>(work: (app: App) => Promise<T>, patienceMs?: number): Promise<Reply<T>>
  /** Until when subscriptions are renewed, in milliseconds since 1970: what is due later is left to stand. */
  renewUntil: number
  /** Has sweep and calendar run each minute in which they could find something to do. */
  arm(): void
  /** True when nothing will happen any more, but that parked orders are looked at once a day. */
  atRest(): boolean
}

/** One call under way: by whom, and until when nobody else may make another for the same order. */
interface UnderWay {
  process: Process
  until: string
  signal: AbortSignal
  done: boolean
}

export function createWorld(wire: Wire, truth: Truth, rules: Rules, processCount: number): World {
  const { scheduler, random, plan } = wire
  const underWay = new Map<string, UnderWay>()
  let lastSweep = Number.NEGATIVE_INFINITY
  let nextSweep = Number.POSITIVE_INFINITY
  let callOffSweep = () => {}

  const world: World = {
    wire,
    truth,
    rules,
    store: createSharedStore(
      () => new Date(scheduler.now),
      () => world.arm(),
    ),
    processes: [],
    violations: [],
    broughtHome: [],
    busy: 0,
    renewUntil: 0,
    request,
    arm() {
      armSweep()
      calendar.arm()
    },
    atRest: () =>
      world.busy === 0 && wire.late === 0 && calendar.isQuiet() && [...world.store.markers.keys()].every(isQuiet),
  }
  const calendar = createCalendar(world)
  /** What the app catches so that others are not kept waiting: only store and queue may be at fault. */
  const log: Log = {
    info() {},
    warn() {},
    error(event, { cause } = {}) {
      const known = cause instanceof StoreUnavailableError || cause instanceof QueueUnavailableError
      if (cause !== undefined && !known)
        world.violations.push(`${event}: ${cause instanceof Error ? cause.message : typeof cause}`)
    },
    with: () => log,
  }
  const queue = createQueue(wire, (orderId) =>
    world.request((app) => app.orders.send(orderId, { type: 'wake' }), Number.POSITIVE_INFINITY),
  )

  const start = (name: string) => {
    world.processes.push(new Process(name, Math.round((random.next() * 2 - 1) * SKEW_MS)))
  }
  for (let n = 1; n <= processCount; n++) start(`process ${n}`)
  wire.crash = (process) => {
    if (!process.alive) return
    process.crash()
    world.processes = world.processes.filter((other) => other !== process)
    scheduler.at(scheduler.now + SECOND + random.below(30 * SECOND), () => start(process.name))
  }

  /** A fresh set of parts for each request, so that it is known what came home in it. */
  function appOn(process: Process, home: BroughtHome[]): App {
    const documents = storeOf(wire, world.store, process)
    const clock = () => new Date(scheduler.now + process.skewMs)
    const wakes = { horizonMs: HORIZON_MS, send: queue.send(process) }
    const perform: Perform = async (effect, order, signal) => {
      const mine = watch(process, effect, order, signal)
      const parts = {
        documents: storeOf(wire, world.store, process, effect.do),
        randomBytes: random.bytes,
        ...partnersOf(wire, truth, process, effect, order),
      }
      const outcome: Outcome = await createPerform(parts)(effect, order, signal)
      mine.done = true
      const known = outcome.ok || outcome.kind !== 'lost'
      if (known && !signal.aborted) home.push({ orderId: order.id, key: effect.key })
      return outcome
    }
    const startTimer = (ms: number, then: () => void) => scheduler.at(scheduler.now + ms, then, process)
    const orders = createFulfilment({ documents, wakes, perform, rules, clock, log, startTimer })
    return {
      orders,
      notices: createNotices(documents, orders, log),
      sweep: () => sweep({ documents, wakes, clock, log }),
      renewals: () => placeRenewals({ documents, orders, clock, log }),
      unsubscribe: (wanted) => endSubscriptionOf({ documents, orders, clock }, { ...wanted, budgetMs: 2_500 }),
      staff: (orderId, event) => recordStaffAct({ documents, wakes, rules, clock, log }, orderId, event),
    }
  }

  /** At most one call per order is under way: its lease keeps others off. */
  function watch(process: Process, effect: Effect, order: Order, signal: AbortSignal): UnderWay {
    const other = underWay.get(order.id)
    const clock = scheduler.now + process.skewMs
    const held = clock < Date.parse(order.lease?.until ?? order.updatedAt)
    const waiting = held && other !== undefined && !other.done && other.process.alive && !other.signal.aborted
    if (waiting && clock + 2 * SKEW_MS < Date.parse(other.until))
      world.violations.push(`${effect.do} was started while another call for the same order was leased`)
    const mine = { process, until: order.lease?.until ?? order.updatedAt, signal, done: false }
    underWay.set(order.id, mine)
    return mine
  }

  async function request<T>(work: (app: App) => Promise<T>, patienceMs = 20 * SECOND): Promise<Reply<T>> {
    const awake = world.processes.filter(({ frozenUntil }) => frozenUntil <= scheduler.now)
    if (awake.length === 0) {
      await scheduler.step(undefined, SECOND)
      return { ok: false }
    }
    const process = random.pick(awake)
    const home: BroughtHome[] = []
    world.busy += 1
    return new Promise((resolve) => {
      const callOff = Number.isFinite(patienceMs)
        ? scheduler.at(scheduler.now + patienceMs, () => resolve({ ok: false }))
        : () => {}
      const over = () => {
        world.busy -= 1
        unwatch()
        callOff()
      }
      const unwatch = process.watch(() => {
        over()
        resolve({ ok: false })
      })
      work(appOn(process, home)).then(
        (value) => {
          if (!process.alive) return
          over()
          world.broughtHome.push(...home)
          resolve({ ok: true, value })
        },
        (error: unknown) => {
          if (!process.alive) return
          over()
          if (!(error instanceof StoreUnavailableError)) world.violations.push(`a request failed with ${String(error)}`)
          resolve({ ok: false })
        },
      )
    })
  }

  /** Closed, or parked with nothing left to settle: then only the daily look remains. */
  function isQuiet(orderId: string): boolean {
    const order = world.store.orders.get(orderId)
    if (order?.stage.state !== 'parked' || order.lease !== undefined || order.closed) return false
    if (order.stage.was?.state === 'cancelled' && (order.topUp?.resting || order.topUp?.balanceMayReturn)) return false
    return order.retired.every(({ stock, number }) =>
      stock === 'picked' ? order.tries[`claimIccid:${number}`] === undefined : settled.has(stock),
    )
  }

  function armSweep(): void {
    let wanted = Number.POSITIVE_INFINITY
    for (const [orderId, { checkAt, wokenFor }] of world.store.markers) {
      if (isQuiet(orderId)) continue
      const due = Date.parse(checkAt)
      wanted = Math.min(wanted, wokenFor === checkAt ? due + MINUTE : due - HORIZON_MS)
    }
    const at = Math.max(wanted, lastSweep + MINUTE)
    if (at >= nextSweep || !Number.isFinite(at)) return
    callOffSweep()
    nextSweep = at
    callOffSweep = scheduler.at(at, () => {
      lastSweep = scheduler.now
      nextSweep = Number.POSITIVE_INFINITY
      const runs = plan.healed || random.chance(0.8) ? [sweepOnce()] : [sweepOnce(), sweepOnce()]
      void Promise.all(runs).then(armSweep)
    })
  }
  const sweepOnce = () => request((app) => app.sweep(), 5 * MINUTE)

  return world
}

const settled: ReadonlySet<string> = new Set(['returned', 'withdrawn', 'used', 'foreign'])
