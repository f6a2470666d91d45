import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { callbackScript } from './callback-script'
import { createCallback } from './callbacks'

const activationCode = 'LPA:1$smdp.example.net$7H2K-QX4M-9D3T'
const bare = activationCode.slice(4)
const iccid = '8999901000000010004'
const bought = { planName: '2 GB / 30 days', account: 'existing', instrument: 'new', line: 'new' }
const client = 'given(mobilePlansCallback)'

function made(body: object) {
  const answer = createCallback(body, client)
  if (!answer.ok) throw new Error(`${answer.fault.field} ${answer.fault.message}`)
  return answer.answer
}
/** What the script gives to the client. */
function givenBy(script: string): unknown {
  let given: unknown
  runInNewContext(script, {
    given: (callback: unknown) => {
      given = JSON.parse(JSON.stringify(callback))
    },
  })
  return given
}

describe('each kind is the call that the documentation names', () => {
  test('a download at once, with what older apps need', () => {
    const answer = made({ kind: 'inline-download', ...bought, activationCode, iccid, transactionId: 'T.1' })
    expect(answer).toMatchObject({
      object: 'MobilePlansInlineOperations',
      method: 'notifyProfileDownload',
      arguments: [bare],
      control: 'portal',
      listeners: {
        profileActivationCompleteScript: 'mobilePlansActivation',
        registrationChangedScript: 'mobilePlansRegistration',
      },
      lpaLink: `lpa:${bare}`,
    })
    expect(answer.metadata.map(({ property }) => property)).toEqual([
      'userAccount',
      'purchaseInstrument',
      'line',
      'moDirectStatus',
      'planName',
      'lineType',
      'modirectStatus',
    ])
    expect(answer.qrSvg).toMatch(/^<svg/)
    expect(answer.qrSvg).not.toContain('7H2K')
    expect(answer.fallbacks.map(({ object }) => object)).toEqual([
      'MobilePlansInlineProfileDownload',
      'MobilePlansInlineProfile',
      'DataMartInlineProfile',
      'DataMart',
    ])
    const [result] = answer.fallbacks[3]?.arguments ?? []
    expect(answer.fallbacks[3]).toMatchObject({ method: 'notifyPurchaseResult', resultText: true })
    expect(JSON.parse(String(result))).toMatchObject({ ver: '1', transactionId: 'T.1', iccid, activationCode: bare })
  })

  test.each<[object, object]>([
    [
      { kind: 'delayed-download', ...bought, activationCode, delayMinutes: 4.2 },
      { method: 'notifyProfileDownload', arguments: [bare, 5], fallbacks: [] },
    ],
    [
      { kind: 'delayed-download', ...bought, activationCode, delayMinutes: 0 },
      { method: 'notifyProfileDownload', arguments: [bare, 1] },
    ],
    [
      { kind: 'asynchronous-download', ...bought, activationCode, delayMinutes: 5 },
      {
        object: 'MobilePlans',
        method: 'notifyPurchaseWithProfileDownload',
        arguments: [bare, 15],
        control: 'app',
        listeners: null,
      },
    ],
    [
      { kind: 'balance-addition', ...bought, iccid, activate: true },
      { method: 'notifyBalanceAddition', arguments: [iccid], control: 'app' },
    ],
    [
      { kind: 'balance-addition', ...bought, instrument: 'not-reached', iccid },
      { method: 'notifyBalanceAddition', arguments: [], fallbacks: [{ arguments: [iccid] }, {}, {}] },
    ],
    [
      { kind: 'cancelled-purchase', end: 'purchase-failed', account: 'new', instrument: 'left', line: 'new' },
      { object: 'MobilePlans', method: 'notifyCancelledPurchase', arguments: [] },
    ],
    [
      { kind: 'operation-cancel', operationId: 'o-1' },
      { method: 'notifyOperationCancel', metadata: [], operationId: 'o-1' },
    ],
  ])('%j', (facts, expected) => {
    expect(made(facts)).toMatchObject(expected)
  })

  test('a purchase that failed names the step that was left, and no plan', () => {
    const { metadata } = made({
      kind: 'cancelled-purchase',
      end: 'cancelled',
      account: 'new',
      instrument: 'left',
      line: 'new',
    })
    const text = Object.fromEntries(metadata.map(({ property, text: value }) => [property, value]))
    expect(text).toMatchObject({
      userAccount: 'New',
      purchaseInstrument: 'Bailed',
      line: 'None',
      moDirectStatus: 'Cancelled',
      planName: '',
    })
  })
})

describe('a fault names its field, and not what was sent', () => {
  const inline = { kind: 'inline-download', ...bought, activationCode }
  test.each<[string | undefined, object]>([
    ['kind', { kind: 'gift' }],
    ['kind', {}],
    ['planName', { ...inline, planName: ' ' }],
    ['planName', { ...inline, planName: undefined }],
    ['planName', { ...inline, planName: 'x'.repeat(201) }],
    ['account', { ...inline, account: 'left' }],
    ['instrument', { ...inline, instrument: 'voucher' }],
    ['line', { ...inline, line: 'not-reached' }],
    ['activationCode', { ...inline, activationCode: undefined }],
    ['activationCode', { ...inline, activationCode: 'abc' }],
    ['activationCode', { ...inline, activationCode: `${bare}$$1` }],
    ['iccid', { ...inline, iccid: '1' }],
    ['transactionId', { ...inline, transactionId: 'x'.repeat(65) }],
    ['delayMinutes', { ...inline, delayMinutes: 1 }],
    ['delayMinutes', { ...inline, kind: 'delayed-download' }],
    ['delayMinutes', { ...inline, kind: 'delayed-download', delayMinutes: -1 }],
    ['delayMinutes', { ...inline, kind: 'asynchronous-download', delayMinutes: '5' }],
    ['iccid', { kind: 'balance-addition', ...bought, activate: true }],
    ['end', { kind: 'cancelled-purchase', end: 'complete', account: 'new', instrument: 'left', line: 'new' }],
    [undefined, { ...inline, '7H2K-QX4M': 1 }],
  ])('%s', (field, body) => {
    const answer = createCallback(body, client)
    expect(answer).toMatchObject({ ok: false, fault: { message: expect.stringMatching(/^(?:is|has) [^|()]+$/) } })
    expect(answer.ok ? undefined : answer.fault.field).toBe(field)
    expect(JSON.stringify(answer)).not.toMatch(/7H2K|abc|gift|voucher/)
  })

  test('what is no object', () => {
    for (const body of [undefined, null, [], [inline], 'x', 1])
      expect(createCallback(body, client)).toEqual({ ok: false, fault: { message: 'the body is an object' } })
  })
})

test('the script carries the callback to the client as it is, whatever the plan is called', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.constantFrom('</script><script>alert(1)</script>', '<!--<script>', ']]>', '\u2028\u2029', '*/', '`', "');//"),
  )
  fc.assert(
    fc.property(nasty, fc.string({ maxLength: 50 }), (planName, operationId) => {
      fc.pre(/\S/.test(planName))
      const { script, metadata } = made({ kind: 'inline-download', ...bought, planName, activationCode })
      expect(script).not.toMatch(/[<>&\u2028\u2029]/)
      expect(givenBy(script)).toMatchObject({ args: [bare], metadata: JSON.parse(JSON.stringify(metadata)) })
      const callback = {
        kind: 'operation-cancel',
        object: 'MobilePlansInlineOperations',
        method: 'notifyOperationCancel',
      } as const
      const cancel = { ...callback, args: [], control: 'portal', listeners: false, operationId } as const
      expect(givenBy(callbackScript(client, cancel))).toEqual(cancel)
    }),
  )
})
