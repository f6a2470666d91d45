import { classifyDownloadError, downloadErrorRule } from '../domain/download-error'
import type { OrderView } from './views'
import { wordsFor } from './words'

/** What went wrong and what to do, in the person's language. An SM-DP+'s code says little to a person: they are asked to try again. */
export function problemWords(
  problem: { source: 'device' | 'smdp'; code: string },
  language: string,
): NonNullable<OrderView['problem']> {
  const words = wordsFor(language)
  if (problem.source === 'smdp') return { text: words.smdpFailed, advice: words.advice['try-again'] }
  const rule = downloadErrorRule(classifyDownloadError(problem.code))
  const text = rule.action === 'stop' ? words.deviceUnfit : words.downloadFailed
  return { text, advice: words.advice[rule.hint ?? 'try-again'] }
}
