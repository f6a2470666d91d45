import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AccessConfig } from '../domain/access-schema'
import { type Operator, type OperatorIssue, parseOperator } from '../domain/operator'
import { AccessError, readAccess } from '../machines/access'
import { builtCertificates } from '../machines/machine-settings'
import { findAppRoot } from './app-root'

/** `operator.json` cannot be read, or says something that cannot be. The message names each place. */
export class OperatorFileError extends Error {
  readonly code = 'operator_file_invalid'
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'OperatorFileError'
  }
}

/**
 * Reads and checks the operator's configuration.
 *
 * @param warn told of each thing that a person should change although the app runs with it
 * @throws {OperatorFileError}
 */
export async function loadOperator(path: string, warn?: (warning: OperatorIssue) => void): Promise<Operator> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new OperatorFileError(`${path} is missing or is not JSON`, { cause })
  }
  const parsed = parseOperator(json)
  if (parsed.ok) {
    if (parsed.operator.access !== undefined) await checkCertificates(path, parsed.operator.access)
    for (const warning of parsed.warnings) warn?.(warning)
    return parsed.operator
  }
  const issues = parsed.issues.map(({ path: place, message }) => `  ${place}: ${message}`)
  throw new OperatorFileError(`${path} needs attention:\n${issues.join('\n')}`)
}

/** The certificates that it names are part of it. */
async function checkCertificates(path: string, access: AccessConfig): Promise<void> {
  try {
    await readAccess(access, [dirname(path), join(findAppRoot(), builtCertificates)])
  } catch (error) {
    if (!(error instanceof AccessError)) throw error
    throw new OperatorFileError(`${path} needs attention:\n  ${error.path}: ${error.reason}`, { cause: error })
  }
}
