/** Queue function: a message says no more than "look at this order". */
import { app } from '@azure/functions'
import { composition } from '../shared/composition'
import { withLogSink } from '../shared/platform/log'
import { queues } from '../shared/platform/resources'

export function registerWakeOrder(): void {
  app.storageQueue('wakeOrder', {
    connection: 'ORDERS_STORAGE',
    queueName: queues.orderWakes.name,
    handler: (message, context) =>
      withLogSink(context, async () => {
        const { parseWake } = await import('../shared/platform/wake-messages')
        // A message that is not a wake is recorded by the throw and ends in the poison queue.
        const { orderId } = parseWake(message)
        await (await composition.orders()).send(orderId, { type: 'wake' })
      }),
  })
}
