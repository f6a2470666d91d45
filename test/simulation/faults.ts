/** What goes wrong, where and how often. */
import { type EffectName, systemOf } from '../../shared/domain/order/effect'
import type { Random } from './random'

/**
 * Faults at a step. Each step of the app is a call to something outside, with a boundary before it takes effect and one after:
 * - `crash…`: the process ends there; `stall…`: it freezes for longer than a lease, then goes on as if nothing had happened;
 * - `fails`: no effect, and an answer that says so or leaves it open;
 * - `half`: it has its effect and the answer is lost;
 * - `late`: it has its effect after the caller gave up;
 * - `slow`: it has its effect at once, and the answer comes when it may be too late;
 * - `refused`: the other side says no (partners only);
 * - `lose`, `repeat`, `delay`: what happens to messages.
 */
export const faults = [
  'crash before',
  'crash after',
  'stall before',
  'stall after',
  'fails',
  'half',
  'late',
  'slow',
  'refused',
  'lose',
  'repeat',
  'delay',
] as const
export type Fault = (typeof faults)[number]

/** A row of the table: an effect of an order, or a step of the machinery around it. */
export type Place = EffectName | Machinery
export type Machinery =
  | 'order read'
  | 'order insert'
  | 'order write'
  | 'marker read'
  | 'marker insert'
  | 'marker write'
  | 'marker delete'
  | 'marker list'
  | 'SIM read'
  | 'SIM write'
  | 'calendar list'
  | 'calendar delete'
  | 'record insert'
  | 'wake'
  | 'notice'

/** Every effect, so that a new one does not compile until the simulation knows it. */
const effects: Record<EffectName, true> = {
  claimSlot: true,
  listOrder: true,
  pickIccid: true,
  claimIccid: true,
  quarantineIccid: true,
  returnIccid: true,
  withdrawIccid: true,
  useIccid: true,
  grantBalance: true,
  startClock: true,
  revokeBalance: true,
  listLine: true,
  scheduleRenewal: true,
  endSubscription: true,
  authorise: true,
  capture: true,
  void: true,
  refund: true,
  reserveByType: true,
  downloadOrder: true,
  confirmOrder: true,
  releaseProfile: true,
  cancelOrder: true,
  probeProfile: true,
  activateLine: true,
  deactivateLine: true,
}
const effectNames = Object.keys(effects) as EffectName[]
const partnerEffects: Place[] = effectNames.filter((effect) => systemOf(effect) !== 'store')
const reads: Place[] = ['order read', 'marker read', 'marker list', 'calendar list', 'SIM read', 'pickIccid']
const writes: Place[] = [
  'order insert',
  'order write',
  'marker insert',
  'marker write',
  'marker delete',
  'calendar delete',
  'record insert',
  'SIM write',
]

/** Every row, in the order of the table. */
export const places: readonly Place[] = [
  ...effectNames,
  ...reads.filter((place) => place !== 'pickIccid'),
  ...writes,
  'wake',
  'notice',
]

const ends: Fault[] = ['crash before', 'crash after', 'stall before', 'stall after']

/** The faults that make sense at a place: what only reads has no effect to be half done or late. */
export function faultsOf(place: Place): readonly Fault[] {
  if (place === 'notice') return ['lose', 'repeat', 'delay']
  if (place === 'wake') return [...ends, 'fails', 'half', 'late', 'slow', 'lose', 'repeat', 'delay']
  if (reads.includes(place)) return [...ends, 'fails', 'slow']
  const most: Fault[] = [...ends, 'fails', 'half', 'late', 'slow']
  return partnerEffects.includes(place) ? [...most, 'refused'] : most
}

/** How often each was reached: `place|fault`. */
export type Reached = Map<string, number>

export interface FaultPlan {
  /** The place that this run means to try. */
  readonly aim: Place | undefined
  /** What happens at this step; undefined: nothing. */
  draw(place: Place): Fault | undefined
  /** What happens to this message on its way. */
  drawMessage(place: 'wake' | 'notice'): Fault | undefined
  /** From now on everything works. */
  heal(): void
  readonly healed: boolean
}

/** Places that few orders come to are aimed at more often. A probe takes the most: somebody must cancel whose answer is lost. */
const aims: readonly Place[] = [
  ...places,
  ...Array.from({ length: 12 }, (): Place => 'probeProfile'),
  ...Array.from({ length: 4 }, (): Place[] => ['deactivateLine', 'deactivateLine', 'capture', 'releaseProfile']).flat(),
  ...Array.from({ length: 3 }, (): Place[] => [
    'reserveByType',
    'useIccid',
    'startClock',
    'withdrawIccid',
    'void',
    'revokeBalance',
    'returnIccid',
    'refund',
    'endSubscription',
    'scheduleRenewal',
    'calendar list',
    'calendar delete',
    'SIM write',
  ]).flat(),
]
/** Places that are only reached when a purchase is called off. */
const undoing: ReadonlySet<Place> = new Set([
  'cancelOrder',
  'probeProfile',
  'deactivateLine',
  'revokeBalance',
  'void',
  'quarantineIccid',
  'returnIccid',
])

/** How likely a person calls the order off at each look, so that the run's aim is met. */
export function cancelShare({ aim }: FaultPlan, handedOver: boolean): number {
  if (aim === 'probeProfile') return handedOver ? 0.8 : 0
  if (aim === 'refund') return 0
  return aim !== undefined && undoing.has(aim) ? 0.5 : 0.15
}

/** What must go wrong first so that the aim is come to: on each occasion, or once. */
const lures: Partial<Record<Place, { place: Place; fault: Fault; once: boolean }>> = {
  probeProfile: { place: 'cancelOrder', fault: 'half', once: true },
  refund: { place: 'activateLine', fault: 'refused', once: false },
}

const messageFaults: ReadonlySet<Fault> = new Set(['lose', 'repeat', 'delay'])
const rare: ReadonlySet<Fault> = new Set(['crash before', 'crash after', 'stall before', 'stall after'])

/** A general rate of faults, and in most runs one place and fault that are tried on purpose, so that no cell is left to luck. */
export function createFaultPlan(random: Random, reached: Reached): FaultPlan {
  const rate = random.pick([0, 0.01, 0.03, 0.08, 0.2])
  const refusals = random.chance(0.3)
  const aim = random.chance(0.8) ? random.pick(aims) : undefined
  const aimed = aim === undefined ? undefined : random.pick(faultsOf(aim))
  let left = 1 + random.below(3)
  let healed = false
  let lured = false
  const lure = aim && lures[aim]
  const choose = (place: Place, from: readonly Fault[]): Fault | undefined => {
    if (lure?.place === place && from.includes(lure.fault) && !(lure.once && lured)) {
      lured = true
      return lure.fault
    }
    if (place === aim && aimed !== undefined && from.includes(aimed) && left > 0 && random.chance(0.6)) {
      left -= 1
      return aimed
    }
    if (!random.chance(rate)) return undefined
    const fault = random.pick(from)
    if (rare.has(fault) && !random.chance(0.3)) return undefined
    return fault === 'refused' && !(refusals && random.chance(0.3)) ? undefined : fault
  }
  const draw = (place: Place, messages: boolean): Fault | undefined => {
    if (healed) return undefined
    const fault = choose(
      place,
      faultsOf(place).filter((fault) => messageFaults.has(fault) === messages),
    )
    if (fault !== undefined) reached.set(`${place}|${fault}`, (reached.get(`${place}|${fault}`) ?? 0) + 1)
    return fault
  }
  return {
    aim,
    draw: (place) => draw(place, false),
    drawMessage: (place) => draw(place, true),
    heal() {
      healed = true
    },
    get healed() {
      return healed
    },
  }
}
