/** Bad messages among the wakes: garbage, wakes that nobody can use, and wakes that came too often. None of them harms an order. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createOrderId } from '../../shared/domain/identifiers'
import type { Order } from '../../shared/domain/order/order'
import { sweep } from '../../shared/fulfilment/sweep'
import { createLog } from '../../shared/platform/log'
import { wakeBody } from '../../shared/platform/wake-messages'
import { buy, eidNumber, enter, orderOf } from '../api/purchase'
import { everyRow } from '../api/rows'
import { onCloudEngine } from '../support/engine'
import { eventually, type Stack, startStack, withoutSweep } from '../support/stack'
import { moneyByOrder, turnSmdp } from './controls'

let stack: Stack
let devices = 0

beforeAll(async () => {
  // The minute's sweep would mend what is to be seen unmended, and write while the store is compared.
  stack = await startStack({
    stock: 10,
    environment: withoutSweep,
    operator(operator) {
      operator.fulfilment = { ...operator.fulfilment, quarantineMinutes: 0.02 }
    },
  })
}, 60_000)
afterAll(() => stack.stop())
beforeEach(() => stack.wakes.clear())

const sendWake = (orderId: string) => stack.wakes.put(wakeBody({ orderId }))
const queueEmpties = () => eventually('the queue to be empty', async () => (await stack.wakes.waiting()) === 0, 30_000)

/** A purchase by a person with a device of their own. */
async function purchase(): Promise<Order> {
  devices += 1
  const { id } = await buy(await enter(stack, eidNumber(devices)))
  return orderOf(stack, id)
}

/** An order that the SM-DP+ held up once, with its wake on the way. */
async function heldUp(): Promise<Order> {
  await turnSmdp(stack, 'faults', { function: 'downloadOrder', mode: 'busy', times: 1 })
  const order = await purchase()
  expect(order.stage.state).toBe('placed')
  return order
}

/** Longer than the lease of a call that was given up because the machine is busy: no sweep helps here. */
const becomesReady = ({ id }: Order) =>
  eventually('the order to be ready', async () => (await orderOf(stack, id)).stage.state === 'ready', 45_000)

test('garbage is dropped with a line in the log, and no order waits for it', async () => {
  const secret = 'pat@example.net 8999901000900000019'
  const garbage = [
    'no JSON',
    '',
    '"8999901000900000019"',
    '[]',
    'null',
    '{}',
    '{"orderId":7}',
    '{"orderId":""}',
    `{"orderId":"${'x'.repeat(201)}"}`,
    `{"order":"${secret}"}`,
    'x'.repeat(40_000),
    Uint8Array.of(0xff, 0xfe, 0x00),
  ]
  const before = stack.log().length
  // In front of the order's wake, twice what is fetched at once.
  for (const body of [...garbage, ...garbage, ...garbage]) await stack.wakes.put(body)
  const order = await heldUp()
  await becomesReady(order)
  await queueEmpties()
  const logged = stack.log().slice(before)
  expect(logged.match(/"event":"message dropped","code":"wake_malformed"/g)).toHaveLength(3 * garbage.length)
  expect(logged).not.toContain(secret)
  expect(await stack.wakes.givenUp()).toBe(0)
})

test('a message that is no text at all is given up or dropped, and no order waits for it', async () => {
  for (let n = 0; n < 20; n++) await stack.wakes.putNoText()
  const order = await heldUp()
  await becomesReady(order)
  await queueEmpties()
  // What the host of a storage queue cannot decode never reaches the app; from Service Bus it hands over whatever there is.
  expect(await stack.wakes.givenUp()).toBe(onCloudEngine ? 0 : 20)
})

test('a wake for an order that is unknown, has ended, or wants nothing yet changes nothing: not one row is written', async () => {
  const waiting = await purchase()
  const ended = await purchase()
  const browser = await enter(stack, ended.device.eid ?? '')
  await browser.get(`/portal/orders/${ended.id}`)
  expect((await browser.post(`/portal/orders/${ended.id}/cancel`)).status).toBe(303)
  await eventually('the cancelled order to be closed', async () => (await orderOf(stack, ended.id)).closed, 20_000)
  await queueEmpties()
  const before = await everyRow(stack.connectionString)
  const logged = stack.log().length

  const ids = [createOrderId(new Uint8Array(16).fill(7)), 'no id at all', "' or 1 eq 1", 'a/b', ended.id, waiting.id]
  for (const id of [...ids, ...ids, ...ids]) await sendWake(id)
  await queueEmpties()
  // The queue is empty when the last message is deleted, after its function has ended.
  expect(await everyRow(stack.connectionString)).toEqual(before)
  expect(stack.log().slice(logged)).not.toContain('Failed')
  expect(await stack.wakes.givenUp()).toBe(0)
})

test('an order whose wake was delivered too often and ended in the poison queue goes on with the next sweep', async () => {
  const order = await heldUp()
  await stack.killHost()
  // Somebody fetches the wake again and again and dies each time.
  await stack.wakes.wearOut()
  await stack.startHost()
  await eventually('the wake to be given up', async () => (await stack.wakes.givenUp()) === 1, 20_000)
  expect(await stack.wakes.waiting()).toBe(0)
  expect((await orderOf(stack, order.id)).updatedAt).toBe(order.updatedAt)

  const now = () => new Date()
  const { documents, wakes } = stack
  expect(await sweep({ documents, wakes: wakes.open(), clock: now, log: createLog() })).toMatchObject({ woken: 1 })
  await becomesReady(order)
  expect((await moneyByOrder(stack)).get(order.id)).toEqual(['authorised'])
})
