import { de } from './de'
import { en } from './en'

/** The catalogue of one language. A language with a key missing or too many does not compile. */
export type Strings = typeof en

const catalogues: Readonly<Record<string, Strings>> = { en, de }

/**
 * The words of a language: the tag itself, its base (`de-AT` → `de`), else English.
 *
 * @param language BCP 47 tag, any case
 */
export function stringsFor(language: string): Strings {
  const tag = language.toLowerCase()
  const base = tag.split('-')[0] ?? tag
  const find = (key: string) => (Object.hasOwn(catalogues, key) ? catalogues[key] : undefined)
  return find(tag) ?? find(base) ?? en
}

/** Words for an error of a form: a code of the catalogue is translated, anything else is already text. */
export function errorText(strings: Strings, error: string): string {
  const known: Readonly<Record<string, string>> = strings.errors
  return Object.hasOwn(known, error) ? (known[error] ?? error) : error
}
