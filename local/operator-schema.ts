/** The JSON Schema of `operator.json`, generated from the schema that the app validates with, for completion and hints in an editor. */
import { toJsonSchema } from '@valibot/to-json-schema'
import { operatorSchema } from '../shared/domain/operator-schema'

/**
 * The schema as JSON (draft 7, which editors know best). Rules that JSON Schema cannot express (unique ids, overlapping ranges, check of host
 * names…) are left out; `parseOperator` has them all.
 */
export function operatorJsonSchema(): Record<string, unknown> {
  // Input side: what a person writes, where fields with a default may be left out. `ignore`: checks in code have no JSON Schema form.
  const schema = toJsonSchema(operatorSchema, { errorMode: 'ignore', typeMode: 'input', target: 'draft-07' })
  const { $schema, ...rest } = schema
  return { $schema, title: 'operator.json of the Mobile Plans operator app', ...rest }
}

/** Text of `operator.schema.json`, with short lists on one line as the formatter wants them. */
export function operatorJsonSchemaText(): string {
  const text = JSON.stringify(operatorJsonSchema(), null, 2)
  const compact = text.replaceAll(/^(.*)\[\n([^[\]{}]*?)\n\s*\]/gm, (list, before: string, items: string) => {
    const line = `${before}[${items
      .split('\n')
      .map((item) => item.trim())
      .join(' ')}]`
    return line.length < 120 ? line : list
  })
  return `${compact}\n`
}
