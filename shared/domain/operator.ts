import * as v from 'valibot'
import { checkOperator, warnAboutOperator } from './operator-checks'
import { type Operator, operatorSchema } from './operator-schema'

export type { Operator } from './operator-schema'

/** Something about `operator.json` that a person should change. */
export interface OperatorIssue {
  /** Where, such as `plans[2].price.currency`; empty for the whole file. */
  path: string
  /** What to do about it. */
  message: string
}

/** Outcome of {@link parseOperator}. Warnings do not stop the app from starting. */
export type ParsedOperator =
  | { ok: true; operator: Operator; warnings: OperatorIssue[] }
  | { ok: false; issues: OperatorIssue[] }

/**
 * Validates the content of `operator.json`, fills in defaults, and says of every fault where it is and what to do.
 *
 * @param json the parsed file
 */
export function parseOperator(json: unknown): ParsedOperator {
  const parsed = v.safeParse(operatorSchema, json)
  if (!parsed.success) {
    return { ok: false, issues: parsed.issues.map((issue) => ({ path: pathOf(issue.path), message: issue.message })) }
  }
  const { $schema: _, ...operator } = parsed.output
  const issues = checkOperator(operator)
  return issues.length > 0 ? { ok: false, issues } : { ok: true, operator, warnings: warnAboutOperator(operator) }
}

function pathOf(items: readonly { key: unknown }[] | undefined): string {
  let path = ''
  for (const { key } of items ?? []) {
    if (typeof key === 'number') path += `[${key}]`
    else path += path === '' ? String(key) : `.${String(key)}`
  }
  return path
}
