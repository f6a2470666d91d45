import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Operator, parseOperator } from '../../shared/domain/operator'
import { createTablesDocumentStore } from '../../shared/platform/tables-document-store'
import { findAzurite } from '../azurite'
import { tmf640 } from '../standins/provisioning'
import { defaultPort, namedPorts, portProblem, portsFrom } from './addresses'
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
}

/** Why it all ends. */
type End = { by: 'person' } | { by: 'program'; ending: Ending }

/**
 * Runs the app with all that it needs around it, until Ctrl-C, SIGTERM or the end of one of the programs.
 *
 * @returns exit status: 0 when a person ended it, 1 otherwise
 */
export async function start({ root, port, reset }: StartOptions): Promise<number> {
  const began = performance.now()
  const folders = foldersOf(root, port)
  const ports = portsFrom(port)
  const urls = urlsOf(ports)
  const operator = readOperator(root)
  const found = await findAzurite(ports.azurite)
  const problem = await portProblem(namedPorts(ports, found === undefined))
  if (problem) {
    console.error(problem)
    return 1
  }
  if (reset) {
    resetFiles(folders)
    if (found) await resetStore(found)
  }

  const person = whenPersonEndsIt()
  let programs: Programs | undefined
  let store: Store | undefined
  try {
    const secrets = localSecrets(join(folders.state, 'secrets.json'))
    store = found ? foundStore(found) : await ownStore(folders, ports.azurite)
    const settings = appSettings(urls, store.connectionString, secrets)
    writePrivate(join(root, '.local/app-settings.json'), settings)
    programs = startPrograms({ root, folders, ports, urls, operator, settings })
    const running = Object.values(programs)
    const end: Promise<End> = Promise.race([
      person,
      ...[store.lost, ...running.map((program) => program.exited)].map(async (ended): Promise<End> => {
        return { by: 'program', ending: await ended }
      }),
    ])

    const seeded = seedOnce({
      // An Azurite that is not ours may have forgotten what our marker remembers.
      marker: found === undefined ? join(folders.state, 'seeded') : undefined,
      documents: createTablesDocumentStore({ connectionString: settings.ORDERS_STORAGE, now: () => new Date() }),
      loginKey: Buffer.from(secrets.LOGIN_HMAC_KEY, 'base64url'),
      operator,
      smdp: { url: urls.smdp, ready: programs.smdp.ready },
      network: { url: `${urls.standins}${tmf640}`, ready: programs.standins.ready },
    })
    const up = Promise.all([...running.map((program) => program.ready), seeded])
    const first = await Promise.race([up, end])
    if (Array.isArray(first) && !first.includes(false)) {
      const { blob, table } = ports.azurite
      const where = `Azurite${found ? ' (was running already)' : ''} on ports ${blob} to ${table}`
      const cards = demoSimCards(operator)
      const logs = relative(root, folders.logs)
      console.log(summaryTable({ urls, store: where, accounts: demoAccounts, cards, logs }))
      console.log(`Ready after ${((performance.now() - began) / 1000).toFixed(1)} s. Ctrl-C ends all of it.`)
    }
    return tell(await end, root)
  } finally {
    // Who calls others ends before those it calls; the store ends last.
    await Promise.all([programs?.app.stop(), programs?.windows.stop()])
    await Promise.all([programs?.smdp.stop(), programs?.standins.stop()])
    await store?.stop?.()
  }
}

/** Each port has folders of its own, so that two of us can run side by side. */
function foldersOf(root: string, port = defaultPort): { state: string; logs: string } {
  const suffix = port === defaultPort ? '' : `-${port}`
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
