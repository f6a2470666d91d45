// `npm test [-- vitest arguments]`: installs, builds, provides Chromium, runs every test and counts.
// `--full` runs the same assertions at full size. The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { install } from './install.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const results = join(root, '.local/test-results.json')

/**
 * Counts what vitest's JSON report says.
 *
 * @param {object | undefined} report `undefined`: vitest did not come to write one
 * @param {number} status vitest's exit status
 * @param {boolean} whole true when all tests were asked for: then a skipped one is a failure, too
 * @returns {{passed: number, failed: number, status: number, notes: string[]}}
 */
export function judge(report, status, whole) {
  if (!report) return { passed: 0, failed: 1, status: status || 1, notes: ['The tests did not run to their end.'] }
  const notes = []
  const passed = report.numPassedTests ?? 0
  // A file that fails before its first test counts as one failure.
  const brokenFiles = (report.testResults ?? []).filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  let failed = (report.numFailedTests ?? 0) + brokenFiles.length
  const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0)
  if (whole && skipped > 0) {
    notes.push(`${skipped} tests were skipped; none may be.`)
    failed += skipped
  }
  if (passed + failed === 0) {
    notes.push('No test ran.')
    failed = 1
  }
  if (status !== 0 && failed === 0) {
    notes.push('All tests passed, but vitest failed: see above.')
    failed = 1
  }
  return { passed, failed, status: status || (failed > 0 ? 1 : 0), notes }
}

async function main() {
  const args = process.argv.slice(2)
  const full = args.includes('--full')
  const rest = args.filter((arg) => arg !== '--full')
  install(root)
  const { build } = await import('./build.mjs')
  await build({ root, ifStale: true })
  const { provideChromium } = await import('./chromium.mjs')
  const env = { ...process.env, CHROMIUM_PATH: provideChromium(root), ...(full && { TEST_SIZE: 'full' }) }
  mkdirSync(dirname(results), { recursive: true })
  rmSync(results, { force: true })
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json']
  const run = spawnSync(process.execPath, [...vitest, `--outputFile.json=${results}`, ...rest], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
  const report = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : undefined
  return judge(report, run.status ?? 1, rest.length === 0)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  let outcome
  try {
    outcome = await main()
  } catch (error) {
    const notes = [error instanceof Error ? error.message : String(error)]
    outcome = { passed: 0, failed: 1, status: 1, notes }
  }
  for (const note of outcome.notes) console.error(note)
  console.log(`${outcome.passed} passed, ${outcome.failed} failed`)
  process.exitCode = outcome.status
}
