import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startSmdp } from './server'

const stock = [{ iccid: '8988247000100003319', profileType: 'P1' }]
let folder: string
let statePath: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smdp-'))
  statePath = join(folder, 'deep', 'state.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const start = (items = stock) => startSmdp({ port: 0, address: 'smdp.example.net', stock: items, statePath })

async function reserve(url: string): Promise<void> {
  await fetch(`${url}/gsma/rsp2/es2plus/downloadOrder`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-admin-protocol': 'gsma/rsp/v2.2.0' },
    body: JSON.stringify({
      header: { functionRequesterIdentifier: 'x', functionCallIdentifier: 'y' },
      iccid: '8988247000100003319',
    }),
  })
}

async function states(url: string): Promise<string[]> {
  const profiles = (await (await fetch(`${url}/control/profiles`)).json()) as { state: string }[]
  return profiles.map(({ state }) => state)
}

test('the inventory outlives a restart, and new stock is added to it', async () => {
  const first = await start()
  await reserve(first.url)
  await first.stop()
  const second = await start([...stock, { iccid: '8988247000101867183', profileType: 'P1' }])
  expect(await states(second.url)).toEqual(['Allocated', 'Available'])
  await second.stop()
})

test('a change is saved soon after it happened, without a stop', async () => {
  const smdp = await start()
  await reserve(smdp.url)
  await expect.poll(() => readFile(statePath, 'utf8').catch(() => '')).toContain('Allocated')
  await smdp.stop()
})

test('a notice that was not taken is sent again by the next run', async () => {
  const notice = {
    iccid: '8988247000100003319F',
    notificationPointId: 4,
    notificationPointStatus: { status: 'Executed-Success' },
  }
  await start().then((smdp) => smdp.stop())
  await writeFile(statePath, JSON.stringify({ version: 1, profiles: [], pendingNotices: [notice] }))
  // Nobody listens there: the notice stays pending.
  const smdp = await startSmdp({
    port: 0,
    address: 'x.example',
    stock,
    statePath,
    noticeUrl: 'http://127.0.0.1:9',
    notices: { delayMs: 60_000 },
  })
  const { sent } = (await (await fetch(`${smdp.url}/control/notices`)).json()) as { sent: { body: unknown }[] }
  expect(sent).toMatchObject([{ body: notice, outcome: 'pending' }])
  await smdp.stop()
  expect(JSON.parse(await readFile(statePath, 'utf8')).pendingNotices).toEqual([notice])
})

test('a damaged file stops the start, rather than losing the inventory', async () => {
  await start().then((smdp) => smdp.stop())
  await writeFile(statePath, '{"version":1')
  await expect(start()).rejects.toMatchObject({ code: 'state_file_unreadable' })
})
