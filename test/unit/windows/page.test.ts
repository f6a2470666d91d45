import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openChromium } from '../../support/chromium'
import { startWorld, type World } from './world'

const patienceMs = 60_000
const iccid = '8988247000000000033'
let world: World
let browser: Browser
let axe: string

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  world = await startWorld()
  world.smdp.released.set('KNOWN-1', { iccid })
  world.lines.set(iccid, 'active')
  world.balance.body = { balances: [{ type: 'MODIRECTPAYG', dataRemainingInMB: 200, timeRemaining: 'P1D' }] }
  browser = await openChromium()
}, patienceMs)
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()))
})
afterAll(async () => {
  await browser.close()
  await world.stop()
})

async function openSimulator(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 820 }, ...options })
  const page = await context.newPage()
  await page.goto(world.windows.url)
  await page.getByLabel('Time on the PC').selectOption('600')
  return page
}

/** Calls `notifyProfileDownload` in the framed portal, as its script would. */
async function notify(page: Page, args: string): Promise<void> {
  const frame = page.frames().find((each) => each.url().includes('/portal'))
  await frame?.evaluate(`(() => {
    const meta = MobilePlans.createPurchaseMetaData()
    meta.moDirectStatus = MobilePlansMoDirectStatus.complete
    meta.planName = 'Travel 5 GB'
    MobilePlansInlineOperations.notifyProfileDownload(meta, ${args})
  })()`)
}

async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return (await page.evaluate(`axe.run(document, { iframes: false }).then(({ violations }) =>
    violations.map((each) => each.id + ': ' + each.nodes.map((node) => node.target.join(' ')).join(', ')))`)) as string[]
}

describe('the page', () => {
  test('shows the framed portal, the download, the toast, the balance and the traffic', {
    timeout: patienceMs,
  }, async () => {
    const page = await openSimulator()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.frameLocator('iframe').getByRole('heading', { name: '/portal' }).waitFor()
    await notify(page, `'1$smdp.example.net$KNOWN-1', 3`)
    await page.getByRole('button', { name: 'Download now' }).click()
    await page.getByRole('button', { name: 'Connected' }).click()
    await page.getByText('Connected: 200MB, 24 hours left').waitFor()
    await page.getByRole('tab', { name: 'Traffic' }).click()
    const launch = page.locator('.entry', { hasText: 'Launches the portal' })
    await launch.locator('summary').click()
    expect(await launch.textContent()).toContain('transactionId')
    expect(await page.locator('.entry', { hasText: 'GetBalance → 200' }).count()).toBe(1)
  })

  test('shows a call of the operator by its time, although it is learnt of later', async () => {
    const page = await openSimulator()
    const call = { function: 'downloadOrder', at: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:00:01.000Z' }
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('tab', { name: 'Traffic' }).click()
    await page.locator('.entry', { hasText: 'Launches the portal' }).waitFor()
    await page.route('**/es2plus', (route) => route.fulfill({ json: { calls: [call] } }))
    await page.locator('.entry:first-child', { hasText: 'downloadOrder' }).waitFor()
    expect(await page.locator('.entry').count()).toBeGreaterThan(1)
  })

  test('shows a failed download with "Try again", which works', { timeout: patienceMs }, async () => {
    const page = await openSimulator()
    await page.getByRole('tab', { name: 'Inside' }).click()
    await page.getByLabel('With', { exact: true }).selectOption('cardBusy')
    await page.getByRole('button', { name: 'Inject' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.frameLocator('iframe').getByRole('heading', { name: '/portal' }).waitFor()
    await notify(page, `'1$smdp.example.net$KNOWN-1'`)
    const dialog = page.getByRole('dialog', { name: "Can't complete your order" })
    await dialog.getByText('CardBusy').waitFor()
    await dialog.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('button', { name: 'Connected' }).waitFor()
    expect(await dialog.count()).toBe(0)
  })

  test('opens the callback in a browser without cookies, when so set', { timeout: patienceMs }, async () => {
    const page = await openSimulator()
    await page.getByLabel('Opened in').selectOption('browser')
    await page.getByText('More').click()
    await page.getByLabel('Default browser is another one').check()
    await page.getByRole('button', { name: 'Start this PC' }).click()
    await page.getByRole('button', { name: 'Open the portal' }).click()
    const first = page.frameLocator('iframe[title="Browser window"]')
    await first.getByRole('heading', { name: '/portal' }).waitFor()
    await page
      .frames()
      .find((each) => each.url().includes('/portal'))
      ?.goto(`${world.windows.url}/portal/links`)
    await first.getByText('share').click()
    await page.getByRole('button', { name: 'Share' }).click()
    await page
      .frameLocator('iframe[title="Another browser"]')
      .getByRole('heading', { name: '/portal/device' })
      .waitFor()
    const callback = world.portal.seen.findLast((seen) => seen.url.startsWith('/portal/device?'))
    expect(callback?.headers.cookie).toBeUndefined()
    expect(callback?.url).toMatch(/^\/portal\/device\?state=s1&eid=\d{32}&imei=\d{15}&make=Q29udG9zbw==$/)
  })

  test('has no known accessibility problem, light or dark, in any tab', { timeout: patienceMs }, async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openSimulator({ colorScheme, reducedMotion: 'reduce' })
      expect(await accessibilityProblems(page)).toEqual([])
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('tab', { name: 'Traffic' }).click()
      await page.locator('.entry summary').first().click()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.getByRole('tab', { name: 'Inside' }).click()
      await page.getByRole('button', { name: 'No SIM profile' }).click()
      await page.getByRole('button', { name: 'Connect with a data plan' }).waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
    }
  })

  test('is driven by keyboard: arrows move between tabs', { timeout: patienceMs }, async () => {
    const page = await openSimulator()
    await page.getByRole('tab', { name: 'This PC' }).focus()
    await page.keyboard.press('ArrowRight')
    expect(await page.getByRole('tab', { name: 'Traffic' }).getAttribute('aria-selected')).toBe('true')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    expect(await page.getByRole('tab', { name: 'Inside' }).getAttribute('aria-selected')).toBe('true')
  })
})
