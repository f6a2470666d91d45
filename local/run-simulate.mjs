// `npm run simulate [-- --runs N --seed S]`: bundles the simulation of the order process and plays it.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
install(root)
const esbuild = await import('esbuild')
const outfile = join(root, '.local/simulation/main.js')
await esbuild.build({
  entryPoints: [join(root, 'test/simulation/main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
})
const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
