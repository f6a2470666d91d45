import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { build } from '../../local/build.mjs'
import { isFree, namedPorts, portsFrom } from '../../local/start/addresses'
import { startCloudEngine } from '../support/engine'
import { cloudSettings } from '../support/engine-settings'
import { freePort } from '../support/free-port'

const repository = join(import.meta.dirname, '../..')
const allServers = ['azurite', 'cosmos', 'serviceBus'] as const

let root: string
let port: number
const started: ChildProcess[] = []
beforeAll(() => build({ ifStale: true }))
beforeEach(async () => {
  // A repository of its own as far as state goes; code and packages are the real ones.
  root = mkdtempSync(join(tmpdir(), 'npm-start-'))
  mkdirSync(join(root, '.local'))
  for (const name of ['.local/build', 'dist', 'node_modules', 'package.json', 'host.json', 'operator.json', 'shared']) {
    symlinkSync(join(repository, name), join(root, name))
  }
  port = await freeRange()
})
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGTERM')
    await ended
  }
  rmSync(root, { recursive: true, force: true })
})

/** Below the ports that the system gives out for port 0. */
async function freeRange(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await Promise.all(namedPorts(portsFrom(first), allServers).map(([, wanted]) => isFree(wanted)))
    if (free.every(Boolean)) return first
  }
}

interface Started {
  child: ChildProcess
  /** All that was printed so far. */
  printed: () => string
  ready: Promise<void>
  ended: Promise<number | null>
}

function start(more: { reset?: boolean; engine?: 'cloud' } = {}, environment: Record<string, string> = {}): Started {
  const script = `import { start } from ${JSON.stringify(join(root, '.local/build/start.js'))}
    process.exit(await start(${JSON.stringify({ root, port, reset: false, ...more })}))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  started.push(child)
  let printed = ''
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const ready = new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      printed += chunk.toString('utf8')
      if (/^Ready/m.test(printed)) resolve()
    }
    child.stdout?.on('data', onData)
    child.stderr?.on('data', onData)
    void ended.then((status) => reject(new Error(`ended with ${status}:\n${printed}`)))
  })
  ready.catch(() => undefined) // a test that waits for the end does not wait for this
  return { child, printed: () => printed, ready, ended }
}

const status = async (at: number, path: string) => (await fetch(`http://127.0.0.1:${at}${path}`)).status
async function inventory(): Promise<{ iccid: string }[]> {
  return (await fetch(`http://127.0.0.1:${port + 2}/control/profiles`)).json() as Promise<{ iccid: string }[]>
}

test('one start brings everything up with demo data, ends without a trace and goes on where it was', async () => {
  const first = start()
  await first.ready
  expect(await status(port, '/portal')).toBe(200)
  expect(await status(port + 1, '/')).toBe(200)
  expect(await status(port + 3, '/')).toBe(200)
  const table = first.printed()
  for (const at of [port, port + 1, port + 2, port + 3]) expect(table).toContain(`http://127.0.0.1:${at}/`)
  expect(table).toContain('demo@example.net')
  expect(table.trimEnd().split('\n').at(-1)).toMatch(/^Ready/)

  const iccids = (await inventory()).map((profile) => profile.iccid)
  expect(iccids.length).toBeGreaterThanOrEqual(200)
  const stock = await sims()
  expect(new Set(stock.map((row) => row.iccid))).toEqual(new Set(iccids))

  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
  for (const [, wanted] of namedPorts(portsFrom(port), allServers)) expect(await isFree(wanted)).toBe(true)

  const secrets = () => readFileSync(join(root, `.local/state-${port}/secrets.json`), 'utf8')
  const kept = secrets()
  const second = start()
  await second.ready
  expect(secrets()).toBe(kept)
  expect(await inventory()).toHaveLength(iccids.length)
  second.child.kill('SIGINT')
  expect(await second.ended).toBe(0)
})

/** Not in one go: the store may be in this process. */
async function sims(): Promise<{ iccid: string }[]> {
  const cli = join(repository, 'dist/cli/mobile-plans.js')
  const { stdout } = await promisify(execFile)(process.execPath, [cli, '--json', 'sims', 'list'], { cwd: root })
  return JSON.parse(stdout) as { iccid: string }[]
}

test('with the engine of the cloud, and nothing configured, it brings servers of its own, which forget', async () => {
  const first = start({ engine: 'cloud' })
  await first.ready
  expect(first.printed()).toContain(`our own test server for Cosmos DB on port ${port + 20}, in memory`)
  expect(first.printed()).toContain(`our own broker for Service Bus on port ${port + 21}, in memory`)
  expect(await (await fetch(`http://127.0.0.1:${port}/health/ready`)).json()).toEqual({
    status: 'ready',
    checks: { store: 'up', queue: 'up' },
  })
  for (const [, wanted] of namedPorts(portsFrom(port), ['azurite']).slice(4)) expect(await isFree(wanted)).toBe(true)
  const stock = await sims()
  expect(new Set(stock.map(({ iccid }) => iccid))).toEqual(new Set((await inventory()).map(({ iccid }) => iccid)))
  await fetch(`http://127.0.0.1:${port + 2}/control/stock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ iccid: '8999901000999999993', profileType: 'another' }]),
  })
  expect(await inventory()).toHaveLength(stock.length + 1)
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)

  // The SM-DP+ keeps its state in a file. It must not remember what the store has forgotten.
  const second = start({ engine: 'cloud' })
  await second.ready
  expect(await inventory()).toHaveLength(stock.length)
  second.child.kill('SIGTERM')
  expect(await second.ended).toBe(0)
  for (const [, wanted] of namedPorts(portsFrom(port), allServers)) expect(await isFree(wanted)).toBe(true)
})

test('with the engine of the cloud it uses what is configured, and what is there outlives it until a reset', async () => {
  const engine = await startCloudEngine()
  try {
    const run = async (reset: boolean) => {
      const started = start({ engine: 'cloud', reset }, engine.settings)
      await started.ready
      return started
    }
    const end = async ({ child, ended }: Started) => {
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
    }
    const first = await run(false)
    expect(first.printed()).toContain(`Cosmos DB at http://127.0.0.1:${engine.ports.state}/`)
    expect(first.printed()).toContain(`Service Bus at sb://127.0.0.1:${engine.ports.wakes}`)
    expect(first.printed()).not.toMatch(/AccountKey|SharedAccessKey/)
    for (const [, wanted] of namedPorts(portsFrom(port), allServers))
      if (wanted > port + 3) expect(await isFree(wanted)).toBe(true)
    await end(first)

    await engine.documents.insert('sims', 'kept', 'kept', {})
    await end(await run(false))
    expect(await engine.documents.get('sims', 'kept', 'kept')).toBeDefined()
    const third = await run(true)
    expect(await engine.documents.get('sims', 'kept', 'kept')).toBeUndefined()
    expect(await sims()).toHaveLength((await inventory()).length)
    await end(third)
  } finally {
    await engine.stop()
  }
})

test.each(['COSMOS_CONNECTION', 'SERVICE_BUS'] as const)(
  '%s that leads nowhere is named with what to do, and nothing is left running',
  async (setting) => {
    const nowhere = cloudSettings({ state: await freePort(), wakes: await freePort() })
    const run = start({ engine: 'cloud' }, { [setting]: nowhere[setting] ?? '' })
    expect(await run.ended).toBe(1)
    expect(run.printed()).toContain(
      setting === 'SERVICE_BUS' ? 'Service Bus cannot be used' : 'Cosmos DB cannot be used',
    )
    expect(run.printed()).toContain('docker compose up')
    expect(run.printed()).toContain(`unset ${setting}`)
    expect(run.printed()).not.toMatch(/AccountKey|SharedAccessKey/)
    for (const [, wanted] of namedPorts(portsFrom(port), allServers)) expect(await isFree(wanted)).toBe(true)
  },
)

test.each([
  ['SERVICE_BUS__fullyQualifiedNamespace', 'mine.servicebus.windows.net', 'takes no wakes from a namespace in Azure'],
  ['SERVICE_BUS', 'Endpoint=sb://mine.servicebus.windows.net/;SharedAccessKey=secret', 'it is for emulators'],
])('%s of a namespace in Azure is refused with the reason', async (setting, value, reason) => {
  const run = start({ engine: 'cloud' }, { [setting]: value })
  expect(await run.ended).toBe(1)
  expect(run.printed()).toContain(reason)
  expect(run.printed()).not.toContain('secret')
})

test('a busy port is named, and nothing is started', async () => {
  const busy = createServer()
  await new Promise<void>((resolve) => busy.listen(port + 2, '127.0.0.1', resolve))
  const run = start()
  expect(await run.ended).toBe(1)
  expect(run.printed()).toContain(`Port ${port + 2}, wanted for the SM-DP+ simulator, is taken`)
  await new Promise((resolve) => busy.close(resolve))
})

test('when a program dies, its name and log are told and everything else ends', async () => {
  const run = start()
  await run.ready
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  const line = processes.split('\n').find((row) => row.includes(` ${run.child.pid} `) && row.includes('standins.js'))
  process.kill(Number(line?.trim().split(/\s+/)[0]), 'SIGKILL')
  expect(await run.ended).toBe(1)
  expect(run.printed()).toContain(`stand-ins ended (SIGKILL). Its log: .local/logs-${port}/standins.log`)
  for (const [, wanted] of namedPorts(portsFrom(port), allServers)) expect(await isFree(wanted)).toBe(true)
})

test('nothing outlives a start that was killed', async () => {
  const run = start()
  await run.ready
  run.child.kill('SIGKILL')
  await run.ended
  for (const [, wanted] of namedPorts(portsFrom(port), allServers)) {
    await expect.poll(() => isFree(wanted), { timeout: 15_000 }).toBe(true)
  }
})
