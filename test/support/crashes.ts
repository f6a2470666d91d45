/** Lets a process end at a chosen step in the world of orders. */
import { Crash, type World } from './order-world'

/** Numbers every step: before and after each store call and each call to another system. The sweep's listings change nothing and are left out. */
export function crashAt(world: World, wanted: number): { steps: () => number } {
  let step = 0
  const pass = (what: string) => {
    step += 1
    if (step === wanted) throw new Crash(what)
  }
  world.beforeStore = ({ name, container }) => {
    if (container !== 'open' || name !== 'listPartition') pass(`before ${name} ${container}`)
  }
  world.afterStore = ({ name, container }) => {
    if (container !== 'open' || name !== 'listPartition') pass(`after ${name} ${container}`)
  }
  const usual = world.verdict
  world.verdict = (call) => {
    pass(`before ${call}`)
    return usual(call)
  }
  world.afterCall = (call) => pass(`after ${call}`)
  return { steps: () => step }
}

/** From now on the process lives, and every call works. */
export function noMoreCrashes(world: World): void {
  world.beforeStore = () => {}
  world.afterStore = () => {}
  world.afterCall = () => {}
  world.verdict = () => 'work'
}

/** Whether the process lived through the work. */
export async function survives(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    if (error instanceof Crash) return false
    throw error
  }
}
