// Joins the app's entry and the chunks that its start needs into one file. Splitting puts each set of modules that two chunks share into a file of its own,
// and most of the time in which Node loads the app goes by file, not by byte.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

/** Smaller ones cost more as files than as code that is not used. */
const SMALL_BYTES = 4096

/**
 * Rewrites what `esbuild.build` with `splitting` has written: the entry becomes one file with all that it imports, and every chunk that is left imports
 * from the entry what it imported from them. Modules stay single. Joined is what the entry imports statically, and the small ones among what the
 * sources in `soon` do.
 *
 * @param {typeof import('esbuild')} esbuild
 * @param {{root: string, entry: string, soon: string[], metafile: import('esbuild').Metafile, options: import('esbuild').BuildOptions}} given
 *   `entry`: path of the output; `soon`: what nearly every process imports right after its start; `options`: format, platform and the like, as in the
 *   first build, with a banner of one line that gives modules a `require`
 * @returns {Promise<string[]>} the outputs that there are now, relative to the root
 * @throws {Error} when an output still names a chunk that is gone, or a joined source awaits at its top level; then nothing was changed
 */
export async function joinChunks(esbuild, { root, entry, soon, metafile: { outputs }, options }) {
  const joined = toJoin(outputs, entry, soon)
  const others = Object.keys(outputs).filter((file) => !joined.includes(file))
  if (joined.length < 2) return Object.keys(outputs)
  // Two chunks may export the same name: each name gets its chunk's number.
  const numbers = new Map(joined.map((file, index) => [posix.basename(file), index]))
  const wanted = new Map(joined.map((file) => [posix.basename(file), new Set()]))
  const rename = (name, chunk) => {
    wanted.get(chunk).add(name)
    return `${name}$${numbers.get(chunk)}`
  }
  const files = new Map()
  for (const file of others) {
    const from = relativePath(posix.dirname(file), entry)
    files.set(file, redirectImports(readFileSync(join(root, file), 'utf8'), numbers, rename, from))
  }
  const lines = joined.map((file) => {
    const chunk = posix.basename(file)
    const names = [...wanted.get(chunk)].map((name) => `${name} as ${rename(name, chunk)}`)
    return `export{${names.join(',')}}from${JSON.stringify(`./${file}`)};`
  })
  const { outputFiles } = await esbuild.build({
    ...options,
    absWorkingDir: root,
    stdin: { contents: lines.join('\n'), resolveDir: root },
    outfile: entry,
    bundle: true,
    write: false,
    logLevel: 'warning',
    // A chunk that the entry awaited while it loads would wait for the entry.
    supported: { 'top-level-await': false },
    plugins: [keepDynamicImports, dropBanners],
  })
  for (const { text } of outputFiles) files.set(entry, requireBuiltins(text))
  const gone = joined.filter((file) => file !== entry)
  for (const [file, text] of files)
    for (const chunk of gone.map((path) => posix.basename(path)))
      if (text.includes(chunk)) throw new Error(`${file} still imports ${chunk}, which was joined into ${entry}`)
  for (const [file, text] of files) writeFileSync(join(root, file), text)
  for (const file of gone) rmSync(join(root, file))
  return [...files.keys()]
}

/**
 * Node's own modules by `require`, all together a millisecond sooner: each import is a module to link, and makes the module fill in all of its
 * exports. That of `node:crypto` loads Web Crypto, which nothing here asks for.
 */
function requireBuiltins(text) {
  const end = text.indexOf('\n') + 1
  const required = []
  const rest = text.slice(end).replace(/\bimport\{([\w$, ]+)\}from"(node:[a-z/_]+)";/g, (_, names, module) => {
    required.push(`const{${names.replaceAll(' as ', ':')}}=require("${module}");`)
    return ''
  })
  return text.slice(0, end) + required.join('') + rest
}

/** What a chunk loads by need stays a file beside it. */
const keepDynamicImports = {
  name: 'keep-dynamic-imports',
  setup({ onResolve, initialOptions: { outfile, absWorkingDir } }) {
    const folder = dirname(join(absWorkingDir, outfile))
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
      kind === 'dynamic-import' ? { path: relativePath(folder, join(resolveDir, path)), external: true } : undefined,
    )
  },
}

/** Each chunk has the banner, whose call costs a tenth of a millisecond, and one is enough. */
const dropBanners = {
  name: 'drop-banners',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      return { contents: text.slice(text.indexOf('\n') + 1) }
    })
  },
}

function toJoin(outputs, entry, soon) {
  const closure = closureOf(outputs, entry)
  const importers = Object.entries(outputs).filter(([, { entryPoint }]) => soon.includes(entryPoint))
  const near = new Set(importers.flatMap(([file]) => [...closureOf(outputs, file)]))
  const small = (file) => closure.has(file) || (outputs[file].bytes < SMALL_BYTES && !outputs[file].entryPoint)
  // A chunk goes along only with all that it imports: the entry must not come to import what it loads by need.
  for (const file of near) {
    const parts = [...closureOf(outputs, file)]
    if (parts.every(small)) for (const part of parts) closure.add(part)
  }
  return [...closure]
}

function closureOf(outputs, file, seen = new Set()) {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const { path, kind, external } of outputs[file].imports)
    if (kind === 'import-statement' && !external) closureOf(outputs, path, seen)
  return seen
}

/** Imports of other chunks come first in what esbuild writes, right after the banner's line. */
function redirectImports(text, chunks, rename, target) {
  const statement = /import(?:\{([^}]*)\}from)?"(?:\.\/|\.\/chunks\/)([^"/]+)";/y
  const start = text.indexOf('\n') + 1
  const kept = []
  const names = []
  let redirected = false
  statement.lastIndex = start
  let end = start
  for (let match = statement.exec(text); match !== null; match = statement.exec(text)) {
    end = statement.lastIndex
    const [whole, imported, chunk] = match
    if (!chunks.has(chunk)) kept.push(whole)
    else redirected = true
    if (chunks.has(chunk) && imported !== undefined)
      for (const item of imported.split(',')) {
        const [name, local = name] = item.trim().split(' as ')
        names.push(`${rename(name, chunk)} as ${local}`)
      }
  }
  if (!redirected) return text
  // First, as what was joined imports nothing that is kept.
  const first = names.length > 0 ? `import{${names.join(',')}}from"${target}";` : `import"${target}";`
  return text.slice(0, start) + first + kept.join('') + text.slice(end)
}

function relativePath(folder, file) {
  const path = posix.relative(folder, file)
  return path.startsWith('.') ? path : `./${path}`
}
