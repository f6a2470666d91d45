import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { delayedDownload, operationCancel } from '../../../shared/domain/callback'
import { renderCallback, renderDevice, renderOrder } from '../../../shared/portal/pages'
import { hostile, sampleCallback, sampleFrame, sampleOrder } from '../../../shared/portal/pages/fixtures'
import { openChromium } from '../../support/chromium'
import { injectHost } from './fake-host'
import { buildScript, PortalServer, readBody } from './portal-server'

let browser: Browser
let server: PortalServer
let context: BrowserContext
let page: Page
let reports: Record<string, unknown>[]
let faults: string[]

beforeAll(async () => {
  ;[browser, server] = await Promise.all([openChromium(), PortalServer.start()])
})
afterAll(() => Promise.all([browser.close(), server.stop()]))

beforeEach(async () => {
  reports = []
  faults = []
  context = await browser.newContext()
  page = await context.newPage()
  page.on('pageerror', (error) => faults.push(error.message))
  server.answers.clear()
  server.answers.set('/portal/orders/o1/report', (request, response) => {
    void readBody(request).then((json) => {
      reports.push(JSON.parse(json))
      response.statusCode = 204
      response.end()
    })
  })
  server.page('/portal/orders/o1', renderOrder(sampleOrder('active')))
})
afterEach(async () => {
  expect(faults).toEqual([])
  await context.close()
})

const calls = () =>
  page.evaluate<
    { call: string; metadata?: Record<string, unknown>; args?: unknown[]; operation?: unknown; listeners?: unknown[] }[]
  >(() => JSON.parse(window.name || '[]'))
const outcome = () => page.locator('#outcome').getAttribute('data-outcome')
const open = (path: string) => page.goto(server.origin + path)
const news = (listener: string, json: string) =>
  page.evaluate(({ listener, json }) => Reflect.get(window, listener)(json), { listener, json })

describe('the callback page', () => {
  beforeEach(() => server.page('/portal/orders/o1/handover', renderCallback(sampleCallback('hand-over'))))

  test.each([false, true])(
    'calls the app once, with metadata and listeners, and reports it (sealed: %s)',
    async (sealed) => {
      await injectHost(context, { sealed })
      await open('/portal/orders/o1/handover')
      const metadata = {
        userAccount: 'x2',
        purchaseInstrument: 'x2',
        line: 'x1',
        moDirectStatus: 'x7',
        planName: 'Travel 10 GB',
      }
      expect(await calls()).toEqual([
        {
          call: 'notifyProfileDownload',
          metadata: sealed ? metadata : { ...metadata, lineType: 'x1', modirectStatus: 'x7' },
          args: ['1$smdp.example.net$7H2K-QX4M-9D3T'],
          listeners: ['mobilePlansActivation', 'mobilePlansRegistration'],
        },
      ])
      expect(await outcome()).toBe('sent')
      await vi.waitFor(() =>
        expect(reports).toEqual([
          { csrf: 'b0tCq2VvYkZx9sWn3YbA', event: 'handed-over', token: 'token-1', operationId: 'operation-1' },
        ]),
      )
    },
  )

  test('fires nothing on reload or on Back', async () => {
    await injectHost(context)
    await open('/portal/orders/o1/handover')
    await vi.waitFor(() => expect(reports).toHaveLength(1))
    await page.reload()
    expect(await outcome()).toBe('already')
    await page.click('#next')
    await page.waitForURL('**/portal/orders/o1')
    await page.goBack()
    expect(await calls()).toHaveLength(1)
    expect(reports).toHaveLength(1)
  })

  test('fires nothing twice even where session storage is refused', async () => {
    await context.addInitScript(() =>
      Object.defineProperty(window, 'sessionStorage', {
        get() {
          throw new DOMException('denied', 'SecurityError')
        },
      }),
    )
    await injectHost(context)
    await open('/portal/orders/o1/handover')
    await page.reload()
    expect(await calls()).toHaveLength(1)
    expect(await outcome()).toBe('already')
  })

  test('fires again for a new attempt', async () => {
    await injectHost(context)
    await open('/portal/orders/o1/handover')
    server.page('/portal/orders/o1/handover', renderCallback({ ...sampleCallback('hand-over'), token: 'token-2' }))
    await open('/portal/orders/o1/handover')
    expect(await calls()).toHaveLength(2)
  })

  test('without the app it calls nothing, says so, reports it and leaves a way on', async () => {
    await open('/portal/orders/o1/handover')
    expect(await outcome()).toBe('noHost')
    await vi.waitFor(() => expect(reports).toMatchObject([{ event: 'no-host', token: 'token-1' }]))
    expect(await page.getAttribute('#next', 'href')).toBe('/portal/orders/o1')
  })

  test('an app that refuses the call leaves a working page', async () => {
    await injectHost(context, { refuses: true })
    await open('/portal/orders/o1/handover')
    expect(await outcome()).toBe('failed')
  })

  test('the activation listener reports the name of the constant, tolerates nonsense, and says how it went', async () => {
    await injectHost(context)
    await open('/portal/orders/o1/handover')
    await news('mobilePlansActivation', '{broken')
    await news('mobilePlansActivation', '{"activationResult":"x7","iccid":"8901260123456789011"}')
    expect(await outcome()).toBe('installed')
    const fromApp = { csrf: 'b0tCq2VvYkZx9sWn3YbA', event: 'activation', iccid: '8901260123456789011' }
    await vi.waitFor(() => expect(reports.slice(1)).toEqual([{ ...fromApp, result: 'success' }]))
    expect(new URL(page.url()).pathname).toBe('/portal/orders/o1/handover')
  })

  test('a failure that the app reports leads to the order, which says what to do', async () => {
    await injectHost(context)
    await open('/portal/orders/o1/handover')
    await news('mobilePlansActivation', '{"activationResult":"x9","iccid":"8901260123456789011"}')
    await page.waitForURL('**/portal/orders/o1')
    expect(reports.map(({ result }) => result)).toContain('serverNotReachable')
  })

  test('a failure of which only the server knows leads to the order, too', async () => {
    const path = '/portal/orders/o1/status'
    let version = 'with the app'
    let asked = 0
    server.answers.set(path, (_, response) => {
      asked += 1
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ progress: 'ready', version }))
    })
    await page.clock.install()
    await injectHost(context)
    const view = { ...sampleCallback('hand-over'), status: { path, version } }
    server.page('/portal/orders/o1/handover', renderCallback(view))
    await open('/portal/orders/o1/handover')
    await page.clock.runFor(1600)
    await vi.waitFor(() => expect(asked).toBe(1))
    expect(await outcome()).toBe('sent')
    version = 'failed'
    await page.clock.runFor(5100)
    await page.waitForURL('**/portal/orders/o1')
  })

  test('the first generation of the app gets one text, and the report says that it has taken the screen', async () => {
    await context.addInitScript(() => {
      const notifyPurchaseResult = (...args: unknown[]) => {
        window.name = JSON.stringify([{ call: 'notifyPurchaseResult', args }])
      }
      Object.assign(window, { DataMart: { notifyPurchaseResult } })
    })
    const status = { path: '/portal/orders/o1/status', version: 'v1' }
    server.page('/portal/orders/o1/handover', renderCallback({ ...sampleCallback('hand-over'), status }))
    let asked = 0
    server.answers.set(status.path, (_, response) => {
      asked += 1
      response.statusCode = 403
      response.end()
    })
    await page.clock.install()
    await open('/portal/orders/o1/handover')
    expect(await outcome()).toBe('sent')
    const [call] = await calls()
    expect(call?.args).toHaveLength(1)
    expect(JSON.parse(String(call?.args?.[0]))).toMatchObject({
      success: true,
      activationCode: '1$smdp.example.net$7H2K-QX4M-9D3T',
    })
    await page.clock.runFor(100)
    await vi.waitFor(() => expect(reports).toMatchObject([{ event: 'handed-over', token: 'token-1', left: true }]))
    // Nobody is signed in any more: asking how the order stands would only lead to the sign-in page.
    await page.clock.runFor(60_000)
    expect(asked).toBe(0)
    expect(page.url()).toContain('/handover')
  })

  test('a listener set by reference reports as one set by name', async () => {
    await context.addInitScript(() => {
      const inline: Record<string, unknown> = {
        profileActivationCompleteScript: '',
        registrationChangedScript: '',
        notifyInlineProfileDownload() {
          const listener = inline.profileActivationCompleteScript
          if (typeof listener === 'function') listener('{"activationResult":"d9","iccid":"8901260123456789011"}')
        },
      }
      Object.assign(window, {
        DataMartInlineProfile: inline,
        DataMartActivationErrors: { success: 'd7', cardBusy: 'd9' },
      })
    })
    await open('/portal/orders/o1/handover')
    await vi.waitFor(() =>
      expect(reports).toEqual(expect.arrayContaining([expect.objectContaining({ result: 'cardBusy' })])),
    )
  })

  test('once the network is there it goes on to the order by itself', async () => {
    await injectHost(context)
    await open('/portal/orders/o1/handover')
    await news('mobilePlansRegistration', '{"networkRegistrationState":"y1","iccid":"8901260123456789011"}')
    await news('mobilePlansRegistration', '{"networkRegistrationState":"y2","iccid":"8901260123456789011"}')
    await page.waitForURL('**/portal/orders/o1')
    expect(reports.map(({ state }) => state)).toEqual(expect.arrayContaining(['searching', 'home']))
  })

  test('hostile text in the block harms neither page nor call', async () => {
    server.page('/portal/orders/o1/handover', renderCallback(sampleCallback('hand-over', { text: hostile })))
    await injectHost(context)
    await open('/portal/orders/o1/handover')
    expect((await calls())[0]?.metadata?.planName).toBe(hostile)
  })

  test('a cancelled purchase is told to the app with empty plan name, and reported to nobody', async () => {
    server.page('/portal/cancel', renderCallback(sampleCallback('cancelled')))
    await injectHost(context)
    await open('/portal/cancel')
    expect(await calls()).toMatchObject([
      {
        call: 'notifyCancelledPurchase',
        metadata: { moDirectStatus: 'x8', planName: '', purchaseInstrument: 'x3', line: 'x4' },
      },
    ])
    expect(await outcome()).toBe('sent')
    expect(reports).toEqual([])
  })
})

test('a delayed download is cancelled from a later page by the id that the app gave', async () => {
  const bought = {
    end: 'complete',
    account: 'new',
    instrument: 'new',
    line: 'new',
    planName: 'Regional 20 GB',
  } as const
  await injectHost(context)
  server.page(
    '/portal/orders/o1/handover',
    renderCallback({
      ...sampleCallback('hand-over'),
      callback: delayedDownload(bought, '1$smdp.example.net$7H2K', 30),
    }),
  )
  await open('/portal/orders/o1/handover')
  server.page(
    '/portal/orders/o1/cancel',
    renderCallback({ ...sampleCallback('operation-cancel'), callback: operationCancel(), token: 'token-2' }),
  )
  await open('/portal/orders/o1/cancel')
  expect((await calls()).map(({ call }) => call)).toEqual(['notifyProfileDownload', 'notifyOperationCancel'])
  expect((await calls())[1]?.operation).toEqual({ Id: 'operation-1' })
})

describe('the order page', () => {
  const status = (progress: string, version: string) =>
    server.answers.set('/portal/orders/o1/status', (_, response) => {
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ progress, version }))
    })

  test('loads again when the order has moved', async () => {
    server.page('/portal/orders/o1', renderOrder({ ...sampleOrder('downloading'), refreshAfter: 1 }))
    status('downloading', '1')
    await open('/portal/orders/o1')
    server.page('/portal/orders/o1', renderOrder(sampleOrder('active')))
    const loaded = page.waitForEvent('load')
    status('active', '2')
    await loaded
    expect(await page.textContent('h1')).toBe('You are connected')
  })

  test('loads again when the same state looks different', async () => {
    server.page('/portal/orders/o1', renderOrder({ ...sampleOrder('downloading'), refreshAfter: 1 }))
    status('downloading', '1')
    await open('/portal/orders/o1')
    await page.waitForResponse('**/status')
    const loaded = page.waitForEvent('load')
    status('downloading', '2')
    await loaded
  })

  test('takes reports of the app that arrive after navigation', async () => {
    await injectHost(context)
    await open('/portal/orders/o1')
    await news('mobilePlansActivation', '{"activationResult":"x7","iccid":"8901260123456789011"}')
    await vi.waitFor(() => expect(reports).toMatchObject([{ event: 'activation', result: 'success' }]))
  })

  test('copies the activation code', async () => {
    server.page('/portal/orders/o1', renderOrder(sampleOrder('ready', { channel: 'browser' })))
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await open('/portal/orders/o1')
    await page.click('[data-copy]')
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('1$smdp.example.net$7H2K-QX4M-9D3T')
    expect(await page.textContent('[data-copy]')).toBe('Copied')
  })

  test('a second click on Install sends nothing', async () => {
    server.page('/portal/orders/o1', renderOrder(sampleOrder('ready')))
    let posts = 0
    server.answers.set('/portal/orders/o1/handover', (_, response) => {
      posts += 1
      response.statusCode = 204 // the browser stays on the page: the person gets impatient
      response.end()
    })
    await open('/portal/orders/o1')
    const button = page.locator('form[action$="/handover"] button')
    await button.click()
    await vi.waitFor(() => expect(posts).toBe(1))
    expect(await button.isDisabled()).toBe(true)
    await button.click({ force: true })
    expect(posts).toBe(1)
  })
})

test('the device page looks for the identifiers once the person has gone to Settings, and goes on when they are there', async () => {
  const view = {
    frame: sampleFrame('/portal/device', { channel: 'browser' }),
    cellularIdLink: '#settings',
    form: { values: {}, errors: {} },
  }
  let asked = 0
  server.page('/portal/device', renderDevice({ ...view, waiting: false }))
  server.answers.set('/portal/device/state', (_, response) => {
    asked += 1
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ known: asked > 1 }))
  })
  await page.clock.install()
  await open('/portal/device')
  await page.clock.runFor(10_000)
  expect(asked).toBe(0)
  await page.click('#cellular-id')
  expect(await page.isVisible('#waiting')).toBe(true)
  await page.clock.runFor(3100)
  await vi.waitFor(() => expect(asked).toBe(1))
  expect(await page.isVisible('#waiting-help')).toBe(false)
  server.page('/portal/device', renderDevice({ ...view, waiting: false, known: { eid: '••••3456' } }))
  const loaded = page.waitForEvent('load')
  await vi.waitFor(async () => {
    await page.clock.runFor(3100)
    expect(asked).toBe(2)
  })
  await loaded
  expect(await page.textContent('.notice')).toContain('3456')
})

test('the script stays within 5.5 KB and uses nothing that EdgeHTML 18 lacks', async () => {
  const script = await buildScript()
  expect(Buffer.byteLength(script)).toBeLessThanOrEqual(5.5 * 1024)
  expect(script).not.toMatch(
    /\?\.[a-z([]|\?\?|catch\{|\.flat\(|fromEntries|replaceAll|globalThis|\{\.\.\.|structuredClone|\.at\(/,
  )
})
