import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder: string
let main: string
const children: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smdp-main-'))
  main = join(folder, 'main.js')
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile: main,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  })
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

function run(parameters: string[], environment: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [main, ...parameters], { env: { ...process.env, ...environment } })
  children.push(child)
  return child
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = child.stdout ? await once(child.stdout, 'data') : []
  return String(chunk).trim()
}

const iccid = '8988247000100003319'
const eid = '89033024010400000100000000009136'

async function post(url: string, body: unknown): Promise<{ transactionId?: string }> {
  const headers = { 'content-type': 'application/json', 'x-admin-protocol': 'gsma/rsp/v2.2.0' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return (await response.json()) as { transactionId?: string }
}

test('as a process it serves an order, reports the download, and saves its inventory when it is ended', async () => {
  const operator = createServer()
  operator.listen(0, '127.0.0.1')
  await once(operator, 'listening')
  const address = operator.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const notice = once(operator, 'request')

  const state = join(folder, 'state.json')
  const child = run(['--port', '0', '--notice-url', `http://127.0.0.1:${port}`, '--state', state], {
    SMDP_STOCK: JSON.stringify([{ iccid, profileType: 'P1' }]),
  })
  const url = /http:\S+/.exec(await firstLine(child))?.[0]
  const header = (id: string) => ({ functionRequesterIdentifier: 'x', functionCallIdentifier: id })
  await post(`${url}/gsma/rsp2/es2plus/downloadOrder`, { header: header('1'), iccid, eid })
  const order = { header: header('2'), iccid, eid, matchingId: 'AAAAA-BBBBB', releaseFlag: true }
  await post(`${url}/gsma/rsp2/es2plus/confirmOrder`, order)
  const { transactionId } = await post(`${url}/device/authenticate`, { matchingId: 'AAAAA-BBBBB', eid })
  await post(`${url}/device/package`, { transactionId })

  const [request, response] = await notice
  expect(await json(request)).toMatchObject({ iccid: `${iccid}F`, notificationPointId: 3 })
  response.writeHead(204).end()
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(JSON.parse(await readFile(state, 'utf8'))).toMatchObject({ profiles: [{ iccid, state: 'Downloaded' }] })
  operator.close()
})

test('it says what is wrong and ends when it cannot start', async () => {
  const child = run(['--port', '0', '--stock', join(folder, 'missing.json')])
  const [chunk] = child.stderr ? await once(child.stderr, 'data') : []
  expect(String(chunk)).toContain('SM-DP+ simulator:')
  expect(await once(child, 'exit')).toEqual([2, null])
})
