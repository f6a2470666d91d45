/** App settings: what differs from one environment to the next. What an operator decides stands in `operator.json`. */
import * as v from 'valibot'
import { isLoginKeys, loginKeysForm } from './login-keys'
import { checkPartners, partnerEntries } from './partner-settings'
import { usesServiceBus } from './platform/bus-settings'

const httpUrl = v.pipe(v.string(), v.url('must be a URL'))
const file = v.pipe(v.string(), v.minLength(1))

const schema = v.object({
  /** Connection string of the storage account that holds state and wakes, but for what Cosmos DB and Service Bus hold; empty: neither. */
  ORDERS_STORAGE: v.optional(v.string(), ''),
  /** Address of the Cosmos DB account that holds state, entered by managed identity; absent: state is in `ORDERS_STORAGE`. */
  COSMOS_ENDPOINT: v.optional(v.pipe(httpUrl, v.startsWith('https://', 'must be https'))),
  /** Connection string of an emulator of Cosmos DB, in place of `COSMOS_ENDPOINT`. */
  COSMOS_CONNECTION: v.optional(v.pipe(v.string(), v.minLength(1))),
  /** Where the portal is reached; default: `portal.publicUrl` of operator.json. */
  PORTAL_URL: v.optional(httpUrl),
  /** Each of these replaces the address in operator.json: staging and laptops have their own. */
  ES2PLUS_URL: v.optional(httpUrl),
  BILLING_URL: v.optional(httpUrl),
  PROVISIONING_URL: v.optional(httpUrl),
  IDENTITY_CHECK_URL: v.optional(httpUrl),
  /** Keys of the HMAC over login names, see login-keys.ts; in Azure a secret holds them. */
  LOGIN_HMAC_KEY: v.optional(v.pipe(v.string(), v.check(isLoginKeys, `must be ${loginKeysForm}`))),
  /** Client id of the identity that this app has in Azure. */
  AZURE_CLIENT_ID: v.optional(v.pipe(v.string(), v.uuid('must be a client id'))),
  /** Vaults: what is agreed with partners, and the keys over login names. */
  KEY_VAULT_URL: v.optional(httpUrl),
  LOGIN_VAULT_URL: v.optional(httpUrl),
  ...partnerEntries,
  /** Another operator.json than the one beside host.json. */
  OPERATOR_FILE: v.optional(file),
})

export type Settings = v.InferOutput<typeof schema>

/** Settings that are missing or wrong; the message names each and never shows a value. */
export class SettingsError extends Error {
  readonly code = 'settings_invalid'
  constructor(message: string) {
    super(message)
    this.name = 'SettingsError'
  }
}

/**
 * Reads the settings from the environment.
 *
 * @throws {SettingsError}
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = v.safeParse(schema, given)
  const partners = [...checkStorage(given), ...checkPartners(given)]
  if (parsed.success && partners.length === 0) return parsed.output
  const issues = (parsed.issues ?? []).map((issue) => `${v.getDotPath(issue) ?? 'settings'} ${issue.message}`)
  issues.push(...partners)
  throw new SettingsError(`app settings: ${issues.join('; ')}`)
}

/** Without a storage account both state and wakes need another place. */
function checkStorage(given: Record<string, string | undefined>): string[] {
  const state = given.COSMOS_ENDPOINT ?? given.COSMOS_CONNECTION
  if (given.ORDERS_STORAGE !== undefined || (state !== undefined && usesServiceBus(given))) return []
  return ['ORDERS_STORAGE is missing; see local.settings.sample.json']
}
