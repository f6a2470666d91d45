/** Building blocks of the schema of `operator.json`: each says in its message what a person should write instead. */
import * as v from 'valibot'
import { unknownKeyMessage } from './suggestion'

/** An object that refuses unknown keys by saying which known one was probably meant. */
export function strict<E extends v.ObjectEntries>(entries: E) {
  return v.strictObject(entries, (issue) =>
    issue.expected === 'never' ? unknownKeyMessage(issue.received, Object.keys(entries)) : missingMessage(issue),
  )
}

function missingMessage(issue: { expected: string | null; received: string }): string {
  return issue.expected === 'Object'
    ? `must be an object { … }, not ${issue.received}`
    : `${issue.expected ?? 'a key'} is missing: add it`
}

/** Text of 1 to `longest` characters, trimmed. */
export const text = (longest: number, what: string) =>
  v.pipe(
    v.string(`${what}: write it as text in quotation marks`),
    v.trim(),
    v.minLength(1, `${what}: must not be empty`),
    v.maxLength(longest, `${what}: at most ${longest} characters`),
    v.description(what),
  )

/** A number within bounds, both included. */
export const number = (least: number, most: number, what: string) =>
  v.pipe(
    v.number(`${what}: write a number without quotation marks`),
    v.minValue(least, `${what}: at least ${least}`),
    v.maxValue(most, `${what}: at most ${most}`),
    v.description(what),
  )

/** Whole minutes up to a week. */
export const minutes = (what: string) =>
  v.pipe(
    v.number(`${what}: write a whole number`),
    v.integer(`${what}: whole minutes only`),
    v.minValue(0, `${what}: 0 (at once) or more`),
    v.maxValue(10_080, `${what}: at most 10080 (a week)`),
    v.description(what),
  )

const tagPattern = /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$/
/** A language tag (BCP 47) of language, script and region. */
export const languageTag = v.pipe(
  v.string('write a language tag such as "en" or "pt-BR"'),
  v.regex(tagPattern, 'write a language tag such as "en" or "pt-BR"'),
)
/** One text per language. */
export const localText = (longest: number, what: string) =>
  v.pipe(
    v.record(
      languageTag,
      text(longest, what),
      `${what}: write an object with one text per language, such as { "en": "…" }`,
    ),
    v.description(`${what}. One text per language; the default language must be there.`),
  )
/** Paragraphs per language. */
export const localParagraphs = (what: string) =>
  v.pipe(
    v.record(
      languageTag,
      v.pipe(
        v.array(text(4000, 'Paragraph')),
        v.minLength(1, `${what}: at least one paragraph`),
        v.maxLength(100, `${what}: at most 100 paragraphs`),
      ),
      `${what}: write an object with a list of paragraphs per language, such as { "en": ["…", "…"] }`,
    ),
    v.description(`${what}. A list of plain paragraphs per language; the default language must be there.`),
  )

/** `#rrggbb`. */
export const colour = (what: string) =>
  v.pipe(
    v.string(`${what}: write a colour such as "#0b5cad"`),
    v.regex(/^#[0-9a-fA-F]{6}$/, `${what}: write a colour as # and six hexadecimal digits, such as "#0b5cad"`),
    v.description(what),
  )

/** An address with https, or http on this machine; no query, no fragment, no user. */
export const httpsUrl = (what: string) =>
  v.pipe(
    v.string(`${what}: write a URL`),
    v.regex(
      /^(?:https:\/\/[^\s/?#@]+|http:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?)(?:\/[^\s?#]*)?$/,
      `${what}: write an https:// URL without query and fragment (http:// only for localhost)`,
    ),
    v.description(`${what} https, or http on localhost.`),
  )
