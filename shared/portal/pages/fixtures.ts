/** One view of every kind, for tests and screenshots. Not part of the app. */
import operatorJson from '../../../operator.json' with { type: 'json' }
import { cancelledPurchase, inlineDownload, operationCancel } from '../../domain/callback'
import { type Operator, parseOperator } from '../../domain/operator'
import type { Plan } from '../../domain/plan'
import { renderQr } from '../qr'
import { stringsFor } from '../strings'
import type { CallbackView, Frame, MessageView, OrderView, Progress } from '../views'
import * as pages from '.'

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
  const callbacks = {
    'hand-over': inlineDownload(
      {
        end: 'complete',
        account: 'existing',
        instrument: 'existing',
        line: 'new',
        planName: options.text ?? 'Travel 10 GB',
      },
      code,
    ),
    cancelled: cancelledPurchase({ end: 'cancelled', account: 'existing', instrument: 'left', line: 'not-reached' }),
    'operation-cancel': operationCancel(options.text),
  }
  return {
    frame: sampleFrame('/portal/orders/o1', options),
    callback: callbacks[kind],
    token: options.text ?? 'token-1',
    nextPath: kind === 'cancelled' ? '/portal' : '/portal/orders/o1',
    kind,
    ...(kind === 'cancelled' ? {} : { reportPath: '/portal/orders/o1/report' }),
    ...(kind === 'hand-over' ? { plan: samplePlan(options) } : {}),
  }
}

function samplePlan({ text }: SampleOptions, index = 1): Plan {
  const plan = sampleOperator().plans[index]
  if (plan === undefined) throw new TypeError('operator.json has too few plans')
  return text === undefined ? plan : { ...plan, name: { en: text }, description: { en: text } }
}

/** Every page, in the order of a purchase, as HTML. Names are file names. */
export function samplePages(options: SampleOptions = {}): { name: string; html: string }[] {
  const { text, notice } = options
  const frame = (path: string) => sampleFrame(path, options)
  const outside = (path: string): Frame => {
    const { csrf: _csrf, signedInAs: _who, reference: _reference, ...rest } = frame(path)
    return { ...rest, canCancel: false }
  }
  const empty = { values: {}, errors: {} }
  const wrong = (fields: Record<string, string>) => ({
    values: Object.fromEntries(Object.keys(fields).map((name) => [name, text ?? 'abc'])),
    errors: text === undefined ? fields : Object.fromEntries(Object.keys(fields).map((name) => [name, text])),
  })
  const plans = [samplePlan(options, 1), samplePlan(options, 2), samplePlan(options, 3)]
  const plan = samplePlan(options)
  const instruments = [
    { ref: text ?? 'account', kind: 'account' as const, label: text ?? 'Customer account 4711' },
    { ref: 'voucher:1', kind: 'voucher' as const, label: text ?? 'Voucher ••••‑K2, €20.00' },
  ]
  const guest = (path: string): Frame => {
    const { signedInAs: _who, ...rest } = frame(path)
    return rest
  }
  const review = { plan, orderId: text ?? 'o1', instruments, device: text ?? 'eSIM ••••3456' }
  const browser = { ...options, channel: 'browser' as const }
  const cellularIdLink =
    'ms-settings:cellular-id?callbackUrl=https://portal.example.net/portal/device?state=Q2x8&eid={eid}&imei={imei}'
  const sample: Record<string, string> = {
    welcome: pages.renderWelcome({ frame: outside('/portal'), plans }),
    'sign-in': pages.renderSignIn({ frame: guest('/portal/sign-in'), form: empty, device: text ?? 'eSIM ••••3456' }),
    'sign-in-wrong': pages.renderSignIn({
      frame: guest('/portal/sign-in'),
      form: wrong({ email: 'email', password: 'required', form: 'sign-in' }),
    }),
    'sign-up': pages.renderSignUp({ frame: guest('/portal/sign-up'), form: empty }),
    'sign-up-empty': pages.renderSignUp({
      frame: guest('/portal/sign-up'),
      form: wrong({ name: 'required', email: 'required', password: 'required' }),
    }),
    options: pages.renderOptions({
      frame: { ...frame('/portal/options'), notice: notice ?? { kind: 'success', text: text ?? 'Welcome back.' } },
      hasLines: true,
    }),
    'options-open': pages.renderOptions({
      frame: frame('/portal/options'),
      hasLines: false,
      openOrder: { path: '/portal/orders/o1', planName: text ?? 'Travel 10 GB' },
      deviceProblem: {
        text: text ?? 'The server could not be reached. Connect to Wi-Fi and install again.',
        path: '/portal/orders/o1',
      },
    }),
    plans: pages.renderPlans({ frame: frame('/portal/plans'), plans, selected: plan.id, form: empty }),
    'plans-wrong': pages.renderPlans({ frame: frame('/portal/plans'), plans, form: wrong({ plan: 'plan' }) }),
    'plans-none': pages.renderPlans({ frame: frame('/portal/plans'), plans: [], form: empty }),
    device: pages.renderDevice({
      frame: sampleFrame('/portal/device', browser),
      cellularIdLink,
      form: empty,
      waiting: false,
    }),
    'device-waiting': pages.renderDevice({
      frame: sampleFrame('/portal/device', browser),
      cellularIdLink,
      form: wrong({ eid: 'eid' }),
      waiting: true,
    }),
    'device-known': pages.renderDevice({
      frame: sampleFrame('/portal/device', browser),
      cellularIdLink,
      form: empty,
      waiting: false,
      known: { eid: '••••3456', imei: '••••7518', make: text ?? 'Contoso', model: text ?? 'Book 5' },
    }),
    'device-received': pages.renderDeviceReceived({ frame: outside('/portal/device'), ok: true }),
    'device-refused': pages.renderDeviceReceived({ frame: outside('/portal/device'), ok: false }),
    review: pages.renderReview({ frame: frame('/portal/review'), ...review, form: empty }),
    'review-voucher': pages.renderReview({
      frame: {
        ...frame('/portal/review'),
        notice: notice ?? { kind: 'success', text: text ?? 'The voucher is added.' },
      },
      ...review,
      form: empty,
    }),
    'review-wrong': pages.renderReview({
      frame: frame('/portal/review'),
      ...review,
      form: wrong({ instrument: 'instrument', terms: 'terms', code: 'voucher' }),
    }),
    account: pages.renderAccount({
      frame: { ...frame('/portal/account'), canCancel: false },
      lines: [
        {
          planName: text ?? 'Travel 10 GB',
          iccid: '8901260123456789011',
          state: text ?? 'active',
          dataRemainingMB: 7432,
          timeRemaining: 'P12DT6H',
          orderPath: '/portal/orders/o1',
        },
        { planName: text ?? 'Travel 2 GB', iccid: '8901260123456789029', state: 'expired' },
      ],
      orders: everyProgress.slice(3, 7).map((progress, index) => ({
        path: `/portal/orders/o${index}`,
        reference: text ?? `MP-7KQ2-9XW${index}`,
        planName: text ?? 'Travel 10 GB',
        placedAt: '2026-11-20T10:00:00Z',
        progress,
      })),
    }),
    'account-empty': pages.renderAccount({ frame: frame('/portal/account'), lines: [], orders: [] }),
    'order-ready-browser': pages.renderOrder(sampleOrder('ready', browser)),
    'order-installing-browser': pages.renderOrder(sampleOrder('waiting-for-device', browser)),
    'order-note': pages.renderOrder(
      sampleOrder('ready', {
        ...options,
        notice: notice ?? { kind: 'info', text: text ?? 'Nothing new was ordered.' },
      }),
    ),
    'order-problem': pages.renderOrder({
      ...sampleOrder('ready', options),
      canHandOver: 'again',
      problem: {
        text: text ?? 'The server could not be reached.',
        advice: text ?? 'Connect to Wi-Fi, then install again. It costs nothing more.',
      },
    }),
  }
  for (const progress of everyProgress) sample[`order-${progress}`] = pages.renderOrder(sampleOrder(progress, options))
  for (const kind of ['hand-over', 'cancelled', 'operation-cancel'] as const) {
    sample[`callback-${kind}`] = pages.renderCallback(sampleCallback(kind, options))
  }
  for (const page of ['terms', 'privacy', 'help'] as const) {
    sample[page] = pages.renderText({ frame: outside(`/portal/${page}`), page })
  }
  for (const [kind, status] of everyMessage) {
    sample[`message-${kind}`] = pages.renderMessage({
      frame: outside('/portal'),
      kind,
      status,
      ...(kind === 'bad-launch' ? { subject: text ?? 'eid' } : {}),
    })
  }
  return Object.entries(sample).map(([name, html]) => ({ name, html }))
}
