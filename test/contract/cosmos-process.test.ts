/** A process that uses Cosmos DB ends when its work is done, whether or not it closes the store, and loads no other store's SDK. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cosmosConnectionString } from '../../local/cosmos'
import { useCosmosServer } from '../support/cosmos-server'
import { silentPort } from '../support/outages'

const server = await useCosmosServer()
const silent = await silentPort()

const program = `
import { openState } from './shared/platform/state'
const store = await openState(process.env, { clock: () => new Date() })
if (process.env.WORK === 'silence') await store.get('sims', 'p', 'one').catch((error) => console.log(error.code))
else {
  const written = await store.insert('orders', 'p', 'one', {})
  await store.replace('orders', 'p', 'one', { n: 1 }, written.etag)
  for await (const { value } of store.listPartition('orders', 'p')) console.log(JSON.stringify(value))
  await store.delete('orders', 'p', 'one')
}
`
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cosmos-'))
  const { metafile } = await build({
    stdin: { contents: program, resolveDir: process.cwd(), loader: 'ts', sourcefile: 'program.ts' },
    outdir: folder,
    entryNames: 'program',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: "import{createRequire as c}from'node:module';const require=c(import.meta.url);" },
  })
  chunks = Object.entries(metafile.outputs)
})
afterAll(() => rm(folder, { recursive: true }))
let chunks: [string, { inputs: Record<string, unknown>; imports: { path: string; kind: string }[] }][] = []

async function run(environment: Record<string, string>) {
  const child = spawn(process.execPath, [join(folder, 'program.mjs')], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  let last = performance.now()
  child.stdout.on('data', (chunk) => {
    printed += String(chunk)
    last = performance.now()
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  return { code, printed, lingeredMs: performance.now() - last }
}

test('after reads and writes', async () => {
  const { connectionString } = server.account
  const { code, printed, lingeredMs } = await run({ COSMOS_CONNECTION: connectionString })
  expect({ code, printed }).toEqual({ code: 0, printed: '{"n":1}\n' })
  expect(lingeredMs).toBeLessThan(3_000)
})

test('after an outage', async () => {
  const { code, printed, lingeredMs } = await run({
    COSMOS_CONNECTION: cosmosConnectionString(silent),
    WORK: 'silence',
  })
  expect({ code, printed }).toEqual({ code: 0, printed: 'store_unavailable\n' })
  expect(lingeredMs).toBeLessThan(3_000)
})

test('each store’s SDK is in chunks that the other does not load', () => {
  const holding = (text: string) =>
    chunks.filter(([, { inputs }]) => Object.keys(inputs).some((file) => file.includes(text))).map(([name]) => name)
  const entry = chunks.find(([name]) => name.endsWith('program.mjs'))
  const eager = entry?.[1].imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path) ?? []
  for (const sdk of ['@azure/cosmos/', '@azure/data-tables/', '@azure/identity/']) {
    expect(holding(sdk)).not.toEqual([])
    expect(holding(sdk).filter((name) => eager.includes(name))).toEqual([])
  }
  expect(holding('@azure/cosmos/').filter((name) => holding('@azure/data-tables/').includes(name))).toEqual([])
})
