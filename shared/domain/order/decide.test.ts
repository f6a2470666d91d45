import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inlinePlan } from '../../../test/support/plans'
import type { Eid, Iccid, MatchingId, OrderId } from '../identifiers'
import { canCancel, canHandOver } from './apply'
import { decide } from './decide'
import type { Outcome } from './effect'
import type { OrderEvent } from './event'
import { hasEnded, type Order, placeOrder } from './order'
import { backoffMs, defaultRules, FAILURE_LIMIT } from './rules'
import { logged } from './story'

const iccid = '8999901000000010008' as Iccid
const noon = new Date('2026-03-01T12:00:00Z')

function order(downloadAfter = 0, registerAfter = 0): Order {
  return placeOrder(
    {
      id: '01hzzzzzzzzzzzzzzzzzzzzzzz' as OrderId,
      channel: 'webview',
      subscriberId: 's',
      device: { eid: '89044045930000000000001234567853' as Eid },
      plan: { ...inlinePlan, downloadAfter, registerAfter },
      instrument: { ref: 'account:s', onFile: true },
      account: 'existing',
    },
    noon,
  )
}

/** What the world would answer if all went well. */
function success(effect: string): Outcome {
  if (effect === 'authorise') return { ok: true, value: { authorisationId: 'a' } }
  if (effect === 'pickIccid') return { ok: true, value: { iccid, matchingId: 'ABC-DEF' as MatchingId } }
  if (effect === 'quarantineIccid')
    return { ok: true, value: { quarantineUntil: new Date(noon.getTime() + 600_000).toISOString() } }
  return { ok: true }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const member of Object.values(value)) frozen(member)
  }
  return value
}

/** Feeds an event and answers every effect as `answer` says, until nothing more is due. */
function play(from: Order, event: OrderEvent, now: Date, answer: (effect: string) => Outcome = success) {
  let current = from
  let next: OrderEvent | undefined = event
  const done: string[] = []
  while (next !== undefined) {
    const decision = decide(current, next, now, defaultRules)
    current = decision.order
    const [effect] = decision.effects
    next = undefined
    if (effect === undefined) continue
    done.push(effect.do)
    const { key, attempt } = effect
    next = { type: 'result', effect: effect.do, key, attempt, outcome: answer(effect.do) }
  }
  return { order: current, done }
}

describe('the order of effects', () => {
  test('at once: payment, stock, SM-DP+; line and balance before the release', () => {
    expect(play(order(), { type: 'wake' }, noon).done).toEqual([
      'claimSlot',
      'listOrder',
      'authorise',
      'pickIccid',
      'claimIccid',
      'downloadOrder',
      'activateLine',
      'grantBalance',
      'confirmOrder',
    ])
  })

  test('delayed: the profile is confirmed and held; line, balance and release follow before the toast', () => {
    const ready = play(order(30), { type: 'wake' }, noon)
    expect(ready.done.slice(-2)).toEqual(['downloadOrder', 'confirmOrder'])
    const early = new Date(noon.getTime() + 24 * 60_000)
    expect(play(ready.order, { type: 'wake' }, early).done).toEqual([])
    const due = new Date(noon.getTime() + 25 * 60_000)
    expect(play(ready.order, { type: 'wake' }, due).done).toEqual(['activateLine', 'grantBalance', 'releaseProfile'])
  })

  test('asynchronous: the profile is released at once, the line comes before the device registers', () => {
    const ready = play(order(0, 60), { type: 'wake' }, noon)
    expect(ready.done).not.toContain('activateLine')
    expect(ready.order.profile?.smdp).toBe('released')
    expect(play(ready.order, { type: 'wake' }, new Date(noon.getTime() + 55 * 60_000)).done).toEqual(['activateLine'])
  })

  test('installed: clock, stock, money, account', () => {
    const ready = play(order(), { type: 'wake' }, noon).order
    const notice: OrderEvent = { type: 'notice', iccid, point: 4, success: true }
    expect(play(ready, notice, noon).done).toEqual(['startClock', 'useIccid', 'capture', 'listLine'])
  })

  test('cancelled: the SM-DP+ first, then line and balance, then the money, then the ICCID', () => {
    const ready = play(order(), { type: 'wake' }, noon).order
    const cancelled = play(ready, { type: 'cancel' }, noon)
    expect(cancelled.done).toEqual(['cancelOrder', 'deactivateLine', 'revokeBalance', 'void', 'quarantineIccid'])
    expect(cancelled.order).toMatchObject({ stage: { state: 'cancelled' }, closed: false })
    const later = new Date(noon.getTime() + 11 * 60_000)
    const settled = play(cancelled.order, { type: 'wake' }, later)
    expect(settled.done).toEqual(['cancelOrder', 'returnIccid'])
    expect(settled.order.closed).toBe(true)
  })
})

describe('a cancellation that the SM-DP+ declines as too late', () => {
  const declined = (effect: string): Outcome =>
    effect === 'cancelOrder' ? { ok: false, kind: 'refused', code: '8.2.1/3.3', detail: '' } : success(effect)
  const ready = () => play(order(), { type: 'wake' }, noon).order
  const calledOff = (from: Order) => decide(from, { type: 'cancel' }, noon, defaultRules, { start: false }).order

  test('means that nothing was reserved while nobody has the code', () => {
    expect(play(calledOff(ready()), { type: 'wake' }, noon, declined).order.stage.state).toBe('cancelled')
  })

  test('leaves the purchase standing where the SM-DP+ itself has told of the download, whoever had the code', () => {
    const told: OrderEvent = { type: 'notice', iccid, point: 3, success: true }
    const downloaded = decide(calledOff(ready()), told, noon, defaultRules, { start: false }).order
    const { order: after, done } = play(downloaded, { type: 'wake' }, noon, declined)
    expect([done, after.stage.state, after.payment.status]).toEqual([['cancelOrder'], 'downloading', 'authorised'])
  })
})

describe('the second cancelOrder, after the quarantine', () => {
  const later = new Date(noon.getTime() + 11 * 60_000)
  const cancelled = () => play(play(order(), { type: 'wake' }, noon).order, { type: 'cancel' }, noon).order
  const refusing = (code: string) => (effect: string) =>
    effect === 'cancelOrder' ? ({ ok: false, kind: 'refused', code, detail: '' } as const) : success(effect)

  test('returns the ICCID when it finds nothing to cancel', () => {
    const { done } = play(cancelled(), { type: 'wake' }, later, refusing('8.2.1/3.3'))
    expect(done).toEqual(['cancelOrder', 'returnIccid'])
  })

  test('is repeated without the matching id where the SM-DP+ has tied none', () => {
    const { done } = play(cancelled(), { type: 'wake' }, later, refusing('8.2.6/3.10'))
    expect(done.slice(0, 2)).toEqual(['cancelOrder', 'cancelOrder'])
  })

  test('takes the ICCID out of stock when the refusal leaves its state open', () => {
    const { done, order: after } = play(cancelled(), { type: 'wake' }, later, refusing('9.9/9.9'))
    expect(done).toEqual(['cancelOrder', 'withdrawIccid'])
    expect(after.closed).toBe(true)
  })
})

describe('evidence', () => {
  const handedOver = () => play(play(order(), { type: 'wake' }, noon).order, { type: 'handover' }, noon).order

  test('point 3 means delivered, not installed', () => {
    const after = play(handedOver(), { type: 'notice', iccid, point: 3, success: true }, noon)
    expect(after.order.stage.state).toBe('downloading')
    expect(after.done).toEqual([])
    expect(canCancel(after.order)).toBe(false)
  })

  test("the listener's success counts as installed, once the code was handed over", () => {
    const claim: OrderEvent = { type: 'deviceResult', iccid, code: 'Success' }
    expect(play(handedOver(), claim, noon).order.stage.state).toBe('installed')
    const notHandedOver = play(order(), { type: 'wake' }, noon).order
    expect(play(notHandedOver, claim, noon).order.stage.state).toBe('ready')
  })

  test('a failure that only the device claims leads to the same code again, never to another profile', () => {
    const failed = play(handedOver(), { type: 'deviceResult', iccid, code: 'NotFound' }, noon)
    expect(failed.order).toMatchObject({ stage: { state: 'ready' }, problem: { source: 'device', code: 'NotFound' } })
    expect(failed.done).toEqual([])
    expect(canHandOver(failed.order)).toBe(true)
  })

  test('a notice or report about another ICCID changes nothing', () => {
    const before = handedOver()
    for (const event of [
      { type: 'notice', iccid: '8999901000000099999', point: 4, success: true },
      { type: 'deviceResult', iccid: '8999901000000099999', code: 'Success' },
      { type: 'usage', iccid: '8999901000000099999', at: noon.toISOString() },
    ] as const)
      expect(decide(before, event, noon, defaultRules).order).toBe(before)
  })

  test('the same notice twice changes the order once', () => {
    const notice: OrderEvent = { type: 'notice', iccid, point: 4, success: true }
    const once = play(handedOver(), notice, noon).order
    expect(decide(once, notice, noon, defaultRules).order).toBe(once)
  })

  test('first usage of the ICCID is evidence of installation and of registration', () => {
    const used = play(handedOver(), { type: 'usage', iccid, at: noon.toISOString() }, noon)
    expect(used.order.stage).toMatchObject({ state: 'active', registered: true })
  })
})

describe('answers', () => {
  test('that come after the lease has ended, or to a repeated attempt, still count', () => {
    const placed = decide(order(), { type: 'wake' }, noon, defaultRules)
    const late = new Date(noon.getTime() + 60_000)
    const second = decide(placed.order, { type: 'wake' }, late, defaultRules)
    expect(second.effects).toMatchObject([{ do: 'claimSlot', attempt: 2 }])
    const first: OrderEvent = {
      type: 'result',
      effect: 'claimSlot',
      key: 'claimSlot',
      attempt: 1,
      outcome: { ok: true },
    }
    const after = decide(second.order, first, late, defaultRules)
    expect(after.order.slotClaimed).toBe(true)
    expect(after.order.lease).toMatchObject({ attempt: 2 })
  })

  test('to attempts that were never made are ignored', () => {
    const before = order()
    const forged: OrderEvent = { type: 'result', effect: 'capture', key: 'capture', attempt: 3, outcome: { ok: true } }
    expect(decide(before, forged, noon, defaultRules, { start: false }).order.payment.status).toBe('none')
  })

  test('that are lost let the next attempt wait until the lease would have ended', () => {
    const placed = decide(order(), { type: 'wake' }, noon, defaultRules)
    const lost: Outcome = { ok: false, kind: 'lost', code: 'timeout', detail: '' }
    const event: OrderEvent = { type: 'result', effect: 'claimSlot', key: 'claimSlot', attempt: 1, outcome: lost }
    expect(decide(placed.order, event, noon, defaultRules).checkAt?.toISOString()).toBe(placed.order.lease?.until)
  })
})

test('waits grow from seconds to a quarter of an hour, and end after about an hour', () => {
  const waits = Array.from({ length: FAILURE_LIMIT }, (_, i) => backoffMs(i + 1, 'any'))
  expect(waits[0]).toBeGreaterThanOrEqual(2_000)
  expect(waits[0]).toBeLessThan(2_600)
  expect(Math.max(...waits)).toBeLessThanOrEqual(900_000 * 1.25)
  const total = waits.reduce((sum, wait) => sum + wait, 0)
  expect(total).toBeGreaterThan(55 * 60_000)
  expect(total).toBeLessThan(90 * 60_000)
})

test('the log keeps its first 20 and last 100 lines and counts the rest', () => {
  let long = order()
  for (let i = 0; i < 500; i++) long = logged(long, noon, `line ${i}`)
  expect(long.log).toHaveLength(120)
  expect(long.log[0]?.what).toBe('placed')
  expect(long.log[19]?.what).toBe('line 18')
  expect(long.log.at(-1)?.what).toBe('line 499')
  expect(long.logDropped).toBe(381)
})

describe('whatever happens', () => {
  const outcome: fc.Arbitrary<Outcome | 'success'> = fc.oneof(
    { weight: 4, arbitrary: fc.constant('success' as const) },
    fc
      .record({
        kind: fc.constantFrom('refused' as const, 'busy' as const, 'unreached' as const, 'lost' as const),
        code: fc.constantFrom('8.2.1/3.3', '8.2.1/3.9', '8.2.6/3.3', '8.2.6/3.10', '8.1.1/3.10', '8.2.1/3.5', 'taken'),
      })
      .map((failure) => ({ ok: false as const, detail: 'other', ...failure })),
  )
  const happening = fc.record({
    event: fc.oneof(
      fc.constantFrom<OrderEvent>(
        { type: 'wake' },
        { type: 'handover' },
        { type: 'cancel' },
        { type: 'deviceResult', code: 'Success' },
        { type: 'deviceResult', code: 'CardBusy' },
        { type: 'registration', state: 'searching' },
        { type: 'registration', state: 'home' },
        { type: 'usage', iccid, at: noon.toISOString() },
      ),
      fc
        .record({
          action: fc.constantFrom('retry' as const, 'cancel' as const, 'resolve' as const),
          outcome: fc.constantFrom(undefined, 'delivered' as const, 'not-delivered' as const),
        })
        .map((act): OrderEvent => ({ type: 'staff', by: 'sam', ...act })),
      fc
        .record({ point: fc.integer({ min: 1, max: 6 }), success: fc.boolean() })
        .map((notice): OrderEvent => ({ type: 'notice', iccid, ...notice })),
    ),
    afterMs: fc.constantFrom(0, 1_000, 60_000, 3_600_000, 40 * 86_400_000),
    answers: fc.array(outcome, { maxLength: 6 }),
  })

  test('decide is pure, starts one effect at most, and never forgets an order that has not ended', {
    timeout: 300_000,
  }, () => {
    fc.assert(
      fc.property(fc.nat(2), fc.array(happening, { maxLength: 12 }), (kind, happenings) => {
        let current = order(kind === 1 ? 30 : 0, kind === 2 ? 30 : 0)
        let now = noon.getTime()
        for (const { event, afterMs, answers } of happenings) {
          now += afterMs
          let next: OrderEvent | undefined = event
          while (next !== undefined) {
            const decision = decide(frozen(current), frozen(next), new Date(now), defaultRules)
            expect(decision).toEqual(decide(current, next, new Date(now), defaultRules))
            expect(decision.effects.length).toBeLessThanOrEqual(1)
            current = decision.order
            if (!current.closed) expect(decision.checkAt, current.stage.state).toBeDefined()
            if (current.closed) expect(hasEnded(current)).toBe(true)
            const [effect] = decision.effects
            const answer = answers.shift()
            if (effect === undefined || answer === undefined) break
            expect(current.lease).toMatchObject({ key: effect.key, attempt: effect.attempt })
            const given = answer === 'success' ? success(effect.do) : answer
            next = { type: 'result', effect: effect.do, key: effect.key, attempt: effect.attempt, outcome: given }
          }
        }
      }),
      { numRuns: process.env.TEST_SIZE === 'full' ? 20_000 : 1_000 },
    )
  })
})
