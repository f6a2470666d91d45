import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import sample from '../../operator.json'
import { balancesOf, renderBalances } from './balance'
import { parseIccid } from './identifiers'
import { parseOperator } from './operator'
import { addGrant, createSim, type Grant, grantOf, removeGrant, type Sim, startGrant } from './sim'
import { bytesPerMB, withUsage } from './usage'

const hour = 3_600_000
const day = 24 * hour
const now = new Date('2026-03-01T12:00:00Z')
const ago = (ms: number) => new Date(now.getTime() - ms).toISOString()

function sim(kind: Sim['kind'] = 'esim', ...grants: Grant[]): Sim {
  const iccid = parseIccid('8999901000000000003')
  if (iccid === undefined) throw new Error('expected an ICCID')
  return grants.reduce(addGrant, createSim({ iccid, kind }))
}

function grant(orderId: string, changes: Partial<Grant> = {}): Grant {
  return {
    orderId,
    planId: 'p',
    kind: 'payg',
    dataMB: 1000,
    durationMs: 30 * day,
    locations: ['*'],
    startsAt: ago(day),
    ...changes,
  }
}

/** The SIM with so many megabytes used just now. */
function used(known: Sim, megabytes: number): Sim {
  return withUsage(known, [{ id: 'report', at: now.toISOString(), bytes: Math.round(megabytes * bytesPerMB) }])
}

const short = (balances: ReturnType<typeof balancesOf>) =>
  balances.map(({ id, type, dataRemainingMB }) => [id, type, dataRemainingMB])

describe('types', () => {
  test('a prepaid grant with data and time left is MODIRECTPAYG with what is left', () => {
    const known = used(sim('esim', grant('a', { dataMB: 5120, startsAt: ago(17 * day + 18 * hour) })), 768)
    expect(renderBalances(balancesOf(known, { now }), 'basic')).toEqual({
      balances: [
        { id: 'a', type: 'MODIRECTPAYG', dataRemainingInMB: 4352, dataRemaininginMB: 4352, timeRemaining: 'P12DT6H' },
      ],
    })
  })

  test('a subscription is MODIRECT', () => {
    expect(short(balancesOf(sim('esim', grant('a', { kind: 'subscription' })), { now }))).toEqual([
      ['a', 'MODIRECT', 1000],
    ])
  })

  test('data used up before its time is NONE with nothing left', () => {
    const [balance] = balancesOf(used(sim('esim', grant('a')), 1000), { now })
    expect(balance).toMatchObject({ type: 'NONE', dataRemainingMB: 0, timeRemainingMs: 0 })
  })

  test.each([
    ['without grants', sim()],
    ['whose grant has expired', sim('esim', grant('a', { startsAt: ago(31 * day) }))],
    ['of the monitor', sim('monitor')],
    ['that is warm and has no plan yet', sim('warm')],
  ])('a SIM %s has one balance, NONE', (_, known) => {
    expect(renderBalances(balancesOf(known, { now }), 'basic').balances).toEqual([
      { id: 'none', type: 'NONE', dataRemainingInMB: 0, dataRemaininginMB: 0, timeRemaining: 'PT0S' },
    ])
  })

  test('an excluded SIM is NOTSUPPORTED whatever stands on it', () => {
    expect(short(balancesOf(sim('excluded', grant('a')), { now }))).toEqual([['none', 'NOTSUPPORTED', 0]])
  })
})

describe('the clock', () => {
  test('a grant that was never used has its whole duration left', () => {
    const { startsAt: _, ...waiting } = grant('a')
    const later = new Date(now.getTime() + 300 * day)
    expect(balancesOf(sim('esim', waiting), { now: later })[0]?.timeRemainingMs).toBe(30 * day)
    const started = startGrant(sim('esim', waiting), 'a', later)
    expect(balancesOf(started, { now: new Date(later.getTime() + day) })[0]?.timeRemainingMs).toBe(29 * day)
  })

  test('the first start counts', () => {
    const { startsAt: _, ...waiting } = grant('a')
    const started = startGrant(sim('esim', waiting), 'a', now)
    expect(startGrant(started, 'a', new Date(0))).toBe(started)
    expect(startGrant(started, 'b', now)).toBe(started)
  })

  test('a start in the future, as clocks differ, never shows more than the duration', () => {
    const ahead = grant('a', { startsAt: new Date(now.getTime() + hour).toISOString() })
    expect(balancesOf(sim('esim', ahead), { now })[0]?.timeRemainingMs).toBe(30 * day)
  })
})

describe('locations, order and limit', () => {
  const wide = grant('wide', { startsAt: ago(2 * day) })
  const regional = grant('regional', { locations: ['DE', 'FR'], durationMs: 7 * day })
  const both = sim('esim', wide, regional)

  test('only what can be used in a location is shown there, and a location without a balance is NONE', () => {
    expect(balancesOf(both, { now, location: 'DE' }).map(({ id }) => id)).toEqual(['regional', 'wide'])
    expect(balancesOf(both, { now, location: 'US' }).map(({ id }) => id)).toEqual(['wide'])
    expect(short(balancesOf(sim('esim', regional), { now, location: 'US' }))).toEqual([['none', 'NONE', 0]])
  })

  test('a purchase is shown where it is for, and changes nothing elsewhere', () => {
    const before = used(sim('esim', grant('german', { locations: ['DE'] })), 250)
    const { startsAt: _, ...waiting } = grant('japanese', { locations: ['JP'], durationMs: day })
    for (const bought of [waiting, { ...waiting, startsAt: now.toISOString() }]) {
      const after = addGrant(before, bought)
      for (const location of ['DE', 'US'])
        expect(balancesOf(after, { now, location })).toEqual(balancesOf(before, { now, location }))
      expect(short(balancesOf(before, { now, location: 'JP' }))).toEqual([['none', 'NONE', 0]])
      expect(short(balancesOf(after, { now, location: 'JP' }))).toEqual([['japanese', 'MODIRECTPAYG', 1000]])
    }
  })

  test('full adds the locations, basic does not', () => {
    const balances = balancesOf(both, { now, markets: ['DE', 'US'] })
    expect(renderBalances(balances, 'full').balances.map(({ locations }) => locations)).toEqual([
      ['DE', 'FR'],
      ['DE', 'US'],
    ])
    expect(renderBalances(balances, 'basic').balances.every((balance) => !('locations' in balance))).toBe(true)
  })

  test('usable balances come first, then what ends first; the limit cuts after sorting', () => {
    const known = used(sim('esim', grant('soon', { durationMs: 2 * day }), grant('later')), 1000)
    expect(short(balancesOf(known, { now }))).toEqual([
      ['later', 'MODIRECTPAYG', 1000],
      ['soon', 'NONE', 0],
    ])
    expect(balancesOf(known, { now, limit: 1 }).map(({ id }) => id)).toEqual(['later'])
    expect(balancesOf(known, { now, limit: 0 })).toEqual([])
    expect(balancesOf(known, { now, limit: 2_147_483_647 })).toHaveLength(2)
  })
})

describe('properties', () => {
  const anyGrant = fc.record({
    orderId: fc.uuid(),
    kind: fc.constantFrom('payg' as const, 'subscription' as const),
    dataMB: fc.integer({ min: 1, max: 100_000 }),
    durationMs: fc.integer({ min: 60_000, max: 60 * day }),
    startsAt: fc.option(fc.integer({ min: -60 * day, max: 0 }), { nil: undefined }),
    locations: fc.constantFrom(['*'], ['DE'], ['DE', 'FR']),
  })
  const grants = fc.uniqueArray(anyGrant, { maxLength: 6, selector: ({ orderId }) => orderId }).map((list) =>
    list.map(
      ({ startsAt, ...rest }): Grant => ({
        planId: 'p',
        ...rest,
        ...(startsAt === undefined ? {} : { startsAt: ago(-startsAt) }),
      }),
    ),
  )

  test('the order in which grants came does not change the answer', () => {
    fc.assert(
      fc.property(grants, fc.double({ min: 0, max: 200_000, noNaN: true }), (list, megabytes) => {
        const forwards = used(sim('esim', ...list), megabytes)
        const backwards = used(sim('esim', ...[...list].reverse()), megabytes)
        expect(balancesOf(backwards, { now })).toEqual(balancesOf(forwards, { now }))
      }),
    )
  })

  test('there is always a balance, nothing is negative, nothing exceeds what was granted, and time only falls', () => {
    fc.assert(
      fc.property(
        grants,
        fc.double({ min: 0, max: 200_000, noNaN: true }),
        fc.nat(90 * day),
        (list, megabytes, wait) => {
          const known = used(sim('esim', ...list), megabytes)
          const before = balancesOf(known, { now })
          const after = balancesOf(known, { now: new Date(now.getTime() + wait) })
          expect(before.length).toBeGreaterThan(0)
          for (const balance of before) {
            const { dataMB, durationMs } = list.find(({ orderId }) => orderId === balance.id) ?? {
              dataMB: 0,
              durationMs: 0,
            }
            expect(balance.dataRemainingMB).toBeGreaterThanOrEqual(0)
            expect(balance.dataRemainingMB).toBeLessThanOrEqual(dataMB)
            expect(balance.timeRemainingMs).toBeGreaterThanOrEqual(0)
            expect(balance.timeRemainingMs).toBeLessThanOrEqual(durationMs)
            const later = after.find(({ id }) => id === balance.id)
            if (later !== undefined) expect(later.timeRemainingMs).toBeLessThanOrEqual(balance.timeRemainingMs)
          }
        },
      ),
    )
  })
})

describe('grants', () => {
  test('an order grants once, however often it is asked to', () => {
    const once = addGrant(sim(), grant('a'))
    expect(addGrant(once, grant('a', { dataMB: 9 }))).toBe(once)
  })

  test('a grant can be taken back, which is harmless when it is not there', () => {
    const both = sim('esim', grant('a'), grant('b'))
    expect(removeGrant(both, 'a').grants.map(({ orderId }) => orderId)).toEqual(['b'])
    expect(removeGrant(both, 'c')).toBe(both)
  })

  test('every plan of the sample configuration can be granted', () => {
    const parsed = parseOperator(sample)
    if (!parsed.ok) throw new Error('expected a valid configuration')
    for (const plan of parsed.operator.plans) {
      const [balance] = balancesOf(addGrant(sim(), grantOf(plan, 'a')), { now })
      expect(balance).toMatchObject({
        dataRemainingMB: plan.dataMB,
        type: plan.kind === 'payg' ? 'MODIRECTPAYG' : 'MODIRECT',
      })
    }
  })
})
