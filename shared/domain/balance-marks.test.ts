import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BalanceMarkRules, balanceMarks } from './balance-marks'
import type { Iccid } from './identifiers'
import { createSim, type Grant, type Sim, type Subscription } from './sim'
import { bytesPerMB, withUsage } from './usage'

const hour = 3_600_000
const day = 24 * hour
const now = new Date('2026-03-28T12:00:00Z')
const rules: BalanceMarkRules = { lowPercent: 20, lowMB: 100, endingHours: 48 }
const after = (ms: number) => new Date(now.getTime() + ms)

function sim(grants: Grant[], more: Partial<Sim> = {}): Sim {
  return { ...createSim({ iccid: '8999901000000000003' as Iccid, kind: 'esim' }), grants, ...more }
}

function grant(orderId: string, changes: Partial<Grant> = {}): Grant {
  const startsAt = after(-day).toISOString()
  return {
    orderId,
    planId: 'p',
    kind: 'payg',
    dataMB: 1000,
    durationMs: 30 * day,
    locations: ['*'],
    startsAt,
    ...changes,
  }
}

/** The SIM with so many megabytes used at a time. */
function used(subject: Sim, megabytes: number, at = now): Sim {
  const bytes = Math.round(megabytes * bytesPerMB)
  return withUsage(subject, [{ id: `${at.getTime()} ${bytes}`, at: at.toISOString(), bytes }])
}

const { startsAt: _, ...standing } = grant('standing')
const names = (subject: Sim, at = now, by = rules) => balanceMarks(subject, at, by).map(({ mark }) => mark)

describe('data', () => {
  test.each([
    [799, []],
    [800, ['low-data']],
    [999.999, ['low-data']],
    [1000, ['no-data']],
    [5000, ['no-data']],
  ])('with %s of 1000 MB used: %j', (usedMB, marks) => {
    expect(names(used(sim([grant('a')]), usedMB))).toEqual(marks)
  })

  test('is low by megabytes too, but never before half of it is used', () => {
    expect(names(used(sim([grant('a', { dataMB: 300 })]), 199))).toEqual([])
    expect(names(used(sim([grant('a', { dataMB: 300 })]), 200))).toEqual(['low-data'])
    expect(names(used(sim([grant('a', { dataMB: 150 })]), 74))).toEqual([])
    expect(names(used(sim([grant('a', { dataMB: 150 })]), 75))).toEqual(['low-data'])
  })

  test('of all grants counts together', () => {
    expect(names(used(sim([grant('a'), grant('b')]), 1000))).toEqual([])
    expect(balanceMarks(used(sim([grant('a'), grant('b')]), 1700), now, rules)).toEqual([
      { mark: 'low-data', remainingMB: 300, totalMB: 2000, endsAt: after(29 * day).toISOString() },
    ])
  })

  test('of a grant that is over does not', () => {
    const past = grant('past', { dataMB: 9000, startsAt: after(-90 * day).toISOString() })
    expect(names(used(used(sim([past, grant('a')]), 9000, after(-80 * day)), 800))).toEqual(['low-data'])
  })
})

describe('time', () => {
  test.each([
    [49 * hour, []],
    [48 * hour, ['ending-soon']],
    [1000, ['ending-soon']],
    [0, ['ended']],
    [-day, ['ended']],
  ])('with %s ms left: %j', (left, marks) => {
    const startsAt = after(left - 30 * day).toISOString()
    expect(names(sim([grant('a', { startsAt })]))).toEqual(marks)
  })

  test('says when', () => {
    const startsAt = after(hour - 30 * day).toISOString()
    const subject = sim([grant('a', { startsAt })])
    expect(balanceMarks(subject, now, rules)).toMatchObject([{ endsAt: after(hour).toISOString() }])
    expect(balanceMarks(subject, after(day), rules)).toEqual([{ mark: 'ended', since: after(hour).toISOString() }])
  })

  test('of a later grant counts: who has paid on is not told that it ends', () => {
    const ending = grant('a', { startsAt: after(hour - 30 * day).toISOString() })
    expect(names(sim([ending, grant('b', { startsAt: after(hour).toISOString() })]))).toEqual([])
    expect(names(sim([ending, standing]))).toEqual([])
  })

  test('of a subscription that renews itself is no news; of one that is cancelled or over it is', () => {
    const grants = [grant('a', { kind: 'subscription', startsAt: after(hour - 30 * day).toISOString() })]
    const renewing: Subscription = { id: 's', planId: 'p', orderId: 'a', period: 1, endsAt: after(hour).toISOString() }
    expect(names(sim(grants, { subscriptions: [renewing] }))).toEqual([])
    for (const over of [{ cancelledAt: after(-day).toISOString() }, { ended: 'payment-refused' as const }])
      expect(names(sim(grants, { subscriptions: [{ ...renewing, ...over }] }))).toEqual(['ending-soon'])
  })
})

test('a SIM that never had data has no marks, and one whose clock stands has none of time', () => {
  expect(names(sim([]))).toEqual([])
  expect(names(sim([standing]), after(900 * day))).toEqual([])
})

/** Any grant, from long ago to far beyond what a date can hold. */
const anyGrant = fc
  .record({
    orderId: fc.string({ minLength: 1, maxLength: 8 }),
    dataMB: fc.oneof(fc.integer({ min: 1, max: 100_000_000 }), fc.constant(1000)),
    durationMs: fc.oneof(fc.integer({ min: 1000, max: 400 * day }), fc.constant(2000 * 365 * day)),
    startsAt: fc.option(fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-12-31') })),
  })
  .map(({ orderId, dataMB, durationMs, startsAt }): Grant => {
    const { startsAt: __, ...rest } = grant(orderId, { dataMB, durationMs })
    return startsAt === null ? rest : { ...rest, startsAt: startsAt.toISOString() }
  })
const anySim = fc
  .record({
    grants: fc.uniqueArray(anyGrant, { selector: ({ orderId }) => orderId, maxLength: 6 }),
    usage: fc.array(fc.record({ megabytes: fc.nat(2_000_000), chance: fc.nat() }), { maxLength: 5 }),
  })
  .map(({ grants, usage }) =>
    usage.reduce((subject, { megabytes, chance }, index) => {
      // Data is used while a plan runs, as a rule.
      const { startsAt = now.toISOString(), durationMs } = grants[chance % grants.length] ?? grant('none')
      return used(subject, megabytes, new Date(Date.parse(startsAt) + (chance % durationMs) + index))
    }, sim(grants)),
  )
const anyTime = fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-12-31') })

describe('whatever the grants and the time', () => {
  test('their order does not matter', () => {
    fc.assert(
      fc.property(anySim, anyTime, fc.infiniteStream(fc.nat()), (subject, at, chances) => {
        const shuffled = subject.grants
          .map((one) => ({ one, place: chances.next().value ?? 0 }))
          .sort((a, b) => a.place - b.place)
          .map(({ one }) => one)
        expect(balanceMarks({ ...subject, grants: shuffled }, at, rules)).toEqual(balanceMarks(subject, at, rules))
      }),
    )
  })

  test('at most one mark speaks of data and one of time, with instants that fit the time', () => {
    fc.assert(
      fc.property(anySim, anyTime, (subject, at) => {
        const marks = balanceMarks(subject, at, rules)
        const found = marks.map(({ mark }) => mark)
        expect(found.filter((mark) => mark.endsWith('-data')).length).toBeLessThanOrEqual(1)
        if (found.includes('ended') || found.includes('no-data')) expect(found).toHaveLength(1)
        for (const mark of marks) {
          if ('endsAt' in mark && mark.endsAt !== undefined)
            expect(Date.parse(mark.endsAt)).toBeGreaterThan(at.getTime())
          // The last second counts as over: GetBalance answers in whole seconds.
          if (mark.mark === 'ended') expect(Date.parse(mark.since)).toBeLessThan(at.getTime() + 1000)
        }
      }),
    )
  })

  test('once over, it stays over; using data never takes a mark of data away', () => {
    fc.assert(
      fc.property(anySim, anyTime, fc.nat(400 * day), fc.nat(1_000_000), (subject, at, later, more) => {
        const before = names(subject, at)
        if (before.includes('ended')) expect(names(subject, new Date(at.getTime() + later))).toEqual(['ended'])
        const after = names(used(subject, more, at), at)
        if (before.includes('no-data')) expect(after).toEqual(['no-data'])
        if (before.includes('low-data')) expect(after.some((mark) => mark.endsWith('-data'))).toBe(true)
      }),
    )
  })
})

test('summer time changes nothing: the same instants in any time zone give the same marks', () => {
  const zone = process.env.TZ
  const subject = sim([grant('a', { durationMs: 2 * day, startsAt: '2026-03-28T12:30:00Z' })])
  const at = new Date('2026-03-28T12:30:01Z')
  try {
    const seen = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].map((place) => {
      process.env.TZ = place
      return balanceMarks(subject, at, rules)
    })
    expect(new Set(seen.map((marks) => JSON.stringify(marks))).size).toBe(1)
    expect(seen[0]).toMatchObject([{ mark: 'ending-soon', endsAt: '2026-03-30T12:30:00.000Z' }])
  } finally {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
})
