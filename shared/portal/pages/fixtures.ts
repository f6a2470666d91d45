/** One view of every kind, for tests and screenshots. Not part of the app. */
import type { Frame } from '../views'
import * as pages from '.'
import {
  everyMessage,
  everyProgress,
  type SampleOptions,
  sampleCallback,
  sampleFrame,
  sampleInstruments,
  sampleOrder,
  samplePlan,
} from './samples'
import { simPages } from './sim-fixtures'

export {
  everyMessage,
  everyProgress,
  hostile,
  type SampleOptions,
  sampleCallback,
  sampleFrame,
  sampleOperator,
  sampleOrder,
  sampleTopUp,
} from './samples'

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
  const instruments = sampleInstruments(options)
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
  const noSims = { sims: [], newEsim: true, notices: [] }
  const browser = { ...options, channel: 'browser' as const }
  const cellularIdLink =
    'ms-settings:cellular-id?callbackUrl=https://portal.example.net/portal/device?state=Q2x8&eid={eid}&imei={imei}'
  const sample: Record<string, string> = {
    ...simPages(options),
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
      ...noSims,
      hasLines: true,
    }),
    'options-open': pages.renderOptions({
      frame: frame('/portal/options'),
      ...noSims,
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
    'account-empty': pages.renderAccount({
      frame: frame('/portal/account'),
      notices: [],
      lines: [],
      orders: [],
      newEsim: true,
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
  for (const kind of ['hand-over', 'balance', 'cancelled', 'operation-cancel'] as const) {
    sample[`callback-${kind}`] = pages.renderCallback(sampleCallback(kind, options))
  }
  for (const page of ['terms', 'privacy', 'help'] as const) {
    sample[page] = pages.renderText({ frame: outside(`/portal/${page}`), page })
  }
  for (const [kind, status] of everyMessage) {
    sample[`message-${kind}`] = pages.renderMessage({
      frame: kind === 'sim-unusable' ? frame('/portal/options') : outside('/portal'),
      kind,
      status,
      ...(kind === 'bad-launch' ? { subject: text ?? 'eid' } : {}),
    })
  }
  return Object.entries(sample).map(([name, html]) => ({ name, html }))
}
