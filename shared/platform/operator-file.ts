import { readFile } from 'node:fs/promises'
import { type Operator, type OperatorIssue, parseOperator } from '../domain/operator'

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
    for (const warning of parsed.warnings) warn?.(warning)
    return parsed.operator
  }
  const issues = parsed.issues.map(({ path: place, message }) => `  ${place}: ${message}`)
  throw new OperatorFileError(`${path} needs attention:\n${issues.join('\n')}`)
}
