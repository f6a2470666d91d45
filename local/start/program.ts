import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** A program that runs as long as `npm start` does. */
export interface ProgramSpec {
  /** For people, such as `SM-DP+ simulator`. */
  name: string
  /** Script and arguments for Node. */
  args: readonly string[]
  /** Set over our own environment. */
  env?: Readonly<Record<string, string>> | undefined
  logFile: string
  /** Answers once the program is ready. */
  readyUrl: string
  /** Whether an answer of `readyUrl` with this status means ready. */
  isReady: (status: number) => boolean
  /** Gets each line that a person should see. */
  onTrouble: (line: string) => void
}

/** How a program ended. */
export interface Ending {
  name: string
  /** Exit status, or the signal that ended it. */
  how: string
  logFile: string
}

/** A program that was started. */
export interface Program {
  /** True once it answers; false when it ended before. Rejects when neither happens within 30 s. */
  ready: Promise<boolean>
  exited: Promise<Ending>
  /** Asks it to end, waits, and ends it by force after 10 s. */
  stop(): Promise<void>
}

const readyWithinMs = 30_000
const stopWithinMs = 10_000

/** Runs before the program: it shuts down in order when its standard input ends, so it never outlives `npm start`. */
const endWithInput = "process.stdin.on('end',()=>process.emit('SIGTERM','SIGTERM')||process.exit(0)).resume().unref?.()"

/** How programs mark a warning or an error: the host's `[time] error …`, structured logs, Node's and tools' plain ones. */
const troubleMarks = [
  /^\[[^\]]*\] (?:warning|error|critical)\b/,
  /"level":\s*"(?:warn|warning|error|critical|fatal)"/,
  /^\s*(?:Uncaught )?(?:[A-Z]\w*)?Error\b/,
  /^\s*(?:error|warning|warn|fatal)\b/i,
  /^\(node:\d+\)/,
  /\b(?:WARN|ERROR|EADDRINUSE)\b/,
]

/** Whether a line of a log is worth showing on the terminal. */
export function isTrouble(line: string): boolean {
  return troubleMarks.some((mark) => mark.test(line))
}

/** Starts a program. Its whole output goes to its log file; what looks like trouble is shown, too. */
export function startProgram(spec: ProgramSpec): Program {
  mkdirSync(dirname(spec.logFile), { recursive: true })
  const log = createWriteStream(spec.logFile)
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(endWithInput)}`, ...spec.args],
    {
      env: { ...process.env, ...spec.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      // Out of the terminal's group: Ctrl-C reaches us alone, and we end the programs in their order.
      detached: process.platform !== 'win32',
    },
  )
  let stopping = false
  let ended = false
  const onLine = (line: string) => {
    log.write(`${line}\n`)
    if (!stopping && isTrouble(line)) spec.onTrouble(`[${spec.name}] ${line}`)
  }
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine)
  child.stdin.on('error', (error) => log.write(`standard input: ${error.message}\n`))
  const exited = new Promise<Ending>((resolve) => {
    const end = (how: string) => {
      ended = true
      log.end()
      resolve({ name: spec.name, how, logFile: spec.logFile })
    }
    child.once('error', (error) => end(error.message))
    child.once('close', (status, signal) => end(signal ?? `status ${status}`))
  })
  return {
    exited,
    ready: waitUntilReady(spec, () => ended),
    async stop() {
      stopping = true
      child.stdin.end()
      const force = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
      await exited
      clearTimeout(force)
    },
  }
}

async function waitUntilReady(spec: ProgramSpec, ended: () => boolean): Promise<boolean> {
  const patienceEnds = performance.now() + readyWithinMs
  while (!ended()) {
    if (performance.now() > patienceEnds) {
      throw new Error(`${spec.name} was not ready after ${readyWithinMs / 1000} s. Its log: ${spec.logFile}`)
    }
    if (await answers(spec)) return true
    await delay(30)
  }
  return false
}

async function answers({ readyUrl, isReady }: ProgramSpec): Promise<boolean> {
  try {
    const response = await fetch(readyUrl, { signal: AbortSignal.timeout(1_000), redirect: 'manual' })
    await response.body?.cancel()
    return isReady(response.status)
  } catch {
    return false // it does not listen yet
  }
}
