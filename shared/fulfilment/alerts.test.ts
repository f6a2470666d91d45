import { expect, test } from 'vitest'
import { inlinePlan } from '../../test/support/plans'
import type { OrderId } from '../domain/identifiers'
import { type Order, type Problem, placeOrder, type Stage } from '../domain/order/order'
import { fakeLog } from '../portal/testing/fakes'
import { alertPeople } from './alerts'

const at = '2026-03-01T12:00:00.000Z'
const before = placeOrder(
  {
    id: '01hzzzzzzzzzzzzzzzzzzzzzzz' as OrderId,
    channel: 'webview',
    subscriberId: 's',
    device: {},
    plan: inlinePlan,
    instrument: { ref: 'account:s', onFile: true },
    account: 'existing',
  },
  new Date(at),
)
const parked: Stage = { state: 'parked', since: at, reason: 'download-failed', from: 'ready' }
const problem = (alert?: Problem['alert']): Problem => ({
  at,
  source: 'device',
  code: 'InvalidJson',
  action: 'support',
  alert,
})

/** The lines that the change leads to. */
function linesFor(from: Order, to: Order) {
  const log = fakeLog()
  alertPeople(log, from, to)
  return log.lines.map(({ level, event, fields }) => [level, event, fields.code])
}

test('an order that begins to wait for staff is told of once', () => {
  const after: Order = { ...before, stage: { ...parked, reason: 'smdp-refused' } }
  expect(linesFor(before, after)).toEqual([['warn', 'order.parked', undefined]])
  expect(linesFor(after, { ...after, checkAt: at })).toEqual([])
})

test('a failed download alerts those whom its code concerns, developers as an error', () => {
  expect(linesFor(before, { ...before, problem: problem() })).toEqual([])
  expect(linesFor(before, { ...before, problem: problem('staff') })).toEqual([
    ['warn', 'download.alert', 'InvalidJson'],
  ])
  const after: Order = { ...before, stage: parked, problem: problem('developers') }
  expect(linesFor(before, after)).toEqual([
    ['warn', 'order.parked', 'InvalidJson'],
    ['error', 'download.alert', 'InvalidJson'],
  ])
  expect(linesFor(after, { ...after, checkAt: at })).toEqual([])
})
