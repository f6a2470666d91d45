/**
 * Whether wakes go through Service Bus, and how it is reached: the settings that the trigger of the Functions host reads, so that one
 * block of configuration serves trigger and client ("Azure Service Bus trigger for Azure Functions", section "Connections"). Light: it
 * is read while the app loads.
 */
import { serviceBusConnection } from './resources'

/** How the namespace is reached. */
export type BusConnection =
  | {
      by: 'identity'
      /** Such as `mobile-plans.servicebus.windows.net`. */
      namespace: string
      /** True in Azure: the identity of the app. False: whoever is signed in on this machine. */
      managed: boolean
      /** Of a user-assigned identity. */
      clientId?: string
    }
  | { by: 'connectionString'; connectionString: string }

type Environment = Readonly<Record<string, string | undefined>>

/** A setting of Service Bus cannot be used; the message shows no value. */
export class BusSettingsError extends Error {
  readonly code = 'settings_invalid'
  constructor(message: string) {
    super(message)
    this.name = 'BusSettingsError'
  }
}

/** Whether the connection string or the namespace (`NAME__fullyQualifiedNamespace`, see `resources.ts`) is set: it decides which trigger exists. Judges nothing. */
export function usesServiceBus(environment: Environment): boolean {
  return Boolean(environment[serviceBusConnection] || environment[`${serviceBusConnection}__fullyQualifiedNamespace`])
}

/**
 * Reads the connection. As in the host, a plain setting wins over an identity.
 *
 * @returns `undefined` when Service Bus is not configured
 * @throws {BusSettingsError} for a connection string with a key that is not an emulator's: keys can leak and cannot be told apart in
 *   the log, and in Azure an identity does the same without one
 */
export function readBusConnection(environment: Environment): BusConnection | undefined {
  const connectionString = environment[serviceBusConnection]
  if (connectionString) {
    if (!isEmulator(connectionString))
      throw new BusSettingsError(
        `app settings: ${serviceBusConnection} is a connection string with a key; it is for emulators (UseDevelopmentEmulator=true). In Azure set ${serviceBusConnection}__fullyQualifiedNamespace`,
      )
    return { by: 'connectionString', connectionString }
  }
  const namespace = environment[`${serviceBusConnection}__fullyQualifiedNamespace`]
  if (!namespace) return undefined
  const clientId = environment[`${serviceBusConnection}__clientId`]
  const managed = environment[`${serviceBusConnection}__credential`]?.toLowerCase() === 'managedidentity'
  return { by: 'identity', namespace, managed, ...(clientId && { clientId }) }
}

function isEmulator(connectionString: string): boolean {
  const host = /(?:^|;)\s*Endpoint\s*=\s*sb:\/\/(\[[^\]]*\]|[^/:;]*)/i.exec(connectionString)?.[1]?.toLowerCase()
  if (host === undefined) return false
  const loopback = host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
  return loopback || /(?:^|;)\s*UseDevelopmentEmulator\s*=\s*true\s*(?:;|$)/i.test(connectionString)
}
