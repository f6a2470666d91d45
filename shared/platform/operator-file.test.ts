import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import sample from '../../operator.json' with { type: 'json' }
import type { OperatorIssue } from '../domain/operator'
import { loadOperator, OperatorFileError } from './operator-file'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operator-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function load(content: string) {
  const path = join(folder, 'operator.json')
  await writeFile(path, content)
  const warnings: OperatorIssue[] = []
  return { operator: await loadOperator(path, (warning) => warnings.push(warning)), warnings }
}

test('the sample loads without a warning', async () => {
  const { operator, warnings } = await load(JSON.stringify(sample))
  expect(operator.brand.name).toBe('Fjordline Mobile')
  expect(warnings).toEqual([])
})

test('what a person should change is told, and the app runs with it', async () => {
  const hours = { en: 'Every day' }
  const { operator, warnings } = await load(JSON.stringify({ ...sample, support: { ...sample.support, hours } }))
  expect(operator.support.hours).toEqual(hours)
  expect(warnings).toMatchObject([{ path: 'support.hours' }])
})

test.each([['{'], ['{}']])('%s is refused with the name of the file', async (content) => {
  await expect(load(content)).rejects.toThrow(OperatorFileError)
  await expect(load(content)).rejects.toThrow(/operator\.json/)
})
