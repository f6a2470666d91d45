import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { samplePages } from '../../../shared/portal/pages/fixtures'
import { openChromium } from '../../support/chromium'
import { takePictures } from './pictures'
import { PortalServer } from './portal-server'

let browser: Browser
let server: PortalServer
let axe: string

beforeAll(async () => {
  const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  ;[browser, server, axe] = await Promise.all([openChromium(), PortalServer.start(), readFile(file, 'utf8')])
})
afterAll(() => Promise.all([browser.close(), server.stop()]))

/** Rules that the page breaks, each with the elements concerned. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const results: { violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] } =
      await Reflect.get(window, 'axe').run()
    return results.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('; ')}`,
    )
  })
}

describe.each(['light', 'dark'] as const)('in the %s scheme', (colorScheme) => {
  test('no page breaks a rule of axe, overflows 320 px, or violates the content security policy', {
    timeout: 180_000,
  }, async () => {
    const page = await browser.newPage({ viewport: { width: 320, height: 640 }, colorScheme, reducedMotion: 'reduce' })
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    for (const { name, html } of samplePages({ language: colorScheme === 'light' ? 'en' : 'de' })) {
      server.page('/page', html)
      await page.goto(`${server.origin}/page`)
      expect(await violations(page), name).toEqual([])
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect(width, name).toBeLessThanOrEqual(320)
      await takePictures(page, `${name}-${colorScheme}`)
    }
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([])
    await page.close()
  })
})

test('the pages of a purchase fit the 800 × 600 of the webview without scrolling', async () => {
  const page = await browser.newPage({ viewport: { width: 800, height: 600 } })
  const names = [
    'sign-in',
    'options',
    'plans',
    'review',
    'order-ready',
    'order-downloading',
    'order-active',
    'callback-hand-over',
    'options-warm',
    'options-sim',
    'plans-sim',
    'review-sim',
    'review-subscription-sim',
    'order-top-up-warm-sim-active',
    'callback-balance',
    'cancel-subscription',
    'message-sim-unusable',
  ]
  for (const { name, html } of samplePages().filter((sample) => names.includes(sample.name))) {
    server.page('/page', html)
    await page.goto(`${server.origin}/page`)
    expect(await page.evaluate(() => document.documentElement.scrollHeight), name).toBeLessThanOrEqual(600)
  }
  await page.close()
})
