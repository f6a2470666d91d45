import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Expands `main` of package.json: a file, or a pattern with `*`, `**`, `?`, `[…]` and `{a,b}`.
 *
 * Files come from the outer folder to the inner and by name within a folder; names that begin with a dot match only a pattern that spells the dot.
 *
 * @returns paths relative to `root`, with `/`
 * @see "Azure Functions Node.js developer guide", section "Registering a function"; Azure/azure-functions-nodejs-worker `startApp.ts` (globby)
 */
export function expandGlob(pattern: string, root: string): string[] {
  const clean = pattern.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '')
  const found = new Set(expandBraces(clean).flatMap((plain) => matchesOf(plain, root)))
  const depth = (path: string) => path.split('/').length
  return [...found].sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))
}

/** Whether a text is a pattern rather than the name of a file. */
export function isGlob(pattern: string): boolean {
  return /[*?[\]{}]/.test(pattern)
}

/** `a{b,c{d,e}}` → `ab`, `acd`, `ace`. */
export function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf('{')
  if (open < 0) return [pattern]
  const parts: string[] = []
  let depth = 0
  let start = open + 1
  for (let at = open; at < pattern.length; at++) {
    const char = pattern[at]
    if (char === '{') depth++
    if (char === '}') depth--
    if ((char === ',' && depth === 1) || depth === 0) {
      parts.push(pattern.slice(start, at))
      start = at + 1
    }
    if (depth > 0) continue
    const [head, tail] = [pattern.slice(0, open), pattern.slice(at + 1)]
    return parts.flatMap((part) => expandBraces(`${head}${part}${tail}`))
  }
  return [pattern]
}

function matchesOf(pattern: string, root: string): string[] {
  if (!isGlob(pattern)) return isFile(join(root, pattern)) ? [pattern] : []
  return walk(root, '', pattern.split('/'))
}

function walk(root: string, folder: string, segments: readonly string[]): string[] {
  const [segment, ...rest] = segments
  if (segment === undefined) return []
  if (segment === '**') {
    const inner = list(join(root, folder)).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    return [...walk(root, folder, rest), ...inner.flatMap((entry) => walk(root, joined(folder, entry.name), segments))]
  }
  const expression = segmentExpression(segment)
  const entries = list(join(root, folder)).filter(
    (entry) => expression.test(entry.name) && (segment.startsWith('.') || !entry.name.startsWith('.')),
  )
  return entries.flatMap((entry) => {
    const path = joined(folder, entry.name)
    return rest.length > 0 ? walk(root, path, rest) : isFile(join(root, path)) ? [path] : []
  })
}

function segmentExpression(segment: string): RegExp {
  const source = segment.replace(/\[[^\]]+\]|[*?]|[.+^${}()|\\\][]/g, (part) => {
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    if (part.length > 1) return part.replace(/^\[!/, '[^')
    return `\\${part}`
  })
  return new RegExp(`^${source}$`)
}

const joined = (folder: string, name: string) => (folder ? `${folder}/${name}` : name)

function list(folder: string) {
  return isFolder(folder) ? readdirSync(folder, { withFileTypes: true }) : []
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
