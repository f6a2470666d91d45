import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
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
import { type Bought, type Ended, purchaseMetadata, type Step } from './purchase-metadata'

const code = '1$smdp.example.net$7H2K-QX4M-9D3T'
const bought: Bought = { end: 'complete', account: 'new', instrument: 'new', line: 'new', planName: '2 GB / 30 days' }
const iccid = parseIccid('8988247000100003319')

/** The members that a script would look up, by property. */
function members(facts: Bought | Ended): Record<string, string> {
  return Object.fromEntries(purchaseMetadata(facts).map(({ property, member, text }) => [property, member ?? text]))
}

describe('metadata', () => {
  test.each<[string, Bought | Ended, string[]]>([
    ['bought by a new customer', bought, ['new', 'new', 'new', 'complete', '2 GB / 30 days']],
    [
      'bought by an existing customer with a card on file',
      { ...bought, account: 'existing', instrument: 'existing' },
      ['existing', 'existing', 'new', 'complete', '2 GB / 30 days'],
    ],
    [
      'free top-up',
      { ...bought, account: 'existing', instrument: 'not-reached', line: 'existing' },
      ['existing', 'none', 'existing', 'complete', '2 GB / 30 days'],
    ],
    [
      'left at sign-in',
      { end: 'cancelled', account: 'left', instrument: 'not-reached', line: 'not-reached' },
      ['bailed', 'none', 'none', 'cancelled', ''],
    ],
    [
      'left at payment',
      { end: 'cancelled', account: 'existing', instrument: 'left', line: 'not-reached' },
      ['existing', 'bailed', 'none', 'cancelled', ''],
    ],
    [
      'left after payment data',
      { end: 'cancelled', account: 'new', instrument: 'existing', line: 'left' },
      ['new', 'existing', 'bailed', 'cancelled', ''],
    ],
    [
      'sign-in refused',
      { end: 'log-on-failed', account: 'left', instrument: 'not-reached', line: 'not-reached' },
      ['bailed', 'none', 'none', 'logOnFailed', ''],
    ],
    [
      'payment refused',
      { end: 'purchase-failed', account: 'new', instrument: 'left', line: 'not-reached' },
      ['new', 'bailed', 'none', 'purchaseFailed', ''],
    ],
    [
      'back end down',
      { end: 'service-error', account: 'new', instrument: 'new', line: 'not-reached' },
      ['new', 'new', 'none', 'serviceError', ''],
    ],
    [
      'unusable ICCID',
      { end: 'invalid-sim', account: 'not-reached', instrument: 'not-reached', line: 'not-reached' },
      ['none', 'none', 'none', 'invalidSIM', ''],
    ],
  ])('%s', (_, facts, [account, instrument, line, status, planName]) => {
    expect(members(facts)).toEqual({
      userAccount: account,
      purchaseInstrument: instrument,
      line,
      moDirectStatus: status,
      planName,
      lineType: line,
      modirectStatus: status,
    })
  })

  test('both spellings are written, the documented one first, and texts are the members with a capital', () => {
    const writes = purchaseMetadata(bought)
    const order = writes.map(({ property }) => property)
    expect(order.indexOf('line')).toBeLessThan(order.indexOf('lineType'))
    expect(order.indexOf('moDirectStatus')).toBeLessThan(order.indexOf('modirectStatus'))
    for (const { member, text } of writes) {
      if (member !== undefined) expect(text).toBe(member.charAt(0).toUpperCase() + member.slice(1))
    }
  })

  test('nothing is claimed after the step that was left, and the plan has a name exactly on success', () => {
    const step = fc.constantFrom<Step>('new', 'existing', 'left', 'not-reached')
    const ended = fc.record({
      end: fc.constantFrom<Ended['end']>(
        'cancelled',
        'service-error',
        'client-error',
        'billing-error',
        'purchase-failed',
      ),
      account: step,
      instrument: step,
      line: step,
    })
    fc.assert(
      fc.property(ended, (facts) => {
        const { userAccount, purchaseInstrument, line, planName } = members(facts)
        const steps = [userAccount, purchaseInstrument, line]
        const left = steps.indexOf('bailed')
        if (left >= 0) expect(steps.slice(left + 1).every((member) => member === 'none')).toBe(true)
        expect(planName).toBe('')
      }),
    )
    expect(() => purchaseMetadata({ ...bought, planName: ' ' })).toThrow(
      expect.objectContaining({ code: 'plan_name_missing' }),
    )
  })
})

describe('calls', () => {
  test.each<[Callback, string, readonly unknown[]]>([
    [inlineDownload(bought, code), 'MobilePlansInlineOperations.notifyProfileDownload', [code]],
    [delayedDownload(bought, code, 29.2), 'MobilePlansInlineOperations.notifyProfileDownload', [code, 30]],
    [delayedDownload(bought, code, 0), 'MobilePlansInlineOperations.notifyProfileDownload', [code, 1]],
    [asynchronousDownload(bought, code, 5), 'MobilePlans.notifyPurchaseWithProfileDownload', [code, 15]],
    [asynchronousDownload(bought, code, 0), 'MobilePlans.notifyPurchaseWithProfileDownload', [code, 0]],
    [balanceAddition(bought), 'MobilePlansInlineOperations.notifyBalanceAddition', []],
    [balanceAddition(bought, iccid), 'MobilePlansInlineOperations.notifyBalanceAddition', ['8988247000100003319']],
    [
      cancelledPurchase({ end: 'cancelled', account: 'left', instrument: 'not-reached', line: 'not-reached' }),
      'MobilePlans.notifyCancelledPurchase',
      [],
    ],
    [operationCancel('op-1'), 'MobilePlansInlineOperations.notifyOperationCancel', []],
  ])('%#: %j', (callback, name, args) => {
    expect(`${callback.object}.${callback.method}`).toBe(name)
    expect(callback.args).toEqual(args)
    expect(JSON.parse(JSON.stringify(callback))).toEqual(callback)
  })

  test('the prefix is taken off and nothing else is changed', () => {
    expect(inlineDownload(bought, `LPA:${code}`).args).toEqual([code])
    expect(inlineDownload(bought, '1$smdp.example.net$ab-C$2.999.7').args).toEqual(['1$smdp.example.net$ab-C$2.999.7'])
  })

  test('codes that the app could not use and impossible delays are errors', () => {
    for (const bad of ['', '1$smdp.example.net', `${code}$$1`]) {
      expect(() => inlineDownload(bought, bad)).toThrow(expect.objectContaining({ code: 'activation_code_unusable' }))
    }
    for (const bad of [-5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => delayedDownload(bought, code, bad)).toThrow(expect.objectContaining({ code: 'delay_unusable' }))
    }
  })

  test('the plan decides which download callback it is', () => {
    const kind = (downloadAfter: number, registerAfter: number, remaining?: number) => {
      const { kind, args } = downloadFor({ downloadAfter, registerAfter }, bought, code, remaining)
      return [kind, args[1]]
    }
    expect(kind(0, 0)).toEqual(['inline-download', undefined])
    expect(kind(30, 0)).toEqual(['delayed-download', 30])
    expect(kind(30, 20)).toEqual(['delayed-download', 50])
    expect(kind(30, 0, 12.5)).toEqual(['delayed-download', 13])
    expect(kind(30, 0, -2)).toEqual(['inline-download', undefined])
    expect(kind(0, 20)).toEqual(['asynchronous-download', 30])
    expect(kind(0, 20, -3)).toEqual(['asynchronous-download', 0])
  })

  test('the app gets the screen after asynchronous, balance and cancelled calls only', () => {
    const ended: Ended = { end: 'cancelled', account: 'left', instrument: 'not-reached', line: 'not-reached' }
    const toApp = [asynchronousDownload(bought, code, 0), balanceAddition(bought), cancelledPurchase(ended)]
    const toPortal = [inlineDownload(bought, code), delayedDownload(bought, code, 5), operationCancel()]
    expect(toApp.map(({ control }) => control)).toEqual(['app', 'app', 'app'])
    expect(toPortal.map(({ control }) => control)).toEqual(['portal', 'portal', 'portal'])
  })
})
