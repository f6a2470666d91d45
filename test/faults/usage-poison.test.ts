/** Messages in the queue `usage` that nobody can read: reported in the log without what they hold, tried a bounded number of times, and kept. */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QueueServiceClient } from '@azure/storage-queue'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSim } from '../../shared/domain/sim'
import { queues } from '../../shared/platform/resources'
import { onCloudEngine } from '../support/engine'
import { eventually, type Stack, startStack, testIccid, withoutSweep } from '../support/stack'

const iccid = testIccid(600_000)
const person = 'pat.secret@example.net'
const garbage = [
  'no JSON at all',
  `{"events": [{"id": "cut off", "iccid": "${iccid}"`,
  'null',
  '[]',
  JSON.stringify({ events: [] }),
  JSON.stringify({ events: [{ id: person, iccid: 'nobody', at: person, bytes: -1 }] }),
  JSON.stringify({ [person]: iccid, events: [{ id: '1', [person]: iccid }] }),
  Uint8Array.of(0xff, 0xfe, 0x00),
]
/** By host.json, and by the declaration of the queue. */
const deliveries = onCloudEngine ? queues.usage.maxDeliveryCount : 5

let stack: Stack
let appRoot: string
beforeAll(async () => {
  // The app as it is, but that a message of a storage queue comes back after a second instead of ten.
  appRoot = await mkdtemp(join(tmpdir(), 'app-'))
  for (const name of ['dist', 'package.json']) await symlink(join(process.cwd(), name), join(appRoot, name))
  const host = await readFile('host.json', 'utf8')
  await writeFile(
    join(appRoot, 'host.json'),
    host.replace('"visibilityTimeout": "00:00:10"', '"visibilityTimeout": "00:00:01"'),
  )
  stack = await startStack({ environment: withoutSweep, stock: 1, appRoot })
  await stack.documents.insert('sims', iccid, iccid, createSim({ iccid, kind: 'esim' }))
}, 60_000)
afterAll(async () => {
  await stack.stop()
  await rm(appRoot, { recursive: true })
})

/** The bodies of what was given up, as somebody reads them who has to settle them. */
async function givenUpBodies(): Promise<string[]> {
  if (stack.usage.broker !== undefined) return []
  const service = QueueServiceClient.fromConnectionString(stack.connectionString)
  const { peekedMessageItems } = await service
    .getQueueClient(`${queues.usage.name}-poison`)
    .peekMessages({ numberOfMessages: 32 })
  return peekedMessageItems.map(({ messageText }) => messageText)
}

test('each is reported as often as it is delivered, then kept as it came; a batch behind them is counted', async () => {
  for (const body of garbage) await stack.usage.put(body)
  const good = { id: 'good', iccid, at: new Date().toISOString(), bytes: 1 }
  await stack.usage.put(JSON.stringify({ events: [good] }))
  await eventually('the good one to be counted', async () => stack.log().includes('"event":"usage","applied":1'))
  await eventually('the others to be given up', async () => (await stack.usage.givenUp()) === garbage.length, 40_000)
  await eventually('the queue to be empty', async () => (await stack.usage.waiting()) === 0)

  const refused = stack.log().match(/"level":"error","event":"usage refused","code":"usage_malformed"/g)
  expect(refused).toHaveLength(garbage.length * deliveries)
  expect(stack.log()).toMatch(/1 fault, first: the body is \{/)
  for (const secret of [person, iccid, 'cut off']) expect(stack.log()).not.toContain(secret)
  if (!onCloudEngine)
    expect((await givenUpBodies()).sort()).toEqual(garbage.map((body) => Buffer.from(body).toString('base64')).sort())
}, 60_000)

test('what is no text at all is given up too', async () => {
  const before = await stack.usage.givenUp()
  await stack.usage.putNoText()
  await eventually('it to be given up', async () => (await stack.usage.givenUp()) === before + 1)
})
