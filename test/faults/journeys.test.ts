/**
 * Many people at once, and the app is killed again and again at random moments: every order ends right, and all books agree. The real
 * app in the local host, on either engine, with the SM-DP+ simulator and the stand-ins over HTTP. `TEST_SEED` plays the same people and
 * the same times of the kills again.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../simulation/random'
import { type Stack, startStack } from '../support/stack'
import { crowdOf, expectAllToArrive, hurriedOperator } from './crowd'

const full = process.env.TEST_SIZE === 'full'
const count = full ? 200 : 40
const kills = full ? 12 : 5
const longestMs = full ? 240_000 : 150_000
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)
const random = createRandom(seed)

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ stock: count, operator: hurriedOperator })
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

test(
  `${count} purchases at once, and the app killed ${kills} times: each ends as its person wanted, once`,
  async () => {
    console.info(`TEST_SEED=${seed}`)
    let killed = 0
    const trouble = async (isBusy: () => boolean) => {
      killed = await keepKilling(isBusy)
    }
    const took = await expectAllToArrive(stack, crowdOf(count, random), { stocked: count, longestMs, trouble })
    console.info(JSON.stringify({ count, killed, ...took }))
    expect(killed, 'the work was over before the kills').toBe(kills)
  },
  longestMs + 30_000,
)
