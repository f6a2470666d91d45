import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { type Operator, parseOperator } from '../shared/domain/operator'
import { defaultRules, type Rules } from '../shared/domain/order/rules'
import { rulesOf } from '../shared/operator-rules'
import { usesServiceBus } from '../shared/platform/bus-settings'
import type { OpenedWakeQueue } from '../shared/platform/open-wake-queue'
import type { DocumentStore } from '../shared/platform/ports'
import { CliError, type Io } from './io'

const text = v.record(v.string(), v.string())
const localSettings = v.object({ Values: v.optional(text, {}) })

/**
 * The app settings that a command works with. A setting of the environment wins; then comes the app that `npm start` started here last
 * (`.local/app-settings.json`), then `local.settings.json` of Azure Functions Core Tools.
 */
export function readSettings(io: Io): Record<string, string | undefined> {
  const core = readJson(join(io.folder, 'local.settings.json'), localSettings)?.Values
  const started = readJson(join(io.folder, '.local/app-settings.json'), text)
  return { ...core, ...started, ...io.env }
}

/** Opens the store of the settings. The SDK is loaded only now: `--help` needs none. */
export async function openDocuments(io: Io): Promise<DocumentStore> {
  const { openState } = await import('../shared/platform/state')
  const settings = readSettings(io)
  const byIdentity = settings.COSMOS_ENDPOINT || settings.COSMOS_CONNECTION
  const environment = byIdentity ? settings : { ORDERS_STORAGE: connectionOf(io) }
  const state = await openState(environment, { clock: () => new Date() })
  if (state === undefined) throw new CliError('failed', noStore)
  return state
}

/** Opens the queue of the settings, to wake the app's workers; whoever opens it closes it. */
export async function openWakes(io: Io): Promise<OpenedWakeQueue> {
  const settings = readSettings(io)
  const { openWakeQueue } = await import('../shared/platform/open-wake-queue')
  return openWakeQueue(settings, usesServiceBus(settings) ? '' : connectionOf(io), () => new Date())
}

function connectionOf(io: Io): string {
  const settings = readSettings(io)
  const connection = settings.ORDERS_STORAGE ?? settings.AzureWebJobsStorage
  if (!connection) throw new CliError('failed', noStore)
  return connection
}

const noStore = 'No store is configured: set ORDERS_STORAGE or COSMOS_ENDPOINT, or run "npm start" in another terminal'

/** The numbers behind the decisions about orders: those of operator.json, or the defaults where there is none. */
export function readRules(io: Io): Rules {
  const operator = readOperator(io)
  return operator === undefined ? defaultRules : rulesOf(operator)
}

/**
 * The operator's configuration beside the command, if there is one.
 *
 * @throws {CliError} `failed` when it has faults
 */
export function readOperator(io: Io): Operator | undefined {
  const file = join(io.folder, 'operator.json')
  if (!existsSync(file)) return undefined
  const parsed = parseOperator(readJson(file, v.unknown()))
  if (parsed.ok) return parsed.operator
  const [issue] = parsed.issues
  throw new CliError(
    'failed',
    `operator.json has ${parsed.issues.length} faults, first ${issue?.path}: ${issue?.message}`,
  )
}

/** The profile types of all plans, in order. */
export function profileTypesOf(operator: Operator | undefined): string[] {
  return [...new Set(operator?.plans.map((plan) => plan.profileType))].sort()
}

function readJson<T>(file: string, schema: v.GenericSchema<unknown, T>): T | undefined {
  if (!existsSync(file)) return undefined
  try {
    return v.parse(schema, JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new CliError('failed', `${file} cannot be read: it is not JSON of the expected form`, { cause })
  }
}
