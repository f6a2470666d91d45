/** The queue of wakes: it may lose, repeat, delay and reorder them, and gives back what was not worked off. */
import type { WakeQueue } from '../../shared/platform/ports'
import { call, type Wire } from './calls'
import type { Process } from './scheduler'

const SECOND = 1_000
const GIVE_BACK_MS = 30 * SECOND
const DELIVERIES = 5

export interface Queue {
  /** The queue as a process sees it. */
  send(process: Process): WakeQueue['send']
}

/** The queue cannot be reached. */
export class QueueUnavailableError extends Error {}

/** @param handle works a wake off; a negative reply gives it back */
export function createQueue(wire: Wire, handle: (orderId: string) => Promise<{ ok: boolean }>): Queue {
  const { scheduler, random, plan } = wire

  async function deliver(orderId: string, delivery: number): Promise<void> {
    const { ok } = await handle(orderId)
    if (!ok && delivery < DELIVERIES)
      scheduler.at(scheduler.now + GIVE_BACK_MS, () => void deliver(orderId, delivery + 1))
  }

  const keep = (orderId: string, at: Date, delayMs = 0) => {
    scheduler.at(at.getTime() + delayMs + random.below(200), () => void deliver(orderId, 1))
  }

  return {
    send:
      (process) =>
      ({ orderId }, at) =>
        call<void>(wire, process, {
          place: 'wake',
          work: () => {
            const fault = plan.drawMessage('wake')
            if (fault === 'lose') return
            keep(orderId, at, fault === 'delay' ? random.below(20 * 60 * SECOND) : 0)
            if (fault === 'repeat') keep(orderId, at, random.below(5 * SECOND))
          },
          failed: (fault) => {
            throw new QueueUnavailableError(`simulated: ${fault}`)
          },
          patienceMs: 10 * SECOND,
          slowMs: 3 * SECOND,
        }),
  }
}
