/** Callbacks as a service, at the running app; its scripts in a real browser, beside what the Mobile Plans app would inject. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CallbackAnswer } from '../../shared/operator-api/callbacks'
import { openChromium } from '../support/chromium'
import { type Stack, startStack, withoutSweep } from '../support/stack'
import { send } from './browser'
import { expectJson } from './refusals'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ environment: withoutSweep, stock: 1 })
}, 60_000)
afterAll(() => stack.stop())

const code = '1$smdp.example.net$7H2K-QX4M-9D3T'
const bought = { planName: 'Travel', account: 'new', instrument: 'new', line: 'new' }
const download = { kind: 'inline-download', ...bought, activationCode: `LPA:${code}` }
const post = (body: unknown, method = 'POST') =>
  send(stack.url, '/v1/callbacks', { method, body: typeof body === 'string' ? body : JSON.stringify(body) })
async function callback(body: object): Promise<CallbackAnswer> {
  const reply = await post(body)
  expect([reply.status, reply.headers['cache-control']]).toEqual([200, 'no-store'])
  return JSON.parse(reply.body) as CallbackAnswer
}

test('facts in, the call out', async () => {
  expect(await callback(download)).toMatchObject({
    object: 'MobilePlansInlineOperations',
    method: 'notifyProfileDownload',
    arguments: [code],
    lpaLink: `lpa:${code}`,
  })
})

test('a fault is 400 and names the field; the code reaches no log', async () => {
  const reply = await post({ ...download, planName: '' })
  expectJson(reply, 400)
  expect(JSON.parse(reply.body)).toMatchObject({
    error: { code: 'InvalidParameter', parameter: 'planName', message: 'planName is empty' },
  })
  expectJson(await post(''), 400)
  expectJson(await post({ ...download, planName: 'x'.repeat(20_000) }), 413)
  expectJson(await post(download, 'PUT'), 405)
  expect(stack.log()).not.toContain('7H2K')
})

describe('the script, written into a page', () => {
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    browser = await openChromium()
    page = await browser.newPage()
  })
  afterAll(() => browser.close())

  /** A page with the app's objects, a listener for our event, and the scripts as elements of the document. */
  async function show(
    objects: string,
    ...scripts: string[]
  ): Promise<{ calls: unknown[]; told: unknown[]; title: string }> {
    await page.goto('about:blank') // a new window: globals of the last page are gone
    await page.setContent(
      `<!doctype html><title>ours</title><script>
        var calls = [], told = []
        document.addEventListener('mobileplans', function (event) { told.push(event.detail) })
        ${objects}
      </script>${scripts.map((script) => `<script>${script}</script>`).join('')}`,
    )
    // An operation that the app returned may be any object: only what can be told as JSON is compared.
    return JSON.parse(
      await page.evaluate('JSON.stringify({ calls: calls, told: told, title: document.title })'),
    ) as Awaited<ReturnType<typeof show>>
  }
  const current = `
    var operation = { Id: 'op-1' }
    MobilePlans = { createPurchaseMetaData: function () { return {} } }
    MobilePlansInlineOperations = {
      notifyProfileDownload: function (meta, code) {
        calls.push([meta, code, this.profileActivationCompleteScript])
        window[this.profileActivationCompleteScript]('{"activationResult":"success","iccid":"8901"}')
        return operation
      },
      notifyOperationCancel: function (given) { calls.push(given === operation) },
    }`

  test('makes the call once, tells the page, and cancels what an earlier script of the page began', async () => {
    const [first, cancel] = [await callback(download), await callback({ kind: 'operation-cancel' })]
    const { calls, told } = await show(current, first.script, cancel.script)
    expect(calls).toEqual([
      [expect.objectContaining({ planName: 'Travel', moDirectStatus: 'Complete' }), code, 'mobilePlansActivation'],
      true,
    ])
    expect(told).toEqual([
      { event: 'activation', news: 'installed', result: 'success', iccid: '8901' },
      { event: 'call', outcome: 'sent', operationId: 'op-1' },
      { event: 'call', outcome: 'sent' },
    ])
  })

  test('falls back to what an older app has; without any app it says so', async () => {
    const { script } = await callback({ ...download, transactionId: 'T.1', iccid: '8999901000000010004' })
    const { calls, told } = await show(
      'DataMart = { notifyPurchaseResult: function (text) { calls.push(JSON.parse(text)) } }',
      script,
    )
    expect(calls).toMatchObject([{ ver: '1', success: true, transactionId: 'T.1', activationCode: code }])
    expect(told).toEqual([{ event: 'call', outcome: 'sent', left: true }])
    expect((await show('', script)).told).toEqual([{ event: 'call', outcome: 'noHost' }])
  })

  test('a name of a plan cannot break out of it', async () => {
    const planName = '</script><script>document.title="theirs"</script>\u2028\'"`<!--'
    const { script } = await callback({ ...download, planName })
    const { calls, title } = await show(current, script)
    expect(calls).toMatchObject([[{ planName }, code, expect.any(String)]])
    expect(title).toBe('ours')
  })
})
