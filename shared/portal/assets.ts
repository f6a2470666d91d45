import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Operator } from '../domain/operator'
import { renderStyles } from './styles'

/** A file that pages refer to. */
export interface Asset {
  body: Uint8Array<ArrayBuffer>
  /** Media type. */
  type: string
  /** Changes with the content. */
  hash: string
}

/** The portal's style sheet, script and logo. */
export interface PortalAssets {
  file(name: string): Asset | undefined
}

const types: Readonly<Record<string, string>> = {
  'portal.css': 'text/css; charset=utf-8',
  'portal.js': 'text/javascript; charset=utf-8',
  'logo.svg': 'image/svg+xml',
  'logo.png': 'image/png',
}

/** Assets with these contents, for tests and tools. Names that the portal does not know are left out. */
export function assetsOf(contents: Readonly<Record<string, string | Uint8Array>>): PortalAssets {
  return cached((name) => {
    const content = Object.hasOwn(contents, name) ? contents[name] : undefined
    return content === undefined ? undefined : Buffer.from(content)
  })
}

/**
 * Assets as the build put them into `dist/assets`, each read when it is first asked for. The operator's colours stand before the style
 * sheet. A file that was not built is absent.
 *
 * @param appRoot folder that holds `dist`
 */
export function loadAssets(appRoot: string, operator: Pick<Operator, 'brand'>): PortalAssets {
  return cached((name) => {
    const content = readIfThere(join(appRoot, 'dist', 'assets', name))
    if (content === undefined || name !== 'portal.css') return content
    // The style sheet adapts to a logo that brings its own dark colours.
    const logo = readIfThere(join(appRoot, 'dist', 'assets', 'logo.svg'))
    return Buffer.from(renderStyles(operator, content.toString('utf8'), logo?.toString('utf8')))
  })
}

function cached(read: (name: string) => Buffer | undefined): PortalAssets {
  const known = new Map<string, Asset | undefined>()
  return {
    file(name) {
      const type = Object.hasOwn(types, name) ? types[name] : undefined
      if (type === undefined) return undefined
      if (!known.has(name)) {
        const content = read(name)
        known.set(name, content && { body: new Uint8Array(content), type, hash: hashOf(content) })
      }
      return known.get(name)
    },
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 12)
}

/** Paths of the assets with their hash; without one where a file is missing, so that the page still says what it needs. */
export function assetPaths(assets: PortalAssets): { css: string; js: string; logo: string } {
  const path = (name: string) => {
    const asset = assets.file(name)
    return asset === undefined ? `/portal/assets/${name}` : `/portal/assets/${name}?v=${asset.hash}`
  }
  return {
    css: path('portal.css'),
    js: path('portal.js'),
    logo: path(assets.file('logo.png') ? 'logo.png' : 'logo.svg'),
  }
}
