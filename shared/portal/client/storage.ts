import { member, write } from './host'

/** What must outlive a page, in the tab's session storage. A browser that refuses storage answers as if nothing were stored. */

type Key = 'fired' | 'operation' | 'report'

/** A stored text. */
export function recall(key: Key): string | undefined {
  const value = member(member(window, 'sessionStorage'), key)
  return typeof value === 'string' ? value : undefined
}

/** Stores a text. */
export function remember(key: Key, value: string): void {
  write(Object(member(window, 'sessionStorage')), key, value)
}

/**
 * Whether this is the first time for a token, and marks it. Kept in the history entry too: that survives reload and Back even where
 * storage is refused.
 */
export function firstTime(token: string): boolean {
  const seen = recall('fired') === token || history.state === token
  remember('fired', token)
  history.replaceState(token, '')
  return !seen
}
