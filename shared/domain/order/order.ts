/**
 * The order document: everything that is known of one purchase, in one place. It is changed only by `decide`,
 * and each change is one conditional write.
 */
import type { DownloadDecision } from '../download-error'
import type { Eid, Iccid, Imei, MatchingId, OrderId, TransactionId } from '../identifiers'
import type { Plan } from '../plan'
import type { EffectName } from './effect'

/** ISO 8601, UTC. */
export type Instant = string

export interface Order {
  /** Version of this document's shape. Readers accept their own and the one before. */
  schema: 1
  id: OrderId
  kind: OrderKind
  channel: 'webview' | 'browser'
  subscriberId: string
  /** Of the launch; logged with every line of the order. */
  transactionId?: TransactionId | undefined
  device: OrderDevice
  /** Names the target: one open order per subscriber and target. Absent in renewals, whose id alone makes them unique. */
  slot?: string | undefined
  slotClaimed: boolean
  /** True once the subscriber's document lists this order. */
  listed: boolean
  /** As it was when the person bought it. */
  plan: Plan
  payment: Payment
  placedAt: Instant
  updatedAt: Instant
  stage: Stage
  /** The profile in play; of a `new-esim` only. */
  profile?: Profile | undefined
  /** The SIM that is topped up; of every other kind. */
  topUp?: TopUp | undefined
  /** Of a subscription plan. */
  subscription?: OrderedSubscription | undefined
  /** True once the subscriber's document lists the line. */
  lineListed?: boolean | undefined
  /** Earlier profiles of this order until their ICCIDs are settled. */
  retired: Profile[]
  /** ICCIDs that were picked in vain because somebody else had them. */
  mispicks: number
  /** Set when the order became ready; delays count from here. */
  readyAt?: Instant | undefined
  /** When staff last took the order up again: the download window begins afresh then. */
  resumedAt?: Instant | undefined
  handover?: Handover | undefined
  evidence: Evidence
  /** What the device or the SM-DP+ said went wrong last. */
  problem?: Problem | undefined
  /** How often each remedy for a failed download was used. */
  remedies: { retrySame: number; freshProfile: number }
  /** The effect under way. Only its holder performs it until `until`; after that anybody may start the next attempt. */
  lease?: { key: string; effect: EffectName; attempt: number; until: Instant } | undefined
  /** Attempts per effect (and profile), so that a lost answer is known as such. */
  tries: Record<string, Tries>
  /** When the order wants to be looked at next; absent: never again by itself. */
  checkAt?: Instant | undefined
  /** Nothing will ever be due again. */
  closed: boolean
  /** When the order was closed; absent in orders that were closed before this was kept. */
  closedAt?: Instant | undefined
  log: LogEntry[]
  /** Entries dropped from the middle of the log. */
  logDropped: number
}

/**
 * - `new-esim`: a profile is ordered, downloaded and paid for once it is installed
 * - `warm-sim`: a physical SIM that connects already becomes the person's and gets its first plan
 * - `add-balance`: another plan on a SIM of the person's
 * - `renewal`: the next period of a subscription; placed by the app, not by the person
 */
export type OrderKind = 'new-esim' | TopUpKind
export type TopUpKind = 'warm-sim' | 'add-balance' | 'renewal'

export interface OrderDevice {
  /** Check digits have passed; otherwise it is left out and the profile is not bound to a device. */
  eid?: Eid | undefined
  imei?: Imei | undefined
  market?: string | undefined
  location?: string | undefined
}

export interface Payment {
  /** Opaque reference from billing. */
  instrument: string
  /** It was known before this purchase. */
  onFile: boolean
  /** Whether the account was made during this session. */
  account: 'new' | 'existing'
  /** `settled`: staff have settled it in billing by hand (paid back, collected or written off); nothing is called any more. */
  status: 'none' | 'authorised' | 'captured' | 'voided' | 'refunded' | 'refused' | 'settled'
  authorisationId?: string | undefined
  /** How often a refused call was asked again, by staff or for a renewal. Part of the idempotency key: the same key gets the same answer. */
  round?: number | undefined
  /** Billing's code for the refusal, and when it came. */
  refusal?: string | undefined
  refusedAt?: Instant | undefined
}

/** Where the order stands. Names and rules: the table of states in `docs/architecture.md`. */
export type Stage = MovingStage | ParkedStage

/** A stage in which the order goes on by itself, or has ended. */
export type MovingStage =
  | { state: 'placed'; since: Instant }
  | { state: 'ready'; since: Instant }
  | { state: 'downloading'; since: Instant }
  | { state: 'installed'; since: Instant; by: 'notice' | 'listener' | 'usage' | 'staff' }
  | { state: 'active'; since: Instant; registered: boolean }
  | {
      state: 'cancelling'
      since: Instant
      because: EndReason
      then: 'cancelled' | 'expired' | 'fresh-profile'
      probe: boolean
    }
  | { state: 'cancelled'; since: Instant; because: EndReason; duplicateOf?: string }
  | { state: 'expired'; since: Instant }

/** Staff must look. */
export interface ParkedStage {
  state: 'parked'
  since: Instant
  reason: ParkReason
  from: MovingStage['state']
  /** The stage that it was parked from; absent in orders that were parked before this was kept. */
  was?: MovingStage | undefined
}

export type OrderState = Stage['state']

/** Why an order ends, or why its profile is replaced. */
export type EndReason =
  | 'person'
  | 'expiry'
  | 'sold-out'
  | 'payment-refused'
  | 'duplicate'
  | 'download-failed'
  | 'line-refused'
  | 'sim-refused'
  | 'staff'

/** Why an order waits for staff. */
export type ParkReason =
  | 'retries-used-up'
  | 'possible-orphan'
  | 'smdp-refused'
  | 'line-refused'
  | 'capture-refused'
  | 'void-refused'
  | 'refund-due'
  | 'stock-mismatch'
  | 'no-install-evidence'
  | 'download-failed'

/** A SIM as an order works on it: its line in the network, and the balance that it is given. */
export interface OrderedSim {
  /** 1 for the order's first. Part of the idempotency keys of its effects. */
  number: number
  iccid: Iccid
  line: 'off' | 'on'
  granted: boolean
  clockStarted: boolean
  /**
   * Closed or revoked while an attempt to open or grant was unanswered: that attempt may still be carried out, so it is undone once
   * more after the quarantine.
   */
  lineMayReopen?: boolean | undefined
  balanceMayReturn?: boolean | undefined
  /** When the line was closed while another attempt to close it was unanswered: that may be carried out later, on whoever has the SIM then. */
  closedTwiceAt?: Instant | undefined
}

/** A SIM that the person has already. */
export interface TopUp extends OrderedSim {
  /** Renewals: the end of the period that is paid for. The new one begins then, or with the payment where that comes later. */
  startsAt?: Instant | undefined
  /** The order had claimed this warm SIM and was called off: the SIM is nobody else's until the order lets it go. */
  resting?: boolean | undefined
}

/** Which part of a subscription an order pays for. */
export interface OrderedSubscription {
  /** Id of the order that began it. */
  id: OrderId
  /** 1 for the period that began it. */
  period: number
  /** The next renewal is in the calendar. */
  scheduled: boolean
  /** A renewal that failed has ended the subscription, and the SIM's document says so. */
  ended: boolean
}

/** One ICCID on its way to the device. ICCID, EID and matching id never change within it. */
export interface Profile extends OrderedSim {
  eid?: Eid | undefined
  matchingId: MatchingId
  /** Of the confirmOrder answer; absent: the operator's default SM-DP+ address. */
  smdpAddress?: string | undefined
  /**
   * The row of our stock: `picked` (chosen, not yet claimed), `claimed`, `quarantined` (until `quarantineUntil`), `returned`,
   * `withdrawn` (unavailable by decision), `used` (sold), `foreign` (chosen by the SM-DP+, not of our stock), `lost` (it turned out to
   * be another order's, or is gone: for staff).
   */
  stock: 'picked' | 'claimed' | 'quarantined' | 'returned' | 'withdrawn' | 'used' | 'foreign' | 'lost'
  quarantineUntil?: Instant | undefined
  /** What the SM-DP+ has confirmed to us; an unanswered attempt shows in `tries`. */
  smdp: 'none' | 'ordered' | 'confirmed' | 'released' | 'cancelled'
  /** The SM-DP+ takes no matching id with cancelOrder: it has tied none. */
  cancelWithoutMatchingId: boolean
  /** The device came to download and found the profile held: it is released then, whatever the plan's delay. */
  releaseAskedAt?: Instant | undefined
  /** The matching id can open nothing any more, so a profile that is not cancellable has not been downloaded either. */
  codeDead: boolean
  /** Once out of play: whether the ICCID goes back to stock after its quarantine, or is taken out of it. */
  fate?: 'recycle' | 'withdraw' | undefined
  fateReason?: string | undefined
  /** The second cancelOrder, after the quarantine, has been answered. */
  settled: boolean
}

export interface Handover {
  attempts: number
  lastAt: Instant
  /** Codes of the failure that the device has reported since; each is told once. */
  failures?: string[] | undefined
}

export interface Evidence {
  /** First notice or listener call for the download. */
  startedAt?: Instant | undefined
  /** Notification point 3: delivered to the device, not yet installed. */
  deliveredAt?: Instant | undefined
  installedAt?: Instant | undefined
  registeredAt?: Instant | undefined
  /** Last registration state that the listener reported. */
  registration?: string | undefined
}

export interface Problem {
  at: Instant
  source: 'device' | 'smdp'
  /** Windows' error name (folded to PascalCase) or the SM-DP+'s `subject/reason`. */
  code: string
  /** What is done about it; absent in orders written before this was kept. */
  action?: DownloadDecision['action'] | undefined
  /** Who is to look at it, if anybody. */
  alert?: DownloadDecision['alert'] | undefined
}

export interface Tries {
  attempts: number
  /** Attempts whose outcome is known for certain. */
  answered: number
  /** Failures that may pass, in a row. */
  failures: number
  /** Not before. */
  notBefore?: Instant | undefined
}

export interface LogEntry {
  at: Instant
  what: string
  detail?: string | undefined
}

/** Every state in which nothing more happens to the person's purchase; stock may still be settled behind it. */
export function hasEnded(order: Order): boolean {
  const { state } = order.stage
  return state === 'active' || state === 'cancelled' || state === 'expired'
}

/** What the person gave and chose when pressing Buy; of a renewal, what was chosen when the subscription began. */
export interface Purchase {
  id: OrderId
  channel: 'webview' | 'browser'
  subscriberId: string
  transactionId?: TransactionId | undefined
  device: OrderDevice
  plan: Plan
  instrument: { ref: string; onFile: boolean }
  account: 'new' | 'existing'
  /** The SIM that is topped up; absent: a new eSIM. `startsAt`: see {@link TopUp}. */
  topUp?: { kind: TopUpKind; iccid: Iccid; startsAt?: Instant | undefined } | undefined
  /** Renewals: the subscription and the period that is paid for. */
  renews?: { id: OrderId; period: number } | undefined
}

/** The order's first version. Nothing has happened yet; the first `decide` says what to do. */
export function placeOrder(purchase: Purchase, now: Date): Order {
  const at = now.toISOString()
  const { topUp, renews, plan, instrument } = purchase
  const slot = renews === undefined ? slotFor(purchase) : undefined
  const sold = renews ?? { id: purchase.id, period: 1 }
  return {
    schema: 1,
    id: purchase.id,
    kind: topUp?.kind ?? 'new-esim',
    channel: purchase.channel,
    subscriberId: purchase.subscriberId,
    transactionId: purchase.transactionId,
    device: purchase.device,
    slot,
    slotClaimed: slot === undefined,
    listed: false,
    plan,
    payment: { instrument: instrument.ref, onFile: instrument.onFile, account: purchase.account, status: 'none' },
    placedAt: at,
    updatedAt: at,
    stage: { state: 'placed', since: at },
    ...(topUp && { topUp: toppedUp(topUp) }),
    ...(plan.kind === 'subscription' && { subscription: { ...sold, scheduled: false, ended: false } }),
    retired: [],
    mispicks: 0,
    evidence: {},
    remedies: { retrySame: 0, freshProfile: 0 },
    tries: {},
    closed: false,
    log: [{ at, what: 'placed', detail: `plan ${plan.id}, ${topUp?.kind ?? purchase.channel}` }],
    logDropped: 0,
  }
}

function toppedUp({ iccid, startsAt }: NonNullable<Purchase['topUp']>): TopUp {
  const clock = startsAt === undefined ? {} : { startsAt }
  return { number: 1, iccid, line: 'off', granted: false, clockStarted: false, ...clock }
}

/**
 * The slot of a subscriber's target, a device that gets an eSIM or a SIM that is topped up: a second order for the same target leads
 * to the first while that one is open.
 */
export function slotFor({ subscriberId, device, topUp }: Pick<Purchase, 'subscriberId' | 'device' | 'topUp'>): string {
  return `${subscriberId}~${topUp?.iccid ?? device.eid ?? 'any'}`
}
