import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import operator from '../operator.json'
import { operatorJsonSchema, operatorJsonSchemaText } from './operator-schema'

test('operator.schema.json is what the app validates with; after a change run this file with `vitest -u`', async () => {
  await expect(operatorJsonSchemaText()).toMatchFileSnapshot('../operator.schema.json')
})

test('the committed schema is JSON Schema and accepts operator.json', async () => {
  const schema: unknown = JSON.parse(await readFile(new URL('../operator.schema.json', import.meta.url), 'utf8'))
  expect(schema).toEqual(operatorJsonSchema())
  const validate = new Ajv({ strict: true, allErrors: true, formats: { email: true } }).compile(operatorJsonSchema())
  expect(validate(operator), JSON.stringify(validate.errors)).toBe(true)
})

test('the schema refuses unknown keys and wrong shapes, and lets defaults be left out', () => {
  const validate = new Ajv({ allErrors: true, formats: { email: true } }).compile(operatorJsonSchema())
  const { fulfilment: _, ...short } = operator
  expect(validate(short)).toBe(true)
  expect(validate({ ...operator, colour: 'red' })).toBe(false)
  expect(validate({ ...operator, plans: [] })).toBe(false)
  expect(validate({ ...operator, markets: ['Germany'] })).toBe(false)
  expect(validate({ ...operator, support: { ...operator.support, email: 5 } })).toBe(false)
})

test('every setting of a plan, the SM-DP+ and fulfilment explains itself', () => {
  const described = JSON.stringify(operatorJsonSchema())
  for (const words of [
    'Minutes until the SM-DP+ can release',
    'ISO 8601 duration',
    'functionRequesterIdentifier',
    'Days an order waits',
  ]) {
    expect(described).toContain(words)
  }
})
