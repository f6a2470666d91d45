/** The whole app with its wakes on Service Bus: the broker of this repository, the trigger, the adapter, readiness. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Broker, startBroker } from '../../local/broker/broker'
import { declaredQueues } from '../../local/broker/declared'
import { queues, serviceBusConnection } from '../../shared/platform/resources'
import { eventually, type Stack, startStack, withoutSweep } from '../support/stack'
import { send } from './browser'
import { buy, eidNumber, enter, orderOf } from './purchase'

let broker: Broker
let stack: Stack

beforeAll(async () => {
  broker = await startBroker({ queues: declaredQueues() })
  const environment = { ...withoutSweep, [serviceBusConnection]: broker.connectionString }
  stack = await startStack({ environment, stock: 5 })
}, 60_000)
afterAll(async () => {
  await stack.stop()
  await broker.stop()
})

test('an order that has to wait goes on by its wake, without a sweep', async () => {
  const faults = { function: 'downloadOrder', mode: 'busy', times: 1 }
  await fetch(`${stack.smdpUrl}/control/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(faults),
  })
  const { id } = await buy(await enter(stack, eidNumber(1)))
  expect((await orderOf(stack, id)).stage.state).toBe('placed')
  await eventually('the wake', async () => (await orderOf(stack, id)).stage.state === 'ready', 20_000)
  // The next wake is weeks ahead: Service Bus keeps it.
  await eventually('the next', async () => broker.queue(queues.orderWakes.name).counts.scheduled > 0, 5_000)
})

test('readiness asks Service Bus, and Buy works while it is away', async () => {
  const ready = () => send(stack.url, '/health/ready')
  expect((await ready()).status).toBe(200)
  await broker.down()
  const { id } = await buy(await enter(stack, eidNumber(2)))
  expect((await orderOf(stack, id)).stage.state).toBe('ready')
  const down = { status: 'not ready', checks: { store: 'up', queue: 'down' } }
  const isDown = async () => {
    const { status, body } = await ready()
    if (status === 503) expect(JSON.parse(body)).toEqual(down)
    return status === 503
  }
  await eventually('readiness to say so', isDown, 15_000)
  await broker.up()
  await eventually('readiness', async () => (await ready()).status === 200, 20_000)
})
