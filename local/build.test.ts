import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { build } from './build.mjs'

const repository = join(import.meta.dirname, '..')
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function project(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'build-'))
  folders.push(root)
  const whole = { 'package.json': '{"type":"module","version":"1.2.3"}', ...files }
  for (const [name, content] of Object.entries(whole)) write(root, name, content)
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'), 'junction')
  return root
}

function write(root: string, name: string, content: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), content)
}

const run = (script: string) => spawnSync(process.execPath, [script], { encoding: 'utf8' })

test('the app becomes one entry and a chunk for what it loads by need, and may call require', async () => {
  const root = project({
    'functions/main.ts': "if (process.env.ROLE) console.log((await import('./portal')).name)\nelse console.log('lazy')",
    'functions/portal.ts': "declare const require: NodeRequire\nexport const name: string = require('node:path').sep",
  })
  const { built } = await build({ root })
  expect(built.filter((file) => file.startsWith('dist/chunks/'))).toHaveLength(1)
  expect(run(join(root, 'dist/main.js')).stdout).toBe('lazy\n')
  const loud = spawnSync(process.execPath, [join(root, 'dist/main.js')], {
    encoding: 'utf8',
    env: { ...process.env, ROLE: 'portal' },
  })
  expect(loud.stdout).toMatch(/^[/\\]\n$/)
})

test('the entry is one file with what it shares with what it loads by need, each module once, and names that come twice stay apart', async () => {
  const root = project({
    'functions/main.ts': `
      import { EOL } from 'node:os'
      import { add, list } from '../shared/list'
      import { name } from '../shared/named'
      add(name)
      export async function run() {
        const { addPortal } = await import('./portal')
        const { addSweep } = await import('./sweep')
        addPortal()
        addSweep()
        process.stdout.write(list.join(' ') + EOL)
      }
      void run()`,
    'functions/portal.ts': `
      import { add } from '../shared/list'
      import { name } from '../shared/named'
      import { name as lazy } from '../shared/lazy'
      export const addPortal = () => add(name, 'portal', lazy)`,
    'functions/sweep.ts': `
      import { add, name } from '../shared/list'
      import { name as lazy } from '../shared/lazy'
      export const addSweep = () => add(name, 'sweep', lazy)`,
    'shared/list.ts': `
      export const list: string[] = []
      export const add = (...items: string[]) => list.push(...items)
      export const name = 'list'`,
    'shared/named.ts': "export const name = 'named'",
    'shared/lazy.ts': "export const name = 'lazy'",
  })
  const { built } = await build({ root })
  expect(run(join(root, 'dist/main.js')).stdout).toBe('named named portal lazy list sweep lazy\n')
  const chunks = built.filter((file) => file.startsWith('dist/chunks/')).map((file) => file.replace(/-[^-]*$/, ''))
  expect(chunks).toEqual(['dist/chunks/chunk', 'dist/chunks/portal', 'dist/chunks/sweep'])
  const imports = readFileSync(join(root, 'dist/main.js'), 'utf8').match(/(?<=from ?['"])[^'"]*(?=['"];)/g)
  expect(imports).toEqual(['node:module'])
})

test('an entry that would wait for a chunk which waits for the entry fails the build', async () => {
  const root = project({
    'functions/main.ts': "import { list } from '../shared/list'\nconsole.log(list, (await import('./portal')).name)",
    'functions/portal.ts': "import { list } from '../shared/list'\nexport const name = String(list)",
    'shared/list.ts': 'export const list: string[] = []',
  })
  await expect(build({ root })).rejects.toThrow('Top-level await')
})

test('an Azure SDK that is told of a proxy asks by it', async () => {
  const root = project({
    'functions/main.ts': `
      import { createDefaultHttpClient, createEmptyPipeline, createPipelineRequest, proxyPolicy } from '@azure/core-rest-pipeline'
      const pipeline = createEmptyPipeline()
      pipeline.addPolicy(proxyPolicy({ host: 'http://127.0.0.1', port: Number(process.env.PORT) }))
      const request = createPipelineRequest({ url: 'http://store.example/orders', allowInsecureConnection: true })
      const { bodyAsText } = await pipeline.sendRequest(createDefaultHttpClient(), request)
      process.stdout.write(bodyAsText ?? '')`,
  })
  await build({ root })
  const proxy = createServer((request, response) => response.end(`asked for ${request.url}`)).listen(0, '127.0.0.1')
  try {
    await once(proxy, 'listening')
    const env = { ...process.env, PORT: String((proxy.address() as AddressInfo).port) }
    const child = spawn(process.execPath, [join(root, 'dist/main.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', (chunk) => {
      printed += String(chunk)
    })
    await once(child, 'close')
    expect(printed).toBe('asked for http://store.example/orders')
  } finally {
    proxy.close()
    proxy.closeAllConnections()
  }
})

test('the client of Cosmos DB comes without that of a vault, and says so to who needs it', async () => {
  const root = project({
    'functions/main.ts': `
      import { AzureKeyVaultEncryptionKeyResolver, CosmosClient } from '@azure/cosmos'
      const given = { endpoint: 'https://orders.documents.azure.com/', key: 'AAAA' }
      const { items } = new CosmosClient(given).database('orders').container('sims')
      const credential = { getToken: async () => null }
      const vault = new AzureKeyVaultEncryptionKeyResolver(credential)
      await vault.wrapKey('https://v.vault.azure.net/keys/k/1', 'RSA-OAEP', Buffer.alloc(1)).catch((error) => console.log(typeof items, error.message ?? error))`,
  })
  await build({ root })
  expect(readFileSync(join(root, 'dist/main.js'), 'utf8')).not.toContain('keyvault-keys/')
  expect(run(join(root, 'dist/main.js')).stdout).toMatch(/^object .*has no keys of a vault/)
})

test('the portal gets a script and styles for EdgeHTML 18, and the logo under a fixed name', async () => {
  const root = project({
    'shared/portal/client/portal.ts': 'declare const a: { b?: number } | undefined\nalert(a?.b ?? 1)',
    'shared/portal/styles/portal.css': 'main { inset: 0 }\n',
    'brand/Our.SVG': '<svg/>',
    'operator.json': '{"brand":{"logo":"brand/Our.SVG"}}',
  })
  const { built } = await build({ root })
  expect(built).toEqual(['dist/assets/logo.svg', 'dist/assets/portal.css', 'dist/assets/portal.js'])
  expect(readFileSync(join(root, 'dist/assets/portal.js'), 'utf8')).not.toMatch(/\?\.|\?\?/)
  expect(readFileSync(join(root, 'dist/assets/portal.css'), 'utf8')).toContain('top:0')
})

test('the command runs by its name and knows its version', async () => {
  const root = project({
    'cli/mobile-plans.ts': '#!/usr/bin/env node\nconsole.log(process.env.MOBILE_PLANS_VERSION)',
  })
  await build({ root })
  const command = join(root, 'dist/cli/mobile-plans.js')
  expect(readFileSync(command, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  expect(run(command).stdout).toBe('1.2.3\n')
})

test('a second build is skipped until a source changes, goes or comes, or an output is missing', async () => {
  const root = project({ 'functions/main.ts': 'export {}', 'shared/a.ts': 'export {}' })
  const again = async () => (await build({ root, ifStale: true })).skipped
  expect([await again(), await again()]).toEqual([false, true])
  utimesSync(join(root, 'shared/a.ts'), 1, 1)
  expect([await again(), await again()]).toEqual([false, true])
  rmSync(join(root, 'shared/a.ts'))
  expect([await again(), await again()]).toEqual([false, true])
  rmSync(join(root, 'dist/main.js'))
  expect([await again(), await again()]).toEqual([false, true])
})

test('what an earlier build wrote and this one does not is removed', async () => {
  const root = project({ 'functions/main.ts': 'export {}', 'cli/mobile-plans.ts': 'export {}' })
  await build({ root })
  rmSync(join(root, 'cli'), { recursive: true })
  await build({ root })
  expect(existsSync(join(root, 'dist/cli/mobile-plans.js'))).toBe(false)
  expect(existsSync(join(root, 'dist/main.js'))).toBe(true)
})

test('a source that does not compile fails the build and leaves the last one', async () => {
  const root = project({ 'functions/main.ts': "console.log('good')" })
  await build({ root })
  write(root, 'functions/main.ts', 'export const = 1')
  await expect(build({ root })).rejects.toThrow('Build failed')
  expect(run(join(root, 'dist/main.js')).stdout).toBe('good\n')
})

test('a logo that is named and missing fails the build', async () => {
  const root = project({ 'operator.json': '{"brand":{"logo":"none.svg"}}' })
  await expect(build({ root })).rejects.toThrow('none.svg')
})

test('certificates that operator.json names are copied under their paths, and PEM texts are none', async () => {
  const named = { roots: ['access/root.pem'], intermediates: ['access/more/middle.crt', '-----BEGIN CERTIFICATE-----'] }
  const root = project({
    'operator.json': JSON.stringify({
      access: { smdp: named, systems: [{ certificates: { roots: ['access/root.pem'] } }] },
    }),
    'access/root.pem': 'root',
    'access/more/middle.crt': 'middle',
    'access/unnamed.pem': 'other',
  })
  const { built } = await build({ root })
  expect(built).toEqual(['dist/access/access/more/middle.crt', 'dist/access/access/root.pem'])
  expect(readFileSync(join(root, 'dist/access/access/root.pem'), 'utf8')).toBe('root')
  write(root, 'access/root.pem', 'changed')
  expect((await build({ root, ifStale: true })).skipped).toBe(false)
  expect(readFileSync(join(root, 'dist/access/access/root.pem'), 'utf8')).toBe('changed')
})

test.each(['access/none.pem', '/etc/passwd', '../outside.pem'])(
  'the certificate file %s fails the build',
  async (file) => {
    const root = project({ 'operator.json': JSON.stringify({ access: { mobilePlans: { roots: [file] } } }) })
    await expect(build({ root })).rejects.toThrow(`the certificate file ${file}`)
  },
)
