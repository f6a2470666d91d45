import { expect, test } from 'vitest'
import { errorText, stringsFor } from '.'
import { de } from './de'
import { en } from './en'

/** Every text of a catalogue with its place in it; functions with sample values. */
function texts(of: unknown, place = ''): [string, string][] {
  if (typeof of === 'string') return [[place, of]]
  if (typeof of === 'function') return [[place, String(of('A', 'B'))]]
  return Object.entries(Object(of)).flatMap(([key, value]) => texts(value, `${place}.${key}`))
}

test('German has every text of English and no other', () => {
  expect(texts(de).map(([place]) => place)).toEqual(texts(en).map(([place]) => place))
})

test('no text is empty, and values given to a text appear in it', () => {
  for (const catalogue of [en, de]) {
    for (const [place, text] of texts(catalogue)) expect(text.trim(), place).not.toBe('')
    expect(catalogue.review.buy('€1')).toContain('€1')
    expect(catalogue.order.left('1 GB', '2 days')).toMatch(/1 GB.*2 days/)
  }
})

test('a language is found by tag, then by its base, in any case; else English', () => {
  expect(stringsFor('de')).toBe(de)
  expect(stringsFor('DE-at')).toBe(de)
  expect(stringsFor('fr')).toBe(en)
  expect(stringsFor('constructor')).toBe(en)
})

test('a known error code is put into words, other text is shown as it is', () => {
  expect(errorText(de, 'required')).toBe(de.errors.required)
  expect(errorText(de, 'toString')).toBe('toString')
  expect(errorText(de, 'Etwas anderes.')).toBe('Etwas anderes.')
})
