/** What a person's connection has to carry: requests and transferred bytes of the portal's pages, in Chromium with an empty cache. */
import { chromium } from 'playwright-core'
import { startStack } from '../support/stack'
import type { Figure } from './measure'

const FIRST_PAGE = { requests: 3, bytes: 30_000 }
const LATER_PAGE_BYTES = 15_000

export async function portal(root: string): Promise<Figure[]> {
  const stack = await startStack({ root })
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  })
  try {
    const context = await browser.newContext({ viewport: { width: 800, height: 600 } })
    const page = await context.newPage()
    const network = await context.newCDPSession(page)
    await network.send('Network.enable')
    let requests = 0
    let bytes = 0
    network.on('Network.requestWillBeSent', () => {
      requests += 1
    })
    network.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength
    })
    const visits: { name: string; requests: number; bytes: number }[] = []
    const visit = async (name: string, go: () => Promise<unknown>) => {
      requests = 0
      bytes = 0
      await go()
      await page.waitForLoadState('networkidle')
      visits.push({ name, requests, bytes })
    }
    const click = (name: string | RegExp) => page.getByRole('button', { name }).first().click()
    await visit('launch', () => page.goto(`${stack.url}/portal?${stack.launchQuery}`))
    await visit('sign-in', async () => {
      await page.getByLabel('E-mail').fill(stack.account.email)
      await page.getByLabel('Password', { exact: true }).fill(stack.account.password)
      await click('Sign in')
    })
    await visit('plans', () => page.goto(`${stack.url}/portal/plans`))
    await visit('review', async () => {
      await page.getByRole('radio').first().check()
      await click(/Next|Continue/)
    })
    await visit('order', async () => {
      await page.getByRole('checkbox').check()
      await click(/Buy|pay/i)
    })
    await visit('account', () => page.goto(`${stack.url}/portal/account`))
    return visits.flatMap(({ name, ...measured }, index) => {
      const first = index === 0
      const limitBytes = first ? FIRST_PAGE.bytes : LATER_PAGE_BYTES
      const figure = (what: string, unit: string, value: number, baseline: number): Figure => ({
        name: `portal: ${name} ${what}`,
        value,
        unit,
        baseline,
        ratio: value / baseline,
        n: 1,
        limit: 1,
      })
      return [
        figure('transferred', 'bytes', measured.bytes, limitBytes),
        ...(first ? [figure('requests', 'requests', measured.requests, FIRST_PAGE.requests)] : []),
      ]
    })
  } finally {
    await browser.close()
    await stack.stop()
  }
}
