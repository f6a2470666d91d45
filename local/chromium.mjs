// Finds Chromium for the browser tests, or installs it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge']

/** Where browsers are usually installed, by platform. */
function usualPlaces({ platform, env }) {
  if (platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
      (app) => `/Applications/${app}.app/Contents/MacOS/${app}`,
    )
  }
  if (platform === 'win32') {
    const folders = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(Boolean)
    const files = [
      'Google/Chrome/Application/chrome.exe',
      'Chromium/Application/chrome.exe',
      'Microsoft/Edge/Application/msedge.exe',
    ]
    return folders.flatMap((folder) => files.map((file) => join(folder, file)))
  }
  const folders = [...(env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/bin', '/snap/bin']
  return folders.flatMap((folder) => names.map((name) => join(folder, name)))
}

/** What `playwright-core install chromium` downloaded, newest first. */
function playwrightPlaces({ platform, env }) {
  const home = homedir()
  const cache =
    env.PLAYWRIGHT_BROWSERS_PATH ??
    { darwin: join(home, 'Library/Caches/ms-playwright'), win32: join(env.LOCALAPPDATA ?? home, 'ms-playwright') }[
      platform
    ] ??
    join(home, '.cache/ms-playwright')
  if (!existsSync(cache)) return []
  const files = [
    'chrome-linux/chrome',
    'chrome-linux64/chrome',
    'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
    'chrome-win/chrome.exe',
    'chrome-win64/chrome.exe',
  ]
  const versions = readdirSync(cache).filter((name) => /^chromium-\d+$/.test(name))
  versions.sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))
  return versions.flatMap((version) => files.map((file) => join(cache, version, file)))
}

/**
 * Finds a Chromium that is on this computer.
 *
 * @param {{env?: NodeJS.ProcessEnv, platform?: string, exists?: (path: string) => boolean}} [where]
 * @returns {string | undefined} its path
 * @throws {Error} when `CHROMIUM_PATH` is set and names nothing: a wrong setting must not be passed over
 */
export function findChromium({ env = process.env, platform = process.platform, exists = existsSync } = {}) {
  if (env.CHROMIUM_PATH) {
    if (exists(env.CHROMIUM_PATH)) return env.CHROMIUM_PATH
    throw new Error(`CHROMIUM_PATH names ${env.CHROMIUM_PATH}, and there is no such file`)
  }
  return [...usualPlaces({ platform, env }), ...playwrightPlaces({ platform, env })].find((path) => exists(path))
}

/**
 * Finds Chromium, or installs it: with apt as root on Debian and its relatives, otherwise with Playwright.
 *
 * @param {string} root the repository, for its Playwright
 * @throws {Error} when there is none and none could be installed
 */
export function provideChromium(root) {
  const found = findChromium()
  if (found) return found
  console.log('No Chromium found; installing it for the browser tests …')
  const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const apt = (...args) => run('apt-get', ['-qq', '-o', 'Dpkg::Use-Pty=0', ...args])
    if (apt('update') && apt('install', '-y', '--no-install-recommends', 'chromium')) {
      const installed = findChromium()
      if (installed) return installed
    }
  }
  run(process.execPath, [join(root, 'node_modules/playwright-core/cli.js'), 'install', 'chromium'])
  const installed = findChromium()
  if (installed) return installed
  throw new Error(
    'The browser tests need Chromium, and it could not be installed.\n' +
      'Install Chromium, Chrome or Edge, or set CHROMIUM_PATH to its program file, and run the tests again.',
  )
}
