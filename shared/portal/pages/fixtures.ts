/** One view of every kind, for tests and screenshots. Not part of the app. */
import operatorJson from '../../../operator.json' with { type: 'json' }
import { balanceAddition, cancelledPurchase, inlineDownload, operationCancel } from '../../domain/callback'
import { type Operator, parseOperator } from '../../domain/operator'
import type { TopUpKind } from '../../domain/order/order'
import type { Plan } from '../../domain/plan'
import { renderQr } from '../qr'
import { stringsFor } from '../strings'
import type { CallbackView, Frame, MessageView, OrderView, Progress, SubscriptionView } from '../views'
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
  const review = {
    plan,
    orderId: text ?? 'o1',
    instruments,
    device: text ?? 'eSIM ••••3456',
    plansPath: '/portal/plans',
  }
  const sim = { kind: 'add-balance', end: text ?? '9011' } as const
  const simReview = { ...review, sim, plansPath: '/portal/lines/this/plans' }
  const monthly = samplePlan(options, 4)
  const options0 = { sims: [], newEsim: true, notices: [] }
  const low = {
    kind: 'info',
    title: text ?? 'SIM …9011: almost used up',
    text: text ?? '512 MB of 10 GB are left. Add data to go on without a break.',
    link: { path: '/portal/lines/o1/plans', text: text ?? 'Add data' },
  } as const
  const refused = {
    kind: 'problem',
    title: text ?? 'The payment for your subscription was refused',
    text: text ?? 'Monthly 15 GB on SIM …9011: you keep your data until 24 Dec 2026.',
    link: { path: '/portal/account', text: text ?? 'My plans' },
  } as const
  const subscription = (state: SubscriptionView['state']): SubscriptionView => ({
    planName: text ?? 'Monthly 15 GB',
    price: text ?? '€12.90',
    state,
    ...(state.is === 'renews' || state.is === 'refused' ? { cancelPath: '/portal/subscriptions/o1/cancel' } : {}),
  })
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
      ...options0,
      hasLines: true,
    }),
    'options-warm': pages.renderOptions({
      frame: frame('/portal/options'),
      sims: [{ kind: 'warm-sim', end: text ?? '9011', path: '/portal/lines/this/plans', card: true }],
      newEsim: false,
      notices: [],
      hasLines: false,
    }),
    'options-sim': pages.renderOptions({
      frame: frame('/portal/options'),
      sims: [{ ...sim, path: '/portal/lines/this/plans', card: true }],
      newEsim: false,
      notices: [low],
      hasLines: true,
    }),
    'options-lines': pages.renderOptions({
      frame: frame('/portal/options'),
      sims: ['o1', 'o2'].map((line) => ({ ...sim, path: `/portal/lines/${line}/plans`, card: false })),
      newEsim: true,
      notices: [refused, low],
      hasLines: true,
    }),
    'options-open': pages.renderOptions({
      frame: frame('/portal/options'),
      ...options0,
      hasLines: false,
      openOrder: { path: '/portal/orders/o1', planName: text ?? 'Travel 10 GB' },
      deviceProblem: {
        text: text ?? 'The server could not be reached. Connect to Wi-Fi and install again.',
        path: '/portal/orders/o1',
      },
    }),
    plans: pages.renderPlans({ frame: frame('/portal/plans'), plans, selected: plan.id, form: empty }),
    'plans-wrong': pages.renderPlans({ frame: frame('/portal/plans'), plans, form: wrong({ plan: 'plan' }) }),
    'plans-sim': pages.renderPlans({ frame: frame('/portal/lines/this/plans'), plans, sim, form: empty }),
    'plans-warm': pages.renderPlans({
      frame: frame('/portal/lines/this/plans'),
      plans,
      sim: { ...sim, kind: 'warm-sim' },
      form: empty,
    }),
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
    'review-sim': pages.renderReview({ frame: frame('/portal/review'), ...simReview, form: empty }),
    'review-subscription': pages.renderReview({
      frame: frame('/portal/review'),
      ...review,
      plan: monthly,
      form: empty,
    }),
    'review-subscription-sim': pages.renderReview({
      frame: frame('/portal/review'),
      ...simReview,
      plan: monthly,
      renewsAt: '2026-12-21T10:00:00Z',
      form: empty,
    }),
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
      notices: [low],
      lines: [
        {
          end: text ?? '9011',
          state: 'active',
          balances: [
            { planName: text ?? 'Travel 10 GB', dataRemainingMB: 7432, timeRemaining: 'P12DT6H' },
            {
              planName: text ?? 'Monthly 15 GB',
              dataRemainingMB: 15_360,
              timeRemaining: 'P30D',
              startsAt: '2026-12-24T10:00:00Z',
            },
          ],
          subscriptions: [subscription({ is: 'renews', at: '2026-12-24T10:00:00Z' })],
          addDataPath: '/portal/lines/o1/plans',
        },
        {
          end: text ?? '9029',
          state: 'expired',
          balances: [],
          subscriptions: [],
          addDataPath: '/portal/lines/o2/plans',
        },
      ],
      newEsim: true,
      orders: everyProgress.slice(3, 7).map((progress, index) => ({
        path: `/portal/orders/o${index}`,
        kind: (['new-esim', 'warm-sim', 'add-balance', 'renewal'] as const)[index] ?? 'new-esim',
        reference: text ?? `MP-7KQ2-9XW${index}`,
        planName: text ?? 'Travel 10 GB',
        placedAt: '2026-11-20T10:00:00Z',
        progress,
      })),
    }),
    'account-empty': pages.renderAccount({
      frame: frame('/portal/account'),
      notices: [],
      lines: [],
      orders: [],
      newEsim: true,
    }),
    'account-subscriptions': pages.renderAccount({
      frame: frame('/portal/account'),
      notices: [refused],
      lines: (
        [
          { is: 'cancelled', endsAt: '2026-12-24T10:00:00Z' },
          { is: 'refused', endsAt: '2026-12-24T10:00:00Z', until: '2026-12-27T10:00:00Z' },
          { is: 'ended', because: 'payment-refused' },
          { is: 'ended', because: 'cancelled' },
        ] as const
      ).map((state) => ({
        end: text ?? '9011',
        state: 'used-up',
        balances: [],
        subscriptions: [subscription(state)],
        addDataPath: '/portal/lines/o1/plans',
      })),
      orders: [],
      newEsim: false,
    }),
    'cancel-subscription': pages.renderCancelSubscription({
      frame: frame('/portal/subscriptions/o1/cancel'),
      planName: text ?? 'Monthly 15 GB',
      end: text ?? '9011',
      endsAt: '2026-12-24T10:00:00Z',
    }),
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
  for (const kind of ['warm-sim', 'add-balance', 'renewal'] as const) {
    for (const progress of ['preparing', 'active', 'cancelled', 'payment-refused'] as const)
      sample[`top-up-${kind}-${progress}`] = pages.renderOrder(sampleTopUp(kind, progress, options))
  }
  for (const because of ['sim-refused', 'line-refused', 'capture-refused', 'asked-again'] as const) {
    const progress = because === 'capture-refused' ? 'parked' : 'cancelled'
    sample[`top-up-${because}`] = pages.renderOrder({ ...sampleTopUp('add-balance', progress, options), because })
  }
  sample['top-up-browser'] = pages.renderOrder(sampleTopUp('add-balance', 'active', browser))
  for (const kind of ['hand-over', 'balance', 'cancelled', 'operation-cancel'] as const) {
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
