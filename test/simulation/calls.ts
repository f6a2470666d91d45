/** One call from the app to anything outside: a boundary before its effect, one after, and whatever goes wrong at either. */
import type { Fault, FaultPlan, Place } from './faults'
import type { Random } from './random'
import type { Process, Scheduler } from './scheduler'

const SECOND = 1_000
/** Longer than any call waits for its answer, and with a stall still shorter than the quarantine. */
const LATE_MS = { least: 35 * SECOND, spread: 200 * SECOND }
const STALL_MS = { least: 15 * SECOND, spread: 200 * SECOND }
/** A process freezes at most this often: a call that is held up longer than the quarantine is beyond what the design promises. */
const STALL_EVERY_MS = 15 * 60 * SECOND

/** What all calls of a simulated world share. */
export interface Wire {
  scheduler: Scheduler
  random: Random
  plan: FaultPlan
  /** Effects that will still happen although nobody waits for them. */
  late: number
  /** Ends a process. */
  crash(process: Process): void
}

export interface Call<T> {
  place: Place
  /** The effect, in one turn. `deny`: the other side declines. */
  work: (deny: boolean) => T | Promise<T>
  /** What the caller gets instead of an answer: a value, or it throws. */
  failed: (fault: Fault) => T
  /** After how long the caller's own adapter gives up waiting. */
  patienceMs: number
  /** How long a slow answer may take. */
  slowMs: number
}

/** Makes the call on behalf of a process. Never comes back when the process crashes. */
export async function call<T>(wire: Wire, process: Process, { place, work, failed, ...times }: Call<T>): Promise<T> {
  const { scheduler, random, plan } = wire
  const fault = plan.draw(place)
  await scheduler.step(process)
  if (fault === 'crash before') await ending(wire, process)
  if (fault === 'stall before') await stall(wire, process)
  if (fault === 'fails') {
    await scheduler.step(process)
    return failed(fault)
  }
  if (fault === 'late') {
    happenLater(wire, () => work(false))
    await scheduler.step(process, times.patienceMs)
    return failed(fault)
  }
  const value = await work(fault === 'refused')
  if (fault === 'crash after') await ending(wire, process)
  if (fault === 'stall after') await stall(wire, process)
  if (fault === 'slow') await scheduler.step(process, SECOND + random.below(times.slowMs))
  else await scheduler.step(process)
  return fault === 'half' ? failed(fault) : value
}

/** An effect that nobody waits for any more. */
function happenLater(wire: Wire, work: () => unknown): void {
  wire.late += 1
  wire.scheduler.at(wire.scheduler.now + LATE_MS.least + wire.random.below(LATE_MS.spread), () => {
    wire.late -= 1
    work()
  })
}

/** The process ends: nobody ever goes on from here. */
function ending(wire: Wire, process: Process): Promise<never> {
  wire.crash(process)
  return new Promise(() => {})
}

async function stall({ scheduler, random }: Wire, process: Process): Promise<void> {
  if (scheduler.now - process.frozenUntil > STALL_EVERY_MS)
    process.frozenUntil = scheduler.now + STALL_MS.least + random.below(STALL_MS.spread)
  await scheduler.step(process)
}
