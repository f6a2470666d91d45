/**
 * The other companies: the real state machine of an SM-DP+, and a billing and a network that keep the promises of their contracts.
 * Each remembers what really happened, whatever the app was told.
 */
import type { Registry } from '../../local/smdp/registry'
import type { Iccid } from '../../shared/domain/identifiers'
import type { Effect } from '../../shared/domain/order/effect'
import type { Order } from '../../shared/domain/order/order'
import type { Billing, CallFailure, CallResult, Es2Plus, Provisioning } from '../../shared/platform/ports'
import { call, type Wire } from './calls'
import type { Fault } from './faults'
import type { Process } from './scheduler'

/** What billing did for one authorisation. A call under a new key is a new order to billing: it is carried out again. */
export interface Account {
  orderId: string
  authorised: number
  captured: number
  voided: number
  refunded: number
}

export interface Truth {
  registry: Registry
  accounts: Map<string, Account>
  /** Billing's answers by idempotency key. */
  answers: Map<string, CallResult<unknown>>
  /** Lines that are on, and for which order. */
  lines: Map<string, string>
  /** ICCIDs of our stock that somebody else has ordered. */
  foreign: Set<string>
  /** Those of them that an order of ours changed without having cause to think that they were its own. */
  robbed: Set<string>
  /** The profiles of each order whose download failed, by matching id. */
  failed: Map<string, Set<string>>
  /** Orders of which a device has claimed that the download failed. */
  claimed: Set<string>
  /** Profiles that staff had taken off their device, by matching id: only people know of it. */
  gone: Set<string>
  /** While billing declines renewals: the card has expired, or nothing is left on it. */
  broke: { from: number; until: number }
}

export interface Partners {
  es2plus: Es2Plus
  billing: Billing
  provisioning: Provisioning
}

/** The partners as one process calls them on behalf of one effect. */
export function partnersOf(wire: Wire, truth: Truth, process: Process, effect: Effect, order: Order): Partners {
  const { scheduler, random } = wire
  const on = async <T>(work: (deny: boolean) => CallResult<T>): Promise<CallResult<T>> =>
    call<CallResult<T>>(wire, process, {
      place: effect.do,
      work,
      failed: (fault) => failure(fault, random.pick(['unreached', 'busy', 'lost'] as const)),
      patienceMs: 3_600_000,
      slowMs: 60_000,
    })
  const smdp = <T extends object>(
    iccid: string | undefined,
    event: Parameters<Registry['apply']>[1],
    value: (iccid: string) => T,
  ): Promise<CallResult<T>> =>
    on((deny) => {
      if (deny) return refused('8.2.1/1.2')
      const chosen = iccid ?? truth.registry.freeOf(order.plan.profileType)?.iccid
      const profile = chosen === undefined ? undefined : truth.registry.get(chosen)
      if (profile === undefined) return refused(iccid === undefined ? '8.2.5/3.7' : '8.2.1/3.9')
      const step = truth.registry.apply(profile, event, new Date(scheduler.now))
      if (!step.ok) return refused(step.code)
      if (truth.foreign.delete(profile.iccid) && !mayBelieve(order, profile.iccid)) truth.robbed.add(profile.iccid)
      return { ok: true, value: value(profile.iccid) }
    })
  /** The same key always gives the same answer. */
  const once = <T>(key: string, work: (deny: boolean) => CallResult<T>) =>
    on((deny) => {
      const before = truth.answers.get(key) as CallResult<T> | undefined
      if (before !== undefined) return before
      const answer: CallResult<T> = work(deny)
      truth.answers.set(key, answer)
      return answer
    })
  return {
    es2plus: {
      downloadOrder: ({ iccid, eid }) =>
        smdp(iccid, { type: 'downloadOrder', eid }, (chosen) => ({ iccid: chosen as Iccid })),
      confirmOrder: ({ iccid, eid, matchingId, release }) =>
        smdp(iccid, { type: 'confirmOrder', eid, matchingId, releaseFlag: release }, () => ({ matchingId })),
      releaseProfile: ({ iccid }) => smdp(iccid, { type: 'releaseProfile' }, () => ({})),
      cancelOrder: ({ iccid, eid, matchingId, finalState }) =>
        smdp(iccid, { type: 'cancelOrder', eid, matchingId, finalState }, () => ({})),
    },
    billing: {
      instruments: async () => ({ ok: true, value: { instruments: [] } }),
      redeemVoucher: async () => refused('unknown-voucher'),
      authorise: ({ orderId, amountMinor, key }) =>
        once(key, (deny) => {
          const broke = scheduler.now >= truth.broke.from && scheduler.now < truth.broke.until
          if (deny || (broke && order.kind === 'renewal')) return refused('declined')
          const authorisationId = `authorisation-${truth.accounts.size + 1}`
          truth.accounts.set(authorisationId, { orderId, authorised: amountMinor, captured: 0, voided: 0, refunded: 0 })
          return { ok: true, value: { authorisationId } }
        }),
      capture: ({ authorisationId, amountMinor, key }) =>
        once(key, (deny) => {
          const account = truth.accounts.get(authorisationId)
          if (deny || account === undefined || account.voided > 0) return refused('not-capturable')
          account.captured += amountMinor
          return { ok: true, value: {} }
        }),
      void: ({ authorisationId, key }) =>
        once(key, (deny) => {
          const account = truth.accounts.get(authorisationId)
          if (deny || account === undefined || account.captured > 0) return refused('not-voidable')
          account.voided = account.authorised
          return { ok: true, value: {} }
        }),
      refund: ({ authorisationId, amountMinor, key }) =>
        once(key, (deny) => {
          const account = truth.accounts.get(authorisationId)
          if (deny || account === undefined || account.refunded + amountMinor > account.captured) {
            return refused('not-refundable')
          }
          account.refunded += amountMinor
          return { ok: true, value: {} }
        }),
    },
    provisioning: {
      activateLine: ({ iccid, orderId }) =>
        on((deny) => {
          if (deny) return refused('no-line')
          truth.lines.set(iccid, orderId)
          return { ok: true, value: {} }
        }),
      deactivateLine: ({ iccid }) =>
        on((deny) => {
          if (deny) return refused('no-line')
          truth.lines.delete(iccid)
          return { ok: true, value: {} }
        }),
    },
  }
}

/** A downloadOrder of this order for the ICCID was never answered: nothing in ES2+ then tells whose it is. */
function mayBelieve({ profile, retired, tries }: Order, iccid: string): boolean {
  return [profile, ...retired].some((known) => {
    const ordering = known?.iccid === iccid ? tries[`downloadOrder:${known.number}`] : undefined
    return ordering !== undefined && (ordering.attempts > 1 || ordering.attempts > ordering.answered)
  })
}

function refused(code: string): CallFailure {
  return { ok: false, kind: 'refused', code, detail: 'simulated' }
}

function failure(fault: Fault, kind: CallFailure['kind']): CallFailure {
  return fault === 'fails'
    ? { ok: false, kind, code: kind === 'busy' ? '1.2/4.4' : 'connection', detail: 'simulated' }
    : { ok: false, kind: 'lost', code: 'timeout', detail: 'simulated' }
}
