import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pack } from '../../local/package.mjs'
import { loadMachineSettings } from '../../shared/machines/machine-settings'
import { buy, enter, install, orderOf } from '../api/purchase'
import { useAzurite } from '../support/azurite'
import { startCloudEngine } from '../support/engine'
import { eventually, startStack } from '../support/stack'
import { issue } from '../support/x509'
import { cleanUp, type RunningHost, runHost, temporaryFolder } from './fixture'

let zip: Uint8Array
let files: string[]
let azurite: { connectionString: string }
const hosts: RunningHost[] = []

beforeAll(async () => {
  const packed = await pack({ out: temporaryFolder() })
  zip = readFileSync(packed.zip)
  files = packed.files
  azurite = await useAzurite()
})
afterAll(async () => {
  await Promise.all(hosts.map((host) => host.stop()))
  await cleanUp()
})

/** The package, unpacked where nothing of the repository is in reach. */
function unpacked(): string {
  const folder = temporaryFolder()
  for (const [path, bytes] of Object.entries(unzipSync(zip))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  return folder
}

/** The package in the host. */
async function deployed(environment: Record<string, string>): Promise<RunningHost> {
  const { connectionString } = azurite
  const host = await runHost(unpacked(), {
    ORDERS_STORAGE: connectionString,
    AzureWebJobsStorage: connectionString,
    ...environment,
  })
  hosts.push(host)
  return host
}

test('the package is small, and holds what runs and nothing else', () => {
  expect(zip.length).toBeLessThan(3 * 1024 * 1024)
  expect(Object.keys(unzipSync(zip))).toEqual(files)
  const chunks = files.filter((path) => /^dist\/chunks\/[\w-]+\.js$/.test(path))
  expect(chunks.length).toBeGreaterThan(5)
  expect(files.filter((path) => !chunks.includes(path))).toEqual([
    'dist/assets/callback.js',
    'dist/assets/logo.svg',
    'dist/assets/portal.css',
    'dist/assets/portal.js',
    'dist/main.js',
    'host.json',
    'operator.json',
    'package.json',
  ])
})

test('the package holds neither source maps nor addresses of this machine', () => {
  for (const [path, bytes] of Object.entries(unzipSync(zip))) {
    const text = Buffer.from(bytes).toString('utf8')
    expect(text.includes('sourceMappingURL='), path).toBe(false)
    expect(text.includes(process.cwd()), path).toBe(false)
  }
})

test('the same sources give the same bytes', async () => {
  const again = await pack({ out: temporaryFolder() })
  expect(readFileSync(again.zip).equals(zip)).toBe(true)
})

test('its manifest asks for nothing to be installed', () => {
  const manifest: unknown = JSON.parse(Buffer.from(unzipSync(zip)['package.json'] ?? []).toString('utf8'))
  expect(manifest).toEqual({
    name: 'mobile-plans-operator',
    version: expect.any(String),
    private: true,
    type: 'module',
    main: 'dist/main.js',
  })
})

test('unpacked into an empty folder it serves people and machines', async () => {
  const host = await deployed({ APP_ROLE: 'all', PORTAL_URL: 'http://127.0.0.1' })
  const health = await fetch(`${host.url}/health`)
  expect(await health.json()).toEqual({ status: 'up' })

  const page = await fetch(`${host.url}/portal`)
  expect(page.status).toBe(200)
  const html = await page.text()
  expect(html).toContain('<html')
  const style = /href="([^"]+\.css[^"]*)"/.exec(html)?.[1] ?? ''
  const logo = /src="([^"]+logo[^"]*)"/.exec(html)?.[1] ?? ''
  for (const asset of [style, logo]) expect((await fetch(new URL(asset, host.url))).status, asset).toBe(200)

  const balance = await fetch(`${host.url}/v1/sims/8999901000000011325/balances`)
  expect(balance.status).toBe(404)
})

test('certificates that operator.json names are in it, and are found where nothing else of the repository is', async () => {
  const root = issue({ subject: [['CN', 'root']], ca: true })
  const project = temporaryFolder()
  const access = { smdp: { roots: ['access/root.pem'] } }
  const sources = {
    'package.json': '{"name":"p","version":"1.0.0","main":"dist/main.js"}',
    'host.json': '{}',
    'operator.json': JSON.stringify({ access }),
    'functions/main.ts': 'export {}',
    'access/root.pem': root.cert,
  }
  for (const [path, content] of Object.entries(sources)) {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(join(project, path), content)
  }
  const packed = await pack({ root: project, out: temporaryFolder() })
  expect(packed.files).toContain('dist/access/access/root.pem')

  const file = join(packed.folder, 'operator.json')
  const { access: read } = await loadMachineSettings(file, packed.folder)
  expect(read.smdp?.certificates.roots.map(({ fingerprint256 }) => fingerprint256)).toEqual([
    new X509Certificate(root.cert).fingerprint256,
  ])
})

test('where it is not a development machine, machines without credentials are refused', async () => {
  const host = await deployed({ APP_ROLE: 'api', AZURE_FUNCTIONS_ENVIRONMENT: 'Production' })
  expect((await fetch(`${host.url}/health`)).status).toBe(200)
  expect((await fetch(`${host.url}/v1/sims/8999901000000011325/balances`)).status).toBe(401)
  expect((await fetch(`${host.url}/portal`)).status).toBe(404)
})

test('as two apps on Cosmos DB and Service Bus, as in Azure, it sells, delivers and tells the balance', async () => {
  const engine = await startCloudEngine()
  const stack = await startStack({ engine, appRoot: unpacked(), split: true, stock: 5 })
  try {
    // The SM-DP+ is busy at first, so that the order needs a wake: sent by the app for people, taken by the one for machines.
    const faults = { function: 'downloadOrder', mode: 'busy', times: 1 }
    const headers = { 'content-type': 'application/json' }
    await fetch(`${stack.smdpUrl}/control/faults`, { method: 'POST', headers, body: JSON.stringify(faults) })
    const { id } = await buy(await enter(stack, stack.eid))
    expect((await orderOf(stack, id)).stage.state).toBe('placed')
    const becomes = (state: string) =>
      eventually(`the order to be ${state}`, async () => {
        const order = await orderOf(stack, id)
        return order.stage.state === state && order
      })
    await install(stack, await becomes('ready'))
    const { profile } = await becomes('installed')
    await eventually('the capture', async () => (await stack.ledger()).some(({ kind }) => kind === 'captured'))

    const path = `/v1/sims/${profile?.iccid}/balances`
    const balance = await fetch(`${stack.apiUrl}${path}`)
    expect([balance.status, await balance.json()]).toEqual([
      200,
      expect.objectContaining({ balances: [expect.anything()] }),
    ])
    // Neither does the other's work.
    expect((await fetch(`${stack.url}${path}`)).status).toBe(404)
    expect((await fetch(`${stack.apiUrl}/portal`)).status).toBe(404)
    expect((await fetch(`${stack.apiUrl}/health/ready`)).status).toBe(200)
  } finally {
    await stack.stop()
  }
})
