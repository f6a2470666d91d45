import type { Operator } from '../../domain/operator'
import { type BrandColours, brandColours } from './brand-colours'

function properties({ accent, onAccent, link, soft }: BrandColours): string {
  return `:root{--accent:${accent};--on-accent:${onAccent};--link:${link};--soft:${soft}}`
}

/** In the dark a logo made for white paper stands on a light plate. */
const logoPlate = '.brand img{padding:3px 8px;background:#fff;border-radius:6px}'

/**
 * The style sheet of an operator: brand colours as custom properties, then the sheet itself. Served from the portal's own origin, so
 * that no page needs an inline style (the content security policy allows none).
 *
 * @param sheet text of `portal.css`, minified or not
 * @param logo text of the logo where it is SVG: one that minds the colour scheme itself gets no plate in the dark
 */
export function renderStyles(operator: Pick<Operator, 'brand'>, sheet: string, logo = ''): string {
  const { light, dark } = brandColours(operator.brand.colours)
  const plate = logo.includes('prefers-color-scheme') ? '' : logoPlate
  return `${properties(light)}@media (prefers-color-scheme:dark){${properties(dark)}${plate}}${sheet}`
}
