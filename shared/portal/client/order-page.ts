import type { OrderStatus } from '../views'
import { exchange } from './json'
import { reportTo } from './report'

/** Milliseconds that a page which asks without getting an answer waits at most. */
const longestWait = 30_000

/**
 * On a page that names a status path: asks the server how the order stands and loads the page again when that has changed, or when the order is no longer ours to see.
 *
 * @returns asks at once, for when the app has news
 */
export function orderPage(): () => void {
  const { statusPath, refresh, version, path, reportPath, csrf } = document.body.dataset
  reportTo(reportPath, csrf)
  if (!statusPath || !path) return () => undefined
  const every = Number(refresh) * 1000
  let wait = every
  let timer: ReturnType<typeof setTimeout> | undefined

  const ask = async () => {
    if (!document.body.dataset.statusPath) return // the callback page takes it away once nobody is signed in any more
    if (!document.hidden) {
      const { status, content } = await exchange<OrderStatus>(statusPath)
      if ((content && content.version !== version) || (status >= 400 && status < 429)) return location.replace(path)
      wait = content ? every : Math.min(longestWait, wait * 2)
    }
    askAfter(wait)
  }
  const askAfter = (ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => void ask(), ms)
  }
  askAfter(Math.min(every, 1500))
  return () => askAfter(0)
}
