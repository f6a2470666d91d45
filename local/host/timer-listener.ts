import type { RegisteredFunction } from './core-types'
import { isSubMinute, parseSchedule, type Schedule } from './cron'
import type { Invoker } from './invoker'
import type { Listener } from './listener'
import { resolveSettings, type Settings, textOf } from './settings'

/** `setTimeout` takes no longer delay. */
const longestDelay = 2 ** 31 - 1
/** .NET's `default(DateTime)`: no run was recorded. */
const never = '0001-01-01T00:00:00+00:00'

interface Status {
  last: Date | undefined
  next: Date
  lastUpdated: Date
}

/**
 * Runs a timer function when it is due, one run at a time. The status lives in memory: after a restart nothing counts as missed.
 *
 * @see Azure/azure-webjobs-sdk-extensions `TimerListener.cs`
 */
export class TimerListener implements Listener {
  readonly #schedule: Schedule
  readonly #monitored: boolean
  readonly #runOnStartup: boolean
  #status: Status
  #timer: NodeJS.Timeout | undefined
  #running: Promise<unknown> = Promise.resolve()
  #stopped = false

  /** @throws {HostError} `schedule_invalid`, `setting_missing` */
  constructor(
    readonly registered: RegisteredFunction,
    readonly invoker: Invoker,
    settings: Settings,
  ) {
    const { trigger } = registered
    const now = new Date()
    this.#schedule = parseSchedule(resolveSettings(textOf(trigger.schedule), settings))
    this.#monitored = trigger.useMonitor !== false && !isSubMinute(this.#schedule, now)
    this.#runOnStartup = trigger.runOnStartup === true
    this.#status = { last: undefined, next: this.#nextAfter(now), lastUpdated: now }
  }

  start(): void {
    if (this.#runOnStartup) this.#running = this.#run(new Date(), 'RunOnStartup').then(() => this.#arm())
    else this.#arm()
  }

  /** Starts a run outside of the schedule, after one that may be running. */
  runNow(): void {
    this.#running = this.#running.then(() =>
      this.#invoke('This function was programmatically called via the host APIs.'),
    )
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #arm(): void {
    if (this.#stopped) return
    const wait = Math.max(0, this.#status.next.getTime() - Date.now())
    this.#timer = setTimeout(
      () => {
        if (wait > longestDelay || Date.now() < this.#status.next.getTime()) this.#arm()
        else this.#running = this.#running.then(() => this.#run(new Date(), 'schedule')).then(() => this.#arm())
      },
      Math.min(wait, longestDelay),
    )
  }

  async #run(at: Date, reason: string): Promise<void> {
    if (this.#stopped) return
    await this.#invoke(`Timer fired at ${at.toISOString()} (${reason})`)
    this.#status = { last: at, next: this.#nextAfter(at), lastUpdated: at }
  }

  async #invoke(reason: string): Promise<void> {
    const { last, next, lastUpdated } = this.#status
    const status = { Last: last ? text(last) : never, Next: text(next), LastUpdated: text(lastUpdated) }
    const timer = {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: this.#monitored ? status : null,
      IsPastDue: false,
    }
    await this.invoker.run(this.registered, { data: { json: JSON.stringify(timer) }, reason })
  }

  #nextAfter(at: Date): Date {
    return this.#schedule.next(at) ?? new Date(at.getTime() + longestDelay)
  }
}

/** Newtonsoft.Json writes a UTC time with its offset. */
const text = (date: Date) => date.toISOString().replace('Z', '+00:00')
