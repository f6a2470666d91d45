import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { callsOf, courses, tableOf } from '../../support/budgets'

test('an order makes exactly the calls that the documentation says: more is a regression, fewer is to be written down', async () => {
  const rows = []
  for (const course of courses) {
    const { calls, order } = await callsOf(course)
    expect([course.name, order.stage.state]).toEqual([course.name, course.ends])
    if (course.ends !== 'ready') expect([course.name, order.closed]).toEqual([course.name, true])
    rows.push({ name: course.name, calls })
  }
  const architecture = await readFile('docs/architecture.md', 'utf8')
  const written = /\n## Calls of one order\n[^|]*\n((?:\|.*\n)+)/.exec(architecture)?.[1]?.trim()
  expect(tableOf(rows)).toBe(written)
})
