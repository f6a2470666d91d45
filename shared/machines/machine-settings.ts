/** What of operator.json decides who may call and how the operator API behaves: read alone, so that the first GetBalance loads little. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { defaultOperatorApi, type OperatorApiConfig } from '../domain/operator-api-defaults'
import type { Access } from './access'

/** See {@link loadMachineSettings}. */
export interface MachineSettings {
  access: Access
  operatorApi: OperatorApiConfig
}

/** These parts of operator.json cannot be used: nobody is admitted by guesses. */
export class MachineSettingsError extends Error {
  readonly code = 'machine_settings_invalid'
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'MachineSettingsError'
  }
}

/** Where certificates that operator.json names lie in the build, under their own paths. */
export const builtCertificates = 'dist/access'

/**
 * Reads `access` and `operatorApi`. Schemas and certificates are loaded only where the file has such a part; the rest of the file is checked by
 * whoever needs it.
 *
 * @param appRoot folder of the build, for certificates that were packed with it
 * @throws {MachineSettingsError} or {AccessError}
 */
export async function loadMachineSettings(operatorFile: string, appRoot: string): Promise<MachineSettings> {
  const { access, operatorApi } = await readParts(operatorFile)
  const [allowed, behaviour] = await Promise.all([
    access === undefined ? {} : loadAccess(access, operatorFile, appRoot),
    operatorApi === undefined ? defaultOperatorApi : loadBehaviour(operatorApi),
  ])
  return { access: allowed, operatorApi: behaviour }
}

async function readParts(file: string): Promise<{ access?: unknown; operatorApi?: unknown }> {
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof json === 'object' && json !== null) return json
  } catch (cause) {
    throw new MachineSettingsError('operator.json is missing or is not JSON', { cause })
  }
  throw new MachineSettingsError('operator.json holds no object')
}

async function loadAccess(given: unknown, operatorFile: string, appRoot: string): Promise<Access> {
  const [v, { accessSchema }, { readAccess }] = await Promise.all([
    import('valibot'),
    import('../domain/access-schema'),
    import('./access'),
  ])
  const parsed = v.safeParse(accessSchema, given)
  if (!parsed.success)
    throw invalid(
      'access',
      parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'all of it'}: ${issue.message}`),
    )
  return readAccess(parsed.output, [dirname(operatorFile), join(appRoot, builtCertificates)])
}

async function loadBehaviour(given: unknown): Promise<OperatorApiConfig> {
  const [v, { operatorApiSchema }] = await Promise.all([import('valibot'), import('../domain/operator-api-schema')])
  const parsed = v.safeParse(operatorApiSchema, given)
  if (!parsed.success)
    throw invalid(
      'operatorApi',
      parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'all of it'}: ${issue.message}`),
    )
  return parsed.output
}

function invalid(part: string, messages: readonly string[]): MachineSettingsError {
  return new MachineSettingsError(`operator.json, ${part}: ${messages.join('; ')}`)
}
