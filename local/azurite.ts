/** Starts and finds Azurite, the emulator of Azure Storage that keeps the state of the local app. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { resolve as resolvePath } from 'node:path'

const services = ['blob', 'queue', 'table'] as const
type Service = (typeof services)[number]

/** Where the three services listen, on 127.0.0.1. */
export type AzuritePorts = Record<Service, number>

/** Azurite's own defaults. */
export const defaultAzuritePorts: AzuritePorts = { blob: 10000, queue: 10001, table: 10002 }

/** Options of {@link startAzurite}. A port of 0 or none means any free one. */
export interface AzuriteOptions {
  /** Directory for the data, made when missing; without it everything stays in memory. */
  location?: string
  blobPort?: number
  queuePort?: number
  tablePort?: number
  /** Gets every line that Azurite prints. */
  log?: (line: string) => void
}

/** A running Azurite. */
export interface Azurite {
  connectionString: string
  pid: number
  ports: AzuritePorts
  /** Ends it, data written, and waits until it is gone. */
  stop(): Promise<void>
}

/** Why Azurite could not be started. */
export class AzuriteError extends Error {
  constructor(
    readonly code: 'azurite_missing' | 'azurite_port_taken' | 'azurite_failed' | 'azurite_slow',
    message: string,
  ) {
    super(message)
    this.name = 'AzuriteError'
  }
}

/** The account every Azurite has; its key is public and documented ("Use the Azurite emulator"). */
const account = 'devstoreaccount1'
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** Connection string of an Azurite on these ports. */
export function azuriteConnectionString(ports: AzuritePorts): string {
  const endpoint = (service: Service, name: string) => `${name}=http://127.0.0.1:${ports[service]}/${account};`
  return (
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};` +
    endpoint('blob', 'BlobEndpoint') +
    endpoint('queue', 'QueueEndpoint') +
    endpoint('table', 'TableEndpoint')
  )
}

const startTimeoutMs = 20_000
const stopTimeoutMs = 10_000

/**
 * Runs inside Azurite before it starts: when its standard input ends, it shuts down in order. That is how it is stopped (on
 * Windows, too, where signals end a process without a last word), and why it never outlives whoever started it.
 */
const endWithInput = "process.stdin.on('end',()=>process.emit('SIGTERM','SIGTERM')||process.exit(0)).resume()"

/**
 * Starts Azurite and resolves once its three services listen (0.6 to 0.8 s on a laptop).
 *
 * @throws {AzuriteError} `azurite_missing` before `npm install`; `azurite_port_taken`; `azurite_failed` when it ends early;
 * `azurite_slow` after 20 s
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const { blobPort = 0, queuePort = 0, tablePort = 0, log } = options
  const location = options.location === undefined ? undefined : resolvePath(options.location)
  if (location !== undefined) await mkdir(location, { recursive: true })
  const child = spawn(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(endWithInput)}`,
      azuriteScript(),
      ...(location === undefined ? ['--inMemoryPersistence'] : ['--location', location]),
      ...['--silent', '--disableTelemetry', '--skipApiVersionCheck'],
      ...['--blobPort', `${blobPort}`, '--queuePort', `${queuePort}`, '--tablePort', `${tablePort}`],
    ],
    {
      cwd: location ?? tmpdir(),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      // Out of the terminal's group: Ctrl-C must not end the store before those who still write to it.
      detached: process.platform !== 'win32',
    },
  )
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.stdin.on('error', (error) => log?.(`standard input of Azurite: ${error.message}`))
  const stop = async () => {
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
    await exited
    clearTimeout(timer)
  }
  try {
    const ports = await listening(child, log)
    return { connectionString: azuriteConnectionString(ports), pid: child.pid ?? 0, ports, stop }
  } catch (error) {
    child.kill('SIGKILL')
    await exited
    throw error
  }
}

function azuriteScript(): string {
  try {
    return createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js')
  } catch {
    throw new AzuriteError('azurite_missing', 'Azurite is not installed: run "npm install" first')
  }
}

/** Reads the ports from what Azurite prints, until it has named all three. */
function listening(child: ChildProcess, log: AzuriteOptions['log']): Promise<AzuritePorts> {
  return new Promise((resolve, reject) => {
    const ports: Partial<AzuritePorts> = {}
    let printed = ''
    const timer = setTimeout(() => {
      reject(new AzuriteError('azurite_slow', `Azurite did not start within ${startTimeoutMs / 1000} s:\n${printed}`))
    }, startTimeoutMs)
    const onLine = (line: string) => {
      log?.(line)
      if (isComplete(ports)) return
      printed += `${line}\n`
      const match = /^Azurite (Blob|Queue|Table) service is successfully listening at \S+:(\d+)$/.exec(line)
      const service = services.find((name) => name === match?.[1]?.toLowerCase())
      if (service) ports[service] = Number(match?.[2])
      if (!isComplete(ports)) return
      clearTimeout(timer)
      resolve(ports)
    }
    eachLine(child.stdout, onLine)
    eachLine(child.stderr, onLine)
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(new AzuriteError('azurite_failed', `Azurite could not be started: ${error.message}`))
    })
    child.once('close', (status, signal) => {
      clearTimeout(timer)
      const taken = /EADDRINUSE\D*[\d.]+:(\d+)/.exec(printed)
      reject(
        taken
          ? new AzuriteError('azurite_port_taken', `port ${taken[1]}, wanted for Azurite, is taken by another program`)
          : new AzuriteError('azurite_failed', `Azurite ended at its start (${signal ?? status}):\n${printed}`),
      )
    })
  })
}

function isComplete(ports: Partial<AzuritePorts>): ports is AzuritePorts {
  return services.every((service) => ports[service] !== undefined)
}

function eachLine(stream: ChildProcess['stdout'], onLine: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  stream?.on('end', () => rest && onLine(rest))
}

/**
 * Looks for an Azurite that somebody else has started on these ports.
 *
 * @returns its connection string; `undefined` unless all three services answer, and as Azurite
 */
export async function findAzurite(ports: AzuritePorts = defaultAzuritePorts): Promise<string | undefined> {
  const found = await Promise.all(services.map((service) => answersAsAzurite(service, ports[service])))
  return found.every(Boolean) ? azuriteConnectionString(ports) : undefined
}

async function answersAsAzurite(service: Service, port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/${account}`, { signal: AbortSignal.timeout(1000) })
    await response.body?.cancel()
    // Azurite signs every answer, the refusal of an unsigned request included: "Azurite-Table/3.35.0".
    return response.headers.get('server')?.toLowerCase().startsWith(`azurite-${service}/`) ?? false
  } catch {
    return false // nobody listens, or it is no HTTP server
  }
}
