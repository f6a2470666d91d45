import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { HostError, messageOf } from './errors'
import { parseJsonWithComments } from './json'

/** App settings, as the app sees them in `process.env`. */
export type Settings = Readonly<Record<string, string | undefined>>

const LocalSettings = v.object({
  IsEncrypted: v.optional(v.boolean()),
  Values: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()]))),
})

/**
 * Reads `Values` of `local.settings.json`; an absent file gives none.
 *
 * @throws {HostError} `local_settings_invalid`
 * @see "Code and test Azure Functions locally", section "Local settings file"
 */
export function readLocalSettings(appRoot: string): Record<string, string> {
  const text = readOptional(join(appRoot, 'local.settings.json'))
  if (text === undefined) return {}
  const parsed = v.safeParse(LocalSettings, parseFile(text))
  if (!parsed.success) {
    throw new HostError(
      'local_settings_invalid',
      `local.settings.json: ${v.flatten(parsed.issues).root ?? issuePaths(parsed.issues)}`,
    )
  }
  if (parsed.output.IsEncrypted) {
    throw new HostError('local_settings_invalid', 'local.settings.json is encrypted: run `func settings decrypt` first')
  }
  const values = Object.entries(parsed.output.Values ?? {})
  return Object.fromEntries(values.map(([name, value]) => [name, value === null ? '' : String(value)]))
}

/**
 * The environment of the app. A variable that the process already has wins over `local.settings.json`, as with `func start`.
 *
 * @param given variables that win over both, for tests and for `npm start`
 */
export function appEnvironment(
  appRoot: string,
  port: number,
  processEnvironment: Settings,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const own = {
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsScriptRoot: appRoot,
    WEBSITE_HOSTNAME: `localhost:${port}`,
  }
  const merged = {
    ...own,
    ...readLocalSettings(appRoot),
    ...processEnvironment,
    ...given,
    AzureWebJobsScriptRoot: appRoot,
  }
  const defined = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(defined)
}

/**
 * Replaces `%NAME%` in a binding property by the app setting of that name.
 *
 * @throws {HostError} `setting_missing`
 * @see "Azure Functions triggers and bindings expressions", section "Binding expressions - app settings"
 */
export function resolveSettings(text: string, settings: Settings): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name]
    if (value === undefined) throw new HostError('setting_missing', `'%${name}%' does not resolve to a value`)
    return value
  })
}

function parseFile(text: string): unknown {
  try {
    return parseJsonWithComments(text)
  } catch (cause) {
    throw new HostError('local_settings_invalid', `local.settings.json is not JSON: ${messageOf(cause)}`, { cause })
  }
}

function issuePaths(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .map((issue) => `${v.getDotPath(issue) ?? 'file'}: expected ${issue.expected ?? 'another value'}`)
    .join('; ')
}

/** The text of a file, or nothing when it is absent. */
export function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
}

/** A binding property that should be text; anything else is empty. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
