/**
 * Many people at once, and the app is killed again and again at random moments: every order ends right, and all books agree. The real
 * app in the local host, on Azurite, with the SM-DP+ simulator and the stand-ins over HTTP. `TEST_SEED` plays the same people and the
 * same times of the kills again.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Order } from '../../shared/domain/order/order'
import { createRandom } from '../simulation/random'
import { eventually, type Stack, startStack } from '../support/stack'
import { expectRight } from './books'
import { sweepNow, turnSmdp } from './controls'
import { type Ending, type Journey, OrderWatch, travel } from './journey'

const full = process.env.TEST_SIZE === 'full'
const count = full ? 200 : 40
const kills = full ? 12 : 5
const longestMs = full ? 240_000 : 150_000
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)
const random = createRandom(seed)
const stockSize = count
/** Ready at once, downloadable later, online later. */
const plans = ['travel-2', 'regional-20', 'home-50']

const endings: readonly Ending[] = [
  ...(['installs', 'installs', 'installs', 'installs', 'installs'] as const),
  ...(['cancels at once', 'cancels at once', 'cancels when ready', 'races', 'leaves'] as const),
]
/** Every plan with every ending, a few people with several devices. */
const journeys: readonly Journey[] = Array.from({ length: count }, (_, number) => ({
  number,
  subscriberId: `person-${number % Math.ceil(count / 4)}`,
  plan: plans[number % plans.length] ?? '',
  ending: endings[Math.floor(number / 3) % endings.length] ?? 'installs',
  doubleClick: random.chance(0.2),
}))

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    stock: stockSize,
    operator(operator) {
      operator.smdp.callTimeoutSeconds = 3
      for (const plan of operator.plans) {
        if (plan.downloadAfter > 0) plan.downloadAfter = 5
        if (plan.registerAfter > 0) plan.registerAfter = 5
      }
      // Delays and rests of seconds: a held profile is released, and an asynchronous line opened, six seconds after the order is ready.
      operator.fulfilment = { releaseMarginMinutes: 4.9, quarantineMinutes: 0.05, registrationWaitMinutes: 0.02 }
    },
  })
}, 60_000)
afterAll(() => stack.stop())

/** Kills and restarts the app at random moments for as long as somebody is under way. */
async function keepKilling(isBusy: () => boolean): Promise<number> {
  let killed = 0
  while (killed < kills) {
    await new Promise((resolve) => setTimeout(resolve, 300 + random.below(full ? 4_000 : 2_000)))
    if (!isBusy()) break
    await stack.killHost()
    killed += 1
    await stack.startHost()
  }
  return killed
}

/** Whether nothing more is to come, short of the person. */
function isAtRest(order: Order, ending: Ending): boolean {
  if (ending !== 'leaves') return order.closed
  return order.stage.state === 'ready' && order.profile?.smdp === 'released' && order.profile.line === 'on'
}

test(
  `${count} purchases at once, and the app killed ${kills} times: each ends as its person wanted, once`,
  async () => {
    console.info(`TEST_SEED=${seed}`)
    const started = performance.now()
    // Calls take a moment, so that kills meet them; notices are sent until they are taken.
    await turnSmdp(stack, 'faults', { function: 'any', mode: 'slow', delayMs: 60 })
    await turnSmdp(stack, 'notices', {
      retryDelaysMs: Array.from({ length: 20 }, (_, n) => Math.min(200 * (n + 1), 2_000)),
    })
    const watch = new OrderWatch(stack)
    const wanted = new Map<string, Ending>()
    const atRest = () =>
      wanted.size === count && watch.orders.every((order) => isAtRest(order, wanted.get(order.id) ?? 'installs'))
    let over = false
    const watching = (async () => {
      let swept = 0
      while (!over) {
        await watch.look()
        if (performance.now() - swept > 2_000) {
          swept = performance.now()
          // Between a kill and the restart nobody sweeps.
          await sweepNow(stack).catch(() => undefined)
        }
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    })()
    const killing = keepKilling(() => !atRest())
    await Promise.all(
      journeys.map(async (journey) => {
        const id = await travel(stack, watch, journey)
        wanted.set(id, journey.ending)
      }),
    )
    const travelled = performance.now()
    const killed = await killing
    await eventually('every order to be at rest', async () => atRest(), longestMs - (performance.now() - started))
    over = true
    await watching
    const seconds = (from: number) => Math.round((performance.now() - from) / 1000)
    console.info(
      JSON.stringify({ count, killed, tookSeconds: seconds(started), settledWithinSeconds: seconds(travelled) }),
    )
    expect(killed, 'the work was over before the kills').toBe(kills)
    await expectRight(stack, wanted, 3 * stockSize)
  },
  longestMs + 30_000,
)
