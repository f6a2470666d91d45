import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tmf640 } from '../../local/standins/provisioning'
import { type Standins, startStandins } from '../../local/standins/standins'
import type { Eid, Iccid } from '../../shared/domain/identifiers'
import { createProvisioning, type ProvisioningClient, serviceIdOf } from '../../shared/platform/provisioning'

let standins: Standins
let provisioning: ProvisioningClient

beforeEach(async () => {
  standins = await startStandins()
  provisioning = createProvisioning({ url: standins.url + tmf640, callTimeoutMs: 5_000 })
})
afterEach(async () => {
  await provisioning.close()
  await standins.stop()
})

const iccid = '8988303000000123456' as Iccid
const eid = '89049032742168350068807211938513' as Eid
const context = { callId: 'call-1' }
const line = { iccid, eid, orderId: 'order-1', subscriberId: 'anna', planId: 'travel-1' }

async function mayRegister(): Promise<boolean> {
  const answer = await fetch(`${standins.url}/provisioning/lines/${iccid}`)
  return ((await answer.json()) as { state: string }).state === 'active'
}

async function fault(mode: string, more: object = {}): Promise<void> {
  const body = JSON.stringify({ service: 'provisioning', mode, ...more })
  expect((await fetch(`${standins.url}/control/faults`, { method: 'POST', body })).status).toBe(201)
}

async function calls(): Promise<{ operation: string; status: number; path: string; body?: object }[]> {
  const answer = await fetch(`${standins.url}/control/calls`)
  return ((await answer.json()) as { calls: { operation: string; status: number; path: string }[] }).calls
}
const seen = async () => (await calls()).map(({ operation, status }) => `${operation} ${status}`)

test('a SIM may register from activation on until deactivation, and again when it is sold again', async () => {
  expect(await mayRegister()).toBe(false)
  expect(await provisioning.activateLine(line, context)).toEqual({ ok: true, value: {} })
  expect(await mayRegister()).toBe(true)
  expect(await provisioning.deactivateLine({ iccid }, context)).toEqual({ ok: true, value: {} })
  expect(await mayRegister()).toBe(false)
  const next = { ...line, orderId: 'order-2', subscriberId: 'ben' }
  expect(await provisioning.activateLine(next, context)).toEqual({ ok: true, value: {} })
  expect(await mayRegister()).toBe(true)
  expect(await seen()).toEqual(['createService 201', 'updateService 200', 'createService 409', 'updateService 200'])
  const lines = await (await fetch(`${standins.url}/provisioning/lines`)).json()
  expect(lines).toMatchObject({ lines: [{ iccid, eid, orderId: 'order-2', subscriberId: 'ben', planId: 'travel-1' }] })
})

test('repeating either call changes nothing', async () => {
  await provisioning.activateLine(line, context)
  expect(await provisioning.activateLine(line, context)).toMatchObject({ ok: true })
  expect(await mayRegister()).toBe(true)
  await provisioning.deactivateLine({ iccid }, context)
  expect(await provisioning.deactivateLine({ iccid }, context)).toMatchObject({ ok: true })
})

test('deactivating a line that the network does not know counts as done', async () => {
  expect(await provisioning.deactivateLine({ iccid }, context)).toEqual({ ok: true, value: {} })
})

test('a malformed ICCID is refused', async () => {
  const result = await provisioning.activateLine({ ...line, iccid: '12' as Iccid }, context)
  expect(result).toMatchObject({ kind: 'refused', code: 'iccid_malformed' })
})

test('no address and no failure names the SIM', async () => {
  expect(serviceIdOf(iccid)).toMatch(/^line-[0-9a-f]{32}$/)
  await provisioning.activateLine(line, context)
  await provisioning.deactivateLine({ iccid }, context)
  expect((await calls()).map(({ path }) => path).join()).not.toContain(iccid)
  await fault('refuse')
  expect(JSON.stringify(await provisioning.activateLine(line, context))).not.toMatch(/\d{6}/)
})

test('the service specification is what the operator calls it', async () => {
  const own = createProvisioning({ url: standins.url + tmf640, serviceSpecification: 'cfs-mobile-7' })
  await own.activateLine(line, context)
  await own.close()
  expect((await calls())[0]?.body).toMatchObject({ serviceSpecification: { id: 'cfs-mobile-7' } })
})

test.each([
  ['refuse', 'refused', 'declined', false],
  ['unauthorised', 'busy', 'credentials-401', false],
  ['forbidden', 'busy', 'credentials-403', false],
  ['throttled', 'busy', 'too_many', false],
  ['busy', 'busy', 'busy', false],
  ['http-500', 'lost', 'failed', false],
  ['answer-lost', 'lost', 'reset', true],
  ['malformed', 'lost', 'malformed', true],
])('%s: the call is %s (%s); the line is active: %s', async (mode, kind, code, active) => {
  await fault(mode)
  expect(await provisioning.activateLine(line, context)).toMatchObject({ ok: false, kind, code })
  expect(await mayRegister()).toBe(active)
  expect(await provisioning.activateLine(line, context)).toMatchObject({ ok: true })
})

describe('a change that was only accepted', () => {
  test('is watched until its monitor says that it is done', async () => {
    await fault('accepted', { delayMs: 200 })
    expect(await provisioning.activateLine(line, context)).toEqual({ ok: true, value: {} })
    expect(await mayRegister()).toBe(true)
    expect(await seen()).toEqual(expect.arrayContaining(['createService 202', 'retrieveMonitor 200']))
    await fault('accepted', { delayMs: 0 })
    expect(await provisioning.deactivateLine({ iccid }, context)).toEqual({ ok: true, value: {} })
    expect(await mayRegister()).toBe(false)
  })

  test('and then fails is what its monitor says', async () => {
    await fault('accepted-refused', { delayMs: 200 })
    const result = await provisioning.activateLine(line, context)
    expect(result).toMatchObject({ ok: false, kind: 'refused', code: 'declined' })
    expect(await mayRegister()).toBe(false)
  })

  test('and is not done in time is lost; the next try finds the line there', async () => {
    const hasty = createProvisioning({ url: standins.url + tmf640, callTimeoutMs: 400 })
    await fault('accepted', { delayMs: 600_000 })
    expect(await hasty.activateLine(line, context)).toMatchObject({ ok: false, kind: 'lost', code: 'not-finished' })
    expect(await hasty.activateLine(line, context)).toMatchObject({ ok: true })
    await hasty.close()
  })

  test('is watched through a moment in which the network does not answer', async () => {
    await fault('accepted', { delayMs: 200 })
    await fault('busy', { operation: 'retrieveMonitor' })
    expect(await provisioning.activateLine(line, context)).toEqual({ ok: true, value: {} })
  })

  test('is lost when the wait is ended', async () => {
    await fault('accepted', { delayMs: 600_000 })
    const stop = new AbortController()
    const result = provisioning.activateLine(line, { ...context, signal: stop.signal })
    await expect.poll(seen).toContain('retrieveMonitor 200')
    stop.abort()
    expect(await result).toMatchObject({ ok: false, kind: 'lost', code: 'aborted' })
  })
})

describe('a network with habits of its own', () => {
  async function against(listener: RequestListener, act: (network: ProvisioningClient) => Promise<void>) {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const network = createProvisioning({ url: `http://127.0.0.1:${port}`, callTimeoutMs: 2_000 })
    await act(network)
    await network.close()
    server.close()
  }
  const answering =
    (status: number, body: object | string, headers: Record<string, string> = {}): RequestListener =>
    (_request, response) =>
      void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))

  test('names the monitor in a header only', async () => {
    const paths: (string | undefined)[] = []
    await against(
      (request, response) => {
        paths.push(request.url)
        if (request.method === 'GET') response.end('{"id":"m-1","state":"Completed"}')
        else response.writeHead(202, { location: 'https://elsewhere.example/api/monitor/m-1' }).end()
      },
      async (network) => {
        expect(await network.activateLine(line, context)).toEqual({ ok: true, value: {} })
        expect(paths).toEqual(['/service', '/monitor/m-1'])
      },
    )
  })

  test.each(['', 'https://elsewhere.example/monitor/..', '/jobs/7', '/monitor/a/b?c'])(
    'names no monitor that could be asked: %s',
    async (location) => {
      await against(answering(202, {}, { location }), async (network) => {
        expect(await network.activateLine(line, context)).toMatchObject({ kind: 'lost', code: 'malformed' })
      })
    },
  )

  test('forgets the monitor', async () => {
    const listener: RequestListener = (request, response) =>
      request.method === 'GET'
        ? response.writeHead(404).end('{"code":"20","reason":"gone"}')
        : response.writeHead(202).end('{"id":"m-1","state":"InProgress"}')
    await against(listener, async (network) => {
      expect(await network.activateLine(line, context)).toMatchObject({ kind: 'lost', code: 'monitor-unknown' })
    })
  })

  test.each([
    [{ state: 'InError' }, 'lost', 'in-error'],
    [{ state: 'InError', response: { statusCode: '503', body: 'down' } }, 'busy', 'http-503'],
    [{ state: 'InError', response: { statusCode: '409', body: '{"code":"60","reason":"x"}' } }, 'refused', '60'],
  ])('ends a monitor with %j', async (monitor, kind, code) => {
    await against(answering(202, { id: 'm-1', ...monitor }), async (network) => {
      expect(await network.activateLine(line, context)).toMatchObject({ ok: false, kind, code })
    })
  })

  test('says done, but the service has another state', async () => {
    await against(answering(201, { id: 'x', state: 'reserved' }), async (network) => {
      expect(await network.activateLine(line, context)).toMatchObject({ kind: 'lost', code: 'wrong-state' })
    })
  })

  test('has the SIM under another service: the conflict stands', async () => {
    const listener: RequestListener = (request, response) =>
      request.method === 'POST'
        ? response.writeHead(409).end('{"code":"sim_taken","reason":"x"}')
        : response.writeHead(404).end('{"code":"60","reason":"x"}')
    await against(listener, async (network) => {
      expect(await network.activateLine(line, context)).toMatchObject({ kind: 'refused', code: 'sim_taken' })
    })
  })

  test('answers 404 with a page, as a wrong address does: nothing is known of the line', async () => {
    await against(answering(404, '<h1>Not found</h1>'), async (network) => {
      expect(await network.deactivateLine({ iccid }, context)).toMatchObject({ kind: 'lost', code: 'http-404' })
    })
  })

  test('puts a number of a SIM into its code: it is left out', async () => {
    await against(answering(422, { code: `sim-${iccid}`, reason: 'x' }), async (network) => {
      expect(await network.activateLine(line, context)).toMatchObject({ kind: 'refused', code: 'http-422' })
    })
  })
})
