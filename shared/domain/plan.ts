import type { LocalText } from './local-text'
import type { Price } from './money'

export type { Price } from './money'

/** A data plan as the operator describes it in `operator.json`. */
export interface Plan {
  /** `^[a-z0-9-]{1,40}$` */
  id: string
  name: LocalText
  description: LocalText
  kind: 'payg' | 'subscription'
  price: Price
  /** Megabytes. */
  dataMB: number
  /** ISO 8601 duration of days, hours and minutes, such as `P30D`. For a subscription: the billing interval. */
  duration: string
  /** ISO 3166-1 alpha-2, upper case; `*` alone: everywhere. */
  markets: readonly string[]
  /** Minutes until the profile may be downloaded; 0: at once. */
  downloadAfter: number
  /** Minutes from purchase until the device may register; 0: at once. */
  registerAfter: number
  /** Profile type agreed with the SM-DP+. */
  profileType: string
}

/**
 * How a new eSIM reaches the device (Mobile Plans "Scenarios"): downloaded and online at once; downloaded after a time; downloaded at
 * once but online only after a time.
 */
export type Delivery = 'inline' | 'delayed' | 'asynchronous'

/** Delivery of a plan. A plan that waits for both is delayed, as its one wait then covers them. */
export function planDelivery(plan: Pick<Plan, 'downloadAfter' | 'registerAfter'>): Delivery {
  if (plan.downloadAfter > 0) return 'delayed'
  return plan.registerAfter > 0 ? 'asynchronous' : 'inline'
}

/** Minutes the device must wait before the download: the sum of both waits for a delayed plan, otherwise 0. */
export function downloadDelayMinutes(plan: Pick<Plan, 'downloadAfter' | 'registerAfter'>): number {
  return plan.downloadAfter > 0 ? plan.downloadAfter + plan.registerAfter : 0
}

/**
 * Minutes from download until the device registers: 0 unless the delivery is asynchronous, otherwise rounded by
 * {@link roundUpToQuarterHour}.
 */
export function registrationIntervalMinutes(plan: Pick<Plan, 'downloadAfter' | 'registerAfter'>): number {
  return planDelivery(plan) === 'asynchronous' ? roundUpToQuarterHour(plan.registerAfter) : 0
}

/**
 * Minutes rounded up to a multiple of 15; 0 stays 0. The app rounds a registration interval itself, in a direction that its
 * documentation leaves open; a multiple leaves it no choice, and up never lets the device register too early.
 */
export function roundUpToQuarterHour(minutes: number): number {
  return Math.ceil(Math.max(0, minutes) / 15) * 15
}

/**
 * Plans on sale in a market, in the operator's order.
 *
 * @param market ISO 3166-1 alpha-2, any case; absent: all plans, as the person will choose
 */
export function plansFor(plans: readonly Plan[], market: string | undefined): Plan[] {
  if (market === undefined) return [...plans]
  const wanted = market.toUpperCase()
  return plans.filter((plan) => plan.markets.some((offered) => offered === '*' || offered === wanted))
}

/** The plan with this id. */
export function planById(plans: readonly Plan[], id: string): Plan | undefined {
  return plans.find((plan) => plan.id === id)
}

/**
 * An amount of data for people: `500 MB`, `4.25 GB`. 1 GB is 1024 MB, as in GetBalance's examples; at most two decimals, cut off
 * rather than rounded so that nobody is promised more than is left.
 *
 * @param language BCP 47 tag
 */
export function formatMegabytes(megabytes: number, language: string): string {
  const left = Math.max(0, megabytes)
  const [amount, unit] =
    left >= 1024 ? [Math.floor((left / 1024) * 100) / 100, 'gigabyte'] : [Math.floor(left), 'megabyte']
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: 2,
  }).format(amount)
}
