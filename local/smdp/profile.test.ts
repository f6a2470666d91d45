import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Profile, type ProfileEvent, type ProfileRules, type ProfileState, step } from './profile'

const rules: ProfileRules = { downloadLimit: 3, allowRepeatedConfirm: false }
const eids = ['89033024010400000100000000009136', '89044011112233441122334411223321'] as const
const matchingIds = ['AAAAA-BBBBB', 'CCCCC-DDDDD'] as const
const states: ProfileState[] = [
  'Available',
  'Allocated',
  'Linked',
  'Confirmed',
  'Released',
  'Downloaded',
  'Installed',
  'Error',
  'Unavailable',
]

function profileIn(state: ProfileState, changes: Partial<Profile> = {}): Profile {
  return { iccid: '8988247000100003319', profileType: 'P1', name: 'Plan', state, attempts: 0, ...changes }
}

const eid = fc.constantFrom(...eids)
const optionalEid = fc.option(eid, { nil: undefined })
const matchingId = fc.constantFrom(...matchingIds)
const event: fc.Arbitrary<ProfileEvent> = fc.oneof(
  fc.record({ type: fc.constant('downloadOrder' as const), eid: optionalEid }),
  fc.record({ type: fc.constant('confirmOrder' as const), eid: optionalEid, matchingId, releaseFlag: fc.boolean() }),
  fc.record({ type: fc.constant('releaseProfile' as const) }),
  fc.record({
    type: fc.constant('cancelOrder' as const),
    eid: optionalEid,
    matchingId: fc.option(matchingId, { nil: undefined }),
    finalState: fc.constantFrom('Available' as const, 'Unavailable' as const),
  }),
  fc.record({ type: fc.constant('authenticate' as const), eid }),
  fc.record({ type: fc.constant('ineligible' as const), code: fc.constant('8.2.5/4.3') }),
  fc.record({ type: fc.constant('package' as const), eid, rebind: fc.boolean() }),
  fc.record({ type: fc.constant('installation' as const), success: fc.boolean() }),
  fc.record({
    type: fc.constant('cancelSession' as const),
    reason: fc.constantFrom(
      'endUserRejection' as const,
      'postponed' as const,
      'timeout' as const,
      'undefinedReason' as const,
    ),
  }),
)

/** The transition table of SGP.22 §3.1.6, written down a second time as plain triples. */
const allowed = new Set([
  'Available downloadOrder Allocated',
  'Available downloadOrder Linked',
  'Allocated confirmOrder Confirmed',
  'Allocated confirmOrder Released',
  'Linked confirmOrder Confirmed',
  'Linked confirmOrder Released',
  'Confirmed releaseProfile Released',
  'Released releaseProfile Released',
  'Released cancelSession Released',
  'Released package Downloaded',
  'Released authenticate Released',
  'Released authenticate Error',
  'Released ineligible Error',
  'Released cancelSession Error',
  'Downloaded package Downloaded',
  'Downloaded package Error',
  'Downloaded authenticate Downloaded',
  'Downloaded authenticate Error',
  'Downloaded ineligible Error',
  'Downloaded cancelSession Downloaded',
  'Downloaded cancelSession Error',
  'Downloaded installation Installed',
  'Downloaded installation Error',
  ...['Allocated', 'Linked', 'Confirmed', 'Released', 'Error'].flatMap((from) => [
    `${from} cancelOrder Available`,
    `${from} cancelOrder Unavailable`,
  ]),
])

describe('any sequence of calls', () => {
  test('moves a profile only along the transition table', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let profile = profileIn('Available')
        for (const next of events) {
          const result = step(profile, next, rules)
          const changed = result.ok || result.profile !== profile
          if (changed) expect(allowed).toContain(`${profile.state} ${next.type} ${result.profile.state}`)
          profile = result.profile
        }
      }),
      { numRuns: 500 },
    )
  })

  test('an operator call that is refused changes nothing at all', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let profile = profileIn('Available')
        for (const next of events) {
          const result = step(profile, next, rules)
          const operator = ['downloadOrder', 'confirmOrder', 'releaseProfile', 'cancelOrder'].includes(next.type)
          if (operator && !result.ok) {
            expect(result.profile).toBe(profile)
            expect(result.notice).toBeUndefined()
          }
          profile = result.profile
        }
      }),
      { numRuns: 500 },
    )
  })

  test('never changes the EID of an order once it is tied, and keeps it out of the inventory', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let profile = profileIn('Available')
        for (const next of events) {
          const { profile: after } = step(profile, next, rules)
          const released = after.state === 'Available' || after.state === 'Unavailable'
          if (released) expect([after.eid, after.matchingId, after.attempts]).toEqual([undefined, undefined, 0])
          else if (profile.eid !== undefined) expect(after.eid).toBe(profile.eid)
          profile = after
        }
      }),
    )
  })
})

describe('which operator call is legal when', () => {
  const order = { eid: eids[0], matchingId: matchingIds[0] }
  const table: [ProfileEvent, ProfileState[], string][] = [
    [{ type: 'downloadOrder' }, ['Available'], '8.2.1/3.3'],
    [{ type: 'confirmOrder', ...order, releaseFlag: true }, ['Allocated', 'Linked'], '8.2.1/3.3'],
    [{ type: 'releaseProfile' }, ['Confirmed', 'Released'], '8.2.1/3.5'],
    [
      { type: 'cancelOrder', ...order, finalState: 'Available' },
      ['Allocated', 'Linked', 'Confirmed', 'Released', 'Error'],
      '8.2.1/3.3',
    ],
  ]
  for (const [call, legal, code] of table) {
    for (const state of states) {
      test(`${call.type} in ${state} ${legal.includes(state) ? 'succeeds' : `answers ${code}`}`, () => {
        const result = step(profileIn(state, order), call, rules)
        expect(result.ok ? 'success' : result.code).toBe(legal.includes(state) ? 'success' : code)
      })
    }
  }
})

describe('an order', () => {
  const held = profileIn('Confirmed', { eid: eids[0], matchingId: matchingIds[0], releaseFlag: false })

  test('cannot be cancelled without the EID and the matching id that are tied to it', () => {
    const cancel = { type: 'cancelOrder', finalState: 'Available' } as const
    expect(step(held, { ...cancel, matchingId: matchingIds[0] }, rules)).toMatchObject({ code: '8.2.1/3.10' })
    expect(step(held, { ...cancel, eid: eids[0] }, rules)).toMatchObject({ code: '8.2.6/3.10' })
    expect(step(held, { ...cancel, eid: eids[1], matchingId: matchingIds[0] }, rules)).toMatchObject({
      code: '8.2.1/3.10',
    })
  })

  test('is not confirmed for another EID than the one it was made for', () => {
    const linked = profileIn('Linked', { eid: eids[0] })
    const confirm = { type: 'confirmOrder', matchingId: matchingIds[0], releaseFlag: true } as const
    expect(step(linked, { ...confirm, eid: eids[1] }, rules)).toMatchObject({ code: '8.1.1/3.10' })
    expect(step(linked, confirm, rules)).toMatchObject({ ok: true, profile: { eid: eids[0] } })
  })

  test('is confirmed twice only where the SM-DP+ allows the repetition and it is identical', () => {
    const confirm = { type: 'confirmOrder', eid: eids[0], matchingId: matchingIds[0], releaseFlag: false } as const
    const lenient = { ...rules, allowRepeatedConfirm: true }
    expect(step(held, confirm, rules)).toMatchObject({ code: '8.2.1/3.3' })
    expect(step(held, confirm, lenient)).toEqual({ ok: true, profile: held })
    expect(step(held, { ...confirm, releaseFlag: true }, lenient)).toMatchObject({ code: '8.2.1/3.3' })
  })

  test('needs an EID when its matching id is empty', () => {
    const confirm = { type: 'confirmOrder', matchingId: '', releaseFlag: true } as const
    expect(step(profileIn('Allocated'), confirm, rules)).toMatchObject({ code: '8.1.1/2.2' })
  })
})

describe('a download', () => {
  const released = profileIn('Released', { eid: eids[0], matchingId: matchingIds[0], releaseFlag: true })

  test('is refused before release, for another device, and after installation', () => {
    const authenticate = { type: 'authenticate', eid: eids[0] } as const
    expect(step({ ...released, state: 'Confirmed' }, authenticate, rules)).toMatchObject({ code: '8.2/1.2' })
    expect(step(released, { type: 'authenticate', eid: eids[1] }, rules)).toMatchObject({ code: '8.1.1/3.8' })
    expect(step({ ...released, state: 'Installed' }, authenticate, rules)).toMatchObject({ code: '8.2.6/3.8' })
  })

  test('may be retried up to the limit; the attempt after it ends the order and is reported as point 1', () => {
    let profile: Profile = released
    for (let attempt = 0; attempt < rules.downloadLimit; attempt += 1) {
      const result = step(profile, { type: 'authenticate', eid: eids[0] }, rules)
      expect(result.ok).toBe(true)
      profile = result.profile
    }
    expect(step(profile, { type: 'authenticate', eid: eids[0] }, rules)).toMatchObject({
      code: '8.8.5/6.4',
      profile: { state: 'Error' },
      notice: { point: 1, success: false, code: '8.8.5/6.4' },
    })
  })

  test('binds an order without EID to the device that takes the package', () => {
    const free = profileIn('Released', { matchingId: matchingIds[0], releaseFlag: true })
    const taken = step(free, { type: 'package', eid: eids[1] }, rules).profile
    expect(taken).toMatchObject({ state: 'Downloaded', deviceEid: eids[1] })
    expect(step(taken, { type: 'authenticate', eid: eids[0] }, rules)).toMatchObject({ code: '8.1.1/3.8' })
  })

  test('that is postponed or times out keeps the order and is not reported', () => {
    for (const reason of ['postponed', 'timeout'] as const) {
      expect(step(released, { type: 'cancelSession', reason }, rules)).toEqual({ ok: true, profile: released })
    }
  })

  test('that the person declines ends the order and is reported', () => {
    expect(step(released, { type: 'cancelSession', reason: 'endUserRejection' }, rules)).toMatchObject({
      profile: { state: 'Error' },
      notice: { success: false, code: '8.8.5/3.8' },
    })
  })
})
