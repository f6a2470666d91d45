/**
 * Finds where code, declaration (`resources.json`) and templates (`infra/`) have drifted apart. It reads texts, so that a test can
 * change copies of them; there is no Bicep compiler here. The templates loop over the declaration, which leaves little to compare.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** Texts by path, such as `infra/main.bicep`. */
export type Texts = Record<string, string>

type App = 'portal' | 'api'
interface Declaration {
  cosmos: { consistency: string; containers: Record<string, { expires: boolean }> }
  queues: Record<string, { name: string }>
  vaults: Record<string, { setting: string }>
  secrets: Record<string, { name: string; vault: string }>
  settings: Record<string, { apps: App[]; source: string; from: string }>
  roles: {
    definitions: Record<string, string>
    assignments: { identity: string; role: string; scope: string }[]
    documents: Record<string, string[]>
  }
}

export const declarationPath = 'shared/platform/resources.json'

/** Reads the project's own texts. */
export function readTexts(root = process.cwd()): Texts {
  const texts: Texts = {}
  for (const folder of ['infra', 'shared', 'functions', 'cli']) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath ?? entry.path, entry.name)
      if (!entry.isFile() || /\.test\.tsx?$|\/(testing|client)\//.test(path)) continue
      if (/\.(tsx?|json|bicep|bicepparam)$/.test(path)) texts[key(root, path)] = readFileSync(path, 'utf8')
    }
  }
  texts['azure.yaml'] = readFileSync(join(root, 'azure.yaml'), 'utf8')
  return texts
}

const key = (root: string, path: string) => relative(root, path).split(sep).join('/')

/** Settings that exist on laptops and in tests only. */
const localSettings =
  /^(ORDERS_STORAGE|LOGIN_HMAC_KEY|OPERATOR_FILE|COSMOS_CONNECTION|AZURE_FUNCTIONS_ENVIRONMENT|MOBILE_PLANS_\w+|\w+_(CERT|KEY|CA)_FILE)$/
/** Settings that the host and its extensions read. */
const hostSettings = [
  'AzureWebJobsStorage__accountName',
  'AzureWebJobsStorage__credential',
  'AzureWebJobsStorage__clientId',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'SERVICE_BUS__fullyQualifiedNamespace',
  'SERVICE_BUS__credential',
  'SERVICE_BUS__clientId',
]

/** Settings without which neither app does anything. */
const settingsOfBoth = [...hostSettings, 'APP_ROLE', 'AZURE_CLIENT_ID', 'COSMOS_ENDPOINT', 'KEY_VAULT_URL']

/** What has drifted apart, one line each; nothing when all is well. */
export function findDrift(texts: Texts): string[] {
  const declared = JSON.parse(texts[declarationPath] ?? '{}') as Declaration
  const parts = [containers, queues, settings, secrets, roles, templates, functions, services]
  return parts.flatMap((part) => part(declared, texts))
}

const folderTexts = (texts: Texts, ...folders: string[]) =>
  Object.entries(texts).filter(([path]) => /\.tsx?$/.test(path) && folders.some((folder) => path.startsWith(folder)))

const namesIn = (texts: [string, string][], pattern: RegExp) =>
  new Set(texts.flatMap(([, text]) => [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '')))

const storeCall = /\b(?:get|insert|replace|delete|listPartition)(?:<[^()]*?>)?\(\s*'([a-z]+)',/g

function containers({ cosmos, roles: { documents } }: Declaration, texts: Texts): string[] {
  const known = Object.keys(cosmos.containers)
  const machines = namesIn(folderTexts(texts, 'shared/fulfilment/', 'shared/operator-api/'), storeCall)
  const people = namesIn(folderTexts(texts, 'shared/portal/'), storeCall)
  const needs: Record<string, Set<string>> = { portal: new Set([...machines, ...people]), api: machines }
  const asked = texts['shared/platform/cosmos-client.ts']?.includes(`'${cosmos.consistency}'`)
  return [
    ...(asked ? [] : [`the code does not ask for the consistency ${cosmos.consistency}`]),
    ...differences('container', new Set(known), needs.portal ?? new Set(), 'resources.json', 'the code'),
    ...Object.entries(needs).flatMap(([app, used]) =>
      differences(`container for ${app}`, new Set(documents[app]), used, 'roles.documents', 'the code'),
    ),
    ...['sims', 'orders', 'open', 'slots', 'stock', 'records']
      .filter((name) => !documents.staff?.includes(name))
      .map((name) => `staff cannot reach the container ${name}`),
    ...(documents.staff ?? []).filter((name) => !known.includes(name)).map((name) => `no such container: ${name}`),
  ]
}

function queues({ queues: known }: Declaration, texts: Texts): string[] {
  const code = folderTexts(texts, 'shared/', 'functions/')
  const used = namesIn(code, /\bqueues\.([A-Za-z]+)\.name/g)
  const spelled = code.filter(([, text]) =>
    Object.values(known).some(({ name }) => name.includes('-') && text.includes(`'${name}'`)),
  )
  return [
    ...differences('queue', new Set(Object.keys(known)), used, 'resources.json', 'the code'),
    ...spelled.map(([path]) => `${path} spells the name of a queue`),
  ]
}

function settings({ settings: known }: Declaration, texts: Texts): string[] {
  const code = folderTexts(texts, 'shared/', 'functions/')
  const read = namesIn(code, /process\.env\.([A-Z][A-Z0-9_]+)|^ {2}([A-Z][A-Z0-9_]+): v\./gm)
  const needed = [...read, ...partnerSettings(texts)].filter((name) => !localSettings.test(name))
  const sources = sourcesOf(texts['infra/main.bicep'] ?? '')
  const names = Object.keys(known)
  return [
    ...differences('setting', new Set(names), new Set([...needed, ...hostSettings]), 'resources.json', 'the code'),
    ...settingsOfBoth
      .filter((name) => known[name]?.apps.length !== 2)
      .map((name) => `both apps need the setting ${name}`),
    ...names.flatMap((name) => {
      const { source, from } = known[name] ?? { source: '', from: '' }
      if (source === 'keyVaultReference' || source === 'parameter') return []
      return sources.has(from) ? [] : [`the setting ${name} is taken from "${from}", which main.bicep does not have`]
    }),
    ...names.filter((name) => flexRefuses.test(name)).map((name) => `Flex Consumption refuses the setting ${name}`),
  ]
}

/** The settings that are the same for each partner are composed of its name and theirs. */
function partnerSettings(texts: Texts): string[] {
  const text = texts['shared/partner-settings.ts'] ?? ''
  const partners = [...text.matchAll(/\.\.\.oauthEntries\('(\w+)'\)/g)].map(([, partner = '']) => partner)
  const endings = [...text.matchAll(/\}(_OAUTH_\w+)`\]: text/g)].map(([, ending = '']) => ending)
  return partners.flatMap((partner) => endings.map((ending) => partner + ending))
}

const flexRefuses =
  /^(FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT\w*|TZ|WEBSITE_TIME_ZONE)$/

/** Keys of the objects `commonSources` and `sources` that stand in both apps. */
function sourcesOf(main: string): Set<string> {
  const blocks = [...main.matchAll(/(?:var commonSources =|\n {4}sources:) \{\n([\s\S]*?)\n {0,4}\}/g)]
  const keys = blocks.map(([, body = '']) => new Set([...body.matchAll(/^\s+(\w+):/gm)].map(([, name = '']) => name)))
  const [common = new Set<string>(), ...apps] = keys
  return new Set([...common, ...[...(apps[0] ?? [])].filter((name) => apps.every((app) => app.has(name)))])
}

function secrets({ secrets: known, vaults, settings: given }: Declaration, texts: Texts): string[] {
  const code = folderTexts(texts, 'shared/', 'functions/')
  const used = namesIn(code, /secretName\('(\w+)'\)/g)
  for (const partner of ['es2plus', 'billing', 'provisioning', 'identityCheck']) {
    used.add(`${partner}Client`)
    used.add(`${partner}Authority`)
  }
  for (const { source, from } of Object.values(given)) if (source === 'keyVaultReference') used.add(from)
  return [
    ...differences('secret', new Set(Object.keys(known)), used, 'resources.json', 'the code'),
    ...Object.values(known)
      .filter(({ vault }) => !vaults[vault])
      .map(({ name }) => `${name}: no such vault`),
    ...Object.values(vaults)
      .filter(({ setting }) => !given[setting])
      .map(({ setting }) => `no setting ${setting}`),
  ]
}

/** Each role that an app needs follows from what the app has or does; more than that is too much. */
function roles(
  { roles: { assignments, definitions }, queues: known, vaults, settings: given }: Declaration,
  texts: Texts,
) {
  const needed = new Set<string>()
  for (const app of ['portal', 'api'] as const) {
    const need = (role: string, scope: string) => needed.add(`${app}: ${role} on ${scope}`)
    need('Storage Blob Data Owner', `storage/${app}`) // the host's leases and keys, and the package
    need('Storage Table Data Contributor', `storage/${app}`) // the host's diagnostic events
    need('Monitoring Metrics Publisher', 'insights')
    need('Azure Service Bus Data Sender', 'queue/orderWakes') // whoever carries an order on wakes it
    for (const [vault, { setting }] of Object.entries(vaults))
      if (given[setting]?.apps.includes(app)) need('Key Vault Secrets User', `vault/${vault}`)
  }
  const received = namesIn(folderTexts(texts, 'functions/'), /\bqueues\.(\w+)\.name/g)
  for (const queue of received) needed.add(`api: Azure Service Bus Data Receiver on queue/${queue}`)
  for (const vault of Object.keys(vaults)) needed.add(`staff: Key Vault Secrets Officer on vault/${vault}`)
  needed.add('staff: Key Vault Certificates Officer on vault/shared')
  const given_ = new Set(assignments.map(({ identity, role, scope }) => `${identity}: ${role} on ${scope}`))
  return [
    ...differences('role', given_, needed, 'resources.json', 'what the apps do'),
    ...differences(
      'role definition',
      new Set(Object.keys(definitions)),
      new Set(assignments.map(({ role }) => role)),
      'definitions',
      'assignments',
    ),
    ...Object.entries(definitions)
      .filter(([, id]) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))
      .map(([role]) => `${role} has no id`),
    ...assignments
      .filter(({ scope }) => scope.startsWith('queue/') && !known[scope.slice('queue/'.length)])
      .map(({ scope }) => `no such queue: ${scope}`),
  ]
}

/** Where each template takes its part from the declaration, and what must stand in it for safety's sake. */
const mustStand: Record<string, readonly string[]> = {
  'infra/cosmos.bicep': [
    'for container in items(resources.cosmos.containers)',
    'name: resources.cosmos.database',
    'id: resources.cosmos.database',
    'name: container.key',
    'paths: [resources.cosmos.partitionKeyPath]',
    'indexingPolicy: resources.cosmos.indexingPolicy',
    'container.value.expires ? { defaultTtl: -1 } : {}',
    'items(resources.roles.documents)',
    'for grant in grants',
    'defaultConsistencyLevel: resources.cosmos.consistency',
    '/colls/$',
    'disableLocalAuth: true',
    "{ name: 'EnableServerless' }",
    "type: 'Continuous'",
  ],
  'infra/service-bus.bicep': ['for queue in items(resources.queues)', 'queue: queue.value', 'disableLocalAuth: true'],
  'infra/queue.bicep': [
    'name: queue.name',
    'maxDeliveryCount: queue.maxDeliveryCount',
    'requiresDuplicateDetection: queue.requiresDuplicateDetection',
    "filter(resources.roles.assignments, entry => entry.scope == 'queue/",
  ],
  'infra/storage.bicep': [
    "filter(resources.roles.assignments, entry => entry.scope == 'storage/",
    'allowSharedKeyAccess: false',
    'allowBlobPublicAccess: false',
    "minimumTlsVersion: 'TLS1_2'",
  ],
  'infra/key-vault.bicep': [
    "filter(resources.roles.assignments, entry => entry.scope == 'vault/",
    'enableRbacAuthorization: true',
    'enablePurgeProtection: true',
    'enableSoftDelete: true',
  ],
  'infra/monitoring.bicep': [
    "filter(resources.roles.assignments, entry => entry.scope == 'insights')",
    'DisableLocalAuth: true',
  ],
  'infra/function-app.bicep': [
    'filter(items(resources.settings), setting => contains(setting.value.apps, role))',
    'name: setting.key',
    'httpsOnly: true',
    "minTlsVersion: '1.2'",
    "type: 'UserAssignedIdentity'",
    'clientCertEnabled: clientCertEnabled',
    'resources.secrets,',
  ],
  'infra/main.bicep': [
    "role: 'portal'\n    name: 'stportal",
    "role: 'api'\n    name: 'stapi",
    "key: 'shared'",
    "key: 'login'",
    'clientCertEnabled: false',
    'clientCertEnabled: true',
  ],
}

const load = `var resources = loadJsonContent('../${declarationPath}')\n`
const mustNotStand =
  /\blist(?:Keys|Secrets|AccountSas)?\(|AccountKey|SharedAccessKey|ftpsState:|linuxFxVersion:|FUNCTIONS_WORKER_RUNTIME'/

const withRoles = ['queue', 'storage', 'key-vault', 'monitoring'].map((name) => `infra/${name}.bicep`)
for (const path of withRoles) {
  const both = ['resources.roles.definitions[entry.role]', 'principalId: people[entry.identity].id']
  mustStand[path] = [...(mustStand[path] ?? []), ...both]
}

function templates({ vaults }: Declaration, texts: Texts): string[] {
  const main = texts['infra/main.bicep'] ?? ''
  return [
    ...Object.entries(mustStand).flatMap(([path, lines]) =>
      lines
        .filter((line) => !withoutComments(texts[path] ?? '').includes(line))
        .map((line) => `${path} lacks: ${line}`),
    ),
    ...Object.entries(texts)
      .filter(
        ([path, text]) =>
          path.startsWith('infra/') && /\bresources\.\w/.test(withoutComments(text)) && !text.includes(load),
      )
      .map(([path]) => `${path} does not load the declaration`),
    ...Object.entries(texts)
      .filter(([path, text]) => path.startsWith('infra/') && mustNotStand.test(withoutComments(text)))
      .map(([path]) => `${path} has what must not be there`),
    ...differences(
      'vault',
      new Set(Object.keys(vaults)),
      new Set([...main.matchAll(/\n {4}key: '(\w+)'/g)].map(([, name = '']) => name)),
      'resources.json',
      'main.bicep',
    ),
  ]
}

const withoutComments = (bicep: string) => bicep.replace(/^\s*\/\/.*$/gm, '')

/** Instances that always run are kept for functions that exist. */
function functions(_: Declaration, texts: Texts): string[] {
  const registered = namesIn(folderTexts(texts, 'functions/'), /\b(?:app\.\w+|serve|registerQueue)\('(\w+)'/g)
  const kept = [...(texts['infra/main.bicep'] ?? '').matchAll(/name: 'function:(\w+)'/g)].map(([, name = '']) => name)
  return kept
    .filter((name) => !registered.has(name))
    .map((name) => `main.bicep keeps an instance for ${name}, which does not exist`)
}

function services(_: Declaration, texts: Texts): string[] {
  const inYaml = new Set(
    [...(texts['azure.yaml'] ?? '').matchAll(/^ {2}(\w+):\n {4}project:/gm)].map(([, name = '']) => name),
  )
  const inBicep = new Set(
    [...(texts['infra/main.bicep'] ?? '').matchAll(/token: token\n {4}role: '(\w+)'/g)].map(([, name = '']) => name),
  )
  return differences('app', inYaml, inBicep, 'azure.yaml', 'main.bicep')
}

function differences(what: string, one: Set<string>, other: Set<string>, ofOne: string, ofOther: string): string[] {
  return [
    ...[...one].filter((name) => !other.has(name)).map((name) => `${what} ${name}: in ${ofOne}, not in ${ofOther}`),
    ...[...other].filter((name) => !one.has(name)).map((name) => `${what} ${name}: in ${ofOther}, not in ${ofOne}`),
  ]
}
