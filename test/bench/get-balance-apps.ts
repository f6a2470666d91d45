/** What `get-balance` measures: the built app, and a function beside it that does nothing but the same read. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** A running server. */
export interface Server {
  url: string
  pid: number
  stop(): void
}

/** The least that can answer from the store: no caller is checked, nothing is parsed, and the document is the answer's size. */
const emptyFunction = `
import { app } from '@azure/functions'
import { createTablesDocumentStore } from './shared/platform/tables-document-store'
const store = createTablesDocumentStore({ connectionString: process.env.ORDERS_STORAGE, now: () => new Date() })
app.http('getBalances', { methods: ['GET'], authLevel: 'anonymous', route: 'v1/sims/{simId}/balances',
  handler: async ({ params: { simId } }) => {
    const row = await store.get('sims', simId, simId)
    return row === undefined ? { status: 404 } : { jsonBody: { balances: [] } }
  } })
`

/** The same without Azure Functions, to tell what the host costs. */
const bareServer = `
import { createServer } from 'node:http'
import { createTablesDocumentStore } from './shared/platform/tables-document-store'
const store = createTablesDocumentStore({ connectionString: process.env.ORDERS_STORAGE, now: () => new Date() })
const server = createServer(async (request, response) => {
  const simId = request.url.split('/')[3]
  const row = await store.get('sims', simId, simId)
  response.writeHead(row === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end('{"balances":[]}')
}).listen(0, '127.0.0.1', () => console.log('Host ready http://127.0.0.1:' + server.address().port))
`

/** Bundles what is compared with into this folder. */
export async function writeBaselines(root: string, folder: string): Promise<void> {
  await mkdir(join(folder, 'dist'))
  const sources = { 'dist/main.js': emptyFunction, 'bare.js': bareServer }
  for (const [file, contents] of Object.entries(sources))
    await build({
      stdin: { contents, resolveDir: root, loader: 'js' },
      outfile: join(folder, file),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      external: ['@azure/functions-core'],
      logLevel: 'warning',
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

/** The sample operator without limits, which a single caller on one machine would meet. */
export async function writeOperator(root: string, folder: string): Promise<string> {
  const operator: object = JSON.parse(await readFile(join(root, 'operator.json'), 'utf8'))
  const unlimited = { perSecond: 0 }
  const file = join(folder, 'operator.json')
  await writeFile(file, JSON.stringify({ ...operator, operatorApi: { perCaller: unlimited, perSim: unlimited } }))
  return file
}

/** Starts an app in the local host. */
export function startApp(root: string, appRoot: string, environment: Record<string, string>): Promise<Server> {
  const host = join(root, '.local/build/host.js')
  return start([host, '--app-root', appRoot, '--port', '0', '--log', 'json'], { APP_ROLE: 'api', ...environment })
}

/** Starts a program that prints `Host ready <url>`. */
export function start(args: readonly string[], environment: Record<string, string>): Promise<Server> {
  const child: ChildProcess = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, AZURE_FUNCTIONS_ENVIRONMENT: 'Development', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    let printed: string | undefined = ''
    // Read to the end: a full pipe would block the process.
    child.stdout?.on('data', (chunk) => {
      if (printed === undefined) return
      printed += String(chunk)
      const url = /Host ready (\S+)/.exec(printed)?.[1]
      if (url === undefined) return
      printed = undefined
      resolve({ url, pid: child.pid ?? 0, stop: () => void child.kill('SIGKILL') })
    })
    child.on('exit', (code) => reject(new Error(`${args[0]} ended with ${code}: ${printed}`)))
  })
}
