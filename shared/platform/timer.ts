import type { StartTimer } from './ports'

/** The process's own timers. */
export const startTimer: StartTimer = (ms, then) => {
  const timer = setTimeout(then, ms)
  return () => clearTimeout(timer)
}
