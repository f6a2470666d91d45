/** Queue function: a message says no more than "look at this order". */
import { composition } from '../shared/composition'
import { createLog } from '../shared/platform/log'
import { queues } from '../shared/platform/resources'
import { registerQueue } from './queue-trigger'

const log = createLog()

export function registerWakeOrder(): void {
  registerQueue('wakeOrder', queues.orderWakes.name, async (message) => {
    const { parseWake } = await import('../shared/platform/wake-messages')
    const wake = parseWake(message)
    // It would be no better the second time: only wakes that fail come again, and end in the poison queue or among the dead letters.
    if (wake === undefined) return log.error('message dropped', { code: 'wake_malformed' })
    await (await composition.orders()).send(wake.orderId, { type: 'wake' })
  })
}
