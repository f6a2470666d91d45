import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { SettingsInput } from '../../../local/windows/settings'
import { openChromium } from '../../support/chromium'
import { startPc, startWorld, type World } from './world'

const patienceMs = 60_000
let world: World
let browser: Browser
const contexts: BrowserContext[] = []

beforeAll(async () => {
  world = await startWorld()
  browser = await openChromium()
}, patienceMs)
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()))
})
afterAll(async () => {
  await browser.close()
  await world.stop()
})

const iccid = '8988247000000000033'
const code = '1$smdp.example.net$KNOWN-1'

/** A PC whose portal is open in a page at top level. */
async function open(settings: SettingsInput = {}): Promise<{ pc: Awaited<ReturnType<typeof startPc>>; page: Page }> {
  const pc = await startPc(world, settings)
  const context = await browser.newContext()
  contexts.push(context)
  const page = await context.newPage()
  await page.goto(pc.launchUrl)
  return { pc, page }
}

describe('the injected objects', () => {
  test('are there before the first script of the page, and refuse unknown names as native objects do', {
    timeout: patienceMs,
  }, async () => {
    const { page } = await open()
    const found = await page.evaluate(`(() => {
      const meta = MobilePlans.createPurchaseMetaData()
      const refused = (act) => { try { act(); return 'accepted' } catch (problem) { return problem.name } }
      return {
        first: window.first,
        constants: [MobilePlansLineType.new, MobilePlansMoDirectStatus.complete, MobilePlansUserAccount.new].every((value) => typeof value === 'string' && !/new|complete/i.test(value)),
        distinct: MobilePlansLineType.new !== MobilePlansUserAccount.new,
        unknownMember: typeof MobilePlansMoDirectStatus.nonsense,
        unknownMetadata: refused(() => { meta.colour = 'red' }),
        wrongType: refused(() => { meta.planName = 5 }),
        alias: refused(() => { meta.lineType = MobilePlansLineType.new }),
        readOnly: refused(() => { MobilePlansLineType.new = 'x' }),
        listener: refused(() => { MobilePlansInlineOperations.registrationChangedScript = () => {} }),
        wrongListener: refused(() => { MobilePlansInlineOperations.registrationCompleteScript = 'f' }),
        foreignMetadata: refused(() => MobilePlans.notifyCancelledPurchase({})),
        noMetadata: refused(() => MobilePlans.notifyCancelledPurchase()),
        delay: refused(() => MobilePlansInlineOperations.notifyProfileDownload(meta, 'x', -1)),
        agent: navigator.userAgent.includes('WebView/3.0'),
        hints: typeof navigator.userAgentData,
      }
    })()`)
    expect(found).toEqual({
      first: 'object',
      constants: true,
      distinct: true,
      unknownMember: 'undefined',
      unknownMetadata: 'TypeError',
      wrongType: 'TypeError',
      alias: 'accepted',
      readOnly: 'TypeError',
      listener: 'TypeError',
      wrongListener: 'TypeError',
      foreignMetadata: 'TypeError',
      noMetadata: 'TypeError',
      delay: 'TypeError',
      agent: true,
      hints: 'undefined',
    })
  })

  test.each([
    ['documented', ['line', 'moDirectStatus']],
    ['aliases', ['lineType', 'modirectStatus']],
  ] as const)(
    'take the %s spelling of metadata only, when so set',
    { timeout: patienceMs },
    async (metadataNames, accepted) => {
      const { page } = await open({ metadataNames })
      const names = await page.evaluate(`['line', 'lineType', 'moDirectStatus', 'modirectStatus'].filter((name) => {
      try { MobilePlans.createPurchaseMetaData()[name] = 'x'; return true } catch { return false }
    })`)
      expect([...(names as string[])].sort()).toEqual([...accepted].sort())
    },
  )

  test('are absent in a browser and when the app lacks them, and those of an older app differ', {
    timeout: patienceMs,
  }, async () => {
    const found = `Object.keys(window).filter((name) => /^(MobilePlans|DataMart)(?!.*(UserAccount|Instrument|LineType|Status|State)$)/.test(name)).sort()`
    for (const [settings, expected] of [
      [{ channel: 'browser' }, []],
      [{ hostObjects: 'none' }, []],
      [{ hostObjects: 'legacy' }, ['MobilePlans', 'MobilePlansActivationError', 'MobilePlansInlineProfileDownload']],
      [{ hostObjects: 'datamart' }, ['DataMart', 'DataMartActivationErrors', 'DataMartInlineProfile']],
      [{ hostObjects: 'first' }, ['DataMart']],
    ] as const) {
      const { page } = await open(settings)
      expect(await page.evaluate(found)).toEqual(expected)
    }
  })

  test('of 2018 take functions as listeners, call them on their page, and have their own constants', {
    timeout: patienceMs,
  }, async () => {
    world.smdp.released.set('KNOWN-1', { iccid })
    const { pc, page } = await open({ hostObjects: 'datamart', speed: 600 })
    const found = await page.evaluate(`(() => {
      const refused = (act) => { try { act(); return 'accepted' } catch (problem) { return problem.name } }
      window.results = []
      const meta = DataMart.createPurchaseMetaData()
      meta.moDirectStatus = DataMartMoDirectStatus.complete
      const inline = DataMartInlineProfile
      const answers = [
        refused(() => { inline.profileActivationCompleteScript = 'onActivation' }),
        refused(() => { inline.profileActivationCompleteScript = (json) => window.results.push(JSON.parse(json).activationResult === DataMartActivationErrors.success) }),
        typeof DataMartActivationErrors.invalidCallback,
        typeof DataMartActivationErrors.invalidJson,
      ]
      inline.notifyInlineProfileDownload(meta, ${JSON.stringify(code)})
      return answers
    })()`)
    expect(found).toEqual(['TypeError', 'accepted', 'string', 'undefined'])
    const state = await pc.until((now) => now.listenerCalls[0]?.outcome === 'called')
    expect(state.callbacks).toMatchObject([
      { object: 'DataMartInlineProfile', metadata: { moDirectStatus: 'complete' } },
    ])
    expect(await page.evaluate('window.results')).toEqual([true])
  })
})

describe('calls', () => {
  test('return at once, download for real, and call the named functions of the page with one JSON string', {
    timeout: patienceMs,
  }, async () => {
    world.smdp.released.set('KNOWN-1', { iccid })
    world.lines.set(iccid, 'active')
    const { pc, page } = await open({ speed: 60 })
    const id = await page.evaluate(`(() => {
      const meta = MobilePlans.createPurchaseMetaData()
      meta.moDirectStatus = MobilePlansMoDirectStatus.complete
      meta.line = MobilePlansLineType.new
      meta.planName = '2 GB'
      MobilePlansInlineOperations.profileActivationCompleteScript = 'onActivation'
      MobilePlansInlineOperations.registrationChangedScript = 'onRegistration'
      return MobilePlansInlineOperations.notifyProfileDownload(meta, ${JSON.stringify(code)}).Id
    })()`)
    // The portal may navigate meanwhile: the app calls by name on whatever page is shown.
    await page.goto(`${world.windows.url}/portal/orders/1`)
    const state = await pc.until(
      (now) => now.listenerCalls.length === 3 && now.listenerCalls.every((call) => call.outcome === 'called'),
    )
    const heard = await page.evaluate(`window.heard.map(([kind, value]) => [kind, value.iccid,
      value.activationResult === MobilePlansActivationError.success || value.networkRegistrationState === MobilePlansNetworkRegistrationState.home])`)
    expect(heard).toEqual([
      ['activation', iccid, true],
      ['registration', iccid, false],
      ['registration', iccid, true],
    ])
    expect(state.operations[0]?.id).toBe(id)
    expect(state.callbacks[0]?.metadata).toEqual({ moDirectStatus: 'complete', line: 'new', planName: '2 GB' })
  })

  test('that return control close the portal and bring the app to the front', { timeout: patienceMs }, async () => {
    const { pc, page } = await open()
    await page.evaluate(`(() => {
      const meta = MobilePlans.createPurchaseMetaData()
      meta.moDirectStatus = MobilePlansMoDirectStatus.cancelled
      meta.planName = ''
      MobilePlans.notifyCancelledPurchase(meta)
    })()`)
    await page.waitForURL(`**/device/${pc.id}/app`)
    await page.getByRole('heading', { name: 'Nothing was bought' }).waitFor()
    expect((await pc.state()).callbacks).toMatchObject([
      { method: 'notifyCancelledPurchase', metadata: { moDirectStatus: 'cancelled', planName: '' } },
    ])
    await page.getByRole('link', { name: 'Back to the operator' }).click()
    await page.waitForURL('**/portal?**')
  })

  test('a function that the shown page does not have is reported as missing', { timeout: patienceMs }, async () => {
    const { pc, page } = await open()
    await page.evaluate(`(() => {
      MobilePlansInlineOperations.profileActivationCompleteScript = 'nowhere'
      MobilePlansInlineOperations.notifyProfileDownload(MobilePlans.createPurchaseMetaData(), 'LPA:1$x$Y')
    })()`)
    await pc.until((now) => now.listenerCalls[0]?.outcome === 'missing')
  })
})

describe('the portal in Chromium', () => {
  test('keeps its __Host- cookie over plain http on this machine, and may be framed by the simulator', {
    timeout: patienceMs,
  }, async () => {
    const { page } = await open()
    const cookies = await page.context().cookies()
    expect(cookies.find((cookie) => cookie.name === '__Host-session')).toMatchObject({ value: 'abc', secure: true })
    await page.getByRole('button', { name: 'send' }).click()
    await page.waitForURL('**/portal/form')
    const post = world.portal.seen.findLast((seen) => seen.method === 'POST')
    expect(post?.headers.cookie).toContain('__Host-session=abc')
    expect(post?.headers.cookie).not.toContain('windows_device')
    expect(post?.body).toBe('a=%C3%A4+b')
    expect(post?.headers.origin).toBeUndefined()
  })
})

describe('links that a browser hands to Windows', () => {
  test('ms-settings:cellular-id asks the person, fills the placeholders and opens the callback', {
    timeout: patienceMs,
  }, async () => {
    const { pc, page } = await open({ channel: 'browser', model: 'Contoso Book 5' })
    await page.goto(`${world.windows.url}/portal/links`)
    await page.click('#share')
    const asked = await pc.state()
    expect(asked.consent).toMatchObject({
      placeholders: ['imei', 'eid', 'make'],
      warning: expect.stringContaining('https'),
    })
    await pc.control('consent', { allow: false })
    expect((await pc.state()).consent).toBeUndefined()
    expect(page.url()).toContain('/portal/links')

    await page.click('#share')
    await pc.control('consent', { allow: true })
    await page.waitForURL('**/portal/device?**')
    expect(page.url()).toBe(
      `${world.windows.url}/portal/device?state=s1&eid=89044045930000000000001234567853&imei=490154203237518&make=Q29udG9zbw==`,
    )
  })

  test('{eid} on a PC with a SIM card in use is an error of Windows', { timeout: patienceMs }, async () => {
    const { pc, page } = await open({ channel: 'browser', sim: 'physical' })
    await page.goto(`${world.windows.url}/portal/links`)
    await page.click('#share')
    expect((await pc.state()).consent?.problem).toBe("Selected SIM slot doesn't support eSIM")
  })

  test('lpa: opens Settings, and the download starts once the person agrees', { timeout: patienceMs }, async () => {
    world.smdp.released.set('KNOWN-1', { iccid })
    world.lines.set(iccid, 'active')
    const { pc, page } = await open({ channel: 'browser' })
    await page.goto(`${world.windows.url}/portal/links`)
    await page.click('#install')
    expect((await pc.state()).addProfile).toEqual({ activationCode: code })
    await pc.control('lpa', { allow: true })
    const state = await pc.until((now) => now.operations[0]?.phase === 'done')
    expect(state.profiles).toMatchObject([{ iccid, active: true }])
    expect(state.listenerCalls).toEqual([])
  })
})
