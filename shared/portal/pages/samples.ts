/** Views to make sample pages of. Not part of the app. */
import operatorJson from '../../../operator.json' with { type: 'json' }
import { balanceAddition, cancelledPurchase, inlineDownload, operationCancel } from '../../domain/callback'
import { type Operator, parseOperator } from '../../domain/operator'
import type { TopUpKind } from '../../domain/order/order'
import type { Plan } from '../../domain/plan'
import { renderQr } from '../qr'
import { stringsFor } from '../strings'
import type { CallbackView, Frame, MessageView, OrderView, Progress } from '../views'

/** The demonstration operator. */
export function sampleOperator(): Operator {
  const parsed = parseOperator(operatorJson)
  if (!parsed.ok) throw new TypeError('operator.json is not valid')
  return parsed.operator
}

/** Text that breaks out of any place in HTML that does not escape it. */
export const hostile = `"'><script>alert(1)</script><!--&amp;$&`

/** How the sample pages differ from one set to the next. */
export interface SampleOptions {
  language?: string
  channel?: Frame['channel']
  /** Replaces every free text, to test escaping. */
  text?: string
  /** What every page tells. */
  notice?: Frame['notice']
}

/** A frame as the controller builds it for a signed-in person. */
export function sampleFrame(
  path: string,
  { language = 'en', channel = 'webview', text, notice }: SampleOptions = {},
): Frame {
  return {
    operator: sampleOperator(),
    language,
    channel,
    assets: { css: '/portal/assets/portal.css', js: '/portal/assets/portal.js', logo: '/portal/assets/logo.svg' },
    csrf: text ?? 'b0tCq2VvYkZx9sWn3YbA',
    signedInAs: text ?? 'ada@example.com',
    path,
    reference: { of: 'session', text: text ?? 'Kx3pQ9mTzW1.2' },
    canCancel: true,
    ...(notice === undefined ? {} : { notice }),
  }
}

const code = '1$smdp.example.net$7H2K-QX4M-9D3T'

/** Every value of Progress, in its order. */
export const everyProgress: readonly Progress[] = [
  'preparing',
  'ready',
  'scheduled',
  'waiting-for-device',
  'downloading',
  'installed',
  'active',
  'cancelling',
  'cancelled',
  'expired',
  'payment-refused',
  'parked',
]

/** Every kind of message, with its status. */
export const everyMessage: readonly (readonly [MessageView['kind'], number])[] = [
  ['not-found', 404],
  ['method', 405],
  ['bad-launch', 400],
  ['session-ended', 403],
  ['form-expired', 403],
  ['too-large', 413],
  ['busy', 503],
  ['fault', 500],
  ['identity-needed', 403],
  ['identity-refused', 403],
  ['identity-unknown', 503],
  ['signed-out', 200],
  ['cancelled', 200],
  ['sim-unusable', 200],
]

/** The order's page in one state. */
export function sampleOrder(progress: Progress, options: SampleOptions = {}): OrderView {
  const frame = sampleFrame('/portal/orders/o1', options)
  const moving = !['active', 'cancelled', 'expired', 'payment-refused', 'parked', 'ready'].includes(progress)
  return {
    frame,
    orderId: 'o1',
    reference: options.text ?? 'MP-7KQ2-9XWD',
    plan: samplePlan(options),
    progress,
    version: 'v1',
    canCancelOrder: progress === 'ready' || progress === 'scheduled',
    canHandOver: progress === 'ready' && frame.channel === 'webview' ? 'first' : 'no',
    ...(moving ? { refreshAfter: 4 } : {}),
    ...(progress === 'scheduled' ? { availableAt: '2026-11-22T14:30:00Z' } : {}),
    ...(progress === 'active' ? { balance: { dataRemainingMB: 10_240, timeRemaining: 'P30D' } } : {}),
    ...((progress === 'ready' || progress === 'waiting-for-device') && frame.channel === 'browser'
      ? {
          install: {
            link: `lpa:${code}`,
            qrSvg: renderQr(`LPA:${code}`, stringsFor(frame.language).install.qrTitle),
            activationCode: code,
            smdpAddress: 'smdp.example.net',
            matchingId: '7H2K-QX4M-9D3T',
          },
        }
      : {}),
  }
}

/** A callback page. */
export function sampleCallback(kind: CallbackView['kind'], options: SampleOptions = {}): CallbackView {
  const planName = options.text ?? 'Travel 10 GB'
  const bought = { end: 'complete', account: 'existing', instrument: 'existing', line: 'new', planName } as const
  const callbacks = {
    'hand-over': inlineDownload(bought, code),
    balance: balanceAddition({ ...bought, line: 'existing' }),
    cancelled: cancelledPurchase({ end: 'cancelled', account: 'existing', instrument: 'left', line: 'not-reached' }),
    'operation-cancel': operationCancel(options.text),
  }
  return {
    frame: sampleFrame('/portal/orders/o1', options),
    callback: callbacks[kind],
    token: options.text ?? 'token-1',
    nextPath: kind === 'cancelled' ? '/portal' : '/portal/orders/o1',
    kind,
    ...(kind === 'cancelled' || kind === 'balance' ? {} : { reportPath: '/portal/orders/o1/report' }),
    ...(kind === 'hand-over' || kind === 'balance' ? { plan: samplePlan(options) } : {}),
  }
}

/** The page of an order that puts a plan on a SIM. */
export function sampleTopUp(kind: TopUpKind, progress: Progress, options: SampleOptions = {}): OrderView {
  const { availableAt: _, install: __, ...order } = sampleOrder(progress, options)
  const end = options.text ?? '9011'
  const webview = order.frame.channel === 'webview' && kind !== 'renewal'
  return {
    ...order,
    sim: { kind, end },
    canHandOver: progress === 'active' && webview ? 'first' : 'no',
    canCancelOrder: progress === 'preparing' && kind !== 'renewal',
  }
}

/** A plan of the demonstration operator. */
export function samplePlan({ text }: SampleOptions, index = 1): Plan {
  const plan = sampleOperator().plans[index]
  if (plan === undefined) throw new TypeError('operator.json has too few plans')
  return text === undefined ? plan : { ...plan, name: { en: text }, description: { en: text } }
}

/** Ways to pay. */
export function sampleInstruments({ text }: SampleOptions) {
  return [
    { ref: text ?? 'account', kind: 'account' as const, label: text ?? 'Customer account 4711' },
    { ref: 'voucher:1', kind: 'voucher' as const, label: text ?? 'Voucher ••••‑K2, €20.00' },
  ]
}
