/** What Service Bus does to those who use it: small things at every moment, and large ones now and then. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Broker } from '../../local/broker/broker'
import type { Decide, Verdict } from '../../local/broker/faults'
import { wakeQueueName } from '../../shared/platform/wake-messages'

const verdicts: readonly Verdict[] = ['cut', 'cut-after', 'detach', 'detach-after', 'ignore', 'ignore-after', 'twice']

/**
 * Breaks links and connections in the middle of sends, deliveries and settlements, leaves them unanswered, and has messages come twice.
 *
 * @param chance of each moment
 * @param random from 0 to 1
 * @param met gets what it did, as `send cut-after`
 */
export function smallTrouble(chance: number, random: () => number, met: Set<string>): Decide {
  return ({ at }) => {
    const verdict = random() < chance ? verdicts[Math.floor(random() * verdicts.length)] : undefined
    if (verdict === undefined || (verdict === 'twice' && at !== 'send')) return 'work'
    met.add(`${at} ${verdict}`)
    return verdict
  }
}

/** One large event each; to be had in turn. */
export const largeTrouble: readonly ((broker: Broker) => Promise<void> | void)[] = [
  (broker) => broker.cutAll(),
  (broker) => broker.detachAll(wakeQueueName),
  // It forgets all locks.
  (broker) => void broker.queue(wakeQueueName).expireLocks(),
  // It restarts.
  async (broker) => {
    await broker.down()
    await delay(200)
    await broker.up()
  },
  // It falls silent.
  async (broker) => {
    broker.playDead(true)
    await delay(400)
    broker.playDead(false)
  },
]
