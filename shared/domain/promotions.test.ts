import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { type GatewaysConfig, gatewaysSchema, type NotificationType, notificationTypes } from './gateway-schema'
import type { Iccid } from './identifiers'
import { parseNotificationsRequest, parseOffersRequest } from './promotion-requests'
import { gatewaysFor, type NotificationRules, notificationsFor } from './promotions'
import { createSim, type Grant, type Sim } from './sim'
import { bytesPerMB, withUsage } from './usage'

const now = new Date('2026-11-22T12:00:00Z')
const iccid = '8999901000000000019' as Iccid
const day = 24 * 60 * 60_000
const ago = (ms: number) => new Date(now.getTime() - ms).toISOString()
const grant = (more: Partial<Grant> = {}): Grant => ({
  orderId: 'one',
  planId: 'travel',
  kind: 'payg',
  dataMB: 1000,
  durationMs: 10 * day,
  locations: ['*'],
  startsAt: ago(day),
  ...more,
})
const simOf = (grants: Grant[], more: Partial<Sim> = {}): Sim => ({
  ...createSim({ iccid, kind: 'esim' }),
  grants,
  ...more,
})
const used = (sim: Sim, megabytes: number) =>
  withUsage(sim, [{ id: 'report', at: ago(1000), bytes: megabytes * bytesPerMB }])
const fresh = simOf([grant()])
const low = used(fresh, 950)
const empty = used(fresh, 1000)
const ending = simOf([grant({ startsAt: ago(9 * day) })])
const ended = simOf([grant({ startsAt: ago(11 * day) })])
const bare = simOf([])
const trial = simOf([grant({ planId: 'trial' })])
const trialEnding = simOf([grant({ planId: 'trial', startsAt: ago(9 * day) })])
const trialEnded = simOf([grant({ planId: 'trial', startsAt: ago(11 * day) })])
const trialUsed = used(trial, 1000)
const bought = simOf([grant({ planId: 'trial', startsAt: ago(9 * day) }), grant({ orderId: 'two' })])

describe('notifications', () => {
  const rules: NotificationRules = {
    notifications: notificationTypes.map((type, id) => ({ id: id + 1, type })),
    balanceMarks: { lowPercent: 20, lowMB: 100, endingHours: 48 },
    trialPlans: new Set(['trial']),
  }
  const types = (sim: Sim, more: Partial<NotificationRules> = {}) =>
    notificationTypes.filter((type) => notificationsFor(sim, type, now, { ...rules, ...more }).length > 0)

  test.each<[string, Sim, NotificationType[]]>([
    ['much left', fresh, ['NewOffer', 'TrialOffer']],
    ['little left', low, ['LowBalance', 'NewOffer', 'TrialOffer']],
    ['little time left', ending, ['LowBalance', 'NewOffer', 'TrialOffer']],
    ['nothing left', empty, ['ZeroBalance', 'NewOffer', 'TrialOffer']],
    ['no time left', ended, ['ZeroBalance', 'NewOffer', 'TrialOffer']],
    ['never had anything', bare, ['ZeroBalance', 'NewOffer', 'TrialOffer']],
    ['a trial', trial, ['NewOffer']],
    ['a trial that ends soon', trialEnding, ['LowBalance', 'NewOffer', 'TrialEnding']],
    ['a trial that has ended', trialEnded, ['ZeroBalance', 'NewOffer', 'TrialEnded']],
    ['a trial that is used up', trialUsed, ['ZeroBalance', 'NewOffer', 'TrialEnded']],
    ['a trial that ends soon beside a plan', bought, ['NewOffer', 'TrialEnding']],
    ['excluded', { ...empty, kind: 'excluded' }, []],
  ])('of a SIM with %s are those that are true', (_name, sim, expected) => {
    expect(types(sim)).toEqual(expected)
  })

  test('are none that the operator does not have, and none about trials without trials', () => {
    expect(types(trialEnded, { notifications: [] })).toEqual([])
    expect(types(bare, { trialPlans: new Set() })).toEqual(['ZeroBalance', 'NewOffer'])
  })

  test('of one type come in the order of the configuration, each to whom it is for', () => {
    const notifications: NotificationRules['notifications'] = [
      { id: 7, type: 'NewOffer', kinds: ['warm'] },
      { id: 5, type: 'NewOffer', balance: 'none' },
      { id: 3, type: 'NewOffer' },
      { id: 1, type: 'LowBalance' },
    ]
    expect(notificationsFor(bare, 'NewOffer', now, { ...rules, notifications })).toEqual([5, 3])
    expect(notificationsFor(fresh, 'NewOffer', now, { ...rules, notifications })).toEqual([3])
    expect(notificationsFor({ ...fresh, kind: 'warm' }, 'NewOffer', now, { ...rules, notifications })).toEqual([7, 3])
  })
})

describe('gateways', () => {
  const gateways = (more: v.InferInput<typeof gatewaysSchema>): GatewaysConfig => v.parse(gatewaysSchema, more)
  const templates = ['0', '1', '2'].map((id) => ({ id }))

  test('are the standard one, "0", where nothing is configured; an excluded SIM has none', () => {
    expect(gatewaysFor(fresh, 'x', now, gateways({}))).toEqual(['0'])
    expect(gatewaysFor({ ...fresh, kind: 'excluded' }, 'x', now, gateways({}))).toEqual([])
  })

  test('are those of the rules that fit, in their order, and then the first template; none comes twice', () => {
    const config = gateways({
      templates,
      offers: [
        { gateway: '2', balance: 'none' },
        { gateway: '1', kinds: ['warm'] },
        { gateway: '2', kinds: ['warm'] },
        { gateway: '0', balance: 'some' },
      ],
    })
    expect(gatewaysFor(bare, 'x', now, config)).toEqual(['2', '0'])
    expect(gatewaysFor({ ...bare, kind: 'warm' }, 'x', now, config)).toEqual(['2', '1', '0'])
    expect(gatewaysFor(fresh, 'x', now, config)).toEqual(['0'])
  })

  test('for a share of the devices are always the same ones, and about as many', () => {
    const config = gateways({
      templates,
      offers: [
        { gateway: '1', percent: 30 },
        { gateway: '2', percent: 30 },
      ],
    })
    const devices = Array.from({ length: 10_000 }, (_, at) => String(490154203237518 + at))
    const chosen = devices.map((device) => gatewaysFor(fresh, device, now, config))
    expect(devices.map((device) => gatewaysFor(fresh, device, now, config))).toEqual(chosen)
    const count = (...ids: string[]) => chosen.filter((it) => ids.every((id) => it.includes(id))).length
    for (const id of ['1', '2']) expect(Math.abs(count(id) - 3_000)).toBeLessThan(300)
    // One experiment does not choose for another.
    expect(Math.abs(count('1', '2') - 900)).toBeLessThan(200)
    const all = gateways({
      templates,
      offers: [
        { gateway: '1', percent: 100 },
        { gateway: '2', percent: 0 },
      ],
    })
    expect(new Set(devices.map((device) => gatewaysFor(fresh, device, now, all).join())).size).toBe(1)
  })
})

describe('a request', () => {
  const offers = (query: string, simId: string = iccid) => parseOffersRequest(simId, new URLSearchParams(query))
  const notifications = (query: string) => parseNotificationsRequest(iccid, new URLSearchParams(query))

  test('needs its limit; imei is taken as it comes', () => {
    expect(offers('limit=1&imei=1234')).toEqual({ ok: true, request: { iccid, limit: 1, imei: '1234' } })
    expect(offers('limit=0&imei=')).toEqual({ ok: true, request: { iccid, limit: 0 } })
    for (const query of ['', 'limit=', 'limit=-1', 'limit=2147483648', 'limit=1&limit=1', 'imei=1'])
      expect(offers(query)).toMatchObject({ ok: false, parameter: 'limit' })
    for (const query of ['limit=1&imei=1&imei=2', `limit=1&imei=${'1'.repeat(65)}`])
      expect(offers(query)).toMatchObject({ ok: false, parameter: 'imei' })
    expect(offers('limit=1', 'nobody')).toMatchObject({ ok: false, parameter: 'simId' })
    expect(offers('limit=1', `iccid: ${iccid}`)).toMatchObject({ ok: true })
  })

  test.each(['LowBalance', 'lowBalance', 'lowbalance', 'Low Balance', 'LOW BALANCE'])('names a type as %s', (text) => {
    expect(notifications(String(new URLSearchParams({ notificationType: text, limit: '1' })))).toEqual({
      ok: true,
      request: { iccid, limit: 1, type: 'LowBalance', typeAsReceived: text },
    })
  })

  test.each([
    'limit=1',
    'limit=1&notificationType=',
    'limit=1&notificationType=Other',
    'limit=1&notificationType=LowBalance&notificationType=LowBalance',
    `limit=1&notificationType=Low${' '.repeat(50)}Balance`,
  ])('of no known type is refused: %s', (query) => {
    expect(notifications(query)).toMatchObject({ ok: false, parameter: 'notificationType' })
  })

  test('of no type at all is told that it is missing, and what there is', () => {
    const message = expect.stringMatching(/^notificationType is missing: it must be one of LowBalance, /)
    expect(notifications('limit=1')).toMatchObject({ message })
  })
})
