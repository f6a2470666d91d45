import { byId } from './dom'
import { emit } from './emit'
import type { Tell } from './listeners'
import type { CallbackBlock, OutcomeTexts } from './page-data'
import { report, reportTo } from './report'
import { firstTime, recall, remember } from './storage'

/**
 * Calls the app, once per token: reload and Back only say that it was done.
 *
 * @returns what to do with news from the app while this page is shown
 */
export function callbackPage(host: object): Tell {
  const block: CallbackBlock = JSON.parse(byId('callback')?.textContent || '') // written by `renderCallback` of the same build
  const say = (outcome: keyof OutcomeTexts) => {
    const place = byId('outcome')
    if (!place) return
    place.textContent = block.texts[outcome]
    place.dataset.outcome = outcome
  }

  const { token } = block
  reportTo(block.reportPath, block.csrf)
  if (firstTime(token)) {
    say('working')
    const { outcome, operationId, left } = emit(host, block.callback, recall('operation'))
    say(outcome)
    if (operationId) remember('operation', operationId)
    if (left) delete document.body.dataset.statusPath
    if (block.reportPath) {
      void report(outcome === 'sent' ? { event: 'handed-over', token, operationId, left } : { event: 'no-host', token })
    }
  } else {
    say('already')
  }
  return (news, reported) => {
    say(news)
    if (reported && news !== 'installed') location.replace(block.nextPath)
  }
}
