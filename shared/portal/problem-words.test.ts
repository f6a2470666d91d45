import { describe, expect, test } from 'vitest'
import { classifyDownloadError, decideDownloadError, downloadErrorRule } from '../domain/download-error'
import { downloadErrorRules } from '../domain/download-error-rules'
import type { Problem } from '../domain/order/order'
import { problemWords } from './problem-words'
import { wordsFor } from './words'

const codes = Object.keys(downloadErrorRules).map(classifyDownloadError)
type Action = NonNullable<Problem['action']>

describe.each(['en', 'de'])('in %s', (language) => {
  const words = wordsFor(language)
  const { advice } = words

  test.each(codes.filter((code) => code !== 'Success'))('%s has words that fit what is done about it', (code) => {
    const said = (action: Action) => problemWords({ source: 'device', code, action }, language)
    expect(said('new-profile')).toEqual({ text: words.downloadFailed, advice: advice['fresh-esim'] })
    expect(said('support')).toEqual({ text: words.downloadFailed, advice: advice['contact-support'] })
    expect(said('stop')).toEqual({ text: words.deviceUnfit, advice: advice['other-device'] })
    expect(said('activate')).toEqual({ text: words.onThisPc, advice: advice['use-esim'] })
    const retry = said('retry-same')
    expect(retry.text).toBe(words.downloadFailed)
    expect(retry.advice).toMatch(/install/i)
    const { hint, action } = downloadErrorRule(code)
    if (action === 'retry-same' && hint) expect(retry.advice).toBe(advice[hint])
  })

  test.each(codes)('%s has words in orders written before actions were kept', (code) => {
    const { text, advice: help } = problemWords({ source: 'device', code }, language)
    expect(text.length).toBeGreaterThan(10)
    expect(help.length).toBeGreaterThan(10)
  })

  test('support is asked for by the reference, and what was paid is not asked for again', () => {
    expect(advice['contact-support']).toMatch(/refere/i)
    expect(advice['fresh-esim']).toMatch(/nothing more|nichts zusätzlich/)
    expect(advice['other-device']).toMatch(/not charged|nicht berechnet/)
  })

  test('the SM-DP+’s codes are not shown, what it did is', () => {
    for (const action of ['new-profile', 'support'] as const) {
      const said = problemWords({ source: 'smdp', code: '8.2.10/4.2', action }, language)
      expect(said.text).toBe(words.smdpFailed)
      expect(said.advice).not.toContain('8.2')
    }
    expect(problemWords({ source: 'smdp', code: '8.2.10/4.2' }, language).advice).toBe(advice['try-again'])
  })
})

test('every action that can be decided about a code has been thought of', () => {
  const remedies = { retrySame: 0, freshProfile: 0 }
  for (const code of codes)
    for (const released of [true, false])
      for (const onDevice of [true, false]) {
        const { action } = decideDownloadError({ code, remedies, record: { installed: false, released }, onDevice })
        expect(problemWords({ source: 'device', code, action }, 'en').advice).not.toBe('')
      }
})
