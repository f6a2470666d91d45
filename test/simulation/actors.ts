/** People and their devices: they buy, look, change their minds, download, and press everything twice. */
import type { ProfileEvent } from '../../local/smdp/profile'
import { type DownloadErrorCode, downloadErrorRules } from '../../shared/domain/download-error-rules'
import type { Iccid } from '../../shared/domain/identifiers'
import { canCancel, canHandOver } from '../../shared/domain/order/apply'
import type { OrderEvent } from '../../shared/domain/order/event'
import { hasEnded, type Order, type Purchase } from '../../shared/domain/order/order'
import type { ProgressNotice } from '../../shared/platform/es2plus/notice'
import { cancelShare } from './faults'
import type { World } from './world'

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
export const BUDGET = { budgetMs: 2_500 }

/** One person with one device and one purchase in mind. */
export async function person(world: World, purchase: Purchase): Promise<string> {
  const { scheduler, random, plan } = world.wire
  world.busy += 1
  await scheduler.step(undefined, random.below(random.pick([1, 20, 90]) * SECOND))
  const orderId = await buy(world, purchase)
  for (
    let visit = random.below(8) + (plan.aim === 'probeProfile' || plan.aim === 'refund' ? 2 : 0);
    visit > 0;
    visit--
  ) {
    await scheduler.step(undefined, random.pick([0, SECOND, 5 * SECOND, MINUTE, 10 * MINUTE, 2 * HOUR, 26 * HOUR]))
    const seen = await world.request((app) => app.orders.read(orderId))
    if (!seen.ok || seen.value === undefined) continue
    if (hasEnded(seen.value)) break
    await look(world, seen.value)
  }
  world.busy -= 1
  return orderId
}

export async function buy(world: World, purchase: Purchase): Promise<string> {
  const { scheduler, random } = world.wire
  const press = () => world.request((app) => app.orders.place(purchase, BUDGET))
  for (let tries = 0; tries < 4; tries++) {
    const replies = await Promise.all(random.chance(0.2) ? [press(), press()] : [press()])
    for (const reply of replies) if (reply.ok) return reply.value.id
    await scheduler.step(undefined, SECOND + random.below(20 * SECOND))
  }
  return purchase.id
}

async function look(world: World, order: Order): Promise<void> {
  const { random, plan } = world.wire
  // The app launches the portal with what it has kept of earlier downloads: true, old or made up.
  if (random.chance(0.07)) await claimFailure(world, order, random.pick(failureCodes))
  if (canCancel(order) && random.chance(cancelShare(plan, order.handover !== undefined))) {
    const cancel = () => world.request((app) => app.orders.send(order.id, { type: 'cancel' }, BUDGET))
    // Whoever cancels while the device is at it lets the SM-DP+ decide.
    if (random.chance(0.5)) await cancel()
    else await Promise.all([cancel(), download(world, order)])
  } else if (canHandOver(order) && random.chance(0.8)) {
    const given = await world.request((app) => app.orders.send(order.id, { type: 'handover' }, BUDGET))
    if (given.ok && given.value?.handover !== undefined && random.chance(plan.aim === 'probeProfile' ? 0.2 : 0.85))
      await download(world, given.value)
  } else await world.request((app) => app.orders.send(order.id, { type: 'wake' }, BUDGET))
}

/** Every code of the table, and one that no table has. */
const failureCodes = [
  ...(Object.keys(downloadErrorRules) as DownloadErrorCode[]).filter((code) => code !== 'Success'),
  'InstallFailed',
]

const failures: ProfileEvent[] = [
  { type: 'installation', success: false },
  { type: 'cancelSession', reason: 'endUserRejection' },
  { type: 'cancelSession', reason: 'loadBppExecutionError' },
  { type: 'cancelSession', reason: 'timeout' },
]

/** The device uses the code that its person was given, as far as the SM-DP+ lets it. */
async function download(world: World, order: Order): Promise<void> {
  const { scheduler, random } = world.wire
  const { profile, handover } = order
  if (profile === undefined || handover === undefined) return
  const eid = order.device.eid ?? '89044045930000000000009999999900'
  const step = async (event: ProfileEvent): Promise<boolean> => {
    await scheduler.step(undefined, random.pick([0, 0, SECOND, 10 * SECOND, MINUTE]))
    const current = world.truth.registry.byMatchingId(profile.matchingId, eid)
    if (current === undefined) return false
    const { ok, notice } = world.truth.registry.apply(current, event, new Date(scheduler.now))
    if (notice?.success === false) {
      const failed = world.truth.failed.get(order.id) ?? new Set()
      world.truth.failed.set(order.id, failed.add(profile.matchingId))
    }
    if (notice !== undefined)
      void tell(world, current.iccid, notice.point, notice.success, notice.success ? undefined : notice.code)
    return ok
  }
  if (random.chance(0.05)) {
    await step({ type: 'ineligible', code: '8.2.5/4.3' })
    return
  }
  if (!(await step({ type: 'authenticate', eid })) || random.chance(0.05))
    return claimFailure(world, order, random.pick(failureCodes))
  if (!(await step({ type: 'package', eid })) || random.chance(0.05)) return
  const failure = random.chance(0.25) ? random.pick(failures) : undefined
  if (!(await step(failure ?? { type: 'installation', success: true }))) return
  if (failure === undefined && random.chance(0.3)) void use(world, order.id, profile.iccid)
  if (failure === undefined) await claimSuccess(world, order)
  else await claimFailure(world, order, random.pick(failureCodes))
}

/** The eSIM is used, and charging tells the app, sooner or later. */
async function use(world: World, orderId: string, iccid: Iccid): Promise<void> {
  const { scheduler, random } = world.wire
  world.busy += 1
  const at = new Date(scheduler.now).toISOString()
  await scheduler.step(undefined, random.below(random.pick([SECOND, MINUTE, 3 * HOUR])))
  await world.request((app) => app.orders.send(orderId, { type: 'usage', iccid, at }, BUDGET))
  world.busy -= 1
}

/** A failure as listener and launch headers report it, once, more than once, or not at all. Whatever it says costs nobody anything. */
async function claimFailure(world: World, order: Order, code: string): Promise<void> {
  const { scheduler, random } = world.wire
  const { profile } = order
  if (profile === undefined) return
  for (let tells = random.pick([0, 0, 1, 1, 2, 3]); tells > 0; tells--) {
    const known = world.truth.registry.get(profile.iccid)
    // The list of profiles is true: what the device says it has, it has.
    const listed = known?.state === 'Installed' && known.matchingId === profile.matchingId
    const spelling = random.pick([code, code.charAt(0).toLowerCase() + code.slice(1), code.toUpperCase()])
    const iccid = random.chance(0.5) ? profile.iccid : undefined
    const onDevice = random.chance(0.5) ? listed : undefined
    const event: OrderEvent = { type: 'deviceResult', iccid, code: spelling, onDevice }
    world.truth.claimed.add(order.id)
    await world.request((app) => app.orders.send(order.id, event, BUDGET))
    await scheduler.step(undefined, random.pick([0, SECOND, 10 * MINUTE]))
  }
}

/** What the page's listeners report of a download that succeeded, or do not. */
async function claimSuccess(world: World, order: Order): Promise<void> {
  const { random } = world.wire
  const iccid = random.chance(0.5) ? order.profile?.iccid : undefined
  const send = (event: OrderEvent) => world.request((app) => app.orders.send(order.id, event, BUDGET))
  if (random.chance(0.4)) await send({ type: 'deviceResult', iccid, code: 'Success' })
  if (random.chance(0.5))
    await send({ type: 'registration', iccid, state: random.pick(['searching', 'home', 'roaming']) })
}

/** The SM-DP+ tells the operator: a few tries, and the network in between does what it likes. */
async function tell(world: World, iccid: string, point: number, success: boolean, statusCode?: string): Promise<void> {
  const { scheduler, random, plan } = world.wire
  const fault = plan.drawMessage('notice')
  if (fault === 'lose') return
  const notice: ProgressNotice = {
    iccid: iccid as Iccid,
    point,
    status: success ? 'success' : 'failed',
    ...(statusCode === undefined ? {} : { statusCode }),
  }
  const deliver = async (delayMs: number) => {
    world.busy += 1
    await scheduler.step(undefined, delayMs)
    for (let tries = 0; tries < 3; tries++) {
      if ((await world.request((app) => app.notices.record(notice))).ok) break
      await scheduler.step(undefined, 10 * SECOND)
    }
    world.busy -= 1
  }
  const most = point === 4 && success ? 3 * HOUR : 8 * MINUTE
  await Promise.all([
    deliver(fault === 'delay' ? random.below(most) : random.below(300)),
    ...(fault === 'repeat' ? [deliver(random.below(MINUTE)), deliver(random.below(5 * MINUTE))] : []),
  ])
}
