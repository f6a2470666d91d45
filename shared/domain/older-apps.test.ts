import { expect, test } from 'vitest'
import {
  asynchronousDownload,
  balanceAddition,
  type Callback,
  cancelledPurchase,
  delayedDownload,
  downloadFor,
  inlineDownload,
  operationCancel,
} from './callback'
import { parseIccid } from './identifiers'
import type { FallbackCall } from './older-apps'
import type { Bought, Ended } from './purchase-metadata'

const code = '1$smdp.example.net$7H2K-QX4M-9D3T'
const bought: Bought = { end: 'complete', account: 'existing', instrument: 'existing', line: 'new', planName: '5 GB' }
const ended: Ended = { end: 'cancelled', account: 'left', instrument: 'not-reached', line: 'not-reached' }
const iccid = parseIccid('8901260123456789011')
const older = { transactionId: '/Zp0aM4cVbN8kQe2R.1', iccid }

const names = ({ fallbacks = [] }: Callback) => fallbacks.map(({ object, method }) => `${object}.${method}`)
const lastOf = ({ fallbacks = [] }: Callback): FallbackCall | undefined => fallbacks.at(-1)
function resultOf(callback: Callback): { outer: Record<string, unknown>; inner: unknown } {
  const outer = JSON.parse(String(lastOf(callback)?.args[0])) as Record<string, unknown>
  return {
    outer: { ...outer, purchaseResult: typeof outer.purchaseResult },
    inner: JSON.parse(`${outer.purchaseResult}`),
  }
}

test('an inline download has three older names, with the code alone, and the first generation last', () => {
  const callback = inlineDownload(bought, `LPA:${code}`, older)
  expect(names(callback)).toEqual([
    'MobilePlansInlineProfileDownload.notifyInlineProfileDownload',
    'MobilePlansInlineProfile.notifyInlineProfileDownload',
    'DataMartInlineProfile.notifyInlineProfileDownload',
    'DataMart.notifyPurchaseResult',
  ])
  expect(callback.fallbacks?.slice(0, 3).map(({ args }) => args)).toEqual([[code], [code], [code]])
  expect(callback.fallbacks?.map(({ resultText }) => resultText)).toEqual([undefined, undefined, undefined, true])
})

test('the first generation gets JSON text that holds JSON text, in capitals, with the transaction id', () => {
  expect(resultOf(inlineDownload(bought, code, older))).toEqual({
    outer: {
      ver: '1',
      purchaseResult: 'string',
      success: true,
      transactionId: '/Zp0aM4cVbN8kQe2R.1',
      activationCode: code,
      iccid,
    },
    inner: {
      userAccount: 'Existing',
      purchaseInstrument: 'Existing',
      line: 'New',
      moDirectStatus: 'Complete',
      planName: '5 GB',
    },
  })
})

test('a cancelled purchase is told as None, with empty code and ICCID', () => {
  const callback = cancelledPurchase(ended, older)
  expect(names(callback)).toEqual(['DataMart.notifyCancelledPurchase', 'DataMart.notifyPurchaseResult'])
  expect(callback.fallbacks?.[0]?.args).toEqual([])
  expect(resultOf(callback)).toMatchObject({
    outer: { success: false, transactionId: older.transactionId, activationCode: '', iccid: '' },
    inner: { userAccount: 'Bailed', purchaseInstrument: 'None', line: 'None', moDirectStatus: 'None', planName: '' },
  })
})

test('other failures keep their status, but for the one that came later', () => {
  const statusOf = (end: Ended['end']) => resultOf(cancelledPurchase({ ...ended, end })).inner
  expect(statusOf('log-on-failed')).toMatchObject({ moDirectStatus: 'LogOnFailed' })
  expect(statusOf('purchase-failed')).toMatchObject({ moDirectStatus: 'PurchaseFailed' })
  expect(statusOf('billing-error')).toMatchObject({ moDirectStatus: 'PurchaseFailed' })
})

test('asynchronous connectivity keeps its arguments under the older name', () => {
  const callback = asynchronousDownload(bought, code, 20, older)
  expect(names(callback)).toEqual(['DataMart.notifyPurchaseWithProfileDownload', 'DataMart.notifyPurchaseResult'])
  expect(callback.fallbacks?.[0]?.args).toEqual([code, 30])
})

test('older balance calls need the ICCID, of the profile to activate or of the SIM in use', () => {
  expect(names(balanceAddition(bought))).toEqual([])
  for (const callback of [balanceAddition(bought, iccid), balanceAddition(bought, undefined, older)]) {
    expect(names(callback)).toEqual([
      'MobilePlans.notifyBalanceAddition',
      'DataMart.notifyBalanceAddition',
      'DataMart.notifyPurchaseResult',
    ])
    expect(callback.fallbacks?.slice(0, 2).map(({ args }) => args)).toEqual([[iccid], [iccid]])
    const { outer } = resultOf(callback)
    expect(outer).toMatchObject({ success: true, iccid })
    expect(outer).not.toHaveProperty('activationCode')
  }
})

test('a delayed download and its cancellation have no older call', () => {
  expect(names(delayedDownload(bought, code, 30))).toEqual([])
  expect(names(operationCancel('op-1'))).toEqual([])
})

test('the plan’s callback carries what older apps are told', () => {
  const of = (downloadAfter: number, registerAfter: number, remaining?: number) =>
    lastOf(downloadFor({ downloadAfter, registerAfter }, bought, code, remaining, older))?.args[0]
  for (const text of [of(0, 0), of(0, 20), of(30, 0, 0)]) expect(text).toContain(older.transactionId)
  expect(of(30, 0)).toBeUndefined()
})
