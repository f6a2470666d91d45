import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../test/support/free-port'
import { isFree, namedPorts, portProblem, portsFrom } from './addresses'
import { localSecrets } from './local-secrets'
import { isTrouble, type Program, startProgram } from './program'

let folder: string
const started: Program[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'))
})
afterEach(async () => {
  for (const program of started.splice(0)) await program.stop()
  rmSync(folder, { recursive: true, force: true })
})

function launch(script: string, port: number): { program: Program; trouble: string[]; logFile: string } {
  const trouble: string[] = []
  const logFile = join(folder, 'logs/program.log')
  const program = startProgram({
    name: 'program',
    args: ['-e', script],
    env: { PORT: `${port}` },
    logFile,
    readyUrl: `http://127.0.0.1:${port}/`,
    isReady: (status) => status === 200,
    onTrouble: (line) => trouble.push(line),
  })
  started.push(program)
  return { program, trouble, logFile }
}

const server = `require('node:http').createServer((_, answer) => answer.end()).listen(process.env.PORT, '127.0.0.1')
console.log('listening'); console.log('[now] warning f: be careful')
process.on('SIGTERM', () => { console.log('last word'); process.exit(0) })`

describe('a program', () => {
  test('is ready when it answers, is asked to end, and leaves its whole output in its log', async () => {
    const { program, trouble, logFile } = launch(server, await freePort())
    expect(await program.ready).toBe(true)
    await program.stop()
    expect(await program.exited).toEqual({ name: 'program', how: 'status 0', logFile })
    await expect.poll(() => readFileSync(logFile, 'utf8')).toBe('listening\n[now] warning f: be careful\nlast word\n')
    expect(trouble).toEqual(['[program] [now] warning f: be careful'])
  })

  test('that ends before it is ready says so', async () => {
    const { program } = launch('process.exit(7)', await freePort())
    expect(await program.ready).toBe(false)
    expect(await program.exited).toMatchObject({ how: 'status 7' })
  })
})

test.each([
  ['[2026-11-22T11:15:19.149Z] error portal 1: it broke', true],
  ['{"level":"warn","event":"late"}', true],
  ['TypeError: x is not a function', true],
  ['(node:12) ExperimentalWarning: something', true],
  ['[2026-11-22T11:15:19.149Z] information health 1: Executing', false],
  ['{"level":"info","event":"error report sent"}', false],
  ['smdp: downloadOrder ok', false],
])('%s is shown on the terminal: %s', (line, shown) => {
  expect(isTrouble(line)).toBe(shown)
})

describe('ports', () => {
  test('the defaults are those of the tools, another first port moves all', () => {
    const azurite = { blob: 10000, queue: 10001, table: 10002 }
    const cloud = { cosmos: 7091, serviceBus: 7092 }
    expect(portsFrom(undefined)).toEqual({ app: 7071, windows: 7072, smdp: 7073, standins: 7074, azurite, cloud })
    expect(portsFrom(8000)).toMatchObject({ app: 8000, standins: 8003, azurite: { blob: 8010, table: 8012 } })
  })

  test('a busy port is named with what wanted it and what to do', async () => {
    const busy = createServer()
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
    const address = busy.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const free = await freePort()
    expect(await isFree(port)).toBe(false)
    expect(await portProblem([['the app', free]])).toBeUndefined()
    const problem = await portProblem([
      ['the app', free],
      ['the stand-ins', port],
    ])
    expect(problem).toContain(`Port ${port}, wanted for the stand-ins, is taken`)
    expect(problem).toContain('--port')
    await new Promise((resolve) => busy.close(resolve))
  })

  test('a store needs ports only where we start it', () => {
    const ports = portsFrom(8000)
    expect(namedPorts(ports, ['azurite'])).toHaveLength(7)
    expect(namedPorts(ports, ['cosmos', 'serviceBus']).slice(4)).toEqual([
      ['the test server for Cosmos DB', 8020],
      ['the broker for Service Bus', 8021],
    ])
    expect(namedPorts(ports, []).map(([, port]) => port)).toEqual([8000, 8001, 8002, 8003])
  })
})

test('the secrets of a computer are made once and readable for their user only', () => {
  const file = join(folder, 'state/secrets.json')
  const secrets = localSecrets(file)
  expect(Buffer.from(secrets.LOGIN_HMAC_KEY, 'base64url')).toHaveLength(32)
  expect(localSecrets(file)).toEqual(secrets)
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o077).toBe(0)
})
