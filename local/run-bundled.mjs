import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/**
 * Bundles a program of the tests and runs it with this process's arguments; stack traces name the sources.
 *
 * @param {string} root the checkout
 * @param {string} program its folder below `test`, with a `main.ts`
 * @returns {Promise<never>} exits with the program's status
 */
export async function runBundled(root, program) {
  const esbuild = await import('esbuild')
  const outfile = join(root, `.local/${program}/main.js`)
  await esbuild.build({
    entryPoints: [join(root, `test/${program}/main.ts`)],
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
}
