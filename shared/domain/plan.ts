import type { LocalText } from './local-text'

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

/** What the person pays. */
export interface Price {
  /** Minor units (cents), tax included. */
  amountMinor: number
  /** ISO 4217. */
  currency: string
  /** Per cent of the net price, contained in `amountMinor`. */
  taxRate: number
}
