/**
 * Everything an order touches, in memory and on one clock: the real domain, fulfilment and SM-DP+ state machine, with small stand-ins for
 * billing and the network that keep the promises of their contracts. A test can make any call fail before or after it took effect,
 * and can end the process between any two steps.
 */
import { Registry } from '../../local/smdp/registry'
import { createOrderId, type Eid, type Iccid, type MatchingId, type OrderId } from '../../shared/domain/identifiers'
import type { Order, Purchase } from '../../shared/domain/order/order'
import { defaultRules, type Rules } from '../../shared/domain/order/rules'
import type { Plan } from '../../shared/domain/plan'
import { createFulfilment } from '../../shared/fulfilment/fulfilment'
import { type OpenMarker, openPartitions } from '../../shared/fulfilment/open-index'
import type { Orders } from '../../shared/fulfilment/orders'
import { createPerform } from '../../shared/fulfilment/perform'
import { importStock, listStock, type StockRow } from '../../shared/fulfilment/stock'
import { sweep } from '../../shared/fulfilment/sweep'
import { createMemoryDocumentStore, type StoreOperation } from '../../shared/platform/memory-document-store'
import type {
  Billing,
  CallFailure,
  CallResult,
  DocumentStore,
  Es2Plus,
  Log,
  Provisioning,
  WakeQueue,
} from '../../shared/platform/ports'

import { inlinePlan } from './plans'

/** Says nothing, and lets no handler swallow the end of the process. */
export const quiet: Log = {
  info() {},
  warn() {},
  error(_event, { cause } = {}) {
    if (cause instanceof Crash) throw cause
  },
  with: () => quiet,
}

export const eid = '89044045930000000000001234567853' as Eid

/** Ends the "process": thrown by a hook, caught by nobody but the test. */
export class Crash extends Error {}

/** What a test decides about one call: let it work, or fail it before, after, or (`late`) well before its effect. */
export type Verdict = 'work' | 'unreached' | 'lost-before' | 'lost-after' | 'late' | 'busy' | `refuse ${string}`

export interface World {
  now: number
  rules: Rules
  orders: Orders
  registry: Registry
  /** Asked before every call to SM-DP+, billing (`billing.capture`…) and network (`network.activateLine`…). */
  verdict: (call: string) => Verdict
  /** Runs after a call took effect, before its answer arrives; may throw. */
  afterCall: (call: string) => void
  /** Runs around every store call; may throw, and may hold the call up. */
  beforeStore: (operation: StoreOperation) => Promise<void> | void
  afterStore: (operation: StoreOperation) => void
  wakes: { orderId: string; at: number }[]
  wakesLost: boolean
  ledger: Map<string, { authorised: number; captured: number; voided: number; refunded?: number }>
  lines: Set<string>
  calls: string[]
  /** Work that the other side will do although we stopped waiting. */
  late: { at: number; work: () => unknown }[]
  documents: ReturnType<typeof createMemoryDocumentStore>
  sweep(): ReturnType<typeof sweep>
  purchase(plan?: Plan, more?: Partial<Purchase>): Purchase
  order(id: string): Promise<Order>
  notice(order: Order, point: number, success?: boolean, statusCode?: string): Promise<Order>
  /** Downloads and installs as a device would; tells the app by notices. */
  download(order: Order): Promise<Order>
  /** Advances the clock, wakes what is due and sweeps each minute, until nothing is open or the time is over. */
  runFor(ms: number): Promise<void>
  stock(): Promise<Record<StockRow['state'], number>>
  open(): Promise<OpenMarker[]>
}

const MINUTE = 60_000
/** Longer than any lease of a call, shorter than the quarantine. */
const LATE_MS = 90_000

export async function createWorld({
  stock = 10,
  rules = {} as Partial<Rules>,
  /** Stands between everything and the store. */
  through = (store: DocumentStore) => store,
  /** A queue instead of the list `world.wakes`; whoever gives it delivers. */
  wakes: given = undefined as WakeQueue | undefined,
} = {}): Promise<World> {
  let counter = 0
  const randomBytes = (length: number) => {
    counter += 1
    return Uint8Array.from({ length }, (_, i) => (counter * 31 + i * 17 + ((counter * (i + 3)) >> 2)) & 0xff)
  }
  const world = {
    now: Date.parse('2026-03-01T12:00:00Z'),
    rules: { ...defaultRules, ...rules },
    registry: new Registry({ downloadLimit: 10, allowRepeatedConfirm: false }),
    verdict: () => 'work',
    afterCall: () => {},
    beforeStore: () => {},
    afterStore: () => {},
    wakes: [],
    wakesLost: false,
    ledger: new Map(),
    lines: new Set<string>(),
    calls: [],
    late: [],
  } as unknown as World
  const clock = () => new Date(world.now)
  const memory = createMemoryDocumentStore({
    now: clock,
    before: (operation) => world.beforeStore(operation),
    after: (operation) => world.afterStore(operation),
  })
  world.documents = through(memory)
  const wakes: WakeQueue = given ?? {
    horizonMs: 15 * MINUTE,
    async send({ orderId }, at) {
      world.calls.push('wake')
      if (world.wakesLost) throw new Error('queue is down')
      world.wakes.push({ orderId, at: at.getTime() })
    },
  }

  /** Idempotency keys under which billing has carried a call out, or will; and those under which it refused one. */
  const carriedOut = new Set<string>()
  const refusals = new Map<string, Verdict>()
  /** Refunds add up, so each key may act once only. */
  const carriedOutRefunds = new Set<string>()

  /** The same key gets the same answer, whatever the test wishes. */
  function verdictFor(name: string, key: string | undefined): Verdict {
    const wish = world.verdict(name)
    if (key === undefined) return wish
    const earlier = refusals.get(key)
    if (earlier !== undefined && (wish === 'work' || wish.startsWith('refuse '))) return earlier
    if (wish.startsWith('refuse ')) {
      if (carriedOut.has(key)) return 'work'
      refusals.set(key, wish)
    } else if (wish === 'late' || wish === 'lost-after') {
      if (earlier !== undefined) return 'lost-before'
      carriedOut.add(key)
    } else if (wish === 'work') carriedOut.add(key)
    return wish
  }

  /** Asks the verdict, does the work or not, and answers. `key`: of a call that has an idempotency key. */
  async function call<T>(name: string, work: () => CallResult<T>, key?: string): Promise<CallResult<T>> {
    world.calls.push(name)
    const verdict = verdictFor(name, key)
    const fail = (kind: CallFailure['kind'], code: string): CallFailure => ({
      ok: false,
      kind,
      code,
      detail: 'by test',
    })
    if (verdict === 'unreached') return fail('unreached', 'connect')
    if (verdict === 'late') {
      world.late.push({ at: world.now + LATE_MS, work })
      return fail('lost', 'timeout')
    }
    if (verdict === 'lost-before') return fail('lost', 'timeout')
    if (verdict === 'busy') return fail('busy', '1.2/4.4')
    if (verdict.startsWith('refuse ')) return fail('refused', verdict.slice(7))
    const result = work()
    world.afterCall(name)
    return verdict === 'lost-after' ? fail('lost', 'timeout') : result
  }
  const refused = (code: string): CallFailure => ({ ok: false, kind: 'refused', code, detail: code })
  const atSmdp = (iccid: Iccid, event: Parameters<Registry['apply']>[1]): CallFailure | undefined => {
    const profile = world.registry.get(iccid)
    if (profile === undefined) return refused('8.2.1/3.9')
    const step = world.registry.apply(profile, event, clock())
    return step.ok ? undefined : refused(step.code)
  }
  const es2plus: Es2Plus = {
    downloadOrder: ({ iccid, eid: device, profileType }) =>
      call('downloadOrder', () => {
        const chosen = iccid ?? (world.registry.freeOf(profileType ?? '')?.iccid as Iccid | undefined)
        if (chosen === undefined) return { ok: false, kind: 'busy', code: '8.2.5/3.7', detail: 'none left' }
        return atSmdp(chosen, { type: 'downloadOrder', eid: device }) ?? { ok: true, value: { iccid: chosen } }
      }),
    confirmOrder: ({ iccid, eid: device, matchingId, release }) =>
      call('confirmOrder', () => {
        const failure = atSmdp(iccid, { type: 'confirmOrder', eid: device, matchingId, releaseFlag: release })
        return failure ?? { ok: true, value: { matchingId } }
      }),
    releaseProfile: ({ iccid }) =>
      call('releaseProfile', () => atSmdp(iccid, { type: 'releaseProfile' }) ?? { ok: true, value: {} }),
    cancelOrder: ({ iccid, eid: device, matchingId, finalState }) =>
      call(
        'cancelOrder',
        () => atSmdp(iccid, { type: 'cancelOrder', eid: device, matchingId, finalState }) ?? { ok: true, value: {} },
      ),
  }
  const billing: Billing = {
    instruments: async () => ({ ok: true, value: { instruments: [] } }),
    redeemVoucher: async () => refused('unknown-voucher'),
    authorise: ({ orderId, amountMinor, key }) =>
      call(
        'billing.authorise',
        () => {
          const entry = world.ledger.get(orderId) ?? { authorised: amountMinor, captured: 0, voided: 0 }
          world.ledger.set(orderId, entry)
          return { ok: true, value: { authorisationId: orderId } }
        },
        key,
      ),
    capture: ({ authorisationId, amountMinor, key }) =>
      call(
        'billing.capture',
        () => {
          const entry = world.ledger.get(authorisationId)
          if (entry === undefined || entry.voided > 0) return refused('not-capturable')
          entry.captured = amountMinor
          return { ok: true, value: {} }
        },
        key,
      ),
    void: ({ authorisationId, key }) =>
      call(
        'billing.void',
        () => {
          const entry = world.ledger.get(authorisationId)
          if (entry === undefined || entry.captured > 0) return refused('captured')
          entry.voided = entry.authorised
          return { ok: true, value: {} }
        },
        key,
      ),
    refund: ({ authorisationId, amountMinor, key }) =>
      call(
        'billing.refund',
        () => {
          if (carriedOutRefunds.has(key)) return { ok: true, value: {} }
          const entry = world.ledger.get(authorisationId)
          const refunded = (entry?.refunded ?? 0) + amountMinor
          if (entry === undefined || refunded > entry.captured) return refused('not-refundable')
          carriedOutRefunds.add(key)
          entry.refunded = refunded
          return { ok: true, value: {} }
        },
        key,
      ),
  }
  const provisioning: Provisioning = {
    activateLine: ({ iccid }) =>
      call('network.activateLine', () => {
        world.lines.add(iccid)
        return { ok: true, value: {} }
      }),
    deactivateLine: ({ iccid }) =>
      call('network.deactivateLine', () => {
        world.lines.delete(iccid)
        return { ok: true, value: {} }
      }),
  }
  const perform = createPerform({ documents: world.documents, es2plus, billing, provisioning, randomBytes })
  const parts = { documents: world.documents, wakes, perform, rules: world.rules, clock, log: quiet }
  world.orders = createFulfilment(parts)
  world.sweep = () => sweep(parts)
  world.purchase = (plan = inlinePlan, more = {}) => ({
    id: createOrderId(randomBytes(16)),
    channel: 'webview',
    subscriberId: 'subscriber-1',
    device: { eid },
    plan,
    instrument: { ref: 'account:1', onFile: true },
    account: 'existing',
    ...more,
  })
  world.order = async (id) => {
    const order = await world.orders.read(id)
    if (order === undefined) throw new Error(`no order ${id}`)
    return order
  }
  world.notice = async (order, point, success = true, statusCode) => {
    const iccid = order.profile?.iccid ?? ''
    return (await world.orders.send(order.id, { type: 'notice', iccid, point, success, statusCode })) ?? order
  }
  world.download = async (order) => {
    const profile = order.profile && world.registry.get(order.profile.iccid)
    if (profile === undefined) throw new Error('no profile')
    for (const event of [
      { type: 'authenticate', eid },
      { type: 'package', eid },
      { type: 'installation', success: true },
    ] as const) {
      const current = world.registry.get(profile.iccid)
      if (current === undefined) throw new Error('the profile is gone')
      const step = world.registry.apply(current, event, clock())
      if (!step.ok) throw new Error(`the SM-DP+ refused ${event.type}: ${step.code}`)
    }
    await world.notice(order, 3)
    return world.notice(order, 4)
  }
  /** How long the sweep would find nothing to do: those sweeps are left out, for speed. */
  const quietFor = async () => {
    const markers = await world.open()
    const next = Math.min(...markers.map(({ checkAt }) => Date.parse(checkAt)), ...world.wakes.map(({ at }) => at))
    return Number.isFinite(next) ? next - wakes.horizonMs - world.now : 0
  }
  world.runFor = async (ms) => {
    const end = world.now + ms
    let nextSweep = world.now
    while (world.now <= end) {
      for (const { work } of world.late.filter(({ at }) => at <= world.now)) work()
      world.late = world.late.filter(({ at }) => at > world.now)
      const due = world.wakes.filter(({ at }) => at <= world.now)
      world.wakes = world.wakes.filter(({ at }) => at > world.now)
      for (const { orderId } of due) await world.orders.send(orderId, { type: 'wake' })
      if (world.now >= nextSweep) {
        await world.sweep()
        nextSweep = world.now + Math.max(MINUTE, await quietFor())
      }
      const next = Math.min(nextSweep, ...[...world.wakes, ...world.late].map(({ at }) => at))
      if (next <= world.now) continue
      if (world.wakes.length === 0 && (await world.open()).length === 0) {
        world.now = end + 1
        break
      }
      world.now = Math.min(next, end + 1)
    }
  }
  world.stock = async () => {
    const count = { free: 0, claimed: 0, quarantine: 0, unavailable: 0 }
    for await (const row of listStock(world.documents, ['consumer'])) count[row.state] += 1
    return count
  }
  world.open = async () => {
    const markers: OpenMarker[] = []
    for (const partition of openPartitions)
      for await (const { value } of world.documents.listPartition<OpenMarker>('open', partition)) markers.push(value)
    return markers
  }

  const iccids = Array.from({ length: stock }, (_, i) => `8988303000000${String(100000 + i)}` as Iccid)
  world.registry.add(iccids.map((iccid) => ({ iccid, profileType: 'consumer' })))
  await importStock(
    world.documents,
    iccids.map((iccid) => ({ iccid, profileType: 'consumer' })),
  )
  return world
}

export type { MatchingId, OrderId }
