/** Too many wait already for something costly; the page answers 503 and asks to try again. */
export class TooBusyError extends Error {
  readonly code = 'too_busy'
  constructor() {
    super('too many wait for this already')
    this.name = 'TooBusyError'
  }
}

/**
 * Runs tasks a few at a time, in order of arrival.
 *
 * @param bounds `atOnce`: how many run; `waiting`: how many may wait before the next one is refused
 * @returns a function that runs a task when its turn comes; rejects with {@link TooBusyError} when the line is full
 */
export function createLimiter(bounds: { atOnce: number; waiting: number }): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0
  const line: (() => void)[] = []
  return async (task) => {
    if (running >= bounds.atOnce) {
      if (line.length >= bounds.waiting) throw new TooBusyError()
      await new Promise<void>((resolve) => line.push(resolve))
    } else running += 1
    try {
      return await task()
    } finally {
      // A waiting task takes over this one's place, so that nobody slips in between.
      const next = line.shift()
      if (next) next()
      else running -= 1
    }
  }
}
