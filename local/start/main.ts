import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Operator, parseOperator } from '../../shared/domain/operator'
import { findAzurite } from '../azurite'
import { tmf640 } from '../standins/provisioning'
import { defaultPort, namedPorts, type OwnServer, type Ports, portProblem, portsFrom } from './addresses'
import { cloudChoice, cloudStore, EngineError } from './cloud-store'
import { localSecrets, writePrivate } from './local-secrets'
import type { Ending } from './program'
import { type Programs, startPrograms } from './programs'
import { resetFiles, resetStore } from './reset'
import { demoAccounts, demoSimCards, seedOnce } from './seed'
import { appSettings, urlsOf } from './settings'
import { foundStore, ownStore, type Store } from './store'
import { summaryTable } from './summary'

/** Options of `npm start`. */
export interface StartOptions {
  /** The repository. */
  root: string
  /** First port; 7071 when absent. */
  port?: number
  /** Begin anew. */
  reset: boolean
  /** What holds state and wakes: Azurite (the default), or Cosmos DB and Service Bus. */
  engine?: 'azurite' | 'cloud'
}

/** Why it all ends. */
type End = { by: 'person' } | { by: 'program'; ending: Ending }

/**
 * Runs the app with all that it needs around it, until Ctrl-C, SIGTERM or the end of one of the programs.
 *
 * @returns exit status: 0 when a person ended it, 1 otherwise
 */
export async function start({ root, port, reset, engine = 'azurite' }: StartOptions): Promise<number> {
  const began = performance.now()
  const folders = foldersOf(root, port, engine)
  const ports = portsFrom(port)
  const urls = urlsOf(ports)
  const operator = readOperator(root)
  const plan = engine === 'cloud' ? await planCloud(ports, reset) : await planAzurite(ports, folders, reset)
  const problem = await portProblem(namedPorts(ports, plan.servers))
  if (problem) {
    console.error(problem)
    return 1
  }
  if (reset) resetFiles(folders)

  const person = whenPersonEndsIt()
  let programs: Programs | undefined
  let store: Store | undefined
  try {
    store = await plan.open()
    if (store.isNew) resetFiles(folders)
    const secrets = localSecrets(join(folders.state, 'secrets.json'))
    const settings = appSettings(urls, store.settings, secrets)
    writePrivate(join(root, '.local/app-settings.json'), settings)
    programs = startPrograms({ root, folders, ports, urls, operator, settings })
    const running = Object.values(programs)
    const end: Promise<End> = Promise.race([
      person,
      ...[store.lost, ...running.map((program) => program.exited)].map(async (ended): Promise<End> => {
        return { by: 'program', ending: await ended }
      }),
    ])

    const demoData = store.demoData
    const seeding = {
      marker: demoData === 'once' ? join(folders.state, 'seeded') : undefined,
      documents: store.documents,
      loginKey: Buffer.from(secrets.LOGIN_HMAC_KEY, 'base64url'),
      operator,
      smdp: { url: urls.smdp, ready: programs.smdp.ready },
      network: { url: `${urls.standins}${tmf640}`, ready: programs.standins.ready },
    }
    const seeded = demoData === 'never' ? undefined : seedOnce(seeding)
    const up = Promise.all([...running.map((program) => program.ready), seeded])
    const first = await Promise.race([up, end])
    if (Array.isArray(first) && !first.includes(false)) {
      const cards = demoSimCards(operator)
      const logs = relative(root, folders.logs)
      const demo = demoData === 'never' ? { accounts: [], cards: [] } : { accounts: demoAccounts, cards }
      console.log(summaryTable({ urls, where: store.where, ...demo, logs }))
      console.log(`Ready after ${((performance.now() - began) / 1000).toFixed(1)} s. Ctrl-C ends all of it.`)
    }
    return tell(await end, root)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    console.error(error.message)
    return 1
  } finally {
    // Who calls others ends before those it calls; the store ends last.
    await Promise.all([programs?.app.stop(), programs?.windows.stop()])
    await Promise.all([programs?.smdp.stop(), programs?.standins.stop()])
    await store?.stop?.()
  }
}

/** What will hold state and wakes, decided before anything is started or forgotten. */
interface StorePlan {
  /** Those that we start. */
  servers: OwnServer[]
  open(): Promise<Store>
}

async function planAzurite(ports: Ports, folders: Folders, reset: boolean): Promise<StorePlan> {
  const found = await findAzurite(ports.azurite)
  if (found === undefined) return { servers: ['azurite'], open: () => ownStore(folders, ports.azurite) }
  const open = async () => {
    if (reset) await resetStore(found)
    return foundStore(found, ports.azurite)
  }
  return { servers: [], open }
}

async function planCloud({ cloud }: Ports, reset: boolean): Promise<StorePlan> {
  const choice = await cloudChoice(process.env)
  const servers: OwnServer[] = []
  if (choice.cosmos === undefined) servers.push('cosmos')
  if (choice.bus === undefined) servers.push('serviceBus')
  return { servers, open: () => cloudStore(choice, cloud, reset) }
}

interface Folders {
  state: string
  logs: string
}

/** Each port has folders of its own, so that two of us can run side by side; so has each engine, whose state is another. */
function foldersOf(root: string, port = defaultPort, engine = 'azurite'): Folders {
  const suffix = (engine === 'azurite' ? '' : `-${engine}`) + (port === defaultPort ? '' : `-${port}`)
  return { state: join(root, `.local/state${suffix}`), logs: join(root, `.local/logs${suffix}`) }
}

function readOperator(root: string): Operator {
  const parsed = parseOperator(JSON.parse(readFileSync(join(root, 'operator.json'), 'utf8')))
  if (parsed.ok) {
    for (const { path, message } of parsed.warnings) console.warn(`operator.json: ${path}: ${message}`)
    return parsed.operator
  }
  const issues = parsed.issues.map(({ path, message }) => `  ${path}: ${message}`)
  throw new Error(`operator.json needs changes:\n${issues.join('\n')}`)
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends at once, leaving the programs to notice that we are gone. */
function whenPersonEndsIt(): Promise<End> {
  return new Promise((resolve) => {
    let asked = false
    const end = () => {
      if (asked) process.exit(130)
      asked = true
      resolve({ by: 'person' })
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  })
}

function tell(end: End, root: string): number {
  if (end.by === 'person') {
    console.log('Ending …')
    return 0
  }
  const { name, how, logFile } = end.ending
  console.error(`${name} ended (${how}). Its log: ${relative(root, logFile)}. Ending everything else.`)
  return 1
}
