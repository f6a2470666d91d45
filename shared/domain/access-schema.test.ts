import { expect, test } from 'vitest'
import sample from '../../operator.json'
import { parseOperator } from './operator'

const certificates = { thumbprints: ['ab'.repeat(32)] }
const system = { name: 'charging', may: ['usage'], certificates }

/** What is wrong with these systems, with its place. */
function faultsOf(systems: unknown): string[] {
  const parsed = parseOperator({ ...sample, access: { systems } })
  return parsed.ok ? [] : parsed.issues.map(({ path, message }) => `${path}: ${message}`)
}

test('a system says what it may do; one that says nothing may do everything', () => {
  const parsed = parseOperator({ ...sample, access: { systems: [system, { name: 'shop', certificates }] } })
  const systems = parsed.ok ? parsed.operator.access?.systems : undefined
  expect(systems?.map(({ name, may }) => [name, may])).toEqual([
    ['charging', ['usage']],
    ['shop', ['usage', 'callbacks', 'readiness']],
  ])
})

test.each<[string, unknown, RegExp]>([
  [
    'a word that is none',
    [{ ...system, may: ['usage', 'metering'] }],
    /^access\.systems\S*may\S*1\S*: write "usage", "callbacks" or "readiness"$/,
  ],
  ['a text instead of a list', [{ ...system, may: 'usage' }], /may: write a list such as \["usage"\]$/],
  [
    'nothing at all',
    [{ ...system, may: [] }],
    /may: write "usage", .* or leave "may" out: then it may do all of them$/,
  ],
  ['a key that is misspelt', [{ ...system, mai: ['usage'] }], /may/],
  ['no name', [{ certificates }], /name/],
  ['one name twice', [system, system], /each system needs a name of its own$/],
  ['neither certificate nor token', [{ name: 'charging' }], /name certificates, oauth or both$/],
  ['no list', { certificates }, /^access\.systems: write a list of systems, such as \[/],
])('%s is refused, with the place and what to write', (_what, systems, message) => {
  expect(faultsOf(systems)).toEqual([expect.stringMatching(message)])
})
