/** Money in minor units (cents): integers, so that no sum is ever a fraction of a cent off. */

/** What the person pays. */
export interface Price {
  /** Minor units (cents), tax included. */
  amountMinor: number
  /** ISO 4217. */
  currency: string
  /** Per cent of the net price, contained in `amountMinor`. */
  taxRate: number
}

/**
 * An amount as people of a language write it: `€9.99`, `9,99 €`, `¥1,200`.
 *
 * @param amountMinor minor units; how many make one unit follows from the currency
 * @param language BCP 47 tag
 */
export function formatAmount(amountMinor: number, currency: string, language: string): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(amountMinor / 10 ** digits)
}

/** The price as people of a language write it; see {@link formatAmount}. */
export function formatPrice(price: Price, language: string): string {
  return formatAmount(price.amountMinor, price.currency, language)
}
