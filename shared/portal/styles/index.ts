import type { Operator } from '../../domain/operator'
import { type BrandColours, brandColours } from './brand-colours'

function properties({ accent, onAccent, link, soft }: BrandColours): string {
  return `:root{--accent:${accent};--on-accent:${onAccent};--link:${link};--soft:${soft}}`
}

/**
 * The style sheet of an operator: brand colours as custom properties, then the sheet itself. Served from the portal's own origin, so
 * that no page needs an inline style (the content security policy allows none).
 *
 * @param sheet text of `portal.css`, minified or not
 */
export function renderStyles(operator: Pick<Operator, 'brand'>, sheet: string): string {
  const { light, dark } = brandColours(operator.brand.colours)
  return `${properties(light)}@media (prefers-color-scheme:dark){${properties(dark)}}${sheet}`
}
