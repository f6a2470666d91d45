// Pictures of the running product: `npm start` in one terminal, `node local/screenshots.mjs` in another.
// They go to `.local/screenshots/product`; `--port N` as for `npm start`, `--out FOLDER` for another folder.
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { provideChromium } from './chromium.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '7071' },
    out: { type: 'string', default: join(root, '.local/screenshots/product') },
  },
})
const windows = `http://127.0.0.1:${Number(values.port) + 1}`
const portal = `http://127.0.0.1:${values.port}/portal`
const account = { email: 'demo@example.net', password: 'demo-password-1' }

/** The size of the app's webview, light and dark, and the narrowest page that accessibility rules ask for. */
const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 800, height: 600 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 800, height: 600 } },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 320, height: 640 } },
]

/** A new page; nothing moves, so that a picture shows where things come to rest. */
async function openPage(browser, look) {
  const context = await browser.newContext({ ...look, locale: 'en-US', reducedMotion: 'reduce' })
  return context.newPage()
}

/** Takes pictures one after the other; each waits for what the page still loads. */
function camera(page, series, look, fullPage) {
  let count = 0
  return async (name) => {
    count += 1
    const file = `${series}-${String(count).padStart(2, '0')}-${name}-${look.name}.png`
    for (const frame of page.frames())
      await frame.waitForFunction(() => [...document.images].every((image) => image.complete))
    await page.screenshot({ path: join(values.out, file), fullPage })
  }
}

async function signIn(frame) {
  const password = frame.getByLabel('Password')
  if (!(await password.isVisible())) await frame.getByRole('link', { name: 'Sign in' }).first().click()
  await frame.getByLabel('Email address').fill(account.email)
  await password.fill(account.password)
  await frame.getByRole('button', { name: 'Sign in' }).click()
  await frame.getByRole('heading', { level: 1, name: 'What would you like to do?' }).waitFor()
}

async function choose(frame, plan) {
  await frame.getByRole('link', { name: 'New plan for this PC' }).click()
  await frame.getByText(plan, { exact: true }).click()
}

async function buy(frame) {
  await frame.getByRole('checkbox').check()
  await frame.getByRole('button', { name: /obligation to pay/ }).click()
  await frame.getByRole('button', { name: 'Install the eSIM' }).waitFor()
}

/** Every page that a browser comes by, from the welcome to the cancelled order. */
async function browserPages(browser, look) {
  const page = await openPage(browser, look)
  const shoot = camera(page, 'portal', look, true)
  await page.goto(portal)
  await shoot('welcome')
  for (const path of ['sign-up', 'terms', 'no-such-page', 'sign-in']) {
    await page.goto(`${portal}/${path}`)
    await shoot(path)
  }
  await signIn(page)
  await shoot('options')
  await choose(page, 'Travel 2 GB')
  await shoot('plans')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.waitForURL(/\/portal\/device/)
  await shoot('device')
  await page.goto(`${portal}/review`)
  await shoot('review')
  await buy(page)
  await shoot('order-ready')
  await page.getByRole('button', { name: 'Install the eSIM' }).click()
  await page.getByRole('link', { name: 'Install on this PC' }).waitFor()
  await shoot('order-install')
  await page.getByRole('button', { name: 'Cancel order' }).click()
  await page.getByRole('heading', { level: 1, name: 'Your order is cancelled' }).waitFor()
  await shoot('order-cancelled')
  await page.goto(`${portal}/account`)
  await shoot('account')
  await page.context().close()
}

/** A PC with the demo's SIM card: its plans, the order, what the app is told, the account, and the end of a subscription. */
async function simCard(browser, look) {
  const page = await openPage(browser, look)
  const shoot = camera(page, 'sim', look, true)
  const created = await fetch(`${windows}/control/devices`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sim: 'physical' }),
  })
  const { launchUrl } = await created.json()
  await page.goto(launchUrl)
  await signIn(page)
  await shoot('options')
  await page.getByRole('link', { name: /Activate this SIM|Add data to this SIM/ }).click()
  await page.getByText('Monthly 15 GB', { exact: true }).click()
  await shoot('plans')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('checkbox').check()
  await shoot('review')
  await page.getByRole('button', { name: /obligation to pay/ }).click()
  await page.getByRole('button', { name: 'Continue' }).waitFor()
  await shoot('order')
  await page.getByRole('link', { name: 'My plans' }).first().click()
  await page.getByRole('link', { name: 'Cancel subscription' }).first().waitFor()
  await shoot('account')
  await page.getByRole('link', { name: 'Cancel subscription' }).first().click()
  await shoot('cancel-subscription')
  await page.getByRole('button', { name: 'Cancel subscription' }).click()
  await page.getByText('nothing more is collected').waitFor()
  await shoot('cancelled')
  await page.context().close()
}

/** A purchase in the Windows simulator, with the PC around it. */
async function simulator(browser, look) {
  const page = await openPage(browser, { ...look, viewport: { width: 1280, height: 800 } })
  const shoot = camera(page, 'windows', look, false)
  await page.goto(windows)
  await page.getByRole('button', { name: 'Continue' }).waitFor()
  await shoot('start')
  await page.getByRole('button', { name: 'Continue' }).click()
  const frame = page.frameLocator('iframe')
  await frame.getByLabel('Password').waitFor()
  await shoot('sign-in')
  await signIn(frame)
  await choose(frame, 'Travel 2 GB')
  await shoot('plans')
  await frame.getByRole('button', { name: 'Next' }).click()
  await frame.getByRole('checkbox').waitFor()
  await buy(frame)
  await shoot('order')
  await page.getByRole('tab', { name: 'Traffic' }).click()
  await frame.getByRole('button', { name: 'Install the eSIM' }).click()
  await frame.getByRole('heading', { name: 'You are connected' }).waitFor()
  await shoot('connected')
  await page.getByRole('button', { name: 'Connected' }).click()
  await page.getByText(/^Connected: 2 ?GB/).waitFor()
  await shoot('flyout')
  await page.getByRole('tab', { name: 'Inside' }).click()
  await shoot('inside')
  await page.context().close()
}

await mkdir(values.out, { recursive: true })
const browser = await chromium.launch({
  executablePath: provideChromium(root),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
})
try {
  for (const look of looks) await browserPages(browser, look)
  for (const look of looks) await simCard(browser, look)
  for (const look of looks.slice(0, 2)) await simulator(browser, look)
} finally {
  await browser.close()
}
console.log(`Pictures are in ${values.out}`)
