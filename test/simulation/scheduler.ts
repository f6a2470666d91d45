/**
 * Virtual time, and who goes next. Every step of every task waits here; of those whose time has come, chance picks one. Time stands
 * still while a task runs, and jumps when nobody is left to run.
 */
import type { Random } from './random'

/** A process of the app, from its start to its crash. What it was doing when it crashed never goes on. */
export class Process {
  alive = true
  /** A process that is frozen (collecting garbage, moved to another machine) notices nothing until then. */
  frozenUntil = 0
  readonly #watchers = new Set<() => void>()

  constructor(
    readonly name: string,
    /** How far its clock is ahead of true time. */
    readonly skewMs: number,
  ) {}

  crash(): void {
    this.alive = false
    for (const tell of this.#watchers) tell()
    this.#watchers.clear()
  }

  /** Calls `then` when the process crashes; the function returned ends that. */
  watch(then: () => void): () => void {
    if (!this.alive) then()
    else this.#watchers.add(then)
    return () => this.#watchers.delete(then)
  }
}

interface Entry {
  at: number
  /** Absent: the world outside, which never crashes. */
  owner: Process | undefined
  run: () => void
}

export class Scheduler {
  #waiting: Entry[] = []
  now: number
  steps = 0

  constructor(
    private readonly random: Random,
    start: number,
  ) {
    this.now = start
  }

  /** Runs `then` at a time; the function returned calls it off. */
  at(at: number, then: () => void, owner?: Process): () => void {
    const entry: Entry = { at: Math.max(at, this.now), owner, run: then }
    this.#waiting.push(entry)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry)
    }
  }

  /** Suspends the task of a process until chance picks it again. */
  step(owner?: Process, ms = this.#latency()): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ at: this.now + ms, owner, run: resolve })
    })
  }

  /** Runs until nobody waits any more or `stop` says so. */
  async run(stop: () => boolean): Promise<void> {
    for (;;) {
      await settled()
      if (stop()) return
      const entry = this.#next()
      if (entry === undefined) return
      this.steps += 1
      entry.run()
    }
  }

  #next(): Entry | undefined {
    const waiting = this.#waiting.filter(({ owner }) => owner?.alive !== false)
    this.#waiting = waiting
    let earliest = Number.POSITIVE_INFINITY
    for (const entry of waiting) {
      if (entry.owner !== undefined && entry.owner.frozenUntil > entry.at) entry.at = entry.owner.frozenUntil
      if (entry.at < earliest) earliest = entry.at
    }
    if (waiting.length === 0) return undefined
    if (earliest > this.now) this.now = earliest
    const ready = waiting.filter(({ at }) => at <= this.now)
    const chosen = this.random.pick(ready)
    waiting.splice(waiting.indexOf(chosen), 1)
    return chosen
  }

  /** Mostly none, so that tasks compete; now and then long enough for others to get far ahead. */
  #latency(): number {
    const chance = this.random.next()
    if (chance < 0.7) return 0
    return chance < 0.9 ? 5 : chance < 0.98 ? 40 : 400
  }
}

/** Resolves when every promise has been followed as far as it goes: Node serves ticks only once no microtask is left. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}
