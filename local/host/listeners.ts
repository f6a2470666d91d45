import { BusListener } from './bus-listener'
import type { RegisteredFunction } from './core-types'
import { messageOf } from './errors'
import type { HostConfig } from './host-json'
import type { Invoker } from './invoker'
import type { Listener } from './listener'
import type { Log } from './log'
import { connectionString, serviceBus } from './queue-connection'
import { QueueListener } from './queue-listener'
import type { FunctionErrors } from './route-table'
import { resolveSettings, type Settings, textOf } from './settings'
import { TimerListener } from './timer-listener'

/** What listeners are made with. */
export interface ListenerParts {
  invoker: Invoker
  config: HostConfig
  settings: Settings
  log: Log
}

/**
 * Listeners of the functions that are not HTTP functions, by function name. What cannot be served here is put into `errors`.
 */
export function createListeners(
  functions: readonly RegisteredFunction[],
  parts: ListenerParts,
  errors: FunctionErrors,
): Map<string, Listener> {
  const listeners = new Map<string, Listener>()
  for (const registered of functions) {
    const name = registered.metadata.name
    try {
      const listener = createListener(registered, parts)
      if (listener) listeners.set(name, listener)
      else if (!/^(?:http|warmup)trigger$/i.test(registered.trigger.type)) {
        errors.set(name, `not served locally: trigger type ${registered.trigger.type}`)
      }
    } catch (thrown) {
      errors.set(name, messageOf(thrown))
    }
  }
  return listeners
}

function createListener(registered: RegisteredFunction, parts: ListenerParts): Listener | undefined {
  const { trigger } = registered
  switch (trigger.type.toLowerCase()) {
    case 'timertrigger':
      return new TimerListener(registered, parts.invoker, parts.settings)
    case 'queuetrigger':
      return new QueueListener(
        registered,
        parts.invoker,
        parts.config.queues,
        {
          queueName: resolveSettings(textOf(trigger.queueName), parts.settings).toLowerCase(),
          connectionString: connectionString(trigger.connection, parts.settings),
        },
        parts.log,
      )
    case 'servicebustrigger':
      return new BusListener(
        registered,
        parts.invoker,
        parts.config.serviceBus,
        {
          queueName: resolveSettings(textOf(trigger.queueName), parts.settings),
          connectionString: connectionString(trigger.connection, parts.settings, serviceBus),
        },
        parts.log,
      )
    default:
      return undefined
  }
}
