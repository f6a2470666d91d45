/** Shortest wait between two looks into an empty queue, and the unit by which waits grow; milliseconds. */
const unit = 100

/**
 * Waits between polls: 100 ms after a find, then growing twofold with a random spread of 20 % up to `longestMs`.
 *
 * @param random 0 ≤ value < 1
 * @see "Azure Queue storage trigger for Azure Functions", section "Polling algorithm"; `RandomizedExponentialBackoffStrategy` of the WebJobs SDK
 */
export class Backoff {
  #attempts = 0

  constructor(
    readonly longestMs: number,
    readonly random: () => number,
  ) {}

  /** Milliseconds to wait. `found`: whether anything was there since the last wait. */
  next(found: boolean): number {
    if (found) this.#attempts = 0
    const grown = unit + (this.#attempts > 0 ? unit * (2 ** this.#attempts - 1) * (0.8 + 0.4 * this.random()) : 0)
    if (grown < this.longestMs) this.#attempts++
    return Math.min(grown, this.longestMs)
  }
}
