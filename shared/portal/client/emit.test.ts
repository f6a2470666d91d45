import { describe, expect, test } from 'vitest'
import {
  asynchronousDownload,
  balanceAddition,
  type Callback,
  cancelledPurchase,
  delayedDownload,
  inlineDownload,
  operationCancel,
} from '../../domain/callback'
import type { Bought } from '../../domain/purchase-metadata'
import { emit, fillMetadata } from './emit'

const code = '1$smdp.example.net$7H2K-QX4M-9D3T'
const bought: Bought = {
  end: 'complete',
  account: 'existing',
  instrument: 'new',
  line: 'new',
  planName: 'Travel 10 GB',
}

/** A host as the app injects it: opaque constants, metadata that refuses what it does not know. */
function fakeHost(accepts: readonly string[]) {
  const calls: { name: string; args: unknown[]; metadata: unknown }[] = []
  const record =
    (name: string) =>
    (...args: unknown[]) => {
      calls.push({ name, args, metadata: { ...Object(args[0]) } })
      return { Id: 'operation-1' }
    }
  const listeners: Record<string, unknown> = { profileActivationCompleteScript: '', registrationChangedScript: '' }
  const outcome = { new: 'u1', existing: 'u2', bailed: 'u3', none: 'u4' }
  return {
    calls,
    listeners,
    MobilePlans: {
      createPurchaseMetaData: () => Object.seal(Object.fromEntries(accepts.map((property) => [property, undefined]))),
      notifyPurchaseWithProfileDownload: record('notifyPurchaseWithProfileDownload'),
      notifyCancelledPurchase: record('notifyCancelledPurchase'),
    },
    MobilePlansInlineOperations: Object.assign(listeners, {
      notifyProfileDownload: record('notifyProfileDownload'),
      notifyBalanceAddition: record('notifyBalanceAddition'),
      notifyOperationCancel: record('notifyOperationCancel'),
    }),
    MobilePlansUserAccount: outcome,
    MobilePlansPurchaseInstrument: outcome,
    MobilePlansLineType: outcome,
    MobilePlansMoDirectStatus: { complete: 's1', cancelled: 's2' },
  }
}
const current = ['userAccount', 'purchaseInstrument', 'line', 'moDirectStatus', 'planName']

describe('a host whose metadata refuses the aliases', () => {
  test('gets every property that it knows, as its own constants', () => {
    const host = fakeHost(current)
    expect(emit(host, inlineDownload(bought, code))).toEqual({ outcome: 'sent', operationId: 'operation-1' })
    expect(host.calls).toHaveLength(1)
    expect(host.calls[0]?.metadata).toEqual({
      userAccount: 'u2',
      purchaseInstrument: 'u1',
      line: 'u1',
      moDirectStatus: 's1',
      planName: 'Travel 10 GB',
    })
  })

  test('a host that knows only the aliases gets those', () => {
    const host = fakeHost(['userAccount', 'purchaseInstrument', 'lineType', 'modirectStatus', 'planName'])
    emit(host, inlineDownload(bought, code))
    expect(host.calls[0]?.metadata).toMatchObject({ lineType: 'u1', modirectStatus: 's1' })
  })
})

test('each callback calls its method with exactly its arguments after the metadata', () => {
  const cases: [Callback, string, unknown[]][] = [
    [inlineDownload(bought, code), 'notifyProfileDownload', [code]],
    [delayedDownload(bought, code, 30), 'notifyProfileDownload', [code, 30]],
    [asynchronousDownload(bought, code, 20), 'notifyPurchaseWithProfileDownload', [code, 30]],
    [balanceAddition(bought), 'notifyBalanceAddition', []],
    [
      cancelledPurchase({ end: 'cancelled', account: 'left', instrument: 'left', line: 'left' }),
      'notifyCancelledPurchase',
      [],
    ],
  ]
  for (const [callback, name, args] of cases) {
    const host = fakeHost(current)
    expect(emit(host, callback).outcome).toBe('sent')
    expect(host.calls.map((call) => [call.name, call.args.slice(1)])).toEqual([[name, args]])
  }
})

test('listeners are named as text before the call, and only where they are wanted', () => {
  const host = fakeHost(current)
  emit(host, balanceAddition(bought))
  expect(host.listeners.profileActivationCompleteScript).toBe('')
  emit(host, inlineDownload(bought, code))
  expect(host.listeners.profileActivationCompleteScript).toBe('mobilePlansActivation')
  expect(host.listeners.registrationChangedScript).toBe('mobilePlansRegistration')
})

test('the older object for listeners is served too where it exists', () => {
  const older = { profileActivationCompleteScript: '', registrationChangedScript: '' }
  emit({ ...fakeHost(current), MobilePlansInlineProfileDownload: older }, inlineDownload(bought, code))
  expect(older.profileActivationCompleteScript).toBe('mobilePlansActivation')
})

test('an announced download is cancelled with the object that the app returned, or with its id on a later page', () => {
  const host = fakeHost(current)
  emit(host, delayedDownload(bought, code, 30))
  emit(host, operationCancel('other'))
  expect(host.calls[1]).toMatchObject({ name: 'notifyOperationCancel', args: [{ Id: 'operation-1' }] })
})

test('without object or method nothing is called', () => {
  expect(emit({}, inlineDownload(bought, code))).toEqual({ outcome: 'noHost' })
  expect(emit({ MobilePlansInlineOperations: {} }, inlineDownload(bought, code)).outcome).toBe('noHost')
  expect(
    emit({ MobilePlansInlineOperations: { notifyProfileDownload: 'x' } }, inlineDownload(bought, code)).outcome,
  ).toBe('noHost')
})

test('fall-backs are tried in order; the first generation gets text alone', () => {
  const got: unknown[][] = []
  const host = { DataMart: { notifyPurchaseResult: (...args: unknown[]) => got.push(args) } }
  const callback: Callback = {
    ...inlineDownload(bought, code),
    fallbacks: [
      { object: 'MobilePlansInlineProfileDownload', method: 'notifyInlineProfileDownload', args: [code] },
      { object: 'DataMart', method: 'notifyPurchaseResult', args: ['{"ver":"1"}'] },
    ],
  }
  expect(emit(host, callback).outcome).toBe('sent')
  expect(got).toEqual([['{"ver":"1"}']])
})

test('an app that refuses the call is reported as such', () => {
  const host = fakeHost(current)
  host.MobilePlansInlineOperations.notifyProfileDownload = () => {
    throw new TypeError('refused')
  }
  expect(emit(host, inlineDownload(bought, code))).toEqual({ outcome: 'failed' })
})

test('a build without the metadata factory gets a plain object with the documented texts', () => {
  expect(fillMetadata({}, inlineDownload(bought, code).metadata)).toMatchObject({
    userAccount: 'Existing',
    line: 'New',
    lineType: 'New',
    moDirectStatus: 'Complete',
    modirectStatus: 'Complete',
    planName: 'Travel 10 GB',
  })
})
