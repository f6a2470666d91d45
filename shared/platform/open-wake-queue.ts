/** Which queue carries the wakes, decided by the settings; its SDK is loaded when it is opened. */
import { readBusConnection, usesServiceBus } from './bus-settings'
import type { Clock, WakeQueue } from './ports'

/** A queue that was opened. `close`, where it keeps a connection: without it a process that has done its work does not end. */
export type OpenedWakeQueue = WakeQueue & { prepare(): Promise<void>; close?(): Promise<void> }

type Environment = Readonly<Record<string, string | undefined>>

/** How far ahead the queue of these settings takes wakes, in milliseconds: known before it is opened. */
export function wakeHorizonMs(environment: Environment): number {
  return usesServiceBus(environment) ? Number.POSITIVE_INFINITY : 15 * 60_000
}

/**
 * Service Bus where the settings name one, otherwise the queues of the storage account.
 *
 * @throws {BusSettingsError}
 */
export async function openWakeQueue(environment: Environment, storage: string, now: Clock): Promise<OpenedWakeQueue> {
  const connection = readBusConnection(environment)
  if (connection !== undefined) {
    const { createServiceBusWakeQueue } = await import('./service-bus-wake-queue')
    return createServiceBusWakeQueue({ connection, now })
  }
  const { createStorageWakeQueue } = await import('./storage-wake-queue')
  return createStorageWakeQueue({ connectionString: storage, now })
}
