import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { grantStates } from './balance'
import { parseIccid } from './identifiers'
import { addGrant, createSim, type Grant, removeGrant, type Sim, startGrant, withoutPast } from './sim'
import { bytesPerMB, hourOf, type UsageEvent, withoutOldReports, withUsage } from './usage'

const day = 24 * 3_600_000
const start = Date.parse('2026-03-01T00:00:00Z')
const at = (ms: number) => new Date(start + ms).toISOString()
const MB = bytesPerMB

function sim(...grants: Grant[]): Sim {
  const iccid = parseIccid('8999901000000000003')
  if (iccid === undefined) throw new Error('expected an ICCID')
  return grants.reduce(addGrant, createSim({ iccid, kind: 'esim' }))
}

function grant(orderId: string, changes: Partial<Grant> = {}): Grant {
  return {
    orderId,
    planId: 'p',
    kind: 'payg',
    dataMB: 100,
    durationMs: 10 * day,
    locations: ['*'],
    ...changes,
  }
}

const left = (known: Sim, now: number) =>
  Object.fromEntries(
    grantStates(known, new Date(start + now)).map(({ grant: { orderId }, dataRemainingMB }) => [
      orderId,
      dataRemainingMB,
    ]),
  )

describe('usage', () => {
  test('counts against the grant whose time runs when it happens, and of two against the one that ends first', () => {
    const both = sim(grant('early', { startsAt: at(0) }), grant('late', { startsAt: at(5 * day) }))
    const used = withUsage(both, [
      { id: 'a', at: at(day), bytes: 30 * MB },
      { id: 'b', at: at(6 * day), bytes: 90 * MB },
      { id: 'c', at: at(11 * day), bytes: 5 * MB },
    ])
    expect(left(used, 9 * day)).toEqual({ early: 0, late: 75 })
    expect(left(used, 12 * day)).toEqual({ late: 75 })
  })

  test('before any grant begins, or beyond what there is, costs nothing and goes nowhere', () => {
    const known = sim(grant('a', { startsAt: at(day) }))
    expect(left(withUsage(known, [{ id: 'x', at: at(0), bytes: 50 * MB }]), day)).toEqual({ a: 100 })
    expect(left(withUsage(known, [{ id: 'x', at: at(2 * day), bytes: 500 * MB }]), 3 * day)).toEqual({ a: 0 })
  })

  test('a report counts once', () => {
    const known = withUsage(sim(grant('a', { startsAt: at(0) })), [{ id: 'x', at: at(1), bytes: MB }])
    expect(withUsage(known, [{ id: 'x', at: at(1), bytes: MB }])).toBe(known)
    const twice = { id: 'y', at: at(2), bytes: MB }
    expect(left(withUsage(known, [twice, twice]), day)).toEqual({ a: 98 })
  })

  test('what leaves the recent reports stays in the sums', () => {
    const events = Array.from({ length: 10 }, (_, n): UsageEvent => ({ id: `${n}`, at: at(n), bytes: MB }))
    const known = withUsage(sim(grant('a', { startsAt: at(0) })), events)
    const { sim: rest, left: gone } = withoutOldReports(known, 4)
    expect(gone.map(({ id }) => id)).toEqual(['0', '1', '2', '3', '4', '5'])
    expect(left(rest, day)).toEqual({ a: 90 })
    expect(withoutOldReports(rest, 4)).toEqual({ sim: rest, left: [] })
    expect(hourOf(at(0))).toBe('2026-03-01T00')
  })

  const anyGrant = fc.record({
    dataMB: fc.integer({ min: 1, max: 200 }),
    durationMs: fc.integer({ min: 1, max: 20 }).map((days) => days * day),
    startsAt: fc.option(
      fc.integer({ min: 0, max: 20 }).map((days) => at(days * day)),
      { nil: undefined },
    ),
  })
  const anyGrants = fc.array(anyGrant, { maxLength: 5 })
  const anyEvents = fc.array(
    fc.record({ ms: fc.integer({ min: -day, max: 30 * day }), bytes: fc.integer({ min: 0, max: 50 * MB }) }),
    { maxLength: 20 },
  )

  test('in any order, with repeats, before or after the top-ups it meets, the same is left', () => {
    fc.assert(
      fc.property(anyGrants, anyEvents, fc.infiniteStream(fc.nat(1_000_000)), (grants, reports, luck) => {
        const steps: ((known: Sim) => Sim)[] = []
        const ordered: ((known: Sim) => Sim)[] = []
        for (const [n, { startsAt, ...facts }] of grants.entries()) {
          const begin = startsAt === undefined ? undefined : new Date(startsAt)
          const step = (known: Sim) => {
            const granted = addGrant(known, grant(`grant-${n}`, facts))
            return begin === undefined ? granted : startGrant(granted, `grant-${n}`, begin)
          }
          ordered.push(step)
        }
        for (const [n, { ms, bytes }] of reports.entries()) {
          const step = (known: Sim) => withUsage(known, [{ id: `report-${n}`, at: at(ms), bytes }])
          ordered.push(step)
          if ((luck.next().value ?? 0) % 3 === 0) steps.push(step)
        }
        steps.push(...ordered)
        const shuffled = steps
          .map((step) => ({ step, key: luck.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ step }) => step)
        const one = ordered.reduce((known, step) => step(known), sim())
        const other = shuffled.reduce((known, step) => step(known), sim())
        expect(left(other, 15 * day)).toEqual(left(one, 15 * day))
      }),
      { numRuns: 300 },
    )
  })

  test('all of it in one batch is the same as one by one', () => {
    fc.assert(
      fc.property(anyEvents, (reports) => {
        const events = reports.map(({ ms, bytes }, n) => ({ id: `${n}`, at: at(ms), bytes }))
        const known = sim(grant('a', { startsAt: at(0) }), grant('b', { startsAt: at(3 * day) }))
        const single = events.reduce((before, event) => withUsage(before, [event]), known)
        expect(withUsage(known, events)).toEqual(single)
      }),
    )
  })

  test('a grant that is taken back gives its usage back to what else runs', () => {
    const both = sim(grant('a', { startsAt: at(0) }), grant('b', { startsAt: at(0), durationMs: 20 * day }))
    const used = withUsage(both, [{ id: 'x', at: at(1), bytes: 40 * MB }])
    expect(left(used, day)).toEqual({ a: 60, b: 100 })
    expect(left(removeGrant(used, 'a'), day)).toEqual({ b: 60 })
  })

  test('what ended a month ago leaves the document without changing what is left', () => {
    const now = 100 * day
    const known = withUsage(sim(grant('old', { startsAt: at(0) }), grant('new', { startsAt: at(95 * day) })), [
      { id: 'x', at: at(day), bytes: 40 * MB },
      { id: 'y', at: at(96 * day), bytes: 30 * MB },
    ])
    const kept = withoutPast(known, new Date(start + now))
    expect(kept.grants.map(({ orderId }) => orderId)).toEqual(['new'])
    expect(kept.usage?.sums).toHaveLength(1)
    expect(left(kept, now)).toEqual(left(known, now))
    expect(withoutPast(kept, new Date(start + now))).toBe(kept)
  })

  test('a subscription that may still be renewed stays in the document, one that was cancelled or has ended goes', () => {
    const known = sim(grant('old', { startsAt: at(0), durationMs: day }))
    const paid = { planId: 'p', orderId: 'old', period: 1, endsAt: at(day) }
    const subscriptions = [
      { ...paid, id: 'waits' },
      { ...paid, id: 'cancelled', cancelledAt: at(1) },
      { ...paid, id: 'ended', ended: 'payment-refused' as const },
    ]
    const kept = withoutPast({ ...known, subscriptions }, new Date(start + 100 * day))
    expect(kept.subscriptions?.map(({ id }) => id)).toEqual(['waits'])
  })
})
