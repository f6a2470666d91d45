/** From process start to the first answer: what a person or Microsoft's service waits for when an instance is new. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { startAzurite } from '../../local/azurite'
import { startCosmosServer } from '../../local/cosmos'
import type { Iccid } from '../../shared/domain/identifiers'
import { createSim } from '../../shared/domain/sim'
import { setUpCosmos } from '../../shared/platform/cosmos-setup'
import type { DocumentStore } from '../../shared/platform/ports'
import { openState } from '../../shared/platform/state'
import { compare, type Figure } from './measure'

const iccid = '8999901000000000019' as Iccid

const oneLineFunction = `
import { app } from '@azure/functions'
app.http('getBalances', { methods: ['GET'], authLevel: 'anonymous', route: 'v1/sims/{simId}/balances',
  handler: async () => ({ jsonBody: { balances: [] } }) })
`

/**
 * The client of Cosmos DB is 560 KB in one file: its import alone takes 30 ms of processor time where the whole baseline takes 100 and the client of Tables
 * takes 17. Nothing of ours can be left out for it.
 */
const onCosmosLimit = 1.6

/** The import is over in a fiftieth of a second, in which whatever else the machine does weighs more. */
const importRounds = 45

export async function coldStart(root: string): Promise<Figure[]> {
  const azurite = await startAzurite({})
  const cosmos = await startCosmosServer()
  const baseline = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    const onTables = { ORDERS_STORAGE: azurite.connectionString, AzureWebJobsStorage: azurite.connectionString }
    const onCosmos = { ...onTables, COSMOS_CONNECTION: cosmos.connectionString }
    await setUpCosmos(cosmos.connectionString)
    for (const settings of [onTables, onCosmos])
      await (await storeOf(settings)).insert('sims', iccid, iccid, createSim({ iccid, kind: 'warm' }))
    await writeBaseline(baseline)
    // GetBalance's own cost: the queue listener belongs to the host, in Azure it is another process.
    const answer = (appRoot: string, settings: Record<string, string>) => () =>
      firstAnswer(root, appRoot, { ...settings, APP_ROLE: 'api' })
    const load = (appRoot: string) => () => importTime(join(appRoot, 'dist/main.js'))
    const first = 'cold-start: first GetBalance answer'
    return [
      ...(await compare(first, 'ms', answer(root, onTables), answer(baseline, onTables), { limit: 1.5 })),
      ...(await compare(`${first}, Cosmos DB`, 'ms', answer(root, onCosmos), answer(baseline, onTables), {
        limit: onCosmosLimit,
      })),
      ...(await compare('cold-start: import of the bundle', 'ms', load(root), load(baseline), {
        limit: 1.2,
        rounds: importRounds,
      })),
    ]
  } finally {
    await rm(baseline, { recursive: true })
    await cosmos.stop()
    await azurite.stop()
  }
}

async function storeOf(settings: Record<string, string>): Promise<DocumentStore> {
  const store = await openState(settings, { clock: () => new Date() })
  if (store === undefined) throw new Error('no store is configured')
  return store
}

async function writeBaseline(folder: string): Promise<void> {
  await mkdir(join(folder, 'dist'))
  await build({
    stdin: { contents: oneLineFunction, resolveDir: process.cwd(), loader: 'ts' },
    outfile: join(folder, 'dist/main.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minify: true,
    external: ['@azure/functions-core'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', main: 'dist/main.js' }))
  await writeFile(
    join(folder, 'host.json'),
    JSON.stringify({ version: '2.0', extensions: { http: { routePrefix: '' } } }),
  )
}

async function firstAnswer(root: string, appRoot: string, environment: Record<string, string>): Promise<number> {
  const started = performance.now()
  const host = spawn(process.execPath, [join(root, '.local/build/host.js'), '--app-root', appRoot, '--port', '0'], {
    env: { PATH: process.env.PATH, AZURE_FUNCTIONS_ENVIRONMENT: 'Development', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await readyUrl(host)
    const response = await fetch(`${url}/v1/sims/${iccid}/balances`)
    await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`GetBalance answered ${response.status}`)
    return performance.now() - started
  } finally {
    host.kill('SIGKILL')
  }
}

function readyUrl(host: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    host.stdout?.on('data', (chunk) => {
      printed += String(chunk)
      const url = /Host ready (\S+)/.exec(printed)?.[1]
      if (url !== undefined) resolve(url)
    })
    host.on('exit', (code) => reject(new Error(`the host ended with ${code}: ${printed}`)))
  })
}

/**
 * In a fresh process, without the start of Node itself, which would hide the difference; all roles at once. Outside of a worker the library
 * of Azure Functions warns at each function that is registered, as it never does in one.
 */
async function importTime(file: string): Promise<number> {
  const script = `console.warn = () => {}
    const start = performance.now()
    await import(${JSON.stringify(file)})
    process.stdout.write(String(performance.now() - start))`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env.PATH, APP_ROLE: 'all' },
    // Without a host, @azure/functions warns of each registration on standard error.
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += String(chunk)
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`import of ${file} ended with ${code}`)
  return Number(printed)
}
