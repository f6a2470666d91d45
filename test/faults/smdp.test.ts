/**
 * An SM-DP+ that is slow, answers garbage, does the work and drops the answer, or does it long after we have stopped waiting: at each of
 * the functions that an order calls. Each order ends right, with one profile and one payment, and its ICCID is where it belongs.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Faults } from '../../local/smdp/faults'
import type { Order } from '../../shared/domain/order/order'
import { eidNumber, install, orderOf } from '../api/purchase'
import { eventually, type Stack, startStack } from '../support/stack'
import { expectRight } from './books'
import { sweepNow, turnSmdp } from './controls'
import { type Ending, Person } from './journey'

const stockSize = 20
let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    stock: stockSize,
    operator(operator) {
      operator.smdp.callTimeoutSeconds = 1
      for (const plan of operator.plans) if (plan.downloadAfter > 0) plan.downloadAfter = 5
      operator.fulfilment = { releaseMarginMinutes: 4.9, quarantineMinutes: 0.25, registrationWaitMinutes: 0.02 }
    },
  })
}, 60_000)
afterAll(() => stack.stop())

/** Longer than a call may take, and shorter than its lease; and longer than that, too. */
const troubles = [
  { mode: 'slow', delayMs: 2_000 },
  { mode: 'malformed' },
  { mode: 'answer-lost' },
  { mode: 'late-work', delayMs: 2_000 },
  { mode: 'late-work', delayMs: 12_000 },
] as const
const functions = ['downloadOrder', 'confirmOrder', 'releaseProfile', 'cancelOrder'] as const
type Trouble = (typeof troubles)[number]

let people = 0

async function person(): Promise<{ somebody: Person; eid: string }> {
  people += 1
  return { somebody: await Person.signedIn(stack, `person-${people}`), eid: eidNumber(people) }
}

/** Faults that no call has met yet. */
async function faultsLeft(): Promise<ReturnType<Faults['list']>> {
  return (await fetch(`${stack.smdpUrl}/control/faults`)).json() as Promise<ReturnType<Faults['list']>>
}

/** Buys while the trouble waits at this function, or, for calls that come later, at this function for the order's ICCID. */
async function buyInTrouble(name: (typeof functions)[number], trouble: Trouble): Promise<[string, Ending]> {
  const { somebody, eid } = await person()
  const first = name === 'downloadOrder' || name === 'confirmOrder'
  if (first) await turnSmdp(stack, 'faults', { function: name, ...trouble, times: 1 })
  const id = await somebody.buys(eid, name === 'releaseProfile' ? 'regional-20' : 'travel-2')
  if (first) {
    const isMet = async () => (await faultsLeft()).every(({ iccid }) => iccid !== undefined)
    await eventually('the trouble to be met', isMet)
    return [id, 'installs']
  }
  const { profile } = await eventually('the order to be ready', async () => {
    const order = await orderOf(stack, id)
    return order.stage.state === 'ready' && order
  })
  expect(profile?.smdp).toBe(name === 'releaseProfile' ? 'confirmed' : 'released')
  await turnSmdp(stack, 'faults', { function: name, ...trouble, iccid: profile?.iccid, times: 1 })
  if (name === 'releaseProfile') return [id, 'installs']
  await somebody.get(`/portal/orders/${id}`, 200)
  await somebody.post(`/portal/orders/${id}/cancel`)
  return [id, 'cancels when ready']
}

async function allBecome(ids: readonly string[], what: string, wanted: (order: Order) => boolean): Promise<Order[]> {
  let swept = 0
  return eventually(
    `all orders to be ${what}`,
    async () => {
      if (Date.now() - swept > 1_000) {
        swept = Date.now()
        await sweepNow(stack)
      }
      const orders = await Promise.all(ids.map((id) => orderOf(stack, id)))
      return orders.every(wanted) && orders
    },
    60_000,
  )
}

test('whatever the SM-DP+ does to a call, each order gets one profile and one payment, or none', async () => {
  const wanted = new Map<string, Ending>()
  // One after the other, so that each meets its own trouble; then all together recover.
  for (const trouble of troubles) for (const name of functions) wanted.set(...(await buyInTrouble(name, trouble)))
  const installed = [...wanted].filter(([, ending]) => ending === 'installs').map(([id]) => id)
  const ready = await allBecome(installed, 'downloadable', ({ profile }) => profile?.smdp === 'released')
  expect(await faultsLeft()).toEqual([])
  for (const order of ready) await install(stack, order)
  await allBecome([...wanted.keys()], 'closed', ({ closed }) => closed)
  await expectRight(stack, wanted, 3 * stockSize)
}, 120_000)
