// `npm run mobile-plans -- <command>`: builds what changed, then runs the CLI.
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { install } from './install.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
install(root)
const { build } = await import('./build.mjs')
await build({ root, ifStale: true })
await import(pathToFileURL(join(root, 'dist/cli/mobile-plans.js')).href)
