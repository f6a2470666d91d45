/** Sample pages of SIMs, subscriptions and what is put on them. Not part of the app. */
import type { SubscriptionView } from '../views'
import * as pages from '.'
import { everyProgress, type SampleOptions, sampleFrame, sampleInstruments, samplePlan, sampleTopUp } from './samples'

/** Pages by name. */
export function simPages(options: SampleOptions): Record<string, string> {
  const { text } = options
  const frame = (path: string) => sampleFrame(path, options)
  const empty = { values: {}, errors: {} }
  const plans = [samplePlan(options, 1), samplePlan(options, 2), samplePlan(options, 3)]
  const review = {
    plan: samplePlan(options),
    orderId: text ?? 'o1',
    instruments: sampleInstruments(options),
    device: text ?? 'eSIM ••••3456',
    plansPath: '/portal/plans',
  }
  const sim = { kind: 'add-balance', end: text ?? '9011' } as const
  const simReview = { ...review, sim, plansPath: '/portal/lines/this/plans' }
  const monthly = samplePlan(options, 4)
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
  const sample: Record<string, string> = {
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
    'plans-sim': pages.renderPlans({ frame: frame('/portal/lines/this/plans'), plans, sim, form: empty }),
    'plans-warm': pages.renderPlans({
      frame: frame('/portal/lines/this/plans'),
      plans,
      sim: { ...sim, kind: 'warm-sim' },
      form: empty,
    }),
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
  }
  for (const kind of ['warm-sim', 'add-balance', 'renewal'] as const) {
    for (const progress of ['preparing', 'active', 'cancelled', 'payment-refused'] as const)
      sample[`order-top-up-${kind}-${progress}`] = pages.renderOrder(sampleTopUp(kind, progress, options))
  }
  for (const because of ['sim-refused', 'line-refused', 'capture-refused', 'asked-again'] as const) {
    const progress = because === 'capture-refused' ? 'parked' : 'cancelled'
    sample[`order-top-up-${because}`] = pages.renderOrder({ ...sampleTopUp('add-balance', progress, options), because })
  }
  sample['order-top-up-browser'] = pages.renderOrder(
    sampleTopUp('add-balance', 'active', { ...options, channel: 'browser' }),
  )
  return sample
}
