// Builds what runs: the functions app, the portal's assets, the CLI and the programs of `npm start`.
// Plain JavaScript: it runs before anything is built. `node local/build.mjs [--if-stale]`.
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, extname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { joinChunks } from './join-chunks.mjs'

const repository = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Folders and files whose change makes a build stale. */
const sources = ['functions', 'shared', 'cli', 'local', 'operator.json', 'package-lock.json', 'tsconfig.json']

/** One of these is loaded for nearly every first request. */
const storesOfTheApp = ['shared/platform/tables-document-store.ts', 'shared/platform/cosmos-document-store.ts']

/** The programs that `npm start` runs, each in its own process. */
const localPrograms = {
  start: 'local/start/main.ts',
  host: 'local/host/main.ts',
  smdp: 'local/smdp/main.ts',
  windows: 'local/windows/main.ts',
  standins: 'local/standins/main.ts',
  broker: 'local/broker/main.ts',
}

/** Some Azure packages call `require` at load (`@azure/storage-common`), which an ES module does not have. */
const requireBanner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"

/**
 * Builds everything that has a source; what does not exist yet is skipped.
 *
 * @param {{root?: string, ifStale?: boolean}} [options] `root`: the repository; `ifStale`: do nothing when no source changed
 * @returns {Promise<{built: string[], skipped: boolean}>} the outputs, relative to the root
 * @throws {Error} when a source does not compile; esbuild has printed why
 */
export async function build({ root = repository, ifStale = false } = {}) {
  const stamp = join(root, '.local/build/stamp.json')
  const fingerprint = fingerprintOf(root)
  if (ifStale && isCurrent(root, stamp, fingerprint)) return { built: [], skipped: true }
  const esbuild = await import('esbuild')
  const jobs = [app, portalScript, portalStyles, cli, programs].flatMap((job) => job(root))
  const results = await Promise.allSettled(jobs.map((job) => esbuild.build({ ...common(root), ...job })))
  // A source that does not compile leaves what the last build wrote.
  for (const result of results) if (result.status === 'rejected') throw result.reason
  const written = await Promise.all(
    jobs.map((job, index) => outputsOf(esbuild, root, job, results[index].value.metafile)),
  )
  const outputs = [...written.flat(), ...copyLogo(root), ...copyCertificates(root)]
  const built = outputs.map((file) => file.split(sep).join('/')).sort()
  removeOthers(root, built)
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, JSON.stringify({ fingerprint, built }))
  return { built, skipped: false }
}

/** The app starts on demand, and Node loads few files faster than many. */
async function outputsOf(esbuild, root, job, metafile) {
  const entry = 'dist/main.js'
  if (metafile.outputs[entry] === undefined) return Object.keys(metafile.outputs)
  const options = { ...node, ...compact, external: job.external, banner: job.banner }
  return joinChunks(esbuild, { root, entry, soon: storesOfTheApp, metafile, options })
}

/** True when the last build saw the same sources and all that it wrote is still there. */
function isCurrent(root, stamp, fingerprint) {
  if (!existsSync(stamp)) return false
  const last = JSON.parse(readFileSync(stamp, 'utf8'))
  return last.fingerprint === fingerprint && last.built.every((file) => existsSync(join(root, file)))
}

/** Removes what an earlier build wrote and this one did not. */
function removeOthers(root, built) {
  const kept = new Set(built.map((file) => join(root, file)))
  for (const folder of ['dist', '.local/build']) {
    if (!existsSync(join(root, folder))) continue
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath ?? entry.path, entry.name)
      if (entry.isFile() && !kept.has(path)) rmSync(path)
    }
  }
}

/** Options that all jobs share. */
const common = (root) => ({
  absWorkingDir: root,
  bundle: true,
  metafile: true,
  logLevel: 'warning',
  legalComments: 'none',
})

/** Options of everything that runs in Node. */
const node = {
  platform: 'node',
  target: 'node20',
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'hono/jsx',
  sourcemap: false,
}

/**
 * Smaller, with every name as in the source: stack traces in the log stay readable, and nothing runs at load for it, as `keepNames`
 * would for each function and class.
 */
const compact = { minifySyntax: true, minifyWhitespace: true }

/**
 * The client of Azure Tables speaks JSON and hands its pipeline an XML parser all the same, a third of its code. It is loaded when an
 * answer is XML, as the error page of a gateway may be; written is XML only by calls that this app does not make.
 */
const xmlOfTablesOnDemand = {
  name: 'xml-of-tables-on-demand',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@azure\/core-xml$/ }, ({ importer, kind, resolveDir }) =>
      kind === 'import-statement' && importer.includes('data-tables')
        ? { path: 'core-xml', namespace: 'on-demand', pluginData: { resolveDir }, sideEffects: false }
        : undefined,
    )
    onLoad({ filter: /^core-xml$/, namespace: 'on-demand' }, ({ pluginData: { resolveDir } }) => ({
      resolveDir,
      contents: `
        export const parseXML = async (...given) => (await import('@azure/core-xml')).parseXML(...given)
        export const stringifyXML = () => { throw new Error('this build of the Tables client writes no XML') }`,
    }))
  },
}

/**
 * The Azure SDKs load the agents for proxies with themselves, and Node's networking, a logger and a look at the terminal with those. They are
 * loaded when a proxy is configured, as no app in Azure has one.
 */
const proxiesOnDemand = {
  name: 'proxies-on-demand',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^https?-proxy-agent$/ }, ({ path, importer, kind, resolveDir }) =>
      kind === 'import-statement' && importer.includes('ts-http-runtime')
        ? { path, namespace: 'proxy', pluginData: { resolveDir }, sideEffects: false }
        : undefined,
    )
    onLoad({ filter: /./, namespace: 'proxy' }, ({ path, pluginData: { resolveDir } }) => {
      const name = path.startsWith('https') ? 'HttpsProxyAgent' : 'HttpProxyAgent'
      const contents = `export function ${name}(...given) { return new (require('${path}').${name})(...given) }`
      return { resolveDir, contents }
    })
  },
}

/** The client of Cosmos DB can encrypt with keys of a vault, whose client is a sixth of its code. This app stores nothing that way. */
const cosmosWithoutVault = {
  name: 'cosmos-without-vault',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@azure\/keyvault-keys$/ }, ({ importer, kind }) =>
      kind === 'import-statement' && importer.includes('cosmos')
        ? { path: 'keyvault-keys', namespace: 'left-out', sideEffects: false }
        : undefined,
    )
    onLoad({ filter: /^keyvault-keys$/, namespace: 'left-out' }, () => ({
      contents: `export class KeyClient { constructor() { throw new Error('this build of the Cosmos client has no keys of a vault') } }`,
    }))
  },
}

/** The library of Azure Functions is most of what every start parses; short names in it cost nobody a readable stack trace. */
const shortNamesInLibrary = {
  name: 'short-names-in-library',
  setup({ onLoad, esbuild }) {
    onLoad({ filter: /[\\/]@azure[\\/]functions[\\/]dist[\\/]azure-functions\.js$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(readFileSync(path, 'utf8'), { minify: true, target: 'node20' })
      return { contents: code }
    })
  },
}

/** The functions app: one small entry, and a chunk for whatever a role or adapter loads only when it needs it. */
function app(root) {
  const entry = 'functions/main.ts'
  if (!existsSync(join(root, entry))) return []
  return [
    {
      ...node,
      entryPoints: { main: entry },
      outdir: 'dist',
      chunkNames: 'chunks/[name]-[hash]',
      splitting: true,
      ...compact,
      plugins: [xmlOfTablesOnDemand, proxiesOnDemand, cosmosWithoutVault, shortNamesInLibrary],
      // Given by the worker of Azure Functions at run time.
      external: ['@azure/functions-core'],
      banner: { js: requireBanner },
    },
  ]
}

/**
 * The portal's script, and the one that carries out a callback in somebody else's page. EdgeHTML 18 is the oldest engine that shows
 * either. The second is written into pages as text, so it must not end the script element that it stands in.
 */
function portalScript(root) {
  const folder = 'shared/portal/client'
  const sources = { portal: `${folder}/portal.ts`, callback: `${folder}/embedded.ts` }
  const entries = Object.entries(sources).filter(([, entry]) => existsSync(join(root, entry)))
  if (entries.length === 0) return []
  const options = {
    entryPoints: Object.fromEntries(entries),
    outdir: 'dist/assets',
    format: 'iife',
    platform: 'browser',
  }
  return [{ ...options, target: 'edge18', minify: true }]
}

function portalStyles(root) {
  const entry = 'shared/portal/styles/portal.css'
  if (!existsSync(join(root, entry))) return []
  return [{ entryPoints: { portal: entry }, outdir: 'dist/assets', target: 'edge18', minify: true }]
}

function cli(root) {
  const entry = 'cli/mobile-plans.ts'
  if (!existsSync(join(root, entry))) return []
  return [
    {
      ...node,
      entryPoints: { 'mobile-plans': entry },
      outdir: 'dist/cli',
      chunkNames: 'chunks/[name]-[hash]',
      splitting: true,
      ...compact,
      // esbuild keeps the shebang of the source above the banner.
      banner: { js: requireBanner },
      define: { 'process.env.MOBILE_PLANS_VERSION': JSON.stringify(packageOf(root).version ?? '0.0.0') },
    },
  ]
}

function programs(root) {
  const entries = Object.entries(localPrograms).filter(([, entry]) => existsSync(join(root, entry)))
  if (entries.length === 0) return []
  const options = { ...node, entryPoints: Object.fromEntries(entries), outdir: '.local/build' }
  const maps = { sourcemap: 'inline', sourcesContent: false }
  const { dependencies, devDependencies } = packageOf(root)
  // An SDK of Azure is hundreds of files; all other packages stay outside, as Azurite and esbuild have to.
  const external = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@azure/'))
  const banner = { js: requireBanner }
  return [{ ...options, ...maps, external, banner, chunkNames: 'chunks/[name]-[hash]', splitting: true }]
}

/** Copies the brand's logo, a path relative to `operator.json`, to `dist/assets/logo.<ext>`. */
function copyLogo(root) {
  const operator = join(root, 'operator.json')
  if (!existsSync(operator)) return []
  const file = JSON.parse(readFileSync(operator, 'utf8')).brand?.logo
  if (typeof file !== 'string') return []
  const from = join(root, file)
  if (!existsSync(from)) throw new Error(`operator.json names the logo ${file}, and there is no such file`)
  const to = join(root, 'dist/assets', `logo${extname(file).toLowerCase()}`)
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
  return [relative(root, to)]
}

/** Copies the certificates that `access` of `operator.json` names to `dist/access/`, under their own paths: they are deployed with the build. */
function copyCertificates(root) {
  return certificateFiles(root).map((file) => {
    if (file.startsWith('/') || file.includes('..') || !existsSync(join(root, file)))
      throw new Error(`operator.json names the certificate file ${file}, and there is no such file`)
    const to = join(root, 'dist/access', file)
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(join(root, file), to)
    return relative(root, to)
  })
}

/** Paths of the certificates that `operator.json` names. */
function certificateFiles(root) {
  const operator = join(root, 'operator.json')
  if (!existsSync(operator)) return []
  const { mobilePlans, smdp, systems } = JSON.parse(readFileSync(operator, 'utf8')).access ?? {}
  // A list; what has another form is told when the app reads it.
  const ours = Array.isArray(systems) ? systems.map((system) => system?.certificates) : []
  const named = [mobilePlans, smdp, ...ours].flatMap((it) => [it?.roots ?? [], it?.intermediates ?? []])
  const files = named.flat().filter((source) => typeof source === 'string' && !source.startsWith('-----'))
  return [...new Set(files)]
}

const packageOf = (root) => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Name, size and time of every source: a file that was deleted or replaced by an older one makes a build stale, too. */
function fingerprintOf(root) {
  const hash = createHash('sha256').update(process.version)
  const add = (path) => {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats) return
    if (!stats.isDirectory()) hash.update(`${relative(root, path)}\0${stats.size}\0${stats.mtimeMs}\n`)
    else for (const name of readdirSync(path).sort()) add(join(path, name))
  }
  for (const source of [...sources, ...certificateFiles(root)]) add(join(root, source))
  return hash.digest('hex')
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const options = process.argv.slice(2)
  if (options.some((option) => option !== '--if-stale')) {
    console.error('usage: node local/build.mjs [--if-stale]')
    process.exit(2)
  }
  const started = performance.now()
  try {
    const { built, skipped } = await build({ ifStale: options.includes('--if-stale') })
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(skipped ? 'Nothing changed since the last build.' : `Built ${built.length} files in ${seconds} s.`)
  } catch (error) {
    if (!('errors' in error)) console.error(error.message) // esbuild has printed its own errors
    process.exit(1)
  }
}
