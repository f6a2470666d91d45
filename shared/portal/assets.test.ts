import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { assetPaths, assetsOf, loadAssets } from './assets'

const brand = { name: 'Test', logo: 'logo.svg', colours: { accent: '#0b5c6b' } }
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portal-assets-'))
  mkdirSync(join(root, 'dist/assets'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))
const write = (name: string, text: string) => writeFileSync(join(root, 'dist/assets', name), text)

test('the style sheet begins with the operator’s colours', () => {
  write('portal.css', 'body{margin:0}')
  const css = Buffer.from(loadAssets(root, { brand }).file('portal.css')?.body ?? '').toString()
  expect(css).toMatch(/^:root\{--accent:#0b5c6b.*body\{margin:0\}$/)
})

test('only the files that the portal knows are served', () => {
  write('secret.txt', 'x')
  const assets = loadAssets(root, { brand })
  for (const name of ['secret.txt', '../../package.json', 'toString', '', 'portal.js'])
    expect(assets.file(name)).toBeUndefined()
})

test('the address of a file changes with its content', () => {
  const path = (css: string) => assetPaths(assetsOf({ 'portal.css': css })).css
  expect(path('a')).toMatch(/^\/portal\/assets\/portal\.css\?v=[\w-]{12}$/)
  expect(path('a')).toBe(path('a'))
  expect(path('a')).not.toBe(path('b'))
})

test('the logo is whichever was built', () => {
  expect(assetPaths(assetsOf({ 'logo.png': 'x' })).logo).toContain('logo.png?v=')
  expect(assetPaths(assetsOf({ 'logo.svg': 'x' })).logo).toContain('logo.svg?v=')
  expect(assetPaths(assetsOf({})).logo).toBe('/portal/assets/logo.svg')
})
