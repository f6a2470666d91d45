/** Small stand-ins for what the portal calls, for its tests: they keep the promises of the ports and let a test look and meddle. */
import { createHash } from 'node:crypto'
import type { Iccid, MatchingId } from '../../domain/identifiers'
import type { OrderEvent } from '../../domain/order/event'
import { type Order, type Profile, type Purchase, placeOrder } from '../../domain/order/order'
import type { Orders } from '../../fulfilment/orders'
import type {
  Billing,
  CallResult,
  IdentityCheck,
  IdentityDecision,
  Log,
  LogFields,
  PaymentInstrument,
} from '../../platform/ports'

/** Orders in memory. `place` and `send` behave as the port says; what becomes of an order is for the test to set. */
export interface FakeOrders extends Orders {
  all: Map<string, Order>
  events: { orderId: string; event: OrderEvent }[]
  placed: number
  /** Applied to an order when it is placed or fed. */
  onPlace: (order: Order) => Order
  onEvent: (order: Order, event: OrderEvent) => Order
  /** Changes a stored order. */
  set(orderId: string, change: (order: Order) => Order): void
}

/** Orders that become ready at once and note hand-overs. */
export function fakeOrders(now: () => Date): FakeOrders {
  const all = new Map<string, Order>()
  const fake: FakeOrders = {
    all,
    events: [],
    placed: 0,
    onPlace: (order) => readyOrder(order, now()),
    onEvent: (order, event) =>
      event.type === 'handover'
        ? { ...order, handover: { attempts: (order.handover?.attempts ?? 0) + 1, lastAt: now().toISOString() } }
        : order,
    set(orderId, change) {
      const order = all.get(orderId)
      if (!order) throw new Error('the test changes an order that does not exist')
      all.set(orderId, change(order))
    },
    async place(purchase: Purchase) {
      const known = all.get(purchase.id)
      if (known) return known
      const order = placeOrder(purchase, now())
      const open = [...all.values()].find((other) => other.slot === order.slot && isOpenState(other))
      if (open) return open
      fake.placed += 1
      const placed = fake.onPlace(order)
      all.set(order.id, placed)
      return placed
    },
    async read(orderId) {
      return all.get(orderId)
    },
    async send(orderId, event) {
      const order = all.get(orderId)
      if (!order) return undefined
      fake.events.push({ orderId, event })
      const next = fake.onEvent(order, event)
      all.set(orderId, next)
      return next
    },
  }
  return fake
}

function isOpenState({ stage }: Order): boolean {
  return !['active', 'cancelled', 'expired'].includes(stage.state)
}

/** A profile as it stands once it may be downloaded. */
export const profile: Profile = {
  number: 1,
  iccid: '8999901000000000016' as Iccid,
  matchingId: '7H2KQ-X4M9D-3TABC-12345' as MatchingId,
  stock: 'claimed',
  smdp: 'released',
  cancelWithoutMatchingId: false,
  codeDead: false,
  settled: false,
  line: 'on',
  granted: true,
  clockStarted: false,
}

/** The order with its profile ready: held for a delayed plan, else released. */
export function readyOrder(order: Order, now: Date): Order {
  const at = now.toISOString()
  const smdp = order.plan.downloadAfter > 0 ? 'confirmed' : 'released'
  return { ...order, stage: { state: 'ready', since: at }, readyAt: at, profile: { ...profile, smdp } }
}

/** Billing with a monthly bill for everybody and vouchers that begin with `GOOD`. */
export interface FakeBilling extends Billing {
  calls: string[]
  /** Answer of the next calls instead of the usual one. */
  failure?: CallResult<never> | undefined
}

/** Opens the billing stand-in. */
export function fakeBilling(): FakeBilling {
  const done = { ok: true, value: {} } as const
  const bill: PaymentInstrument = { ref: 'account:1', kind: 'account', label: 'Your monthly bill', onFile: true }
  const fake: FakeBilling = {
    calls: [],
    async instruments(subscriberId) {
      fake.calls.push(`instruments ${subscriberId}`)
      return fake.failure ?? { ok: true, value: { instruments: [bill] } }
    },
    async redeemVoucher({ code, key }) {
      fake.calls.push(`voucher ${key}`)
      if (fake.failure) return fake.failure
      if (!code.startsWith('GOOD')) return { ok: false, kind: 'refused', code: 'voucher_unknown', detail: '' }
      const ref = `voucher:${createHash('sha256').update(code).digest('hex').slice(0, 8)}`
      return { ok: true, value: { ref, kind: 'voucher', label: 'Voucher', onFile: false } }
    },
    authorise: async () => ({ ok: true, value: { authorisationId: 'a' } }),
    capture: async () => done,
    void: async () => done,
    refund: async () => done,
  }
  return fake
}

/** An identity check that says what a test wants. */
export interface FakeIdentityCheck extends IdentityCheck {
  questions: { subscriberId: string; planId: string; market?: string | undefined }[]
  answer: CallResult<IdentityDecision>
}

/** Opens the identity check: everybody is allowed. */
export function fakeIdentityCheck(): FakeIdentityCheck {
  const fake: FakeIdentityCheck = {
    questions: [],
    answer: { ok: true, value: { decision: 'allowed' } },
    async check(question) {
      fake.questions.push(question)
      return fake.answer
    },
  }
  return fake
}

/** A log that a test can read. */
export interface FakeLog extends Log {
  lines: { level: string; event: string; fields: LogFields }[]
}

/** Opens a log whose lines, and those of all logs made from it, are kept. */
export function fakeLog(): FakeLog {
  const lines: FakeLog['lines'] = []
  const make = (base: LogFields): FakeLog => ({
    lines,
    info: (event, fields) => void lines.push({ level: 'info', event, fields: { ...base, ...fields } }),
    warn: (event, fields) => void lines.push({ level: 'warn', event, fields: { ...base, ...fields } }),
    error(event, { cause, ...fields } = {}) {
      lines.push({ level: 'error', event, fields: { ...base, ...fields, cause: String(cause) } })
    },
    with: (fields) => make({ ...base, ...fields }),
  })
  return make({})
}
