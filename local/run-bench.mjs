// `npm run bench [-- name…]`: builds what changed, bundles the benches and runs them.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
install(root)
const { build } = await import('./build.mjs')
await build({ root, ifStale: true })
const { runBundled } = await import('./run-bundled.mjs')
await runBundled(root, 'bench')
