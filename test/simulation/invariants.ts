/** What must hold once everything works again and enough time has passed. Each broken rule is one sentence. */
import type { Order, ParkReason, Profile } from '../../shared/domain/order/order'
import { hasEnded } from '../../shared/domain/order/order'
import { readSettled } from '../../shared/fulfilment/purchase-records'
import { readSim } from '../../shared/fulfilment/sims'
import { listStock, type StockRow } from '../../shared/fulfilment/stock'
import type { Account } from './partners'
import type { World } from './world'

type Tell = (text: string) => void

export async function brokenRules(world: World, profileTypes: readonly string[]): Promise<string[]> {
  const broken = [...new Set(world.violations)]
  const tell: Tell = (text) => {
    broken.push(text)
  }
  for (const order of world.store.orders.values()) {
    const about: Tell = (text) => tell(`order ${order.id} (${nameOf(order)}): ${text}`)
    notStranded(world, order, about)
    moneyFollowsTheDelivery(world, order, about)
    oneLiveProfile(world, order, about)
    failuresAreBounded(world, order, about)
    logExplains(world, order, about)
    await isInTheRecords(world, order, about)
  }
  const rows = new Map<string, StockRow>()
  for await (const row of listStock(world.store.memory, profileTypes)) rows.set(row.iccid, row)
  for (const { iccid, state } of world.truth.registry.snapshot().profiles)
    await iccidIsAccountedFor(world, iccid, state, rows.get(iccid), (text) =>
      tell(`ICCID …${iccid.slice(-4)}: ${text}`),
    )
  for (const { orderId } of world.truth.accounts.values())
    if (!world.store.orders.has(orderId)) tell(`money was reserved for an order that does not exist`)
  return broken
}

export function nameOf({ stage }: Order): string {
  return stage.state === 'parked' ? `parked, ${stage.reason}` : stage.state
}

export function isParked(order: Order, ...reasons: ParkReason[]): boolean {
  return order.stage.state === 'parked' && (reasons.length === 0 || reasons.includes(order.stage.reason))
}

/** Every order has come to its end, or waits for staff; whatever is not closed is in the open index. */
function notStranded(world: World, order: Order, tell: Tell): void {
  const { markers } = world.store
  if (!hasEnded(order) && !isParked(order)) tell('is stranded')
  if (!order.closed && !isParked(order)) tell('is not closed')
  if (order.closed && isParked(order)) tell('was parked after it had been closed')
  const marker = markers.get(order.id)
  if (order.closed ? marker !== undefined : marker === undefined)
    tell(order.closed ? 'is closed and still in the open index' : 'is open and not in the open index')
  if (marker !== undefined && order.checkAt !== undefined && marker.checkAt > order.checkAt)
    tell('has a marker later than what it wants')
}

/** Whoever exports the day on which an order was closed finds it there, once; what was no purchase is in no export. */
async function isInTheRecords(world: World, order: Order, tell: Tell): Promise<void> {
  if (order.closedAt === undefined) return order.closed ? tell('is closed, and nobody knows since when') : undefined
  let found = 0
  for await (const { id } of readSettled(world.store.memory, new Date(order.closedAt))) if (id === order.id) found += 1
  const { stage } = order
  const wanted = stage.state === 'cancelled' && stage.because === 'duplicate' ? 0 : 1
  if (found !== wanted) tell(`is in the records ${found} times`)
}

/** The profiles that were installed with a code of this order. */
function installedOf(world: World, order: Order): Profile[] {
  return profilesOf(order).filter((profile) => {
    const known = world.truth.registry.get(profile.iccid)
    const installed = known?.state === 'Installed' && known.matchingId === profile.matchingId
    return installed && !world.truth.gone.has(profile.matchingId)
  })
}

function profilesOf(order: Order): Profile[] {
  return order.profile === undefined ? order.retired : [order.profile, ...order.retired]
}

/** Park reasons with which an eSIM may be on the device and not be paid for: each tells staff what to settle. */
const unpaid: readonly ParkReason[] = [
  'capture-refused',
  'no-install-evidence',
  'download-failed',
  'retries-used-up',
  'line-refused',
  'smdp-refused',
  'stock-mismatch',
]
/** Park reasons with which the money may be given back, or be on its way back. */
/** Park reasons with which money may have been collected for what was called off: it is to be given back. */
const unreturned: readonly ParkReason[] = ['refund-due', 'void-refused', 'retries-used-up', 'line-refused']
const paidBack: readonly ParkReason[] = [
  'void-refused',
  'refund-due',
  'retries-used-up',
  'stock-mismatch',
  'line-refused',
]

/** What was bought is where it should be: the eSIM on the device, or the balance on the SIM. */
export function isDelivered(world: World, order: Order): boolean {
  if (order.topUp === undefined) return installedOf(world, order).length > 0
  if (world.store.past.has(order.id)) return true
  const sim = world.store.sims.get(order.topUp.iccid)
  return sim?.grants.some(({ orderId }) => orderId === order.id) === true
}

/** What the person has paid in the end. */
export function paidFor(world: World, order: Order): number {
  const accounts = [...world.truth.accounts.values()].filter(({ orderId }) => orderId === order.id)
  return accounts.reduce((total, { captured, refunded }) => total + captured - refunded, 0)
}

function moneyFollowsTheDelivery(world: World, order: Order, tell: Tell): void {
  const accounts = [...world.truth.accounts.values()].filter(({ orderId }) => orderId === order.id)
  const sum = (of: keyof Omit<Account, 'orderId'>) => accounts.reduce((total, account) => total + account[of], 0)
  const [authorised, captured, voided] = [sum('authorised'), sum('captured'), sum('voided')]
  const kept = captured - sum('refunded')
  const delivered = isDelivered(world, order)
  const price = order.plan.price.amountMinor
  if (authorised > price) tell('was authorised twice')
  if (captured > price) tell('was paid for twice')
  if (captured > 0 && voided > 0) tell('was paid for and paid back')
  if (kept > 0 && !delivered && !isParked(order, ...unreturned)) tell('was paid for and not delivered')
  if (authorised > 0 && kept === 0 && voided + captured > 0 && delivered) tell('was delivered and paid back')
  if (delivered && kept === 0 && !isParked(order, ...unpaid)) tell('was delivered and not paid for')
  if (voided > 0 && isParked(order) && !isParked(order, ...paidBack)) tell('was paid back for the wrong reason')
  if (!isParked(order) && captured + voided !== authorised) tell('still holds money that was reserved')
  if (isParked(order, 'capture-refused') && (captured > 0 || !delivered)) tell('the capture was not refused')
  if (isParked(order, 'void-refused') && voided > 0) tell('the void was not refused')
  if (isParked(order, 'refund-due') && kept === 0) tell('the refund was not refused')
  if (order.payment.status === 'captured' && captured === 0) tell('believes that it was paid for')
  if (order.payment.status === 'voided' && voided === 0) tell('believes that it was paid back')
  if (order.payment.status === 'refunded' && kept > 0) tell('believes that it was refunded')
}

/** What a failed download leads to is bounded, and somebody said that it failed. */
export function failuresAreBounded(world: World, order: Order, tell: Tell): void {
  const { retrySame, freshProfile } = order.remedies
  const claimed = world.truth.claimed.has(order.id)
  const failed = failedDownloads(world, order)
  if (retrySame > 3) tell('had the same code tried again more than three times')
  if (freshProfile > 1) tell('got more than one fresh profile')
  if (retrySame > 0 && !claimed) tell('had the same code tried again, and no device had said that it failed')
  const { stage } = order
  const ended = stage.state === 'cancelled' && stage.because === 'download-failed'
  if (ended && !claimed) tell('ended because of a failed download, and no device had said so')
  if (!isParked(order, 'download-failed') || isSameAgain(order)) return
  const tooLate = order.log.some(({ detail }) => detail === 'too late to cancel')
  if (order.problem?.source === 'device' ? !claimed : failed < 2 && !(failed === 1 && (claimed || tooLate)))
    tell('waits for staff because of failed downloads, and nobody reported as many')
}

/** The SM-DP+ chose the same ICCID again: no notice tells which of its two profiles it is about. */
function isSameAgain({ profile, retired }: Order): boolean {
  return retired.some(({ iccid }) => iccid === profile?.iccid)
}

/** Profiles of the order whose download failed, by the SM-DP+'s own word. */
function failedDownloads(world: World, order: Order): number {
  return world.truth.failed.get(order.id)?.size ?? 0
}

/** Of all profiles of an order at most one can be on a device or on its way there; of an order that was called off, none. */
function oneLiveProfile(world: World, order: Order, tell: Tell): void {
  const live = profilesOf(order).filter(({ iccid, matchingId }) => {
    const known = world.truth.registry.get(iccid)
    return (
      known?.matchingId === matchingId &&
      !world.truth.gone.has(matchingId) &&
      ['Confirmed', 'Released', 'Downloaded', 'Installed'].includes(known.state)
    )
  })
  if (live.length > 1) tell('has two live profiles')
  if ((order.stage.state === 'cancelled' || order.stage.state === 'expired') && live.length > 0)
    tell('was called off and has a live profile')
  if (order.stage.state !== 'active' || order.topUp !== undefined) return
  const [installed, ...others] = installedOf(world, order)
  if (installed === undefined || others.length > 0) tell('is active without an installed eSIM')
  else if (!world.truth.lines.has(installed.iccid)) tell('is active without a line')
}

/** The log tells every state that the order was written in, and ends with the one that it is in. Every answer was taken note of. */
function logExplains(world: World, order: Order, tell: Tell): void {
  const states = world.store.states.get(order.id) ?? []
  const told = order.log.map(({ what }) => what)
  if (order.logDropped === 0) {
    let from = 0
    for (const state of states) {
      const found = told.indexOf(state, from)
      if (found < 0) tell(`was ${state}, and the log does not say so`)
      else from = found
    }
  }
  const last = told.filter((what) => stateNames.has(what)).at(-1)
  if (last !== undefined && last !== order.stage.state) tell(`the log ends with ${last}`)
  const home = new Map<string, number>()
  for (const { orderId, key } of world.broughtHome) if (orderId === order.id) home.set(key, (home.get(key) ?? 0) + 1)
  for (const [key, answers] of home)
    if ((order.tries[key]?.answered ?? 0) < answers) tell(`an answer to ${key} was ignored`)
}

const stateNames: ReadonlySet<string> = new Set([
  'placed',
  'ready',
  'downloading',
  'installed',
  'active',
  'cancelling',
  'cancelled',
  'expired',
  'parked',
])

/** Free, resting, out of stock by decision, listed as a possible orphan, or owned by exactly one order. */
async function iccidIsAccountedFor(
  world: World,
  iccid: string,
  state: string,
  row: StockRow | undefined,
  tell: Tell,
): Promise<void> {
  const orders = [...world.store.orders.values()]
  const owners = orders.filter((order) =>
    profilesOf(order).some((profile) => profile.iccid === iccid && owns(order, profile)),
  )
  const sim = await readSim(world.store.memory, iccid as StockRow['iccid'])
  const line = world.truth.lines.get(iccid)
  if (world.truth.robbed.has(iccid)) tell('was taken away from somebody else')
  if (owners.filter((order) => !mayHaveLost(order, iccid)).length > 1) tell('has two owners')
  const [owner] = owners
  if (owner === undefined && line !== undefined && !noted(orders, iccid, 'lineMayReopen'))
    tell('has a line and no owner')
  if (owner === undefined && sim !== undefined && !noted(orders, iccid, 'balanceMayReturn'))
    tell('has a balance and no owner')
  if (row === undefined) {
    const byType = world.rules.orderByProfileTypeOnly
    const orphans = orders.some(
      (order) => isParked(order, 'possible-orphan', 'smdp-refused') || mayHaveProbed(order, iccid),
    )
    const { matchingId = '' } = world.truth.registry.get(iccid) ?? {}
    const excused = state === 'Available' || orphans || world.truth.gone.has(matchingId)
    if (owner === undefined && !(byType && excused)) tell('is in nobody’s hands')
    return
  }
  if (row.state === 'free') {
    if (owner !== undefined) tell('is free and has an owner')
    if (state !== 'Available' && !world.truth.foreign.has(iccid)) tell(`is free, and ${state} at the SM-DP+`)
  }
  if (row.state === 'claimed' && (owner?.id !== row.orderId || owner === undefined)) tell('is claimed and not owned')
  if (row.state === 'quarantine') {
    const resting = row.orderId === undefined ? undefined : world.store.orders.get(row.orderId)
    if (resting === undefined || resting.closed) tell('rests for an order that has forgotten it')
  }
  if (row.state === 'unavailable' && row.reason === undefined) tell('is unavailable for no reason')
}

/**
 * A probe of this ICCID was never answered and may be carried out after the cancellation. An ICCID of our stock is cancelled a second
 * time after its quarantine; one that the SM-DP+ chose may by then be somebody else's, so it is left for staff to find.
 */
function mayHaveProbed(order: Order, iccid: string): boolean {
  return order.retired.some(({ iccid: known, number }) => {
    const probes = order.tries[`probeProfile:${number}`]
    return known === iccid && probes !== undefined && probes.attempts > probes.answered
  })
}

/** Likewise for line and balance of an ICCID that the SM-DP+ chose: that they may come back is noted, and not undone. */
function noted(orders: readonly Order[], iccid: string, what: 'lineMayReopen' | 'balanceMayReturn'): boolean {
  return orders.some(({ retired }) =>
    retired.some((profile) => profile.iccid === iccid && profile.stock === 'foreign' && profile[what] === true),
  )
}

/** An SM-DP+ that chooses the ICCID may give a cancelled one to the next; a cancellation that it then refuses is for staff to look into. */
function mayHaveLost(order: Order, iccid: string): boolean {
  return order.profile?.iccid === iccid && order.profile.stock === 'foreign' && isParked(order, 'smdp-refused')
}

function owns(order: Order, profile: Profile): boolean {
  const { stock, smdp } = profile
  if (stock === 'foreign') return smdp !== 'cancelled' || profile === order.profile
  return stock === 'claimed' || stock === 'used' || stock === 'quarantined'
}
