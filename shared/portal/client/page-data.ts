import type { Callback } from '../../domain/callback'

/** What the callback page says once the script knows how it went. */
export type OutcomeTexts = Readonly<
  Record<'working' | 'sent' | 'already' | 'noHost' | 'failed' | 'installed' | 'connected' | 'problem', string>
>

/** Content of the JSON block `#callback`. */
export interface CallbackBlock {
  callback: Callback
  token: string
  nextPath: string
  texts: OutcomeTexts
  reportPath?: string
  csrf?: string
}
