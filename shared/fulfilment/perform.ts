/** Carries out what the domain decided: one effect, one call, one outcome. */
import { createMatchingId, type Iccid } from '../domain/identifiers'
import type { Effect, Outcome } from '../domain/order/effect'
import type { Order } from '../domain/order/order'
import { endSubscription, renewSubscription } from '../domain/sim'
import {
  type Billing,
  type CallContext,
  type DocumentStore,
  type Es2Plus,
  type Provisioning,
  StoreUnavailableError,
} from '../platform/ports'
import { emptySubscriber, type Subscriber, withLine, withOrder } from '../portal/accounts/subscriber'
import type { Perform } from './fulfilment'
import { enterRenewal } from './renewals'
import { changeSubscriptions, grantBalance, revokeBalance, startClock } from './sims'
import { claimSlot } from './slots'
import { claimRow, pickFreeIccid, quarantineRow, type RowChange, removeSoldRow, returnRow, withdrawRow } from './stock'

export interface PerformParts {
  documents: DocumentStore
  es2plus: Es2Plus
  billing: Billing
  provisioning: Provisioning
  /** Cryptographically random bytes. */
  randomBytes: (length: number) => Uint8Array
}

const MATCHING_ID_BYTES = 16
const done: Outcome = { ok: true }

export function createPerform(parts: PerformParts): Perform {
  return async (effect, order, signal) => {
    try {
      return await perform(parts, effect, order, {
        callId: `${order.id}-${effect.key.replace(':', '-')}-${effect.attempt}-${hex(parts.randomBytes(4))}`,
        signal,
      })
    } catch (error) {
      if (error instanceof StoreUnavailableError)
        return { ok: false, kind: 'lost', code: 'store-unavailable', detail: error.message }
      throw error
    }
  }
}

async function perform(parts: PerformParts, effect: Effect, order: Order, context: CallContext): Promise<Outcome> {
  const { documents, es2plus, billing, provisioning } = parts
  const key = `${order.id}:${effect.key}`
  switch (effect.do) {
    case 'claimSlot': {
      const holder = await claimSlot(documents, effect.slot, order.id)
      return holder === order.id ? done : { ok: false, kind: 'refused', code: 'taken', detail: holder }
    }
    case 'listOrder': {
      const entry = { id: order.id, placedAt: order.placedAt }
      return changeSubscriber(documents, effect.subscriberId, (subscriber) => withOrder(subscriber, entry))
    }
    case 'authorise': {
      const { instrument, amountMinor, currency, subscriberId } = effect
      const request = { orderId: order.id, subscriberId, instrument, amountMinor, currency, key }
      return billing.authorise(request, context)
    }
    case 'capture': {
      const { authorisationId, amountMinor } = effect
      return withoutValue(await billing.capture({ authorisationId, amountMinor, key }, context))
    }
    case 'void':
      return withoutValue(await billing.void({ authorisationId: effect.authorisationId, key }, context))
    case 'refund': {
      const { authorisationId, amountMinor } = effect
      return withoutValue(await billing.refund({ authorisationId, amountMinor, key }, context))
    }
    case 'pickIccid':
      return pickIccid(parts, effect.profileType)
    case 'claimIccid':
      return rowOutcome(await claimRow(documents, effect.profileType, effect.iccid, order.id))
    case 'quarantineIccid': {
      const change = await quarantineRow(documents, effect.profileType, effect.iccid, order.id, effect.until)
      return change === 'done' ? { ok: true, value: { quarantineUntil: effect.until } } : rowOutcome(change)
    }
    case 'returnIccid':
      return rowOutcome(await returnRow(documents, effect.profileType, effect.iccid, order.id))
    case 'withdrawIccid':
      return rowOutcome(await withdrawRow(documents, effect.profileType, effect.iccid, order.id, effect.reason))
    case 'useIccid':
      return rowOutcome(await removeSoldRow(documents, effect.profileType, effect.iccid, order.id))
    case 'reserveByType': {
      const reserved = await es2plus.downloadOrder({ profileType: effect.profileType, eid: effect.eid }, context)
      return reserved.ok ? { ...reserved, value: { ...reserved.value, matchingId: newMatchingId(parts) } } : reserved
    }
    case 'downloadOrder':
      return withoutValue(await es2plus.downloadOrder({ iccid: effect.iccid, eid: effect.eid }, context))
    case 'probeProfile':
      return withoutValue(await es2plus.downloadOrder({ iccid: effect.iccid }, context))
    case 'confirmOrder': {
      const { iccid, eid, matchingId, release } = effect
      const confirmed = await es2plus.confirmOrder({ iccid, eid, matchingId, release }, context)
      return confirmed.ok ? { ...confirmed, value: { smdpAddress: confirmed.value.smdpAddress } } : confirmed
    }
    case 'releaseProfile':
      return withoutValue(await es2plus.releaseProfile({ iccid: effect.iccid }, context))
    case 'cancelOrder': {
      const { iccid, eid, matchingId } = effect
      return withoutValue(await es2plus.cancelOrder({ iccid, eid, matchingId, finalState: 'Available' }, context))
    }
    case 'activateLine': {
      const { iccid, eid, subscriberId, planId } = effect
      return withoutValue(
        await provisioning.activateLine({ iccid, eid, orderId: order.id, subscriberId, planId }, context),
      )
    }
    case 'deactivateLine':
      return withoutValue(await provisioning.deactivateLine({ iccid: effect.iccid }, context))
    case 'grantBalance': {
      const code = await grantBalance(documents, effect.iccid, order)
      if (code === undefined) return done
      return { ok: false, kind: code === 'sim-resting' ? 'busy' : 'refused', code, detail: 'no balance for this SIM' }
    }
    case 'startClock':
      await startClock(documents, effect.iccid, order.id, new Date(effect.at))
      return done
    case 'revokeBalance': {
      const simRests = await revokeBalance(documents, effect.iccid, order.id, effect.claim)
      return { ok: true, value: { simRests } }
    }
    case 'listLine': {
      const line = { iccid: effect.iccid, orderId: order.id }
      return changeSubscriber(documents, effect.subscriberId, (subscriber) => withLine(subscriber, line))
    }
    case 'scheduleRenewal': {
      const { subscriptionId: id, period, endsAt } = effect
      const paid = { id, planId: order.plan.id, orderId: order.id, period, endsAt }
      const sim = await changeSubscriptions(documents, effect.iccid, (known) => renewSubscription(known, paid))
      // Without its grant the order was taken back meanwhile: this is a call that was held up.
      if (sim?.grants.some(({ orderId }) => orderId === order.id))
        await enterRenewal(documents, order.id, { ...effect, period: period + 1 })
      return done
    }
    case 'endSubscription': {
      const { iccid, subscriptionId, because } = effect
      await changeSubscriptions(documents, iccid, (sim) => endSubscription(sim, subscriptionId, because))
      return done
    }
  }
}

function withoutValue(outcome: Outcome): Outcome {
  if (!outcome.ok) return outcome
  return outcome.warning === undefined ? done : { ok: true, warning: outcome.warning }
}

/** Changes the person's document, which is made on demand, until the write meets no other. */
async function changeSubscriber(
  documents: DocumentStore,
  subscriberId: string,
  change: (subscriber: Subscriber) => Subscriber,
): Promise<Outcome> {
  for (;;) {
    const stored = await documents.get<Subscriber>('subscribers', subscriberId, subscriberId)
    if (stored === undefined) {
      const first = change(emptySubscriber(subscriberId))
      if ((await documents.insert('subscribers', subscriberId, subscriberId, first)).ok) return done
      continue
    }
    const wanted = change(stored.value)
    if (wanted === stored.value) return done
    if ((await documents.replace('subscribers', subscriberId, subscriberId, wanted, stored.etag)).ok) return done
  }
}

async function pickIccid(parts: PerformParts, profileType: string): Promise<Outcome> {
  const random = () => new DataView(parts.randomBytes(4).slice().buffer).getUint32(0) / 2 ** 32
  const iccid: Iccid | undefined = await pickFreeIccid(parts.documents, profileType, random)
  if (iccid === undefined) return { ok: false, kind: 'refused', code: 'sold-out', detail: `no free ${profileType}` }
  return { ok: true, value: { iccid, matchingId: newMatchingId(parts) } }
}

function newMatchingId(parts: PerformParts) {
  return createMatchingId(parts.randomBytes(MATCHING_ID_BYTES))
}

function rowOutcome(change: RowChange): Outcome {
  return change === 'done' ? done : { ok: false, kind: 'refused', code: change, detail: `stock row ${change}` }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
