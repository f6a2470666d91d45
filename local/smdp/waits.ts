/** Timers that end with the simulator: nothing is done after `stop`. */
export class Waits {
  readonly #timers = new Map<NodeJS.Timeout, () => void>()
  #stopped = false

  /** Resolves with `true` after the time, with `false` when the simulator stops before. */
  wait(milliseconds: number): Promise<boolean> {
    if (this.#stopped) return Promise.resolve(false)
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        resolve(true)
      }, milliseconds)
      this.#timers.set(timer, () => resolve(false))
    })
  }

  /** Ends the waits under way. */
  cancel(): void {
    for (const [timer, end] of this.#timers) {
      clearTimeout(timer)
      end()
    }
    this.#timers.clear()
  }

  /** Ends all waits, and those to come. */
  stop(): void {
    this.#stopped = true
    this.cancel()
  }
}
