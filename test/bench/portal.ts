/** What a person's connection has to carry: requests and transferred bytes of each portal page, in Chromium with an empty cache. */
import type { CDPSession, Page } from 'playwright-core'
import { openChromium } from '../support/chromium'
import { type Stack, startStack } from '../support/stack'
import type { Figure } from './measure'

/** What the first page may take altogether: no more bytes than a new connection carries in one round trip (RFC 6928: ten segments). */
const FIRST_PAGE = { requests: 3, bytes: 14_600 }
/** What any later page may add. */
const LATER_PAGE_BYTES = 15_000

interface Visit {
  page: string
  requests: number
  bytes: number
}

/** The pages of one purchase and the account, as the app itself serves them. */
export async function portal(root: string): Promise<Figure[]> {
  const stack = await startStack({ root })
  try {
    const browser = await openChromium()
    try {
      const context = await browser.newContext({ viewport: { width: 800, height: 600 }, locale: 'en-US' })
      const page = await context.newPage()
      const traffic = await countTraffic(await context.newCDPSession(page))
      const visits: Visit[] = []
      for (const [name, go] of steps(page, stack)) {
        traffic.reset()
        await go()
        // A new document arrives before its assets are asked for.
        await page.waitForLoadState('networkidle')
        visits.push({ page: name, ...traffic.read() })
      }
      return visits.flatMap(toFigures)
    } finally {
      await browser.close()
    }
  } finally {
    await stack.stop()
  }
}

function steps(page: Page, stack: Stack): [string, () => Promise<unknown>][] {
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()
  const press = (name: string | RegExp) => page.getByRole('button', { name }).click()
  return [
    ['sign-in', () => page.goto(`${stack.url}/portal?${stack.launchQuery}`)],
    [
      'options',
      async () => {
        await page.getByLabel('Email address').fill(stack.account.email)
        await page.getByLabel('Password').fill(stack.account.password)
        await press('Sign in')
        await heading('What would you like to do?')
      },
    ],
    [
      'plans',
      async () => {
        await page.getByRole('link', { name: 'New plan for this PC' }).click()
        await page.getByRole('radio').first().waitFor()
      },
    ],
    [
      'review',
      async () => {
        await page.getByRole('radio').first().check()
        await press('Next')
        await page.getByRole('checkbox').waitFor()
      },
    ],
    [
      'order',
      async () => {
        await page.getByRole('checkbox').check()
        await press(/obligation to pay/)
        await page.waitForURL(/\/portal\/orders\/[0-9a-z]{26}/)
      },
    ],
    ['account', () => page.goto(`${stack.url}/portal/account`)],
  ]
}

/** Counts what crosses the wire, redirects and headers included; an answer from the browser's cache counts as nothing. */
async function countTraffic(network: CDPSession): Promise<{ reset(): void; read(): Omit<Visit, 'page'> }> {
  const cached = new Set<string>()
  let requests = 0
  let bytes = 0
  network.on('Network.requestWillBeSent', ({ redirectResponse }) => {
    if (redirectResponse === undefined) return
    requests += 1
    bytes += redirectResponse.encodedDataLength
  })
  network.on('Network.requestServedFromCache', ({ requestId }) => cached.add(requestId))
  network.on('Network.responseReceived', ({ requestId, response }) => {
    if (!cached.has(requestId) && response.fromDiskCache !== true) requests += 1
  })
  // A cached answer has the length 0.
  network.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  await network.send('Network.enable')
  return {
    reset() {
      requests = 0
      bytes = 0
    },
    read: () => ({ requests, bytes }),
  }
}

function toFigures({ page, requests, bytes }: Visit, index: number): Figure[] {
  const first = index === 0
  const figure = (what: string, value: number, limit?: number): Figure => ({
    name: `portal: ${page} page, ${what}`,
    value,
    unit: what,
    baseline: limit ?? value,
    ratio: value / (limit ?? value),
    n: 1,
    ...(limit === undefined ? {} : { limit: 1 }),
  })
  return [
    figure('bytes', bytes, first ? FIRST_PAGE.bytes : LATER_PAGE_BYTES),
    figure('requests', requests, first ? FIRST_PAGE.requests : undefined),
  ]
}
