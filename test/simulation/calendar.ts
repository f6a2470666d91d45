/** The minute's look into the calendar of renewals, left out where it would find nothing. */
import type { Entered } from './store'
import type { World } from './world'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export interface Calendar {
  arm(): void
  /** True when nothing that it holds is still to be renewed. */
  isQuiet(): boolean
}

/** As the app's timer: once a minute, on the minute; now and then two processes at once. */
export function createCalendar(world: World): Calendar {
  const { scheduler, random, plan } = world.wire
  let last = Number.NEGATIVE_INFINITY
  let next = Number.POSITIVE_INFINITY
  let callOff = () => {}

  const due = () =>
    [...world.store.calendar.values()].filter(({ entry }) => Date.parse(entry.placeAt) <= world.renewUntil)

  /** The next time at which the timer reads the partition that an entry is in. */
  function readAt({ partition, entry }: Entered): number {
    const earliest = Math.max(Date.parse(entry.placeAt), scheduler.now, last + 1)
    const hour = Date.parse(`${partition.slice(-13)}:00:00Z`)
    // With a clock that is behind, the time has come a minute later.
    const minute = Math.ceil(earliest / MINUTE) * MINUTE
    return minute - hour < 2 * HOUR ? minute : Math.ceil(earliest / HOUR) * HOUR
  }

  function arm(): void {
    const at = Math.min(...due().map(readAt))
    if (at >= next || !Number.isFinite(at)) return
    callOff()
    next = at
    callOff = scheduler.at(at, () => {
      last = scheduler.now
      next = Number.POSITIVE_INFINITY
      const look = () => world.request((app) => app.renewals(), 5 * MINUTE)
      const looks = plan.healed || random.chance(0.6) ? [look()] : [look(), look()]
      void Promise.all(looks).then(arm)
    })
  }

  return { arm, isQuiet: () => due().length === 0 }
}
