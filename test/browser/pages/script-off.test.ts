import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { renderCallback, renderOrder } from '../../../shared/portal/pages'
import { sampleCallback, sampleOrder, samplePages } from '../../../shared/portal/pages/fixtures'
import { openChromium } from '../../support/chromium'
import { PortalServer, readBody } from './portal-server'

let browser: Browser
let server: PortalServer

beforeAll(async () => {
  ;[browser, server] = await Promise.all([openChromium(), PortalServer.start()])
})
afterAll(() => Promise.all([browser.close(), server.stop()]))

describe('without script', () => {
  let plain: BrowserContext
  beforeEach(async () => {
    plain = await browser.newContext({ javaScriptEnabled: false })
  })
  afterEach(() => plain.close())

  test('an order that moves loads again by itself', async () => {
    const visitor = await plain.newPage()
    server.page('/portal/orders/o1', renderOrder({ ...sampleOrder('downloading'), refreshAfter: 1 }))
    await visitor.goto(`${server.origin}/portal/orders/o1`)
    server.page('/portal/orders/o1', renderOrder(sampleOrder('active')))
    await visitor.waitForSelector('text=You are connected')
  })

  test('the callback page says that it needs scripts and leaves a way on', async () => {
    const visitor = await plain.newPage()
    server.page('/portal/orders/o1/handover', renderCallback(sampleCallback('hand-over')))
    await visitor.goto(`${server.origin}/portal/orders/o1/handover`)
    expect(await visitor.textContent('noscript')).toContain('needs scripts')
    await visitor.click('#next')
    expect(new URL(visitor.url()).pathname).toBe('/portal/orders/o1')
  })

  test('a plan is chosen by keyboard and sent', async () => {
    const visitor = await plain.newPage()
    const sent: string[] = []
    server.page('/portal/plans', samplePages().find(({ name }) => name === 'plans')?.html ?? '')
    await visitor.goto(`${server.origin}/portal/plans`)
    server.answers.set('/portal/plans', (request, response) => {
      void readBody(request).then((form) => {
        sent.push(form)
        response.end('ok')
      })
    })
    await visitor.focus('#plan-travel-10')
    await visitor.keyboard.press('ArrowRight')
    await visitor.keyboard.press('Enter')
    await vi.waitFor(() => expect(sent).toEqual(['csrf=b0tCq2VvYkZx9sWn3YbA&plan=regional-20']))
  })
})
