import { describe, expect, test } from 'vitest'
import { inlinePlan } from '../../test/support/plans'
import type { OrderId } from '../domain/identifiers'
import { type EndReason, type Order, placeOrder, type Stage } from '../domain/order/order'
import type { Plan } from '../domain/plan'
import { installOf, remainingMinutes, standingOf, versionOf } from './order-standing'
import { profile, readyOrder } from './testing/fakes'

const noon = new Date('2026-03-02T12:00:00Z')
const after = (minutes: number) => new Date(noon.getTime() + minutes * 60_000)
const since = noon.toISOString()
const delayed = { ...inlinePlan, downloadAfter: 30, registerAfter: 10 }
const asynchronous = { ...inlinePlan, registerAfter: 30 }

function orderOf(plan: Plan, change: Partial<Order> = {}): Order {
  const placed = placeOrder(
    {
      id: '0123456789abcdefghjkmnpqrs' as OrderId,
      channel: 'webview',
      subscriberId: 's',
      device: {},
      plan,
      instrument: { ref: 'account:1', onFile: true },
      account: 'existing',
    },
    noon,
  )
  return { ...readyOrder(placed, noon), ...change }
}
const staged = (stage: Stage) => orderOf(inlinePlan, { stage })
function cancelling(because: EndReason, then: 'cancelled' | 'expired' | 'fresh-profile'): Stage {
  return { state: 'cancelling', since, because, then, probe: false }
}
const handedOver = (minutes = 0) => ({ attempts: 1, lastAt: after(minutes).toISOString() })
const deviceProblem = (minutes: number) => ({
  at: after(minutes).toISOString(),
  source: 'device' as const,
  code: 'CardBusy',
})

describe('every state has its place in the person’s terms', () => {
  test.each<[string, Stage, string, boolean, boolean]>([
    ['placed', { state: 'placed', since }, 'preparing', true, true],
    ['ready', { state: 'ready', since }, 'ready', true, true],
    ['downloading', { state: 'downloading', since }, 'downloading', true, true],
    ['installed', { state: 'installed', since, by: 'notice' }, 'installed', false, true],
    ['active', { state: 'active', since, registered: true }, 'active', false, false],
    ['active, not reported', { state: 'active', since, registered: false }, 'active', false, false],
    ['cancelling for the person', cancelling('person', 'cancelled'), 'cancelling', false, true],
    ['cancelling for a fresh profile', cancelling('download-failed', 'fresh-profile'), 'preparing', false, true],
    ['cancelling on expiry', cancelling('expiry', 'expired'), 'cancelling', false, true],
    ['cancelled by the person', { state: 'cancelled', since, because: 'person' }, 'cancelled', false, false],
    ['cancelled: sold out', { state: 'cancelled', since, because: 'sold-out' }, 'cancelled', false, false],
    ['cancelled: payment', { state: 'cancelled', since, because: 'payment-refused' }, 'payment-refused', false, false],
    ['cancelled: expiry', { state: 'cancelled', since, because: 'expiry' }, 'expired', false, false],
    ['expired', { state: 'expired', since }, 'expired', false, false],
    ['parked', { state: 'parked', since, reason: 'smdp-refused', from: 'placed' }, 'parked', false, true],
  ])('%s', (_, stage, progress, canCancelOrder, changes) => {
    for (const channel of ['webview', 'browser'] as const) {
      const standing = standingOf(staged(stage), channel, noon)
      expect(standing).toMatchObject({ progress, canCancelOrder })
      expect(standing.refreshAfter !== undefined).toBe(changes)
      if (stage.state !== 'ready') expect(standing).toMatchObject({ canHandOver: 'no', showInstall: false })
    }
  })
})

describe('after a failed download', () => {
  const problem = (action: NonNullable<Order['problem']>['action']) => ({ ...deviceProblem(1), action })

  test('a fresh eSIM is told of until it is handed over', () => {
    const fresh = orderOf(inlinePlan, { problem: problem('new-profile') })
    const shown = { problem: { code: 'CardBusy', action: 'new-profile' } }
    expect(standingOf(fresh, 'webview', after(2))).toMatchObject({ ...shown, progress: 'ready', canHandOver: 'first' })
    const preparing = { ...fresh, stage: { state: 'placed' as const, since } }
    expect(standingOf(preparing, 'webview', after(2))).toMatchObject({ ...shown, progress: 'preparing' })
    const again = { ...fresh, handover: handedOver(2) }
    expect(standingOf(again, 'webview', after(2)).problem).toBeUndefined()
  })

  test('an eSIM that is on the PC is offered for use, in the app only and once per report', () => {
    const stage: Stage = { state: 'active', since, registered: false }
    const order = orderOf(inlinePlan, { stage, handover: handedOver(), problem: problem('activate') })
    expect(standingOf(order, 'webview', after(2))).toMatchObject({ progress: 'active', canHandOver: 'activate' })
    expect(standingOf(order, 'browser', after(2))).toMatchObject({ problem: { action: 'activate' }, canHandOver: 'no' })
    const used = { ...order, handover: handedOver(3) }
    expect(standingOf(used, 'webview', after(4)).canHandOver).toBe('no')
    const gone = { ...order, problem: problem('support') }
    expect(standingOf(gone, 'webview', after(2))).toMatchObject({ problem: { action: 'support' }, canHandOver: 'no' })
  })

  test('a held eSIM that the device has asked for can be downloaded at once', () => {
    const asked = { ...profile, releaseAskedAt: after(5).toISOString() }
    const order = orderOf(delayed, { profile: asked, handover: handedOver(), problem: deviceProblem(5) })
    expect(standingOf(order, 'webview', after(6))).toMatchObject({ progress: 'ready', canHandOver: 'again' })
    expect(remainingMinutes(order, after(6))).toBe(0)
  })
})

describe('in the app', () => {
  test.each<[string, Order, Date, object]>([
    ['first', orderOf(inlinePlan), noon, { progress: 'ready', canHandOver: 'first' }],
    [
      'just handed over',
      orderOf(inlinePlan, { handover: handedOver() }),
      after(0.9),
      { progress: 'waiting-for-device', canHandOver: 'no' },
    ],
    [
      'a minute without a sign',
      orderOf(inlinePlan, { handover: handedOver() }),
      after(1),
      { progress: 'waiting-for-device', canHandOver: 'again' },
    ],
    [
      'the device reports an error',
      orderOf(inlinePlan, { handover: handedOver(), problem: deviceProblem(0.5) }),
      after(0.6),
      { progress: 'ready', canHandOver: 'again', problem: { source: 'device', code: 'CardBusy' } },
    ],
    [
      'handed over again after the error',
      orderOf(inlinePlan, { handover: handedOver(2), problem: deviceProblem(1) }),
      after(2.5),
      { progress: 'waiting-for-device', canHandOver: 'no' },
    ],
    [
      'not yet released',
      orderOf(inlinePlan, { profile: { ...profile, smdp: 'confirmed' } }),
      noon,
      { progress: 'preparing', canHandOver: 'no' },
    ],
    [
      'delayed, to be announced',
      orderOf(delayed),
      noon,
      { progress: 'ready', canHandOver: 'first', availableAt: after(40).toISOString() },
    ],
    [
      'delayed, announced',
      orderOf(delayed, { handover: handedOver(1) }),
      after(10),
      { progress: 'scheduled', canHandOver: 'no', availableAt: after(40).toISOString() },
    ],
    [
      'delayed, the toast is due',
      orderOf(delayed, { handover: handedOver(1), profile }),
      after(40.5),
      { progress: 'waiting-for-device', canHandOver: 'no' },
    ],
    [
      'delayed, no sign after the toast',
      orderOf(delayed, { handover: handedOver(1), profile }),
      after(41),
      { progress: 'waiting-for-device', canHandOver: 'again' },
    ],
    [
      'asynchronous',
      orderOf(asynchronous),
      noon,
      { progress: 'ready', canHandOver: 'first', availableAt: after(30).toISOString() },
    ],
    [
      'asynchronous, the network is open',
      orderOf(asynchronous),
      after(30),
      { progress: 'ready', canHandOver: 'first' },
    ],
  ])('%s', (_, order, now, expected) => {
    const standing = standingOf(order, 'webview', now)
    expect(standing).toMatchObject(expected)
    expect(standing.showInstall).toBe(false)
    if (!('problem' in expected)) expect(standing).not.toHaveProperty('problem')
    if (!('availableAt' in expected) && now >= after(30) && now < after(40))
      expect(standing).not.toHaveProperty('availableAt')
  })
})

describe('in a browser', () => {
  test.each<[string, Order, Date, object]>([
    ['first', orderOf(inlinePlan), noon, { progress: 'ready', canHandOver: 'first', showInstall: false }],
    [
      'shown',
      orderOf(inlinePlan, { handover: handedOver() }),
      after(5),
      { progress: 'waiting-for-device', canHandOver: 'no', showInstall: true },
    ],
    [
      'an error of the device',
      orderOf(inlinePlan, { handover: handedOver(), problem: deviceProblem(1) }),
      after(2),
      { progress: 'ready', showInstall: true },
    ],
    [
      'delayed',
      orderOf(delayed),
      noon,
      { progress: 'scheduled', canHandOver: 'no', showInstall: false, availableAt: after(40).toISOString() },
    ],
    [
      'delayed, announced by the app before',
      orderOf(delayed, { handover: handedOver(1) }),
      after(2),
      { progress: 'scheduled', showInstall: false },
    ],
    ['delayed, released', orderOf(delayed, { profile }), after(40), { progress: 'ready', canHandOver: 'first' }],
  ])('%s', (_, order, now, expected) => {
    expect(standingOf(order, 'browser', now)).toMatchObject(expected)
  })
})

test.each<[string, Order, Date, number]>([
  ['inline', orderOf(inlinePlan), noon, 0],
  ['delayed, all of it', orderOf(delayed), noon, 40],
  ['delayed, a part', orderOf(delayed), after(10.5), 30],
  ['delayed, over', orderOf(delayed, { profile }), after(50), 0],
  ['delayed, over but not released', orderOf(delayed), after(50), 1],
  ['asynchronous, all of it', orderOf(asynchronous), noon, 30],
  ['asynchronous, over', orderOf(asynchronous), after(31), 0],
])('minutes left to wait, %s', (_, order, now, minutes) => {
  expect(remainingMinutes(order, now)).toBe(minutes)
})

test('the version changes with what the page shows, and with nothing else', () => {
  const order = orderOf(inlinePlan, { handover: handedOver() })
  const version = (subject: Order, now: Date) => versionOf(standingOf(subject, 'webview', now), subject)
  expect(version(order, after(0.1))).toBe(version(order, after(0.8)))
  expect(version(order, after(1.1))).not.toBe(version(order, after(0.8)))
  expect(version({ ...order, problem: deviceProblem(0.2) }, after(0.8))).not.toBe(version(order, after(0.8)))
  expect(version(orderOf(delayed), noon)).toBe(version(orderOf(delayed), after(5)))
})

test('link and QR code carry the code with their prefix, the text is bare', () => {
  const install = installOf({ ...profile, smdpAddress: 'smdp.example.net' }, 'other.example.net', (text) => `<${text}>`)
  expect(install).toEqual({
    link: 'lpa:1$smdp.example.net$7H2KQ-X4M9D-3TABC-12345',
    qrSvg: '<LPA:1$smdp.example.net$7H2KQ-X4M9D-3TABC-12345>',
    activationCode: '1$smdp.example.net$7H2KQ-X4M9D-3TABC-12345',
    smdpAddress: 'smdp.example.net',
    matchingId: '7H2KQ-X4M9D-3TABC-12345',
  })
  expect(installOf(profile, 'other.example.net', String).smdpAddress).toBe('other.example.net')
})
