import { expect, test } from 'vitest'
import { declarationPath, findDrift, readTexts, type Texts } from '../../support/infrastructure'

/** As much of the declaration as the tests take things out of. */
interface Declaration {
  cosmos: { containers: Record<string, unknown> }
  queues: Record<string, unknown>
  vaults: Record<string, unknown>
  secrets: Record<string, unknown>
  settings: Record<string, { apps: string[]; source: string; from: string }>
  roles: {
    definitions: Record<string, unknown>
    assignments: { identity: string; role: string; scope: string }[]
    documents: Record<string, string[]>
  }
}

const texts = readTexts()
const declared = JSON.parse(texts[declarationPath] ?? '') as Declaration
const infra = Object.keys(texts).filter((path) => path.endsWith('.bicep'))
const code = Object.keys(texts).filter((path) => /\.tsx?$/.test(path))

/** What the checker says of the project with this change to a copy of the declaration. */
function afterDeclaring(change: (copy: Declaration) => void): string[] {
  const copy = structuredClone(declared)
  change(copy)
  return findDrift({ ...texts, [declarationPath]: JSON.stringify(copy) })
}

/** What it says with this change to copies of some texts; the change must be one. */
function afterEditing(paths: readonly string[], edit: (text: string) => string): string[] {
  const edited: Texts = Object.fromEntries(paths.map((path) => [path, edit(texts[path] ?? '')]))
  expect(paths.some((path) => edited[path] !== texts[path])).toBe(true)
  return findDrift({ ...texts, ...edited })
}

test('code, declaration and templates agree', () => {
  expect(findDrift(texts)).toEqual([])
})

const parts = {
  container: (from: Declaration) => from.cosmos.containers,
  queue: (from: Declaration) => from.queues,
  vault: (from: Declaration) => from.vaults,
  secret: (from: Declaration) => from.secrets,
  setting: (from: Declaration) => from.settings,
  'role definition': (from: Declaration) => from.roles.definitions,
} satisfies Record<string, (from: Declaration) => Record<string, unknown>>

for (const [what, of] of Object.entries(parts)) {
  test.each(Object.keys(of(declared)))(`the ${what} %s is missed when it is no longer declared`, (name) => {
    expect(afterDeclaring((copy) => delete of(copy)[name])).not.toEqual([])
  })
}

test('every role is missed when it is no longer given, and one too many is found', () => {
  const { assignments } = declared.roles
  for (const i of assignments.keys())
    expect(
      afterDeclaring((copy) => copy.roles.assignments.splice(i, 1)),
      JSON.stringify(assignments[i]),
    ).not.toEqual([])
  const tooMuch = { identity: 'portal', role: 'Azure Service Bus Data Receiver', scope: 'queue/usage' }
  expect(afterDeclaring((copy) => copy.roles.assignments.push(tooMuch))).toEqual([
    'role portal: Azure Service Bus Data Receiver on queue/usage: in resources.json, not in what the apps do',
  ])
})

test('every container that an identity can no longer reach is missed, and one too many is found', () => {
  for (const [identity, names] of Object.entries(declared.roles.documents))
    for (const [i, name] of names.entries())
      expect(
        afterDeclaring((copy) => copy.roles.documents[identity]?.splice(i, 1)),
        `${identity} ${name}`,
      ).not.toEqual([])
  expect(afterDeclaring((copy) => copy.roles.documents.api?.push('logins'))).toHaveLength(1)
})

test.each(Object.keys(declared.cosmos.containers))('the container %s is missed when no code uses it', (name) => {
  expect(afterEditing(code, (text) => text.replaceAll(`'${name}',`, 'other,'))).not.toEqual([])
})

test('the queue of wakes is missed when nothing listens to it', () => {
  expect(afterEditing(['functions/wake-order.ts'], (text) => text.replace('queues.orderWakes.name', ''))).not.toEqual(
    [],
  )
})

test('a setting of partners is missed when it is no longer read, and found when it is not declared', () => {
  const path = ['shared/partner-settings.ts']
  expect(afterEditing(path, (text) => text.replace('_OAUTH_SCOPE`]: text', '_OAUTH_AREA`]: text')).sort()).toEqual(
    ['BILLING', 'IDENTITY_CHECK', 'PROVISIONING'].flatMap((partner) => [
      `setting ${partner}_OAUTH_AREA: in the code, not in resources.json`,
      `setting ${partner}_OAUTH_SCOPE: in resources.json, not in the code`,
    ]),
  )
})

const own = Object.entries(declared.settings).filter(([name]) => texts['shared/settings.ts']?.includes(`  ${name}: v.`))
test.each(own.map(([name]) => name))(
  'the setting %s is missed when no code reads it, and found when only code has it',
  (name) => {
    const gone = (text: string) => text.replaceAll(`${name}: v.`, '').replaceAll(`process.env.${name}`, '')
    expect(afterEditing(code, gone)).not.toEqual([])
    expect(
      afterEditing(['shared/settings.ts'], (text) => text.replace(`${name}: v.`, `${name}: v.\n  NEWER_SETTING: v.`)),
    ).toEqual(['setting NEWER_SETTING: in the code, not in resources.json'])
  },
)

test('whatever a setting is taken from is missed in main.bicep', () => {
  for (const [name, { source, from }] of Object.entries(declared.settings)) {
    if (source === 'keyVaultReference' || source === 'parameter') continue
    const without = (text: string) => text.replaceAll(new RegExp(`^ {2,6}${from}: .*\\n`, 'gm'), '')
    expect(afterEditing(['infra/main.bicep'], without), name).not.toEqual([])
  }
})

test('every line of a template that reads the declaration is missed', () => {
  let lines = 0
  for (const path of infra)
    for (const line of (texts[path] ?? '').split('\n')) {
      if (!/^(?!\s*\/\/).*\bresources\.\w/.test(line)) continue
      lines += 1
      expect(
        afterEditing([path], (text) => text.replace(`${line}\n`, '')),
        `${path}: ${line}`,
      ).not.toEqual([])
    }
  expect(lines).toBeGreaterThan(15)
})

test.each([
  ['infra/storage.bicep', 'allowSharedKeyAccess: false', 'allowSharedKeyAccess: true'],
  ['infra/cosmos.bicep', 'disableLocalAuth: true', 'disableLocalAuth: false'],
  ['infra/main.bicep', 'clientCertEnabled: true', 'clientCertEnabled: false'],
  ['infra/main.bicep', 'function:sweep', 'function:sweeper'],
  ['infra/function-app.bicep', "minTlsVersion: '1.2'", "minTlsVersion: '1.2'\n      ftpsState: 'Disabled'"],
  ['infra/storage.bicep', 'output name string = account.name', 'output key string = account.listKeys().keys[0].value'],
  ['azure.yaml', '  api:\n    project', '  other:\n    project'],
])('%s: "%s" may not become "%s"', (path, before, after) => {
  expect(afterEditing([path], (text) => text.replace(before, after))).not.toEqual([])
})
