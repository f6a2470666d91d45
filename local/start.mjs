// `npm start`: what a fresh clone needs first. Checks Node, installs, builds, then hands over to `local/start/main.ts`.
// Plain JavaScript on Node's own modules: nothing is installed when it runs.
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const help = `Starts the operator app and everything around it on this computer.

Usage: npm start -- [options]

Options:
  --port N          first port (default 7071): app on N, Windows simulator on N+1, SM-DP+ simulator on N+2,
                    stand-ins for billing and provisioning on N+3; Azurite on N+10 to N+12 (10000 to 10002 by default)
  --engine cloud    state in Cosmos DB and wakes on Service Bus, as in Azure, instead of Azurite: those that COSMOS_CONNECTION
                    or COSMOS_ENDPOINT and SERVICE_BUS name, such as the emulators of compose.yaml; without them
                    servers of our own, in memory, on N+20 and N+21
  --reset           forget all local data first
  --help            show this text`

/**
 * Reads the command line of `npm start`.
 *
 * @param {string[]} args
 * @returns {{port?: number, engine?: 'azurite' | 'cloud', reset: boolean, help: boolean} | {problem: string}}
 */
export function parseOptions(args) {
  const options = { reset: false, help: false }
  const waiting = [...args]
  while (waiting.length > 0) {
    const arg = waiting.shift()
    const [name, inline] = arg.split('=', 2)
    if (name === '--reset' && inline === undefined) options.reset = true
    else if ((name === '--help' || name === '-h') && inline === undefined) options.help = true
    else if (name === '--port') {
      const value = inline === undefined ? waiting.shift() : inline
      // The highest port that is derived from it is N+21.
      if (!/^\d+$/.test(value || '') || Number(value) < 1024 || Number(value) > 65514) {
        return { problem: '--port takes a number from 1024 to 65514' }
      }
      options.port = Number(value)
    } else if (name === '--engine') {
      const value = inline === undefined ? waiting.shift() : inline
      if (value !== 'cloud' && value !== 'azurite') return { problem: '--engine takes cloud or azurite' }
      options.engine = value
    } else return { problem: `unknown option: ${arg}` }
  }
  return options
}

async function main() {
  const options = parseOptions(process.argv.slice(2))
  if ('problem' in options) {
    console.error(`${options.problem}\n\n${help}`)
    return 2
  }
  if (options.help) {
    console.log(help)
    return 0
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 12)) {
    console.error(`Node 20.12 or newer is needed; this is Node ${process.versions.node}. See https://nodejs.org`)
    return 1
  }
  const { install } = await import('./install.mjs')
  install(root)
  const { build } = await import('./build.mjs')
  await build({ root, ifStale: true })
  const { start } = await import(pathToFileURL(join(root, '.local/build/start.js')).href)
  return start({ ...options, root })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().then(
    (status) => process.exit(status),
    (error) => {
      console.error(error instanceof Error ? error.message : error)
      process.exit(1)
    },
  )
}
