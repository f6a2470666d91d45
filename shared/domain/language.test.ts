import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseLanguage } from './language'
import { localEntry, localText } from './local-text'

const supported = ['en', 'de', 'pt', 'zh-Hant']

describe('Accept-Language', () => {
  test.each([
    ['en-us', 'en'],
    ['DE-at', 'de'],
    ['pt-BR', 'pt'],
    ['fr, de;q=0.5, en;q=0.7', 'en'],
    ['fr;q=0.9,de;q=0.9', 'de'],
    ['de;q=0, en', 'en'],
    ['de;q=0', 'en'],
    ['de;q=abc', 'en'],
    ['de; q=0.8 , pt;q=0.9', 'pt'],
    ['zh', 'zh-Hant'],
    ['zh-Hant-TW', 'zh-Hant'],
    ['*', 'en'],
    ['fr, *;q=0.5, de;q=0.1', 'en'],
    ['', 'en'],
    [',,;;q=1', 'en'],
  ])('%j gives %s', (header, language) => {
    expect(chooseLanguage(header, supported, 'en')).toBe(language)
  })

  test('without the header the default is shown', () => {
    expect(chooseLanguage(null, supported, 'de')).toBe('de')
    expect(chooseLanguage(undefined, supported, 'de')).toBe('de')
  })

  test('whatever is sent, the answer is a language that we have', () => {
    fc.assert(fc.property(fc.string(), (header) => supported.includes(chooseLanguage(header, supported, 'en'))))
  })
})

describe('local texts', () => {
  const text = { en: 'Hello', de: 'Hallo', 'pt-BR': 'Olá' }
  test('the tag, then its shorter forms, then the default', () => {
    expect(localText(text, 'de-AT', 'en')).toBe('Hallo')
    expect(localText(text, 'PT-br', 'en')).toBe('Olá')
    expect(localText(text, 'pt', 'en')).toBe('Hello')
    expect(localText({}, 'de', 'en')).toBe('')
    expect(localEntry({ en: ['a'] }, 'de', 'en')).toEqual(['a'])
  })
})
