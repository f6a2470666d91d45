// Installs the packages of the lock file when they are missing or older than it.
import { spawnSync } from 'node:child_process'
import { lstatSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'

const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** True when `npm ci` is due: npm writes `node_modules/.package-lock.json` last, so it dates the whole installation. */
export function needsInstall(root) {
  return timeOf(join(root, 'node_modules/.package-lock.json')) < timeOf(join(root, 'package-lock.json'))
}

/**
 * Runs `npm ci` when it is due, showing npm's own progress.
 *
 * @param {string} root the repository
 * @throws {Error} when npm fails; npm has said why
 */
export function install(root) {
  // Packages behind a link are somebody else's: npm would empty that folder.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return
  if (!needsInstall(root)) return
  console.log('Installing packages (npm ci) …')
  const result = npm(['ci'], { cwd: root, stdio: 'inherit' })
  if (result.status !== 0) throw new Error(`npm ci failed (${result.error?.message ?? `status ${result.status}`})`)
  const installed = join(root, 'node_modules/.package-lock.json')
  if (timeOf(installed)) utimesSync(installed, new Date(), new Date())
}

/** Runs npm: the one that started us, or the one on the path. */
export function npm(args, options) {
  const own = process.env.npm_execpath
  if (own?.endsWith('.js')) return spawnSync(process.execPath, [own, ...args], options)
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
}
