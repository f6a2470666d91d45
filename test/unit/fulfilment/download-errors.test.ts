/** Every code of Windows' error table, by every way it can come, and what the order then does. */
import { describe, expect, test } from 'vitest'
import type { Order } from '../../../shared/domain/order/order'
import { createWorld, eid, type World } from '../../support/order-world'
import { delayedPlan } from '../../support/plans'

/**
 * What the order does: `retry` offers the same code, `fresh` cancels at the SM-DP+ and orders another eSIM, `support` waits for staff, `stop`
 * cancels at the SM-DP+ and gives the money back.
 */
type Outcome = 'retry' | 'fresh' | 'support' | 'stop'

/**
 * As written down from the tables of Windows and of our rules, on purpose not from the code under test.
 * `limit`: retries per order. `released`: where the SM-DP+ has confirmed the release, if that makes a difference.
 */
interface Row {
  code: string
  action: Outcome
  limit?: 1 | 3
  released?: Outcome
}
const table: readonly Row[] = [
  { code: 'NotAuthorized', action: 'support' },
  { code: 'NotFound', action: 'fresh', released: 'retry', limit: 1 },
  { code: 'PolicyViolation', action: 'support' },
  { code: 'InsufficientSpaceOnCard', action: 'retry', limit: 3 },
  { code: 'ServerFailure', action: 'retry', limit: 3 },
  { code: 'ServerNotReachable', action: 'retry', limit: 3 },
  { code: 'TimeoutWaitingForUserConsent', action: 'retry', limit: 3 },
  { code: 'IncorrectConfirmationCode', action: 'fresh' },
  { code: 'ConfirmationCodeMaxRetriesExceeded', action: 'fresh' },
  { code: 'CardRemoved', action: 'retry', limit: 3 },
  { code: 'CardBusy', action: 'retry', limit: 3 },
  { code: 'Other', action: 'retry', limit: 1 },
  { code: 'CardGeneralFailure', action: 'retry', limit: 1 },
  { code: 'ConfirmationCodeMissing', action: 'fresh' },
  { code: 'InvalidMatchingId', action: 'fresh' },
  { code: 'NoEligibleProfileForThisDevice', action: 'stop' },
  { code: 'OperationAborted', action: 'retry', limit: 3 },
  { code: 'EidMismatch', action: 'fresh' },
  { code: 'ProfileNotAvailableForNewBinding', action: 'fresh' },
  { code: 'ProfileNotReleasedByOperator', action: 'retry', limit: 3 },
  { code: 'OperationProhibitedByProfileClass', action: 'support' },
  { code: 'ProfileNotPresent', action: 'fresh', released: 'retry', limit: 1 },
  { code: 'NoCorrespondingRequest', action: 'retry', limit: 1 },
  { code: 'TimeoutWaitingForResponse', action: 'retry', limit: 3 },
  { code: 'IccidAlreadyExists', action: 'support' },
  { code: 'ProfileProcessingError', action: 'support' },
  { code: 'ServerNotTrusted', action: 'support' },
  { code: 'ProfileDownloadMaxRetriesExceeded', action: 'fresh' },
  { code: 'UnknownError', action: 'retry', limit: 1 },
  { code: 'LpaInitializationError', action: 'retry', limit: 1 },
  { code: 'ModemNotFound', action: 'stop' },
  { code: 'LocalSettingsAccessFailed', action: 'retry', limit: 1 },
  { code: 'InvalidJson', action: 'support' },
  { code: 'InvalidActivationCode', action: 'retry', limit: 1 },
  { code: 'InvalidIccid', action: 'retry', limit: 1 },
  { code: 'InvalidCallback', action: 'support' },
  { code: 'SomethingOfALaterWindows', action: 'retry', limit: 1 },
]

const MINUTE = 60_000
const camel = (code: string) => code.charAt(0).toLowerCase() + code.slice(1)
const screaming = (code: string) => code.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()

interface Report {
  code: string
  iccid?: string
  onDevice?: boolean
}
/** The ways by which a code can come. A listener knows nothing of the profiles on the device. */
const sources: Record<string, (code: string, order: Order) => Report> = {
  'launch headers': (code, { profile }) => ({ code, iccid: profile?.iccid ?? '', onDevice: false }),
  'launch headers without ICCID and list': (code) => ({ code }),
  'the listener': (code, { profile }) => ({ code: camel(code), iccid: profile?.iccid ?? '' }),
  'the spelling of the dialog': (code) => ({ code: screaming(code) }),
}

async function handedOver(world: World, plan?: Order['plan']): Promise<Order> {
  const { id } = await world.orders.place(world.purchase(plan), { budgetMs: 2500 })
  return send(world, id, { type: 'handover' })
}
async function send(world: World, id: string, event: Parameters<World['orders']['send']>[1]): Promise<Order> {
  world.now += 1_000
  const order = await world.orders.send(id, event)
  if (order === undefined) throw new Error('no order')
  return order
}
const tell = (world: World, { id }: Order, report: Report) => send(world, id, { type: 'deviceResult', ...report })
const again = (world: World, { id }: Order) => send(world, id, { type: 'handover' })
const calls = (world: World, name: string) => world.calls.filter((call) => call === name).length
const money = (world: World, { id }: Order) => world.ledger.get(id)
const reserved = { authorised: 999, captured: 0, voided: 0 }

function expectOutcome(world: World, before: Order, after: Order, outcome: Outcome): void {
  const { profile } = before
  const action = { retry: 'retry-same', fresh: 'new-profile', support: 'support', stop: 'stop' }[outcome]
  expect(after.problem).toMatchObject({ source: 'device', action })
  switch (outcome) {
    case 'retry':
      expect(after.stage.state).toBe('ready')
      expect(after.profile).toMatchObject({ iccid: profile?.iccid, matchingId: profile?.matchingId })
      break
    case 'fresh':
      expect(after.stage.state).toBe('ready')
      expect(after.profile?.iccid).not.toBe(profile?.iccid)
      expect(after.profile?.matchingId).not.toBe(profile?.matchingId)
      expect(after.handover).toBeUndefined()
      expect(world.registry.get(profile?.iccid ?? '')?.state).toBe('Available')
      break
    case 'support':
      expect(after.stage).toMatchObject({ state: 'parked', reason: 'download-failed' })
      expect(after.profile?.iccid).toBe(profile?.iccid)
      break
    case 'stop':
      expect(after.stage).toMatchObject({ state: 'cancelled', because: 'download-failed' })
      expect(world.registry.get(profile?.iccid ?? '')?.state).toBe('Available')
      break
  }
  expect(calls(world, 'cancelOrder')).toBe(outcome === 'fresh' || outcome === 'stop' ? 1 : 0)
  expect(money(world, after)).toEqual(outcome === 'stop' ? { ...reserved, voided: 999 } : reserved)
}

describe.each(Object.entries(sources))('by %s', (_, reportOf) => {
  test.each(table)('$code about a released eSIM', async ({ code, action, released }) => {
    const world = await createWorld()
    const order = await handedOver(world)
    expect(order.profile?.smdp).toBe('released')
    const after = await tell(world, order, reportOf(code, order))
    expectOutcome(world, order, after, released ?? action)
  })

  test.each(table)('$code about an eSIM that is held until its time', async ({ code, action }) => {
    const world = await createWorld()
    const order = await handedOver(world, delayedPlan)
    expect(order.profile?.smdp).toBe('confirmed')
    const after = await tell(world, order, reportOf(code, order))
    expectOutcome(world, order, after, action)
    // Only a device that has come to download and was told "not released" brings the release forward.
    if (action === 'retry')
      expect(after.profile?.smdp).toBe(code === 'ProfileNotReleasedByOperator' ? 'released' : 'confirmed')
  })

  test.each(table)('$code about an eSIM that is installed by the SM-DP+’s account', async ({ code }) => {
    const world = await createWorld()
    const order = await world.download(await handedOver(world))
    expect(order.stage.state).toBe('installed')
    const report = reportOf(code, order)
    for (const [onDevice, action] of [
      [undefined, undefined],
      [true, 'activate'],
      [false, 'support'],
    ] as const) {
      const { onDevice: _, ...rest } = report
      const after = await tell(world, order, onDevice === undefined ? rest : { ...rest, onDevice })
      expect(after.stage.state).toBe('installed')
      expect(after.problem?.action).toBe(action)
      expect(after.profile?.iccid).toBe(order.profile?.iccid)
    }
    expect(calls(world, 'cancelOrder')).toBe(0)
    expect(money(world, order)).toEqual({ authorised: 999, captured: 999, voided: 0 })
  })
})

describe('limits', () => {
  test.each(table.filter(({ limit }) => limit !== undefined))(
    '$code is tried again with the same code $limit times, then otherwise',
    async ({ code, limit = 0, action }) => {
      const world = await createWorld()
      let order = await handedOver(world)
      const first = order.profile?.iccid
      for (let retry = 1; retry <= limit; retry++) {
        order = await tell(world, order, { code })
        expect(order.problem?.action).toBe('retry-same')
        expect(order.profile?.iccid).toBe(first)
        order = await again(world, order)
      }
      order = await tell(world, order, { code })
      if (action === 'fresh') {
        expect(order.problem?.action).toBe('new-profile')
        order = await tell(world, await again(world, order), { code })
      }
      expect(order.stage).toMatchObject({ state: 'parked', reason: 'download-failed' })
      expect(order.problem).toMatchObject({ action: 'support', alert: 'staff' })
      expect(money(world, order)).toEqual(reserved)
      expect(calls(world, 'billing.authorise')).toBe(1)
    },
  )

  test.each(table.filter(({ action }) => action === 'fresh'))(
    '$code leads to one fresh eSIM per order, then to staff',
    async ({ code, limit = 0 }) => {
      const world = await createWorld()
      let order = await handedOver(world)
      for (let report = 1; report <= limit + 1; report++) order = await again(world, await tell(world, order, { code }))
      expect(order.retired).toHaveLength(1)
      order = await tell(world, order, { code })
      expect(order.stage).toMatchObject({ state: 'parked', reason: 'download-failed' })
      expect(order.retired).toHaveLength(1)
      expect(calls(world, 'downloadOrder')).toBe(2)
      expect(money(world, order)).toEqual(reserved)
    },
  )

  test('a failure that the SM-DP+ reports of the fresh eSIM counts too', async () => {
    const world = await createWorld()
    const order = await tell(world, await handedOver(world), { code: 'EidMismatch' })
    const parked = await world.notice(await again(world, order), 4, false, '8.2.10/4.2')
    expect(parked.stage).toMatchObject({ state: 'parked', reason: 'download-failed' })
  })
})

describe('one failure that is told more than once', () => {
  test('counts once until the next hand-over, whoever tells it and in whatever spelling', async () => {
    const world = await createWorld()
    const order = await handedOver(world)
    const once = await tell(world, order, { code: 'serverFailure', iccid: order.profile?.iccid ?? '' })
    for (const code of ['ServerFailure', 'SERVER_FAILURE', 'Other', 'unknownError'])
      expect(await tell(world, order, { code, onDevice: false })).toEqual(once)
    expect(once.remedies).toEqual({ retrySame: 1, freshProfile: 0 })
    const next = await tell(world, await again(world, order), { code: 'ServerFailure' })
    expect(next.remedies.retrySame).toBe(2)
  })

  test('with a cause that becomes clearer later is acted on, and still counts as one try', async () => {
    const world = await createWorld()
    const order = await handedOver(world)
    await tell(world, order, { code: 'unknownError' })
    const clearer = await tell(world, order, { code: 'CardGeneralFailure' })
    expect(clearer.problem).toMatchObject({ code: 'CardGeneralFailure', action: 'retry-same' })
    expect(clearer.remedies.retrySame).toBe(1)
    const clear = await tell(world, order, { code: 'ProfileProcessingError' })
    expect(clear.stage).toMatchObject({ state: 'parked', reason: 'download-failed' })
  })

  test('about the former eSIM does not touch the fresh one', async () => {
    const world = await createWorld()
    const order = await handedOver(world)
    const fresh = await again(world, await tell(world, order, { code: 'InvalidMatchingId' }))
    expect(await tell(world, order, { code: 'ServerFailure', iccid: order.profile?.iccid ?? '' })).toEqual(fresh)
  })

  test('before anything was handed over says nothing', async () => {
    const world = await createWorld()
    const order = await world.orders.place(world.purchase(), { budgetMs: 2500 })
    expect(await tell(world, order, { code: 'ModemNotFound' })).toEqual(order)
  })
})

describe('the SM-DP+ has the last word', () => {
  /** The device has the package, whatever it says. */
  async function downloaded(world: World): Promise<Order> {
    const order = await handedOver(world)
    for (const type of ['authenticate', 'package'] as const) {
      const profile = world.registry.get(order.profile?.iccid ?? '')
      if (profile === undefined) throw new Error('no profile')
      world.registry.apply(profile, { type, eid }, new Date(world.now))
    }
    return order
  }

  test.each(['EidMismatch', 'NoEligibleProfileForThisDevice'])(
    'after %s of a device that has the eSIM there is neither a second one nor a refund',
    async (code) => {
      const world = await createWorld()
      const order = await tell(world, await downloaded(world), { code })
      expect(order.stage).toMatchObject({ state: 'parked', reason: 'download-failed', from: 'downloading' })
      expect(order.problem).toMatchObject({ code, action: 'support', alert: 'staff' })
      expect(calls(world, 'downloadOrder')).toBe(1)
      expect(money(world, order)).toEqual(reserved)
      const late = await world.notice(order, 4)
      expect(late.stage.state).toBe('installed')
      expect(late.problem).toBeUndefined()
      await world.runFor(30 * MINUTE)
      expect((await world.order(order.id)).stage.state).toBe('active')
      expect(money(world, order)).toEqual({ authorised: 999, captured: 999, voided: 0 })
    },
  )

  test('staff can have it asked again after an unclear refusal, and evidence settles it without them', async () => {
    const world = await createWorld()
    const order = await downloaded(world)
    world.verdict = (call) => (call === 'cancelOrder' ? 'refuse 1.6/4.2' : 'work')
    const parked = await tell(world, order, { code: 'EidMismatch' })
    expect(parked.stage).toMatchObject({ state: 'parked', reason: 'smdp-refused', from: 'cancelling' })
    expect((await tell(world, order, { code: 'Success' })).stage.state).toBe('parked')
    expect((await world.notice(order, 4)).stage.state).toBe('installed')
    expect(money(world, order)).toMatchObject({ captured: 999, voided: 0 })
  })

  test('while its answer is missing the next eSIM waits', async () => {
    const world = await createWorld()
    const order = await handedOver(world)
    world.verdict = (call) => (call === 'cancelOrder' ? 'lost-before' : 'work')
    const waiting = await tell(world, order, { code: 'EidMismatch' })
    expect(waiting.stage).toMatchObject({ state: 'cancelling', because: 'download-failed' })
    await world.runFor(10 * MINUTE)
    expect(calls(world, 'downloadOrder')).toBe(1)
    world.verdict = () => 'work'
    await world.runFor(30 * MINUTE)
    expect((await world.order(order.id)).stage.state).toBe('ready')
    expect(calls(world, 'downloadOrder')).toBeGreaterThan(1)
  })
})

describe('an eSIM that the device lists', () => {
  test.each(['IccidAlreadyExists', 'ProfileNotAvailableForNewBinding'])(
    'and refuses with %s counts as installed, as with the listener’s success, and is offered for use',
    async (code) => {
      const world = await createWorld()
      const order = await tell(world, await handedOver(world), { code, onDevice: true })
      expect(order.stage).toMatchObject({ state: 'installed', by: 'listener' })
      expect(order.problem?.action).toBe('activate')
      expect(money(world, order)).toEqual({ authorised: 999, captured: 999, voided: 0 })
      const used = await again(world, order)
      expect(used.handover?.attempts).toBe(2)
    },
  )

  test('takes an order up again that waits because the device said that the download failed', async () => {
    const world = await createWorld()
    const parked = await tell(world, await handedOver(world), { code: 'IccidAlreadyExists' })
    expect(parked.stage).toMatchObject({ state: 'parked', reason: 'download-failed' })
    expect((await tell(world, parked, { code: 'IccidAlreadyExists', onDevice: true })).stage.state).toBe('installed')
  })

  test('is offered after the purchase is complete too, unless it has been on the network', async () => {
    const world = await createWorld()
    const order = await world.download(await handedOver(world))
    await world.runFor(24 * 60 * MINUTE)
    expect(await world.order(order.id)).toMatchObject({ stage: { state: 'active', registered: false }, closed: true })
    const report = { code: 'CardBusy', onDevice: true }
    const offered = await tell(world, order, report)
    expect(offered).toMatchObject({ problem: { action: 'activate' }, stage: { state: 'active' }, closed: true })
    expect(await tell(world, order, report)).toEqual(offered)
    expect(await world.open()).toEqual([])

    const other = await world.download(await handedOver(world))
    const registered = await send(world, other.id, { type: 'registration', state: 'home' })
    expect(await tell(world, other, report)).toEqual(registered)
  })
})

test('a staff retry after failures of the device begins with a fresh eSIM and all its tries', async () => {
  const world = await createWorld()
  let order = await handedOver(world)
  for (let n = 0; n < 4; n++) order = await again(world, await tell(world, order, { code: 'CardBusy' }))
  expect(order.stage.state).toBe('parked')
  const fresh = await send(world, order.id, { type: 'staff', action: 'retry', by: 'sam' })
  expect(fresh).toMatchObject({ stage: { state: 'ready' }, remedies: { retrySame: 0 } })
  const retried = await tell(world, await again(world, fresh), { code: 'CardBusy' })
  expect(retried.problem?.action).toBe('retry-same')
})
