import { readFileSync } from 'node:fs'
import { transform } from 'esbuild'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contrastRatio } from '../../domain/colour'
import { renderStyles } from '.'
import { brandColours } from './brand-colours'

const sheet = readFileSync(new URL('portal.css', import.meta.url), 'utf8')
const hex = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`)

test('whatever colours an operator chooses, text in them and on them reaches WCAG AA in both schemes', () => {
  fc.assert(
    fc.property(hex, hex, (accent, accentDark) => {
      const { light, dark } = brandColours({ accent, accentDark })
      for (const [colours, grounds] of [
        [light, ['#ffffff', '#f6f6f4', light.soft]],
        [dark, ['#212329', '#17181c', dark.soft]],
      ] as const) {
        for (const ground of grounds) expect(contrastRatio(colours.link, ground)).toBeGreaterThanOrEqual(4.5)
        expect(contrastRatio(colours.onAccent, colours.accent)).toBeGreaterThanOrEqual(4.5)
        expect(contrastRatio(colours.accent, grounds[0])).toBeGreaterThanOrEqual(3)
      }
    }),
  )
})

test('a readable brand colour is used unchanged', () => {
  expect(brandColours({ accent: '#0b5c6b' }).light).toMatchObject({
    accent: '#0b5c6b',
    link: '#0b5c6b',
    onAccent: '#ffffff',
  })
})

test('the grounds that the colours are checked against are those of the sheet', () => {
  for (const property of ['--ground: #f6f6f4', '--surface: #fff', '--ground: #17181c', '--surface: #212329']) {
    expect(sheet).toContain(property)
  }
})

test('the sheet keeps to what EdgeHTML 18 understands', () => {
  const rules = sheet.replace(/\/\*[\s\S]*?\*\//g, '')
  const unknown =
    /:is\(|:where\(|:has\(|:focus-visible|:focus-within|clamp\(|\bmin\(|\bmax\(|aspect-ratio|\binset:|[^-]gap:|-(?:inline|block)(?:-|:)|#[0-9a-f]{8}\b|#[0-9a-f]{4}\b|place-items|:not\([^)]*,/
  expect(unknown.exec(rules)?.[0]).toBeUndefined()
  expect(rules).not.toMatch(/https?:|url\(/)
})

test('the sheet of an operator stays within 8 KB', async () => {
  const { code } = await transform(sheet, { loader: 'css', minify: true, target: 'edge18' })
  const styles = renderStyles({ brand: { name: '', logo: '', colours: { accent: '#0b5c6b' } } }, code)
  expect(styles).toMatch(/^:root\{--accent:#0b5c6b;/)
  expect(Buffer.byteLength(styles)).toBeLessThanOrEqual(8 * 1024)
})

test('in the dark a logo stands on a light plate, unless it is SVG that minds the colour scheme itself', () => {
  const operator = { brand: { name: '', logo: '', colours: { accent: '#0b5c6b' } } }
  expect(renderStyles(operator, '')).toContain('.brand img{')
  expect(renderStyles(operator, '', '<svg><style>@media (prefers-color-scheme: dark){}</style></svg>')).not.toContain(
    '.brand',
  )
})
