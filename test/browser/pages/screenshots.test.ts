import { mkdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { samplePages } from '../../../shared/portal/pages/fixtures'
import { launch, PortalServer } from './portal-server'

const looks = [
  { suffix: '', width: 800, height: 600, colorScheme: 'light' },
  { suffix: '-dark', width: 800, height: 600, colorScheme: 'dark' },
  { suffix: '-320', width: 320, height: 640, colorScheme: 'light' },
] as const

/** `SCREENSHOTS=1 npx vitest run test/browser/pages/screenshots.test.ts`: pictures of all pages in `.local/screenshots`. */
test.runIf(process.env.SCREENSHOTS)('pictures of every page are written', { timeout: 300_000 }, async () => {
  const folder = '.local/screenshots'
  await mkdir(folder, { recursive: true })
  const [server, browser] = await Promise.all([PortalServer.start(), launch()])
  for (const { suffix, width, height, colorScheme } of looks) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme })
    for (const { name, html } of samplePages({ language: process.env.PAGE_LANGUAGE ?? 'en' })) {
      server.page('/page', html)
      await page.goto(`${server.origin}/page`)
      await page.screenshot({ path: `${folder}/${name}${suffix}.png`, fullPage: true })
    }
  }
  await Promise.all([browser.close(), server.stop()])
  expect(folder).toBeTruthy()
})
