/** Queue function: a message says no more than "look at this order". */
import { app } from '@azure/functions'
import { composition } from '../shared/composition'
import { createLog, withLogSink } from '../shared/platform/log'
import { queues } from '../shared/platform/resources'

const log = createLog()

export function registerWakeOrder(): void {
  app.storageQueue('wakeOrder', {
    connection: 'ORDERS_STORAGE',
    queueName: queues.orderWakes.name,
    handler: (message, context) =>
      withLogSink(context, async () => {
        const { parseWake } = await import('../shared/platform/wake-messages')
        const wake = parseWake(message)
        // It would be no better the second time: only wakes that fail come again, and end in the poison queue.
        if (wake === undefined) return log.error('message dropped', { code: 'wake_malformed' })
        await (await composition.orders()).send(wake.orderId, { type: 'wake' })
      }),
  })
}
