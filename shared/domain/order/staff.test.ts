import { expect, test } from 'vitest'
import { inlinePlan } from '../../../test/support/plans'
import { createOrderId, type Iccid, type MatchingId } from '../identifiers'
import { decide } from './decide'
import type { StaffEvent } from './event'
import { type MovingStage, type Order, type ParkReason, type Profile, placeOrder } from './order'
import { defaultRules } from './rules'
import { type StaffRefusal, staffRefusal } from './staff'

const noon = new Date('2026-03-01T12:00:00Z')
const since = noon.toISOString()

const then = 'expired'
const profile: Profile = {
  number: 1,
  iccid: '8999901000000010008' as Iccid,
  matchingId: 'ABC-DEF' as MatchingId,
  stock: 'claimed',
  smdp: 'released',
  cancelWithoutMatchingId: false,
  line: 'on',
  granted: true,
  clockStarted: false,
  codeDead: false,
  settled: false,
}
const stages: Record<MovingStage['state'], MovingStage> = {
  placed: { state: 'placed', since },
  ready: { state: 'ready', since },
  downloading: { state: 'downloading', since },
  installed: { state: 'installed', since, by: 'notice' },
  active: { state: 'active', since, registered: true },
  cancelling: { state: 'cancelling', since, because: 'expiry', then, probe: true },
  cancelled: { state: 'cancelled', since, because: 'person' },
  expired: { state: 'expired', since },
}

function parked(
  from: MovingStage['state'],
  reason: ParkReason,
  status: Order['payment']['status'],
  change = {},
): Order {
  const order = placeOrder(
    {
      id: createOrderId(new Uint8Array(16)),
      channel: 'webview',
      subscriberId: 's',
      device: {},
      plan: inlinePlan,
      instrument: { ref: 'account:s', onFile: true },
      account: 'existing',
    },
    noon,
  )
  const gone = from === 'cancelled' || from === 'expired'
  return {
    ...order,
    slotClaimed: true,
    listed: true,
    payment: { ...order.payment, status, ...(status === 'none' ? {} : { authorisationId: 'a' }) },
    ...(gone ? {} : { profile }),
    checkAt: '2026-03-02T12:00:00.000Z',
    stage: { state: 'parked', since, reason, from, was: stages[from] },
    ...change,
  }
}

type Act = StaffEvent['action'] | 'delivered' | 'not-delivered'
const eventOf = (act: Act): StaffEvent =>
  act === 'delivered' || act === 'not-delivered'
    ? { type: 'staff', action: 'resolve', by: 'sam', outcome: act }
    : { type: 'staff', action: act, by: 'sam' }

test.each<
  [Act, MovingStage['state'], ParkReason, Order['payment']['status'], StaffRefusal | undefined, Partial<Order>?]
>([
  ['retry', 'placed', 'smdp-refused', 'authorised', undefined],
  ['retry', 'cancelled', 'refund-due', 'captured', undefined],
  ['cancel', 'ready', 'line-refused', 'authorised', undefined],
  ['cancel', 'cancelling', 'smdp-refused', 'authorised', undefined],
  ['cancel', 'installed', 'line-refused', 'captured', 'captured'],
  ['cancel', 'installed', 'capture-refused', 'authorised', 'installed'],
  ['cancel', 'expired', 'void-refused', 'authorised', 'ended'],
  ['resolve', 'downloading', 'no-install-evidence', 'authorised', 'outcome-unknown'],
  ['resolve', 'installed', 'capture-refused', 'authorised', undefined],
  ['resolve', 'expired', 'void-refused', 'authorised', undefined],
  ['delivered', 'downloading', 'no-install-evidence', 'authorised', undefined],
  ['delivered', 'placed', 'retries-used-up', 'none', 'no-profile', { profile: undefined }],
  ['delivered', 'placed', 'smdp-refused', 'authorised', 'no-profile', { profile: { ...profile, smdp: 'none' } }],
  ['delivered', 'cancelled', 'void-refused', 'authorised', 'profile-cancelled'],
  [
    'delivered',
    'cancelling',
    'line-refused',
    'authorised',
    'profile-cancelled',
    { profile: { ...profile, smdp: 'cancelled' } },
  ],
  ['not-delivered', 'placed', 'possible-orphan', 'authorised', undefined, { profile: undefined }],
  ['not-delivered', 'active', 'stock-mismatch', 'captured', 'complete'],
])('%s of an order parked from %s as %s, money %s: %s', (act, from, reason, money, refusal, change) => {
  const order = parked(from, reason, money, change)
  expect(staffRefusal(order, eventOf(act))).toBe(refusal)
  const decision = decide(order, eventOf(act), noon, defaultRules, { start: false })
  if (refusal === undefined) {
    expect(decision.order.log.map(({ what }) => what)).toContain(`staff: ${eventOf(act).action}`)
    expect(decision.effects, 'nothing is started by whoever records').toEqual([])
  } else expect(decision.order).toBe(order)
})

test.each(Object.values(stages))('retry leads back to the very stage that it was parked from: $state', (was) => {
  const order = parked(was.state, 'retries-used-up', was.state === 'active' ? 'captured' : 'voided')
  const later = new Date(noon.getTime() + 60_000)
  const { log } = decide(order, eventOf('retry'), later, defaultRules, { start: false }).order
  expect(log.slice(1, 3)).toMatchObject([
    { what: 'staff: retry', detail: 'by sam' },
    { what: was.state, detail: 'taken up again' },
  ])
})

test('retry of an expiring order goes on to expire, not to be cancelled', () => {
  const order = parked('cancelling', 'retries-used-up', 'authorised')
  const { stage } = decide(order, eventOf('retry'), noon, defaultRules).order
  expect(stage).toMatchObject({ state: 'cancelling', because: 'expiry', then, probe: true })
})

test('an act that comes when the order is parked for something else is not carried over to it', () => {
  const order = parked('cancelled', 'refund-due', 'captured')
  const event = { type: 'staff', action: 'resolve', by: 'sam', outcome: 'not-delivered' } as const
  expect(staffRefusal(order, { ...event, parkedSince: '2020-01-01T00:00:00.000Z' })).toBe('changed')
  expect(staffRefusal(order, { ...event, parkedSince: order.stage.since })).toBeUndefined()
})
