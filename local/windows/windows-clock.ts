/** A timer that can be taken back. */
export interface Timer {
  cancel(): void
}
interface Pending extends Timer {
  dueMs: number
  run: () => void
  handle?: NodeJS.Timeout
}

/** Longest wait that Node's timers take. */
const longestWaitMs = 2 ** 31 - 1

/** The simulated PC's time: runs `speed` times as fast as ours; a change of speed moves what is pending. */
export class WindowsClock {
  private originMs = Date.now()
  private elapsedMs = 0
  private readonly pending = new Set<Pending>()

  constructor(private speed: number) {}

  /** Windows time that has passed since the clock was made, in milliseconds. */
  now(): number {
    return this.elapsedMs + (Date.now() - this.originMs) * this.speed
  }

  /** Our time at which a Windows time comes, at the present speed. */
  realDate(dueMs: number): Date {
    return new Date(Date.now() + Math.max(0, dueMs - this.now()) / this.speed)
  }

  /** Changes how fast time passes; see `speedFactor`. */
  setSpeed(speed: number): void {
    this.elapsedMs = this.now()
    this.originMs = Date.now()
    this.speed = speed
    for (const timer of this.pending) this.arm(timer)
  }

  /** Runs `run` once, `seconds` of Windows time from now. */
  after(seconds: number, run: () => void): Timer {
    const timer: Pending = {
      dueMs: this.now() + seconds * 1000,
      run,
      cancel: () => {
        clearTimeout(timer.handle)
        this.pending.delete(timer)
      },
    }
    this.pending.add(timer)
    this.arm(timer)
    return timer
  }

  /** Resolves after `seconds` of Windows time; never, once the clock has been stopped. */
  wait(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(seconds, resolve)
    })
  }

  /** Drops everything that is pending. */
  stop(): void {
    for (const timer of [...this.pending]) timer.cancel()
  }

  private arm(timer: Pending): void {
    clearTimeout(timer.handle)
    const waitMs = (timer.dueMs - this.now()) / this.speed
    timer.handle = setTimeout(
      () => {
        // Timers may come a little early, and very long waits are cut in pieces.
        if (timer.dueMs - this.now() > this.speed) return this.arm(timer)
        this.pending.delete(timer)
        timer.run()
      },
      Math.min(Math.max(0, waitMs), longestWaitMs),
    )
  }
}
