/**
 * SM-DP+, device and charging tell what became of an eSIM, in any order, more than once, or never, and contradict each other. Whatever
 * they say, the order ends as the table "What counts as evidence" in `docs/architecture.md` has it.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Iccid, MatchingId, OrderId } from '../../../shared/domain/identifiers'
import { decide } from '../../../shared/domain/order/decide'
import type { Effect, Outcome } from '../../../shared/domain/order/effect'
import type { OrderEvent } from '../../../shared/domain/order/event'
import { type Order, placeOrder } from '../../../shared/domain/order/order'
import { defaultRules } from '../../../shared/domain/order/rules'
import { eid } from '../../support/order-world'
import { asynchronousPlan, delayedPlan, inlinePlan } from '../../support/plans'

const noon = Date.parse('2026-03-01T12:00:00Z')
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const iccids = ['8999901000000010008', '8999901000000010016', '8999901000000010024'] as Iccid[]
const plans = [inlinePlan, delayedPlan, asynchronousPlan]

/** Trusted: the word of SM-DP+ and charging. Claim: the device's. */
type Said = 'trusted installed' | 'claimed installed' | 'trusted failed' | 'claimed failed' | 'nothing'
interface Saying {
  said: Said
  event: OrderEvent
  afterMs: number
}

const ofProfile = fc.constantFrom(...iccids.slice(0, 2))
const maybeIccid = fc.option(ofProfile, { nil: undefined })
/** With these the device says that it has the profile, if it lists it too. */
const alreadyThere = ['IccidAlreadyExists', 'ProfileNotAvailableForNewBinding']
const says = (said: Said, event: OrderEvent) => ({ said, event })
const saying: fc.Arbitrary<{ said: Said; event: OrderEvent }> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(says('nothing', { type: 'handover' })) },
  fc.constant(says('nothing', { type: 'wake' })),
  fc
    .tuple(ofProfile, fc.integer({ min: 1, max: 3 }))
    .map(([iccid, point]) => says('nothing', { type: 'notice', iccid, point, success: true })),
  ofProfile.map((iccid) => says('trusted installed', { type: 'notice', iccid, point: 4, success: true })),
  ofProfile.map((iccid) => says('trusted installed', { type: 'usage', iccid, at: new Date(noon).toISOString() })),
  fc
    .tuple(ofProfile, fc.integer({ min: 1, max: 4 }))
    .map(([iccid, point]) =>
      says('trusted failed', { type: 'notice', iccid, point, success: false, statusCode: '8.8/4.2' }),
    ),
  maybeIccid.map((iccid) => says('claimed installed', { type: 'deviceResult', iccid, code: 'success' })),
  fc
    .tuple(maybeIccid, fc.constantFrom('none', 'searching', 'denied'))
    .map(([iccid, state]) => says('nothing', { type: 'registration', iccid, state })),
  fc
    .tuple(maybeIccid, fc.constantFrom('home', 'roaming', 'partner'))
    .map(([iccid, state]) => says('claimed installed', { type: 'registration', iccid, state })),
  {
    weight: 4,
    arbitrary: fc
      .record({
        iccid: maybeIccid,
        code: fc.constantFrom(
          'CardBusy',
          'unknownError',
          'NOT_FOUND',
          'EidMismatch',
          'ProfileNotReleasedByOperator',
          'noEligibleProfileForThisDevice',
          'PolicyViolation',
          'invalidJson',
          ...alreadyThere,
        ),
        onDevice: fc.constantFrom(undefined, false, true),
      })
      .map((claim) => {
        const there = claim.onDevice === true && alreadyThere.includes(claim.code)
        return says(there ? 'claimed installed' : 'claimed failed', { type: 'deviceResult', ...claim })
      }),
  },
)
const story = fc
  .array(fc.tuple(saying, fc.constantFrom(0, 1_000, 5 * MINUTE, 40 * MINUTE, 2 * DAY)), { minLength: 1, maxLength: 10 })
  .chain((sayings) =>
    // Every one of them may be told again, at any later or earlier place.
    fc.shuffledSubarray([...sayings, ...sayings], { minLength: 1, maxLength: sayings.length * 2 }),
  )
  .map((list) => list.map(([{ said, event }, afterMs]): Saying => ({ said, event, afterMs })))

/** What the SM-DP+ answers when a profile that may be on a device is to be cancelled. */
type LastWord = 'cancelled' | 'too late'

interface Trace {
  order: Order
  now: number
  /** Effects that worked, in their order. */
  done: string[]
  /** ICCIDs whose cancellation the SM-DP+ has confirmed. */
  cancelled: Set<string>
  /** ICCIDs that could be downloaded at the SM-DP+. */
  released: Set<string>
  /** ICCIDs whose code the person was given. */
  given: Set<string>
}

function begin(plan: number): Trace {
  const purchase = {
    id: '01hzzzzzzzzzzzzzzzzzzzzzzz' as OrderId,
    channel: 'webview' as const,
    subscriberId: 's',
    device: { eid },
    plan: plans[plan] ?? inlinePlan,
    instrument: { ref: 'account:s', onFile: true },
    account: 'existing' as const,
  }
  const order = placeOrder(purchase, new Date(noon))
  return { order, now: noon, done: [], cancelled: new Set(), released: new Set(), given: new Set() }
}

function tell(trace: Trace, event: OrderEvent, lastWord: LastWord): void {
  let next: OrderEvent | undefined = event
  while (next !== undefined) {
    const { order, effects } = decide(trace.order, next, new Date(trace.now), defaultRules)
    trace.order = order
    next = undefined
    const [effect] = effects
    if (effect === undefined) break
    const outcome = answer(trace, effect, lastWord)
    if (outcome.ok) trace.done.push(effect.do)
    next = { type: 'result', effect: effect.do, key: effect.key, attempt: effect.attempt, outcome }
  }
  const { handover, profile } = trace.order
  if (handover !== undefined && profile !== undefined) trace.given.add(profile.iccid)
}

function answer(trace: Trace, effect: Effect, lastWord: LastWord): Outcome {
  switch (effect.do) {
    case 'authorise':
      return { ok: true, value: { authorisationId: 'a' } }
    case 'pickIccid': {
      const iccid = iccids[trace.done.filter((done) => done === 'pickIccid').length]
      if (iccid === undefined) return { ok: false, kind: 'refused', code: 'sold-out', detail: '' }
      return { ok: true, value: { iccid, matchingId: 'ABC-DEF' as MatchingId } }
    }
    case 'quarantineIccid':
      return { ok: true, value: { quarantineUntil: effect.until } }
    case 'confirmOrder':
      if (effect.release) trace.released.add(effect.iccid)
      return { ok: true }
    case 'releaseProfile':
      trace.released.add(effect.iccid)
      return { ok: true }
    case 'cancelOrder':
      if (trace.cancelled.has(effect.iccid) || (lastWord === 'too late' && trace.released.has(effect.iccid)))
        return { ok: false, kind: 'refused', code: '8.2.1/3.3', detail: '' }
      trace.cancelled.add(effect.iccid)
      return { ok: true }
    default:
      return { ok: true }
  }
}

/** Lets time pass until nothing happens by itself any more. */
function settle(trace: Trace, lastWord: LastWord): void {
  for (let looks = 0; looks < 200; looks++) {
    const { closed, stage, checkAt } = trace.order
    if (closed || stage.state === 'parked' || checkAt === undefined) return
    trace.now = Math.max(trace.now + 1_000, Date.parse(checkAt))
    tell(trace, { type: 'wake' }, lastWord)
  }
}

test('evidence in any order, repeated, missing or contradictory ends as the rules have it', {
  timeout: 600_000,
}, () => {
  const met = new Map<string, number>()
  fc.assert(
    fc.property(fc.nat(2), story, fc.constantFrom<LastWord>('cancelled', 'too late'), (plan, sayings, lastWord) => {
      const trace = begin(plan)
      tell(trace, { type: 'wake' }, lastWord)
      let delivered = false
      for (const { said, event, afterMs } of sayings) {
        const { profile, stage } = trace.order
        const open = stage.state !== 'cancelled' && stage.state !== 'expired'
        const about = 'iccid' in event ? event.iccid : undefined
        const unheard =
          about === profile?.iccid && trace.order.retired.length > 0 && about === trace.order.retired[0]?.iccid
        if (said === 'trusted installed' && open && about === profile?.iccid && !unheard) delivered = true
        tell(trace, event, lastWord)
        trace.now += afterMs
        tell(trace, { type: 'wake' }, lastWord)
      }
      settle(trace, lastWord)
      const { order, done, cancelled, given } = trace
      const count = (effect: string) => done.filter((each) => each === effect).length
      const heard = (said: Said) => sayings.some((saying) => saying.said === said)
      const { state } = order.stage
      met.set(state, (met.get(state) ?? 0) + 1)

      // It comes to an end, or to people.
      expect(order.closed || state === 'parked').toBe(true)
      // The SM-DP+'s and charging's word of an installation beats everything that anybody says before or after.
      if (delivered) expect([state, order.payment.status]).toEqual(['active', 'captured'])
      // Without any word of an installation nothing is charged.
      if (!heard('trusted installed') && !heard('claimed installed')) expect(count('capture')).toBe(0)
      // Charged once at most, and never charged and paid back.
      expect(count('capture') + count('void')).toBeLessThanOrEqual(1)
      expect(count('authorise')).toBe(1)
      // Neither a second eSIM nor the money without the SM-DP+'s confirmed cancellation of the one before.
      expect(count('downloadOrder')).toBeLessThanOrEqual(cancelled.size + 1)
      expect(count('downloadOrder')).toBeLessThanOrEqual(2)
      if (count('void') > 0) for (const iccid of given) expect(cancelled.has(iccid)).toBe(true)
      if (lastWord === 'too late' && plan !== 1) expect(count('downloadOrder')).toBe(1)
      // Nobody said that anything failed: no eSIM is replaced.
      if (!heard('trusted failed') && !heard('claimed failed')) expect(count('downloadOrder')).toBe(1)
      // Complete means charged.
      if (state === 'active') expect(order.payment.status).toBe('captured')
      // However often it is told: bounded.
      expect(order.remedies.freshProfile).toBeLessThanOrEqual(1)
      expect(order.remedies.retrySame).toBeLessThanOrEqual(3)
    }),
    { numRuns: process.env.TEST_SIZE === 'full' ? 20_000 : 3_000 },
  )
  for (const state of ['active', 'parked', 'cancelled', 'expired']) expect(met.get(state), state).toBeGreaterThan(0)
})
