import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { renderQr } from './qr'

const text = 'LPA:1$smdp.example.net$7H2K-QX4M-9D3T'

/** Dark modules of the drawing, by following its path. */
function drawn(svg: string): Set<string> {
  const modules = new Set<string>()
  for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g)) {
    for (let column = 0; column < Number(width); column += 1) modules.add(`${Number(x) + column},${y}`)
  }
  return modules
}

test('the drawing has exactly the dark modules of the code, at error correction M', () => {
  const { data, size } = encode(text, { ecc: 'M', boostEcc: false, border: 4 })
  const dark = drawn(renderQr(text, 'QR'))
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) expect(dark.has(`${x},${y}`)).toBe(data[y]?.[x] === true)
  }
})

test('a quiet zone of four modules surrounds the code', () => {
  const svg = renderQr(text, 'QR')
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])
  const columns = [...drawn(svg)].map((module) => Number(module.split(',')[0]))
  expect(Math.min(...columns)).toBe(4)
  expect(Math.max(...columns)).toBe(size - 5)
})

test('it is dark on white, crisp, and named for people who do not see it, without giving the code away', () => {
  const svg = renderQr(text, 'QR "code" <of> yours')
  expect(svg).toContain('shape-rendering="crispEdges"')
  expect(svg).toContain('<path fill="#fff"')
  expect(svg).toContain('role="img" aria-label="QR &#34;code&#34; &#60;of&#62; yours"')
  expect(svg).not.toContain('7H2K')
  expect(svg).not.toContain('style=')
})
