/** Top-ups under calls that are carried out and answered in any order: late, twice, or never. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inlinePlan } from '../../../test/support/plans'
import { createOrderId, type Iccid } from '../identifiers'
import type { Plan } from '../plan'
import {
  addGrant,
  createSim,
  endSubscription,
  grantOf,
  renewSubscription,
  type Sim,
  startGrant,
  takeBack,
} from '../sim'
import { decide } from './decide'
import type { Effect, Outcome } from './effect'
import type { OrderEvent } from './event'
import { type Order, placeOrder, type TopUpKind } from './order'
import { defaultRules } from './rules'

const iccid = '8988303000000999999' as Iccid
const orderId = createOrderId(new Uint8Array(16))
const START = Date.parse('2026-03-01T12:00:00Z')
const runs = process.env.TEST_SIZE === 'full' ? 20_000 : 1_000

const plan: Plan = { ...inlinePlan, id: 'monthly', kind: 'subscription' }

/** The systems outside, as they are whatever the order was told. */
interface Truth {
  sim: Sim | undefined
  line: boolean
  authorised: boolean
  captured: boolean
  voided: boolean
  /** Billing gives the same answer to the same key. */
  answers: Map<string, Outcome>
}

/**
 * A call that was started: carried out once, at any time within its reach, given up any number of times, and answered once or never:
 * attempts are counted by their answers, and the loop that carries orders applies each answer to one version of the order.
 */
interface Call {
  effect: Effect
  startedAt: number
  outcome?: Outcome
  answered?: boolean
}

/** Longer than any call is worked on, and shorter than the quarantine. */
const REACH_MS = 5 * 60_000

const refused = (code: string): Outcome => ({ ok: false, kind: 'refused', code, detail: '' })
const done: Outcome = { ok: true }

function carryOut(truth: Truth, { effect }: Call, deny: boolean): Outcome {
  const money = (work: () => Outcome): Outcome => {
    const answer = truth.answers.get(effect.key) ?? (deny ? refused('declined') : work())
    truth.answers.set(effect.key, answer)
    return answer
  }
  switch (effect.do) {
    case 'authorise':
      return money(() => {
        truth.authorised = true
        return { ok: true, value: { authorisationId: 'a' } }
      })
    case 'capture':
      return money(() => {
        if (truth.voided) return refused('voided')
        truth.captured = true
        return done
      })
    case 'void':
      return money(() => {
        if (truth.captured) return refused('captured')
        truth.voided = true
        return done
      })
    case 'grantBalance': {
      const sim = truth.sim ?? createSim({ iccid, kind: 'warm' })
      if (deny || sim.resting) return refused('not-yours')
      const owner = sim.subscriberId === undefined ? { subscriberId: 'subscriber-1', orderId } : {}
      truth.sim = addGrant({ ...sim, ...owner }, grantOf(plan, orderId))
      return done
    }
    case 'revokeBalance':
      truth.sim = truth.sim && takeBack(truth.sim, orderId, effect.claim)
      return { ok: true, value: { simRests: truth.sim?.resting === true } }
    case 'startClock':
      truth.sim = truth.sim && startGrant(truth.sim, orderId, new Date(effect.at))
      return done
    case 'activateLine':
      if (deny) return refused('no-line')
      truth.line = true
      return done
    case 'deactivateLine':
      truth.line = false
      return done
    case 'scheduleRenewal': {
      const { subscriptionId: id, period, endsAt } = effect
      truth.sim = truth.sim && renewSubscription(truth.sim, { id, planId: plan.id, orderId, period, endsAt })
      return done
    }
    case 'endSubscription':
      truth.sim = truth.sim && endSubscription(truth.sim, effect.subscriptionId, effect.because)
      return done
    default:
      return done
  }
}

type Move =
  | { do: 'wait'; ms: number }
  | { do: 'cancel' }
  /** The latest call works, as most do. */
  | { do: 'work' }
  | { do: 'carry out'; call: number; deny: boolean }
  | { do: 'answer'; call: number; lost: boolean }

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1_000, 25_000, 90_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('work' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('carry out' as const),
      call: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
      deny: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      call: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
      lost: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
)

/** One order in its world; `take` feeds an event and starts what follows from it. */
function life(kind: TopUpKind) {
  const topUp = { kind, iccid, ...(kind === 'renewal' ? { startsAt: new Date(START + 86_400_000).toISOString() } : {}) }
  const renews =
    kind === 'renewal' ? { renews: { id: createOrderId(Uint8Array.from({ length: 16 }, () => 1)), period: 2 } } : {}
  const instrument = { ref: 'account:1', onFile: true }
  const who = {
    id: orderId,
    channel: 'browser',
    subscriberId: 'subscriber-1',
    device: {},
    account: 'existing',
  } as const
  const state = {
    now: START,
    order: placeOrder({ ...who, plan, instrument, topUp, ...renews }, new Date(START)) as Order,
    calls: [] as Call[],
    truth: { line: false, authorised: false, captured: false, voided: false, answers: new Map() } as unknown as Truth,
  }
  state.truth.sim = createSim({ iccid, kind: 'warm', ...(kind === 'warm-sim' ? {} : { subscriberId: 'subscriber-1' }) })
  const take = (event: OrderEvent) => {
    const { order, effects } = decide(state.order, event, new Date(state.now), defaultRules)
    state.order = order
    for (const effect of effects) {
      if (effect.do === 'capture') expect(order.topUp?.granted, 'nothing is collected before it is credited').toBe(true)
      state.calls.push({ effect, startedAt: state.now })
    }
  }
  const answer = (call: Call, lost: boolean) => {
    const { effect, outcome, answered } = call
    const given = lost || answered ? undefined : outcome
    if (given !== undefined) call.answered = true
    const told: Outcome = given ?? { ok: false, kind: 'lost', code: 'timeout', detail: '' }
    take({ type: 'result', effect: effect.do, key: effect.key, attempt: effect.attempt, outcome: told })
  }
  /** Of those that are still in reach, the n-th from the last. */
  const recent = (n: number) => state.calls.filter(({ startedAt }) => startedAt + REACH_MS > state.now).at(-1 - n)
  const play = (step: Move) => {
    if (step.do === 'wait') state.now += step.ms
    if (step.do === 'wait') return take({ type: 'wake' })
    if (step.do === 'cancel') return take({ type: 'cancel' })
    const call = recent(step.do === 'work' ? 0 : step.call)
    if (call === undefined) return undefined
    if (step.do === 'work' || step.do === 'carry out')
      call.outcome ??= carryOut(state.truth, call, step.do !== 'work' && step.deny)
    if (step.do !== 'carry out') answer(call, step.do === 'answer' && step.lost)
    return undefined
  }
  /** From now on every call works at once; what is still under way comes when it must. */
  const recover = () => {
    for (let turn = 0; turn < 400 && !state.order.closed && state.order.stage.state !== 'parked'; turn++) {
      for (const call of state.calls)
        if (call.outcome === undefined && call.startedAt + REACH_MS <= state.now)
          call.outcome = carryOut(state.truth, call, false)
      const { checkAt = '' } = state.order
      const before = state.calls.length
      state.now = Math.max(state.now, Math.min(Date.parse(checkAt), state.now + REACH_MS))
      take({ type: 'wake' })
      const started = state.calls.slice(before)
      for (let next = started[0]; next !== undefined; next = state.calls.slice(state.calls.indexOf(next) + 1)[0]) {
        next.outcome = carryOut(state.truth, next, false)
        answer(next, false)
      }
    }
    // Whatever is still under way comes when nobody looks any more.
    for (const call of state.calls) call.outcome ??= carryOut(state.truth, call, false)
  }
  return { state, play, recover, take }
}

test.each(['warm-sim', 'add-balance', 'renewal'] as const)(
  'a top-up (%s) is credited and paid for, or neither, in whatever order calls are carried out and answered',
  (kind) => {
    fc.assert(
      fc.property(fc.nat(6), fc.array(move, { maxLength: 60 }), (good, moves) => {
        const { state, play, recover, take } = life(kind)
        take({ type: 'wake' })
        // A top-up takes four calls until it is credited.
        for (let n = 0; n < good; n++) play({ do: 'work' })
        for (const step of moves) play(step)
        recover()
        const { order, truth } = state
        const parked = order.stage.state === 'parked'
        expect(order.closed || parked, `stranded in ${order.stage.state}`).toBe(true)
        expect(order.checkAt === undefined).toBe(order.closed)
        const credited = truth.sim?.grants.some((grant) => grant.orderId === orderId)
        if (parked) return
        expect(credited, 'captured exactly when credited').toBe(truth.captured)
        expect(truth.captured || !truth.authorised || truth.voided, 'nothing stays reserved').toBe(true)
        expect(order.stage.state === 'active').toBe(truth.captured)
        const lives = truth.sim?.subscriptions?.some(({ ended }) => ended === undefined) === true
        expect(lives, 'a subscription begins with what was paid for').toBe(truth.captured)
        if (kind !== 'warm-sim') return
        expect(truth.line, 'the line is on exactly when the SIM was sold').toBe(truth.captured)
        expect(truth.sim?.subscriberId !== undefined, 'the SIM is the person’s').toBe(truth.captured)
        expect(truth.sim?.resting).toBeUndefined()
      }),
      { numRuns: runs },
    )
  },
  300_000,
)
