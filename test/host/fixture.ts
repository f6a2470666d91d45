import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { LogEntry } from '../../local/host/log'

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..')
const requireBanner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"

const folders: string[] = []
const children: ChildProcess[] = []
let hostBundle: Promise<string> | undefined

/** A temporary folder, removed by {@link cleanUp}. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'functions-host-'))
  folders.push(folder)
  return folder
}

/** Ends hosts that still run and removes the folders of this file's tests. */
export async function cleanUp(): Promise<void> {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  hostBundle = undefined
}

/** The host as `npm start` runs it: one bundle, heavy SDKs apart. */
function bundledHost(): Promise<string> {
  hostBundle ??= (async () => {
    const outdir = temporaryFolder()
    await build({
      entryPoints: [join(repository, 'local/host/main.ts')],
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      banner: { js: requireBanner },
      logLevel: 'silent',
    })
    return join(outdir, 'main.mjs')
  })()
  return hostBundle
}

/**
 * A function app in a temporary folder.
 *
 * @param files path to content; `package.json` is an ES module with `main` `dist/main.js` unless given
 * @returns the app root; `node_modules` is the repository's
 */
export function plainApp(files: Record<string, string>): string {
  const root = temporaryFolder()
  const all = { 'package.json': JSON.stringify({ type: 'module', main: 'dist/main.js' }), ...files }
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  return root
}

/** An app whose `@azure/functions` is bundled into an ES module chunk, as this project is built. */
export async function bundledApp(source: string, files: Record<string, string> = {}): Promise<string> {
  const root = plainApp(files)
  await build({
    stdin: { contents: source, resolveDir: repository, loader: 'ts' },
    outfile: join(root, 'dist/main.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['@azure/functions-core'],
    banner: { js: requireBanner },
    logLevel: 'silent',
  })
  return root
}

/** A started host process. */
export interface RunningHost {
  url: string
  /** Everything logged so far. */
  log: LogEntry[]
  /** Lines of standard output that are not log entries. */
  lines: string[]
  /** Resolves with the first entry, past or future, that fits. */
  logged(fits: (entry: LogEntry) => boolean): Promise<LogEntry>
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>
}

/** Starts a host process for an app and waits for its ready line. */
export async function runHost(root: string, env: Record<string, string> = {}): Promise<RunningHost> {
  const child = await spawnHost(root, env)
  const log: LogEntry[] = []
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const errors = collect(child.stderr)
  let pending = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (pending + chunk).split('\n')
    pending = parts.pop() ?? ''
    for (const line of parts) {
      if (line.startsWith('{"time"')) log.push(JSON.parse(line) as LogEntry)
      else lines.push(line)
    }
    for (const check of waiting) check()
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const until = <T>(find: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const check = () => {
        const found = find()
        if (found === undefined) return
        waiting.delete(check)
        resolve(found)
      }
      waiting.add(check)
      void exited.then((code) => reject(new Error(`the host ended with ${code}: ${errors.text}`)))
      check()
    })
  const url = await until(() => lines.find((line) => line.startsWith('Host ready '))?.slice('Host ready '.length))
  await until(() => lines.find((line) => line === 'Functions:'))
  return {
    url,
    log,
    lines,
    logged: (fits) => until(() => log.find(fits)),
    stop: async () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}

/** Starts a host that is expected to end by itself. */
export async function runBlockedHost(
  root: string,
  args: string[] = [],
): Promise<{ code: number | null; stderr: string }> {
  const child = await spawnHost(root, {}, args)
  const errors = collect(child.stderr)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stderr: errors.text }
}

async function spawnHost(root: string, env: Record<string, string>, args: string[] = []): Promise<ChildProcess> {
  const all = [await bundledHost(), '--app-root', root, '--port', '0', '--log', 'json', ...args]
  const child = spawn(process.execPath, all, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  return child
}

function collect(stream: NodeJS.ReadableStream | null): { text: string } {
  const collected = { text: '' }
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    collected.text += chunk
  })
  return collected
}
