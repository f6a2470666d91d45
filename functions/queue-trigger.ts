/** Queue functions: the same function on a storage queue or on Service Bus, as the settings say. */
import { app, type InvocationContext } from '@azure/functions'
import { usesServiceBus } from '../shared/platform/bus-settings'
import { withLogSink } from '../shared/platform/log'
import { serviceBusConnection } from '../shared/platform/resources'

/**
 * Registers a function for the messages of a queue.
 *
 * Which trigger it has is decided while the app loads, so that an app in Azure has only the one it uses: the scaler watches, and pays
 * for, every trigger there is. Either host hands a JSON body over parsed; a handler that throws gets the message again, and after
 * the last attempt it lies in the poison queue or among the dead letters.
 */
export function registerQueue(
  name: string,
  queueName: string,
  handle: (message: unknown, context: InvocationContext) => Promise<void>,
): void {
  const handler = (message: unknown, context: InvocationContext) => withLogSink(context, () => handle(message, context))
  if (usesServiceBus(process.env)) app.serviceBusQueue(name, { connection: serviceBusConnection, queueName, handler })
  else app.storageQueue(name, { connection: 'ORDERS_STORAGE', queueName, handler })
}
