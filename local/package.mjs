// Makes what is deployed: a folder and the same as a zip, with nothing in it but what runs in Azure.
// `node local/package.mjs` (npm run package). Both function apps get the same package.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { install } from './install.mjs'

const repository = join(dirname(fileURLToPath(import.meta.url)), '..')

/** What of the build stays at home: the command for staff, and maps. */
const leftOut = (path) => path.startsWith('dist/cli/') || path.endsWith('.map')

/** Every file has this time in the zip, so that the same sources give the same bytes. */
const fileTime = '2020-01-01T00:00:00'

/**
 * Builds what changed and packs it.
 *
 * @param {{root?: string, out?: string}} [options] `root`: the repository; `out`: where `package/` and `package.zip` go, `.local` by default
 * @returns {Promise<{folder: string, zip: string, bytes: number, files: string[]}>} size of the zip; files by their path in it
 * @throws {Error} when a source does not compile, or a file that belongs in the package is missing
 */
export async function pack({ root = repository, out = join(root, '.local') } = {}) {
  await build({ root, ifStale: true })
  const contents = contentsOf(root)
  const { zipSync } = await import('fflate')
  const entries = Object.fromEntries([...contents].map(([path, bytes]) => [path, [bytes, { mtime: fileTime }]]))
  const zipped = zipSync(entries, { level: 9 })

  const folder = join(out, 'package')
  const zip = join(out, 'package.zip')
  rmSync(folder, { recursive: true, force: true })
  for (const [path, bytes] of contents) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  writeFileSync(zip, zipped)
  return { folder, zip, bytes: zipped.length, files: [...contents.keys()] }
}

/** Path in the package → content, in order of path. */
function contentsOf(root) {
  const contents = new Map()
  const add = (path) => contents.set(path, new Uint8Array(readFileSync(join(root, path))))
  contents.set('package.json', manifest(root))
  add('host.json')
  add('operator.json')
  for (const entry of readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = relative(root, join(entry.parentPath ?? entry.path, entry.name))
      .split(sep)
      .join('/')
    if (!leftOut(path)) add(path)
  }
  if (!contents.has('dist/main.js')) throw new Error('dist/main.js was not built')
  return new Map([...contents].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The least that the worker needs: where the functions are, and that they are ES modules. There is nothing to install. */
function manifest(root) {
  const { name, version, main } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return new TextEncoder().encode(
    `${JSON.stringify({ name, version, private: true, type: 'module', main }, null, 2)}\n`,
  )
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    install(repository)
    const { zip, bytes, files } = await pack()
    const size = (bytes / 1024 / 1024).toFixed(2)
    console.log(`${relative(process.cwd(), zip)}: ${files.length} files, ${size} MB`)
  } catch (error) {
    if (!('errors' in error)) console.error(error.message) // esbuild has printed its own errors
    process.exit(1)
  }
}
