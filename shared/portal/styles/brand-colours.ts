import { contrastRatio } from '../../domain/colour'
import type { Operator } from '../../domain/operator'

/** Page grounds of `portal.css`; text in the brand colour must stand out from them. */
const grounds = { light: '#f6f6f4', dark: '#17181c' } as const

/** Contrast that WCAG 2.2 (1.4.3, level AA) asks of text. A little more, so that rounding never falls below. */
const enough = 4.6

/** The brand colours of one colour scheme. */
export interface BrandColours {
  /** Ground of the main button and of whatever is selected. */
  accent: string
  /** Text on `accent`. */
  onAccent: string
  /** Links and icons on the page's ground. */
  link: string
  /** A hint of the brand behind selected things. */
  soft: string
}

/** `share` of 1 gives `to`, 0 gives `from`; colours as `#rrggbb`. */
function mix(from: string, to: string, share: number): string {
  const channels = [1, 3, 5].map((start) => {
    const [a, b] = [from, to].map((hex) => Number.parseInt(hex.slice(start, start + 2), 16))
    return Math.round((a ?? 0) + ((b ?? 0) - (a ?? 0)) * share)
      .toString(16)
      .padStart(2, '0')
  })
  return `#${channels.join('')}`
}

/** The colour itself where it is readable on all grounds, else the nearest shade towards black or white that is. */
function readable(colour: string, on: readonly string[], towards: '#000000' | '#ffffff'): string {
  for (let step = 0; step < 20; step += 1) {
    const shade = mix(colour, towards, step / 20)
    if (on.every((ground) => contrastRatio(shade, ground) >= enough)) return shade
  }
  return towards
}

/**
 * The operator's accent made readable in both colour schemes, whatever colour was chosen: buttons keep the brand's colour and get
 * white or black text; links move towards black (light) or white (dark) until they reach WCAG AA.
 */
export function brandColours(colours: Operator['brand']['colours']): { light: BrandColours; dark: BrandColours } {
  const scheme = (accent: string, dark: boolean): BrandColours => {
    const surface = dark ? '#212329' : '#ffffff'
    const soft = mix(surface, accent, dark ? 0.16 : 0.07)
    const strong =
      contrastRatio(accent, surface) >= 3 ? accent : readable(accent, [surface], dark ? '#ffffff' : '#000000')
    return {
      accent: strong,
      onAccent: contrastRatio(strong, '#ffffff') >= enough ? '#ffffff' : '#000000',
      link: readable(accent, [surface, soft, dark ? grounds.dark : grounds.light], dark ? '#ffffff' : '#000000'),
      soft,
    }
  }
  return { light: scheme(colours.accent, false), dark: scheme(colours.accentDark ?? colours.accent, true) }
}
