/**
 * The loop that `timers` is compared with, in a process of its own: takes messages off a queue and makes, for each, the calls of one
 * release with the bare SDKs: no order, no decision, no log. It looks into an empty queue every 100 ms and works on as many messages at once as
 * `host.json` lets the app.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { TableClient } from '@azure/data-tables'
import { QueueServiceClient } from '@azure/storage-queue'
import { Pool } from 'undici'

/** What the parent passes on, as JSON in `TIMERS_LOOP`. */
export interface LoopTask {
  connectionString: string
  queue: string
  smdpUrl: string
  standinsUrl: string
  batchSize: number
  newBatchThreshold: number
}

interface Message {
  orderId: string
  iccid: string
}

const task = JSON.parse(process.env.TIMERS_LOOP ?? '{}') as LoopTask
const { connectionString } = task
const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient(task.queue)
const open = (name: string) =>
  TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true })
const [orders, sims] = [open('orders'), open('sims')]
const [smdp, network] = [new Pool(task.smdpUrl), new Pool(task.standinsUrl)]
let calls = 0

async function send(pool: Pool, method: 'PUT' | 'POST', path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-admin-protocol': 'gsma/rsp/v2.2.0' }
  const answer = await pool.request({ method, path, headers, body: JSON.stringify(body) })
  await answer.body.text()
  if (answer.statusCode >= 300) throw new Error(`${path} answered ${answer.statusCode}`)
}

/** Two reads, five writes, two calls: as many and of the same kinds as `timers.ts` has counted of the app. */
async function release({ orderId, iccid }: Message): Promise<void> {
  const entity = (await orders.getEntity(orderId, orderId)) as { partitionKey: string; rowKey: string }
  const write = () => orders.updateEntity(entity, 'Replace', { etag: '*' })
  await write()
  const line = { orderId, subscriberId: 'person', planId: 'plan' }
  await send(network, 'PUT', `/provisioning/lines/${iccid}`, line)
  await write()
  await sims.getEntity(iccid, iccid).catch((error: { statusCode?: number }) => {
    if (error.statusCode !== 404) throw error
  })
  await sims.createEntity({ partitionKey: iccid, rowKey: iccid, json: JSON.stringify(line) })
  await write()
  calls += 1
  await send(smdp, 'POST', '/gsma/rsp2/es2plus/releaseProfile', {
    header: { functionRequesterIdentifier: '2.999.1.7', functionCallIdentifier: `loop-${calls}` },
    iccid: iccid.length === 19 ? `${iccid}F` : iccid,
  })
  await write()
}

let running = 0
for (;;) {
  if (running > task.newBatchThreshold) {
    await delay(2)
    continue
  }
  const { receivedMessageItems } = await queue.receiveMessages({
    numberOfMessages: task.batchSize,
    visibilityTimeout: 600,
  })
  for (const { messageText, messageId, popReceipt } of receivedMessageItems) {
    running += 1
    void release(JSON.parse(Buffer.from(messageText, 'base64').toString()) as Message)
      .then(() => queue.deleteMessage(messageId, popReceipt))
      .finally(() => {
        running -= 1
      })
  }
  if (receivedMessageItems.length === 0) await delay(100)
}
