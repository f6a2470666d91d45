/** Many people who buy at once, whatever happens to the app meanwhile, and what must hold in the end. */

import type { Order } from '../../shared/domain/order/order'
import type { Random } from '../simulation/random'
import { eventually, type OperatorJson, type Stack } from '../support/stack'
import { expectRight } from './books'
import { sweepNow, turnSmdp } from './controls'
import { type Ending, type Journey, OrderWatch, travel } from './journey'

/** Ready at once, downloadable later, online later. */
const plans = ['travel-2', 'regional-20', 'home-50']

const endings: readonly Ending[] = [
  ...(['installs', 'installs', 'installs', 'installs', 'installs'] as const),
  ...(['cancels at once', 'cancels at once', 'cancels when ready', 'races', 'leaves'] as const),
]

/** Every plan with every ending, a few people with several devices. */
export function crowdOf(count: number, random: Random): readonly Journey[] {
  return Array.from({ length: count }, (_, number) => ({
    number,
    subscriberId: `person-${number % Math.ceil(count / 4)}`,
    plan: plans[number % plans.length] ?? '',
    ending: endings[Math.floor(number / 3) % endings.length] ?? 'installs',
    doubleClick: random.chance(0.2),
  }))
}

/** Delays and rests of seconds: a held profile is released, and an asynchronous line opened, six seconds after the order is ready. */
export function hurriedOperator(operator: OperatorJson): void {
  operator.smdp.callTimeoutSeconds = 3
  for (const plan of operator.plans) {
    if (plan.downloadAfter > 0) plan.downloadAfter = 5
    if (plan.registerAfter > 0) plan.registerAfter = 5
  }
  operator.fulfilment = { releaseMarginMinutes: 4.9, quarantineMinutes: 0.05, registrationWaitMinutes: 0.02 }
}

/** Whether nothing more is to come, short of the person. */
function isAtRest(order: Order, ending: Ending): boolean {
  if (ending !== 'leaves') return order.closed
  return order.stage.state === 'ready' && order.profile?.smdp === 'released' && order.profile.line === 'on'
}

/**
 * Lets all of them travel, with `trouble` meanwhile, and compares all books when every order is at rest.
 *
 * @param stocked ICCIDs of each profile type
 * @param trouble goes on as long as somebody is under way, and ends by itself
 * @returns milliseconds from the first step to the last of a person, and until every order was at rest
 */
export async function expectAllToArrive(
  stack: Stack,
  journeys: readonly Journey[],
  {
    stocked,
    longestMs,
    trouble,
  }: { stocked: number; longestMs: number; trouble: (isBusy: () => boolean) => Promise<unknown> },
): Promise<{ travelledMs: number; restedMs: number }> {
  const started = performance.now()
  // Calls take a moment, so that trouble meets them; notices are sent until they are taken.
  await turnSmdp(stack, 'faults', { function: 'any', mode: 'slow', delayMs: 60 })
  await turnSmdp(stack, 'notices', {
    retryDelaysMs: Array.from({ length: 20 }, (_, n) => Math.min(200 * (n + 1), 2_000)),
  })
  const watch = new OrderWatch(stack)
  const wanted = new Map<string, Ending>()
  const atRest = () =>
    wanted.size === journeys.length &&
    watch.orders.every((order) => isAtRest(order, wanted.get(order.id) ?? 'installs'))
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
  const troubled = trouble(() => !atRest())
  await Promise.all(
    journeys.map(async (journey) => {
      const id = await travel(stack, watch, journey)
      wanted.set(id, journey.ending)
    }),
  )
  const travelledMs = performance.now() - started
  await troubled
  await eventually('every order to be at rest', async () => atRest(), longestMs - (performance.now() - started))
  const restedMs = performance.now() - started
  over = true
  await watching
  await expectRight(stack, wanted, plans.length * stocked)
  return { travelledMs, restedMs }
}
