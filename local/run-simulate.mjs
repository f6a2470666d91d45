// `npm run simulate [-- --runs N --seed S]`: bundles the simulation of the order process and plays it.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
install(root)
const { runBundled } = await import('./run-bundled.mjs')
await runBundled(root, 'simulation')
