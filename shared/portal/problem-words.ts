import { classifyDownloadError, type DownloadHint, downloadErrorRule } from '../domain/download-error'
import type { Problem } from '../domain/order/order'
import type { OrderView } from './views'
import { type Words, wordsFor } from './words'

type ProblemWords = NonNullable<OrderView['problem']>

/**
 * What went wrong and what to do, in the person's language. The advice follows what the order does about it; a code of the SM-DP+ says
 * little to a person.
 */
export function problemWords(problem: Pick<Problem, 'source' | 'code' | 'action'>, language: string): ProblemWords {
  const words = wordsFor(language)
  const { advice } = words
  const failed = problem.source === 'smdp' ? words.smdpFailed : words.downloadFailed
  const rule = problem.source === 'smdp' ? undefined : downloadErrorRule(classifyDownloadError(problem.code))
  switch (problem.action ?? rule?.action) {
    case 'new-profile':
      return { text: failed, advice: problem.action === undefined ? advice['try-again'] : advice['fresh-esim'] }
    case 'support':
      return { text: failed, advice: advice['contact-support'] }
    case 'stop':
      return { text: words.deviceUnfit, advice: advice['other-device'] }
    case 'activate':
      return { text: words.onThisPc, advice: advice['use-esim'] }
    case 'retry-same':
    case 'none':
    case undefined:
      return { text: failed, advice: retryAdvice(words, rule?.hint) }
  }
}

/** Where the rule's own hint speaks of something else than trying again, trying again is what is left to say. */
function retryAdvice({ advice }: Words, hint: DownloadHint = 'try-again'): string {
  const elsewhere = hint === 'contact-support' || hint === 'other-device'
  return advice[elsewhere ? 'try-again' : hint]
}
