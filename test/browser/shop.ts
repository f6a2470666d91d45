/** The set-up of a file of browser tests: one stack and one Chromium, and for each test a browser context and page of its own. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { closeContext, openChromium } from '../support/chromium'
import { type Stack, type StackOptions, startStack } from '../support/stack'
import { keepEvidence } from './windows'

/** What stands while a test runs. */
export interface Shop {
  readonly stack: Stack
  readonly browser: Browser
  readonly context: BrowserContext
  readonly page: Page
  /** Closes the browser and opens another, as a person does who comes back another day. */
  comeBack(): Promise<Page>
  headline(name: string | RegExp): Promise<void>
  sessionCookies(): Promise<object[]>
}

/** Size of the app's webview. */
const look = { viewport: { width: 800, height: 600 }, locale: 'en-US' }

/** Registers the hooks of a file. A test that fails leaves its page and the app's log behind. */
export function openShop(options: StackOptions): Shop {
  let now: { stack: Stack; browser: Browser }
  let visit: { context: BrowserContext; page: Page }
  const open = async () => {
    const context = await now.browser.newContext(look)
    visit = { context, page: await context.newPage() }
    return visit.page
  }
  beforeAll(async () => {
    const [browser, stack] = await Promise.all([openChromium(), startStack({ windows: true, ...options })])
    now = { browser, stack }
  })
  afterAll(async () => {
    await now.browser.close()
    await now.stack.stop()
  })
  beforeEach(async () => {
    await open()
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await keepEvidence(visit.page, now.stack, task.name)
    await closeContext(visit.context)
  })
  return {
    get stack() {
      return now.stack
    },
    get browser() {
      return now.browser
    },
    get context() {
      return visit.context
    },
    get page() {
      return visit.page
    },
    async comeBack() {
      await closeContext(visit.context)
      return open()
    },
    headline: (name) => visit.page.getByRole('heading', { level: 1, name }).waitFor(),
    sessionCookies: async () => (await visit.context.cookies()).filter(({ name }) => name.includes('session')),
  }
}
