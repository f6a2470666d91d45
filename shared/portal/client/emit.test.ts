import { afterEach, describe, expect, test } from 'vitest'
import {
  asynchronousDownload,
  balanceAddition,
  type Callback,
  cancelledPurchase,
  delayedDownload,
  inlineDownload,
  operationCancel,
} from '../../domain/callback'
import type { Bought, Ended } from '../../domain/purchase-metadata'
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

describe('an older app', () => {
  const seen: { name: string; args: unknown[] }[] = []
  const record =
    (name: string) =>
    (...args: unknown[]) => {
      seen.push({ name, args })
    }
  const constants = { new: 'd1', existing: 'd2', bailed: 'd3', none: 'd4', complete: 'd5', cancelled: 'd6' }
  const dataMart = (methods: readonly string[]) => ({
    DataMart: Object.fromEntries([
      ['createPurchaseMetaData', () => ({ made: 'by DataMart' })],
      ...methods.map((name) => [name, record(name)]),
    ]),
    DataMartUserAccount: constants,
    DataMartMoDirectStatus: constants,
  })
  const listeners = () => ({ profileActivationCompleteScript: '', registrationChangedScript: '' })
  const ended: Ended = { end: 'cancelled', account: 'existing', instrument: 'left', line: 'left' }
  const older = { transactionId: 'test.1', iccid: '8901260123456789011' }
  afterEach(() => void seen.splice(0))

  test.each(['MobilePlansInlineProfileDownload', 'MobilePlansInlineProfile'])(
    '%s is called with metadata and code, its listeners named',
    (name) => {
      const inline = { ...listeners(), notifyInlineProfileDownload: record('notifyInlineProfileDownload') }
      const { MobilePlansInlineOperations: _, ...rest } = fakeHost(current)
      expect(emit({ ...rest, [name]: inline }, inlineDownload(bought, code, older))).toEqual({ outcome: 'sent' })
      expect(seen).toMatchObject([{ args: [{ moDirectStatus: 's1', planName: 'Travel 10 GB' }, code] }])
      expect(inline).toMatchObject({
        profileActivationCompleteScript: 'mobilePlansActivation',
        registrationChangedScript: 'mobilePlansRegistration',
      })
    },
  )

  test('DataMartInlineProfile gets the functions themselves, and metadata of DataMart with its constants', () => {
    const inline = { ...listeners(), notifyInlineProfileDownload: record('notifyInlineProfileDownload') }
    const heard = () => undefined
    const host = { ...dataMart([]), DataMartInlineProfile: inline, mobilePlansActivation: heard }
    expect(emit(host, inlineDownload(bought, code, older)).outcome).toBe('sent')
    expect(inline.profileActivationCompleteScript).toBe(heard)
    expect(seen[0]?.args).toMatchObject([{ made: 'by DataMart', userAccount: 'd2', moDirectStatus: 'd5' }, code])
  })

  test('DataMart takes metadata in every call but the first generation’s', () => {
    const methods = ['notifyPurchaseWithProfileDownload', 'notifyBalanceAddition', 'notifyCancelledPurchase']
    const host = dataMart([...methods, 'notifyPurchaseResult'])
    for (const callback of [
      asynchronousDownload(bought, code, 15, older),
      balanceAddition(bought, undefined, older),
      cancelledPurchase(ended, older),
    ]) {
      expect(emit(host, callback)).toEqual({ outcome: 'sent' })
    }
    expect(seen).toMatchObject([
      { name: methods[0], args: [{ moDirectStatus: 'd5' }, code, 15] },
      { name: methods[1], args: [{ moDirectStatus: 'd5' }, older.iccid] },
      { name: methods[2], args: [{ moDirectStatus: 'd6', planName: '' }] },
    ])
  })

  test('the balance call of MobilePlans comes before that of DataMart', () => {
    const host = { ...dataMart(['notifyBalanceAddition']), MobilePlans: { notifyBalanceAddition: record('newer') } }
    emit(host, balanceAddition(bought, undefined, older))
    expect(seen).toMatchObject([{ name: 'newer', args: [{}, older.iccid] }])
  })

  test('the first generation gets text alone, and takes the screen', () => {
    const host = dataMart(['notifyPurchaseResult'])
    expect(emit(host, inlineDownload(bought, code, older))).toEqual({ outcome: 'sent', left: true })
    emit(host, cancelledPurchase(ended, older))
    expect(seen.map(({ args }) => args)).toEqual([
      [expect.stringContaining('"success":true')],
      [expect.stringContaining('"success":false')],
    ])
  })

  test('a delayed download calls nothing there', () => {
    expect(emit(dataMart(['notifyPurchaseResult']), delayedDownload(bought, code, 30)).outcome).toBe('noHost')
    expect(seen).toEqual([])
  })
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
