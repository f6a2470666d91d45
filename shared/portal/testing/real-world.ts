import { randomBytes } from 'node:crypto'
import sample from '../../../operator.json'
import { createWorld, quiet, type World } from '../../../test/support/order-world'
import { inlinePlan } from '../../../test/support/plans'
import { parseOperator } from '../../domain/operator'
import { createPortal } from '../app'
import { assetsOf } from '../assets'
import { fakeBilling } from './fakes'
import { Browser, origin } from './world'

/** The portal on the real order process, with the SM-DP+'s state machine behind it. `another`: a browser of its own. */
export async function realWorld(): Promise<{ world: World; browser: Browser; another: () => Browser }> {
  const world = await createWorld()
  const parsed = parseOperator(sample)
  if (!parsed.ok) throw new Error('the sample operator.json is not valid')
  const plans = parsed.operator.plans.map((plan) => ({ ...plan, profileType: inlinePlan.profileType }))
  const portal = createPortal({
    documents: world.documents,
    orders: world.orders,
    billing: fakeBilling(),
    operator: { ...parsed.operator, plans },
    publicUrl: origin,
    loginKey: async () => new Uint8Array(32).fill(3),
    clock: () => new Date(world.now),
    randomBytes,
    log: quiet,
    assets: assetsOf({}),
  })
  return { world, browser: new Browser(portal), another: () => new Browser(portal) }
}
