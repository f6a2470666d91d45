/**
 * The whole product on this machine, for browser, fault and bench runs: the built app in the local host as a process of its own, on
 * the engine that `TEST_ENGINE` names (`engine.ts`), beside the real SM-DP+ simulator, the stand-ins and, where wanted, the Windows simulator. Every port is free, every
 * state fresh; nothing is shared between two stacks.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSmdp } from '../../local/smdp/server'
import { tmf640 } from '../../local/standins/provisioning'
import { startStandins } from '../../local/standins/standins'
import { startWindows } from '../../local/windows/server'
import { completeEid, type Iccid, luhnCheckDigit } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import { importStock, listStock } from '../../shared/fulfilment/stock'
import type { DocumentStore } from '../../shared/platform/ports'
import { seedAccount } from '../../shared/portal/accounts'
import { startEngine, type TestEngine } from './engine'
import { freePort } from './free-port'

export interface StackOptions {
  /** The repository; default: the working directory. */
  root?: string
  /** The built app; default: the repository. */
  appRoot?: string
  /** Two processes as in Azure, one for people and one for machines, instead of one for all. */
  split?: boolean
  windows?: boolean
  /** What holds state and wakes; it ends with the stack. Default: what `TEST_ENGINE` names. */
  engine?: TestEngine
  /** Changes to operator.json, such as shorter delays. */
  operator?: (operator: OperatorJson) => void
  /** ICCIDs per profile type. */
  stock?: number
  environment?: Record<string, string>
  /** Where the app finds the SM-DP+; default: the simulator itself. */
  smdpUrl?: string
  /** Certificate and key (PEM) with which the app speaks https and asks for client certificates. */
  tls?: { cert: string; key: string }
  /** How soon a message in the hands of a process that was killed is given out again. */
  hiddenSeconds?: number
}

/** For tests that compare the whole store before and after: the minute's sweep writes markers of open orders. */
export const withoutSweep = { 'AzureWebJobs.sweep.Disabled': 'true' }

/** As much of operator.json as tests change. */
export interface OperatorJson {
  plans: { id: string; profileType: string; downloadAfter: number; registerAfter: number }[]
  fulfilment?: Record<string, number>
  smdp: { address: string; callTimeoutSeconds?: number }
  access?: unknown
  operatorApi?: unknown
  notifications?: unknown
  gateways?: unknown
}

export interface Stack {
  /** The app itself. */
  url: string
  /** Where machines call; another address only with `split`. */
  apiUrl: string
  /** The portal as the Windows simulator shows it; empty without it. */
  windowsUrl: string
  smdpUrl: string
  standinsUrl: string
  /** Where the state is: connection string of the storage account, or of Cosmos DB. */
  connectionString: string
  /** Of state and wakes, for whoever stands in between. */
  enginePorts: TestEngine['ports']
  wakes: TestEngine['wakes']
  usage: TestEngine['usage']
  /** Settings by which another process finds state and wakes. */
  storeSettings: Record<string, string>
  documents: DocumentStore
  account: { email: string; password: string; subscriberId: string }
  launchQuery: string
  eid: string
  /** Everything that the app has logged. */
  log(): string
  killHost(): Promise<void>
  startHost(): Promise<void>
  orders(): Promise<Order[]>
  stock(): Promise<Record<string, number>>
  ledger(): Promise<{ kind: string; orderId?: string; amountMinor: number }[]>
  stop(): Promise<void>
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { root = process.cwd(), stock = 20 } = options
  const folder = await mkdtemp(join(tmpdir(), 'stack-'))
  const operatorFile = join(folder, 'operator.json')
  const operator = JSON.parse(await readFile(join(root, 'operator.json'), 'utf8')) as OperatorJson
  options.operator?.(operator)
  await writeFile(operatorFile, JSON.stringify(operator))

  const profileTypes = [...new Set(operator.plans.map(({ profileType }) => profileType))]
  const inventory = profileTypes.flatMap((profileType, type) =>
    Array.from({ length: stock }, (_, i) => ({ iccid: testIccid(type * 10_000 + i), profileType })),
  )
  const port = await freePort()
  const scheme = options.tls === undefined ? 'http' : 'https'
  const url = `${scheme}://127.0.0.1:${port}`
  const apiPort = options.split ? await freePort() : port
  const apiUrl = `${scheme}://127.0.0.1:${apiPort}`
  const engine = options.engine ?? (await startEngine())
  const smdp = await startSmdp({
    port: 0,
    noticeUrl: apiUrl,
    address: operator.smdp.address,
    stock: inventory,
    log: () => {},
  })
  const standins = await startStandins({})
  const windows = options.windows
    ? await startWindows({
        port: 0,
        portalUrl: url,
        smdpUrl: smdp.url,
        provisioningUrl: `${standins.url}/provisioning`,
        smdpHost: operator.smdp.address,
      })
    : undefined
  const { documents } = engine
  await importStock(documents, inventory)
  const loginKey = randomBytes(32)
  const person = { email: 'pat@example.net', password: 'correct horse battery', name: 'Pat' }
  const seeding = { documents, loginKey: async () => loginKey, randomBytes: (length: number) => randomBytes(length) }
  const { subscriberId } = await seedAccount(seeding, person, new Date())

  const environment = {
    ...engine.settings,
    PORTAL_URL: url,
    ES2PLUS_URL: options.smdpUrl ?? smdp.url,
    BILLING_URL: `${standins.url}/billing`,
    PROVISIONING_URL: `${standins.url}${tmf640}`,
    LOGIN_HMAC_KEY: loginKey.toString('base64url'),
    OPERATOR_FILE: operatorFile,
    ...options.environment,
  }
  const hostArguments = options.hiddenSeconds === undefined ? [] : ['--hidden-seconds', `${options.hiddenSeconds}`]
  const { cert, key } = options.tls ?? {}
  for (const [name, pem] of Object.entries({ cert, key })) {
    if (pem === undefined) continue
    await writeFile(join(folder, `${name}.pem`), pem)
    hostArguments.push(`--tls-${name}`, join(folder, `${name}.pem`))
  }
  let logged = ''
  let hosts: ChildProcess[] = []
  const startRole = async (role: string, at: number) => {
    const child = spawn(
      process.execPath,
      [join(root, '.local/build/host.js'), '--app-root', options.appRoot ?? root, '--port', `${at}`, ...hostArguments],
      {
        env: { PATH: process.env.PATH ?? '', APP_ROLE: role, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    hosts.push(child)
    const ready = new Promise<void>((resolve, reject) => {
      const listen = (chunk: Buffer) => {
        logged += String(chunk)
        if (String(chunk).includes('Host ready')) resolve()
      }
      child.stdout.on('data', listen)
      child.stderr.on('data', listen)
      child.once('exit', (code) => reject(new Error(`the host ended with ${code}:\n${logged.slice(-2000)}`)))
    })
    await ready
  }
  const startHost = async () => {
    if (!options.split) return startRole('all', port)
    await Promise.all([startRole('portal', port), startRole('api', apiPort)])
  }
  const endHost = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const running = hosts.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    hosts = []
    const exited = running.map((child) => once(child, 'exit'))
    for (const child of running) child.kill(signal)
    await Promise.all(exited)
  }
  await startHost()
  const eid = completeEid('890440459300000000000000012345') ?? ''
  return {
    url,
    apiUrl,
    windowsUrl: windows?.url ?? '',
    smdpUrl: smdp.url,
    standinsUrl: standins.url,
    connectionString: engine.connectionString,
    enginePorts: engine.ports,
    wakes: engine.wakes,
    usage: engine.usage,
    storeSettings: engine.settings,
    documents,
    account: { email: person.email, password: person.password, subscriberId },
    launchQuery: `market=DE&location=DE&transactionId=test.1&eid=${eid}&imei=490154203237518`,
    eid,
    log: () => logged,
    startHost,
    killHost: () => endHost('SIGKILL'),
    async orders() {
      const subscriber = await documents.get<{ orders: { id: string }[] }>('subscribers', subscriberId, subscriberId)
      const orders: Order[] = []
      for (const { id } of subscriber?.value.orders ?? []) {
        const order = await documents.get<Order>('orders', id, id)
        if (order !== undefined) orders.push(order.value)
      }
      return orders
    },
    async stock() {
      const count: Record<string, number> = { free: 0, claimed: 0, quarantine: 0, unavailable: 0 }
      for await (const { state } of listStock(documents, profileTypes)) count[state] = (count[state] ?? 0) + 1
      return count
    },
    async ledger() {
      const answer = await fetch(`${standins.url}/billing/ledger`)
      const body = (await answer.json()) as { entries?: [] } | []
      return Array.isArray(body) ? body : (body.entries ?? [])
    },
    async stop() {
      await endHost('SIGTERM')
      await windows?.stop()
      await Promise.all([smdp.stop(), standins.stop()])
      await engine.stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** 19 digits within the sample operator's range, with its Luhn digit. */
export function testIccid(number: number): Iccid {
  const digits = `89999010009${String(number).padStart(7, '0')}`
  return `${digits}${luhnCheckDigit(digits)}` as Iccid
}

/** Waits until `probe` gives something, and says what it waited for when it does not. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  withinMs = 20_000,
): Promise<T> {
  const end = Date.now() + withinMs
  let last: unknown
  while (Date.now() < end) {
    try {
      const found = await probe()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited in vain for: ${what}`, { cause: last })
}
