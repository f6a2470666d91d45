import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { constantValue } from '../../../local/windows/constants'
import { type Observed, startPc, startWorld, type World } from './world'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => {
  world.smdp.released.clear()
  world.smdp.unreleased.clear()
  world.smdp.results.length = 0
  world.lines.clear()
})
afterAll(() => world.stop())

const iccid = '8988247000000000033'
const code = '1$smdp.example.net$KNOWN-1'
const metadata = { moDirectStatus: constantValue('MobilePlansMoDirectStatus', 'complete'), planName: '2 GB' }
const phase = (wanted: string) => (state: Observed) => state.operations.at(-1)?.phase === wanted

function releaseProfile(active = true): void {
  world.smdp.released.set('KNOWN-1', { iccid })
  if (active) world.lines.set(iccid, 'active')
}

async function setListeners(pc: Awaited<ReturnType<typeof startPc>>): Promise<void> {
  await pc.call('profileActivationCompleteScript', ['onActivation'])
  await pc.call('registrationChangedScript', ['onRegistration'])
}

describe('inline download', () => {
  test('downloads, installs, activates and registers, and tells both listeners in that order', async () => {
    releaseProfile()
    const pc = await startPc(world)
    await setListeners(pc)
    const { closes } = await pc.call('notifyProfileDownload', [code], { metadata, operationId: 'op-1' })
    expect(closes).toBe(false)
    const state = await pc.until(phase('done'))
    expect(state.profiles).toEqual([{ iccid, name: 'Example', active: true, source: 'download' }])
    expect(state.registration).toEqual({ state: 'home', iccid })
    expect(state.listenerCalls.map((call) => [call.function, call.member])).toEqual([
      ['onActivation', 'success'],
      ['onRegistration', 'searching'],
      ['onRegistration', 'home'],
    ])
    expect(JSON.parse(state.listenerCalls[0]?.json ?? '')).toEqual({
      activationResult: constantValue('MobilePlansActivationError', 'success'),
      iccid,
    })
    expect(state.callbacks).toMatchObject([
      {
        method: 'notifyProfileDownload',
        args: [code],
        metadata: { moDirectStatus: 'complete', planName: '2 GB' },
        notConstants: [],
        operationId: 'op-1',
      },
    ])
    expect(world.smdp.results).toMatchObject([{ success: true }])
  })

  test('is refused by the SM-DP+ as in Windows while the profile is not released', async () => {
    world.smdp.unreleased.add('KNOWN-1')
    const pc = await startPc(world)
    await setListeners(pc)
    await pc.call('notifyProfileDownload', [code], { metadata })
    const state = await pc.until(phase('failed'))
    expect(state.operations[0]?.error).toBe('profileNotReleasedByOperator')
    expect(state.listenerCalls.map((call) => call.member)).toEqual(['profileNotReleasedByOperator'])
  })

  test.each([
    ['LPA:1$smdp.example.net$KNOWN-1', 'a prefix'],
    ['1$smdp.example.net', 'no matching id'],
    ['1$https://smdp.example.net$KNOWN-1', 'a URL as host'],
    ['2$smdp.example.net$KNOWN-1', 'another format'],
    ['1$smdp.example.net$ab_c', 'a matching id with an underscore'],
  ])('calls %s invalid (%s)', async (wrong) => {
    const pc = await startPc(world)
    await pc.call('notifyProfileDownload', [wrong], { metadata })
    expect((await pc.until(phase('failed'))).operations[0]?.error).toBe('invalidActivationCode')
  })

  test('tells a profile that is bound to another eUICC', async () => {
    world.smdp.released.set('KNOWN-1', { iccid, eid: '89049032000000000000000000000074' })
    const pc = await startPc(world)
    await pc.call('notifyProfileDownload', [code], { metadata })
    expect((await pc.until(phase('failed'))).operations[0]?.error).toBe('eidMismatch')
  })

  test('roams abroad, and goes on trying while the line is inactive', async () => {
    releaseProfile(false)
    const pc = await startPc(world, { market: 'DE', location: 'PT' })
    await pc.call('notifyProfileDownload', [code], { metadata })
    await pc.until((state) => state.registration.state === 'denied')
    world.lines.set(iccid, 'active')
    expect((await pc.until(phase('done'))).registration.state).toBe('roaming')
  })
})

describe('the first generation of the app', () => {
  const result = (change: object = {}, inner: object = {}) => {
    const text = {
      userAccount: 'Existing',
      purchaseInstrument: 'Existing',
      line: 'New',
      moDirectStatus: 'Complete',
      planName: '2 GB',
      ...inner,
    }
    return JSON.stringify({
      ver: '1',
      purchaseResult: JSON.stringify(text),
      success: true,
      transactionId: 'test.1',
      activationCode: code,
      iccid,
      ...change,
    })
  }
  const tell = async (pc: Awaited<ReturnType<typeof startPc>>, text: unknown) =>
    pc.call('notifyPurchaseResult', [text], { object: 'DataMart' })

  test('reads the result, takes the screen and downloads', async () => {
    releaseProfile()
    const pc = await startPc(world, { hostObjects: 'first' })
    expect(await tell(pc, result())).toEqual({ closes: true })
    const state = await pc.until(phase('done'))
    expect(state.callbacks).toMatchObject([
      {
        method: 'notifyPurchaseResult',
        payload: { success: true, transactionId: 'test.1', activationCode: code, iccid },
        metadata: { moDirectStatus: 'Complete', planName: '2 GB' },
      },
    ])
    expect(state.profiles).toMatchObject([{ iccid, active: true }])
  })

  test('activates the SIM that is named where there is no code', async () => {
    world.lines.set('8988247000000000017', 'active')
    const pc = await startPc(world, { hostObjects: 'first', sim: 'physical' })
    await tell(pc, result({ activationCode: undefined, iccid: '8988247000000000017' }))
    expect((await pc.until((now) => now.registration.state === 'home')).operations[0]?.kind).toBe('balance')
  })

  test('comes to the front when nothing was bought', async () => {
    const pc = await startPc(world, { hostObjects: 'first' })
    const nothing = { success: false, activationCode: '', iccid: '' }
    await tell(pc, result(nothing, { userAccount: 'Bailed', moDirectStatus: 'None', planName: '' }))
    expect((await pc.state()).appMessage).toEqual({ kind: 'cancelled' })
  })

  test.each<[string, unknown]>([
    ['not JSON', '{'],
    ['moDirectStatus', result({}, { moDirectStatus: 'Cancelled' })],
    ['userAccount', result({}, { userAccount: 'existing' })],
    ['planName has text exactly on success', result({}, { planName: '' })],
    ['iccid has text exactly on success', result({ iccid: '' })],
    ['activationCode has text exactly on success', result({ activationCode: '' })],
    ['success is false', result({ success: false })],
    ['transactionId', result({ transactionId: undefined })],
  ])('objects: %s', async (problem, text) => {
    const pc = await startPc(world, { hostObjects: 'first' })
    expect(await tell(pc, text)).toEqual({ closes: false })
    const state = await pc.state()
    expect(state.operations).toEqual([])
    expect(String(state.traffic.at(-1)?.detail.problem)).toContain(problem)
  })
})

describe('delayed download', () => {
  test('waits, shows the toast, and starts only when the person accepts it', async () => {
    releaseProfile()
    const pc = await startPc(world)
    await pc.call('notifyProfileDownload', [code, 30], { metadata, operationId: 'op-2' })
    expect((await pc.control('toast/accept')).status).toBe(409)
    const shown = await pc.until(phase('toast'))
    expect(shown.profiles).toEqual([])
    expect(shown.operations[0]).toMatchObject({ kind: 'delayed', minutes: 30 })
    await pc.control('toast/accept')
    expect((await pc.until(phase('done'))).profiles).toHaveLength(1)
  })

  test('can be taken back before the toast and not after it', async () => {
    const pc = await startPc(world, { speed: 1 })
    await pc.call('notifyProfileDownload', [code, 30], { metadata, operationId: 'op-3' })
    await pc.call('notifyOperationCancel', ['op-3'])
    expect((await pc.state()).operations[0]?.phase).toBe('cancelled')

    await pc.call('notifyProfileDownload', [code, 30], { metadata, operationId: 'op-4' })
    await pc.control('speed', { speed: 100_000 })
    await pc.until(phase('toast'))
    await pc.call('notifyOperationCancel', ['op-4'])
    const late = await pc.state()
    expect(late.operations[1]?.phase).toBe('toast')
    expect(late.traffic.at(-1)?.detail.problem).toMatch(/too late/)
  })
})

describe('callbacks that return control', () => {
  test('asynchronous connectivity waits in quarters of an hour before it registers, without listeners', async () => {
    releaseProfile()
    const pc = await startPc(world)
    await setListeners(pc)
    const { closes } = await pc.call('notifyPurchaseWithProfileDownload', [code, 5], {
      object: 'MobilePlans',
      metadata,
    })
    expect(closes).toBe(true)
    const waiting = await pc.until(phase('waiting-to-register'))
    expect(waiting.operations[0]?.minutes).toBe(15)
    expect(waiting.inFront).toBe('app')
    const state = await pc.until(phase('done'))
    expect(state.listenerCalls).toEqual([])
    expect(state.registration.state).toBe('home')
  })

  test('a balance for an installed profile makes it the active one', async () => {
    const pc = await startPc(world, { sim: 'esim-own', iccids: ['8988247000000000017', '8988247000000000025'] })
    await pc.call('notifyBalanceAddition', ['8988247000000000025'], { metadata })
    const state = await pc.state()
    expect(state.profiles.map((profile) => profile.active)).toEqual([false, true])
    expect(state.appMessage?.kind).toBe('balance')
  })

  test('a balance for a profile that is not there is an error', async () => {
    const pc = await startPc(world)
    await pc.call('notifyBalanceAddition', ['8988247000000000025'], { metadata })
    expect((await pc.state()).operations[0]).toMatchObject({ phase: 'failed', error: 'invalidIccid' })
  })

  test('a cancelled purchase is recorded with what the portal wrote, and text in place of a constant is noticed', async () => {
    const pc = await startPc(world)
    await pc.call('notifyCancelledPurchase', [], {
      object: 'MobilePlans',
      metadata: { line: constantValue('MobilePlansLineType', 'bailed'), moDirectStatus: 'Cancelled', planName: '' },
    })
    const state = await pc.state()
    expect(state.callbacks).toMatchObject([
      { metadata: { line: 'bailed', moDirectStatus: 'Cancelled', planName: '' }, notConstants: ['moDirectStatus'] },
    ])
    expect(state.appMessage).toEqual({ kind: 'cancelled' })
  })
})

describe('injected faults', () => {
  test('fail the wanted number of downloads, come back in the headers of the next launch, and let a retry through', async () => {
    releaseProfile()
    const pc = await startPc(world)
    await pc.control('fault', { windowsError: 'ProfileProcessingError', times: 1 })
    await pc.call('notifyProfileDownload', [code], { metadata })
    const failed = await pc.until(phase('failed'))
    expect(failed.operations[0]?.error).toBe('profileProcessingError')
    expect(world.smdp.results).toMatchObject([{ success: false, windowsError: 'profileProcessingError' }])

    await pc.get((await pc.get(`/device/${pc.id}/launch`)).headers.get('location') ?? '')
    const launch = world.portal.seen.at(-1)
    expect(launch?.headers).toMatchObject({
      'x-mp-lpaerror-codes': 'ProfileProcessingError',
      'x-mp-lpaerror-iccids': iccid,
    })

    await pc.control('retry')
    expect((await pc.until(phase('done'))).profiles).toHaveLength(1)
  })

  test('without a member in the listener list become unknownError there', async () => {
    releaseProfile()
    const pc = await startPc(world)
    await setListeners(pc)
    await pc.control('fault', { windowsError: 'serverNotTrusted' })
    await pc.call('notifyProfileDownload', [code], { metadata })
    expect((await pc.until(phase('failed'))).listenerCalls[0]?.member).toBe('unknownError')
  })

  test('unknown names are refused', async () => {
    const pc = await startPc(world)
    expect((await pc.control('fault', { windowsError: 'nonsense' })).status).toBe(400)
  })
})

describe('network flyout', () => {
  test.each([
    ['MODIRECT', 100, 'P1D', ['B']],
    ['MODIRECTPAYG', 200, 'P1D', ['B', 'C:Connected: 200MB, 24 hours left']],
    ['MODIRECTPAYG', 4352, 'P12DT6H', ['B', 'C:Connected: 4.25GB, 12 days left']],
    ['NONE', 0, 'PT0S', ['A']],
    ['NOTSUPPORTED', 0, 'PT0S', ['B']],
  ])('shows for %s with %d MB what the documents say', async (type, data, time, expected) => {
    world.balance.body = {
      balances: [{ id: 'b', type, dataRemainingInMB: data, dataRemaininginMB: data, timeRemaining: time }],
    }
    const pc = await startPc(world, { sim: 'physical', iccids: ['8988247000000000017'], location: 'PT' })
    const { body } = await pc.control('flyout')
    const elements = body.elements as { id: string; text: string }[]
    expect(elements.map((each) => (each.id === 'C' ? `C:${each.text}` : each.id))).toEqual(expected)
    const asked = world.portal.seen.at(-1)
    expect(asked?.url).toBe('/v1/sims/8988247000000000017/balances?fieldsTemplate=basic&limit=1&location=PT')
    expect(asked?.headers['x-ms-dm-transactionid']).toMatch(/^MSFT-/)
    expect(asked?.headers.authorization).toBe(`Basic ${Buffer.from('service:secret').toString('base64')}`)
  })
})

describe('control', () => {
  test('refuses what is not a device description and what does not exist', async () => {
    await expect(startPc(world, { eid: '12' })).rejects.toThrow('eid')
    expect((await fetch(`${world.windows.url}/control/devices/none`)).status).toBe(404)
  })

  test('reset forgets every PC', async () => {
    const other = await startWorld()
    const pc = await startPc(other)
    await fetch(`${other.windows.url}/control/reset`, { method: 'POST' })
    expect((await fetch(`${other.windows.url}/control/devices/${pc.id}`)).status).toBe(404)
    await other.stop()
  })
})
