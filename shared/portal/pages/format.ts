import { describeDuration, parseDuration } from '../../domain/duration'
import { type LocalText, localText } from '../../domain/local-text'
import { formatPrice } from '../../domain/money'
import { formatMegabytes, type Plan } from '../../domain/plan'
import type { Frame } from '../views'

/** The operator's text in the page's language. */
export function inLanguage(frame: Frame, text: LocalText): string {
  return localText(text, frame.language, frame.operator.defaultLanguage)
}

/** A plan in the words of the page's language. */
export interface PlanWords {
  name: string
  description: string
  /** `10 GB` */
  data: string
  /** `30 days` */
  time: string
  /** `€9.99` */
  price: string
}

/** Puts a plan into words. */
export function planWords(frame: Frame, plan: Plan): PlanWords {
  return {
    name: inLanguage(frame, plan.name),
    description: inLanguage(frame, plan.description),
    data: formatMegabytes(plan.dataMB, frame.language),
    time: durationWords(plan.duration, frame.language),
    price: formatPrice(plan.price, frame.language),
  }
}

/** An ISO 8601 duration in words; unreadable text as it is. */
export function durationWords(iso: string, language: string): string {
  const ms = parseDuration(iso)
  return ms === undefined ? iso : describeDuration(ms, language)
}

/** Date and time in UTC, as the server does not know the person's zone; the script rewrites it to local time. */
export function timeWords(iso: string, language: string): string {
  const time = new Date(iso)
  if (Number.isNaN(time.getTime())) return iso
  return `${new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(time)} UTC`
}

/** The day alone, such as `22 Nov 2026`. */
export function dayWords(iso: string, language: string): string {
  const time = new Date(iso)
  if (Number.isNaN(time.getTime())) return iso
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(time)
}

/** A percentage without its sign, such as `19` or `8,1`. */
export function percentWords(rate: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(rate)
}

/** A language's name in itself: `Deutsch`. */
export function languageName(tag: string): string {
  const name = new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1)
}
