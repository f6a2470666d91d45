import type { Iccid, OrderId } from '../../domain/identifiers'
import type { PaymentInstrument } from '../../platform/ports'

/** Idle time after which a session is gone, in milliseconds. */
export const idleMs = 30 * 60_000
/** Age at which a session is gone whatever happens, in milliseconds. */
export const lifetimeMs = 8 * 60 * 60_000
/** A session that was neither launched nor signed in holds a form's secret and no more: it lives this long, in milliseconds. */
export const formMs = 15 * 60_000
/** The idle time is pushed on by a write at most this often, in milliseconds. */
export const slideEveryMs = 5 * 60_000

/**
 * One visit: container `sessions`, partition and id are the SHA-256 of the id in the cookie, so that whoever reads the store cannot
 * continue a visit.
 */
export interface Session {
  schema: 1
  /** ISO 8601. */
  createdAt: string
  expiresAt: string
  /** Absent: nobody is signed in. */
  subscriberId?: string
  /** What the person signed in with, for the pages. Personal data: never logged. */
  login?: string
  /** The account was made in this visit. */
  accountNew?: boolean
  /** How this visit came: by the Mobile Plans app, or by a browser. */
  channel: 'webview' | 'browser'
  device: SessionDevice
  transactionId?: string
  /** ISO 8601; absent: not launched by the app. */
  launchedAt?: string
  /** Chosen by the person; absent: as the browser asks. */
  language?: string
  /** base64url, 32 bytes. */
  csrf: string
  draft: Draft
  /** Download errors that the app reported at launch and that no order has taken note of yet. At most {@link keptErrors}. */
  deviceErrors: DeviceErrorClaim[]
  /** No order was concerned by them; they are only shown. */
  errorsSeen?: boolean
  /** The order bought last in this visit: Back from its page leads to it again. */
  lastOrderId?: OrderId
  /** `Id` that the app gave to a delayed download, to take it back by. */
  operation?: { orderId: OrderId; id: string }
  /** The page that asked for a sign-in, to go on with afterwards. */
  returnTo?: string
  /** Names this visit in the link to Windows Settings; see `device-request.ts`. */
  deviceRequest?: { state: string; expiresAt: string }
}

/** What the visitor's device is said to be. Claims: they prefill and bind a profile, they never identify a person. */
export interface SessionDevice {
  /** Check digits have passed. */
  eid?: string
  /** Check digit has passed. */
  imei?: string
  make?: string
  model?: string
  /** SIM card in use. Personal data, like all of these: never logged in clear. */
  iccid?: Iccid
  /** Profiles of ours on the eSIM, at most {@link keptIccids}; absent: none. */
  iccids?: readonly Iccid[]
  /** ISO 3166-1 alpha-2, upper case. */
  market?: string
  location?: string
}

/** Where the device is, which stays known when its numbers change. */
export function placeOf({ market, location }: SessionDevice): Pick<SessionDevice, 'market' | 'location'> {
  return { ...(market === undefined ? {} : { market }), ...(location === undefined ? {} : { location }) }
}

/** A download error as the app reported it. */
export interface DeviceErrorClaim {
  code: string
  iccid?: string
  /** Profiles of this operator that the device listed at the launch; absent: not launched from an eSIM, so that it has no list. */
  profiles?: readonly string[]
}

/** What the person has chosen and not yet bought. */
export interface Draft {
  planId?: string
  /** The SIM that gets the plan; absent: a new eSIM. */
  target?: Target
  /** Made when the review is first shown; Buy with it is idempotent. A new choice takes it away. */
  orderId?: OrderId
  /** Ways to pay, as billing gave them for this visit. */
  instruments?: PaymentInstrument[]
  /** `ref` of the one chosen. */
  instrument?: string
}

/** A SIM that people choose to put a plan on. */
export interface Target {
  kind: 'warm-sim' | 'add-balance'
  iccid: Iccid
  /** The page on which its plan is chosen. */
  plansPath?: string
}

const keptErrors = 10
/** More profiles of one operator than anybody keeps on an eSIM. */
export const keptIccids = 16

/** A session that begins now. */
export function beginSession(seed: { csrf: string; channel: Session['channel'] }, now: Date): Session {
  return {
    schema: 1,
    createdAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + formMs).toISOString(),
    channel: seed.channel,
    device: {},
    csrf: seed.csrf,
    draft: {},
    deviceErrors: [],
  }
}

/** When the session ends if nothing more happens. */
export function expiryOf(session: Session, now: Date): string {
  const bare = session.subscriberId === undefined && session.launchedAt === undefined
  if (bare) return session.expiresAt
  const end = Math.min(now.getTime() + idleMs, Date.parse(session.createdAt) + lifetimeMs)
  return new Date(end).toISOString()
}

/** The session with its idle time begun anew, or the very same object while that is not worth a write. */
export function slide(session: Session, now: Date): Session {
  const expiresAt = expiryOf(session, now)
  return Date.parse(expiresAt) - Date.parse(session.expiresAt) >= slideEveryMs ? { ...session, expiresAt } : session
}

/** What a launch by the Mobile Plans app says. */
export interface LaunchFacts {
  device: SessionDevice
  transactionId?: string | undefined
  errors: readonly DeviceErrorClaim[]
}

/** The visit goes on in the app: sign-in, language and choices stay, device, transaction and errors are those of this launch. */
export function relaunched(session: Session, launch: LaunchFacts, now: Date): Session {
  const { transactionId: _, errorsSeen: __, ...rest } = session
  const next: Session = {
    ...rest,
    channel: 'webview',
    launchedAt: now.toISOString(),
    ...(launch.transactionId === undefined ? {} : { transactionId: launch.transactionId }),
    deviceErrors: [...launch.errors].slice(-keptErrors),
  }
  return { ...withDevice(next, launch.device), expiresAt: expiryOf(next, now) }
}

/**
 * The session for another device. An order id that was shown for the device before is given up, and so is the choice of a SIM: what is
 * bought must be what was reviewed.
 */
export function withDevice(session: Session, device: SessionDevice): Session {
  const same = session.device.eid === device.eid && session.device.iccid === device.iccid
  if (same) return { ...session, device }
  const { target: _, ...draft } = withoutOrder(session.draft)
  return { ...session, device, draft }
}

/** The session with this SIM chosen, or with a new eSIM; another choice than before gets another order id. */
export function withTarget(session: Session, target: Target | undefined): Session {
  const { target: before, ...rest } = session.draft
  if (before?.kind === target?.kind && before?.iccid === target?.iccid) return session
  return { ...session, draft: { ...withoutOrder(rest), ...(target === undefined ? {} : { target }) } }
}

/** The session with this plan chosen; another plan than before gets another order id. */
export function withPlan(session: Session, planId: string): Session {
  if (session.draft.planId === planId) return session
  return { ...session, draft: { ...withoutOrder(session.draft), planId } }
}

/** The session with an order id for what is being reviewed; one that exists stays. */
export function withOrderId(session: Session, orderId: OrderId): Session {
  return session.draft.orderId === undefined ? { ...session, draft: { ...session.draft, orderId } } : session
}

/** The session with the choices used up, if they were those of this order. */
export function bought(session: Session, orderId: OrderId): Session {
  return session.draft.orderId === orderId ? { ...session, draft: {}, lastOrderId: orderId } : session
}

/**
 * The visit as that of a person who has just signed in. It gets a new id and a new secret, so that an id known from before is worth
 * nothing; what another person chose is not taken over.
 */
export function signedIn(
  before: Session | undefined,
  person: { subscriberId: string; login: string; accountNew: boolean },
  fresh: Session,
  now: Date,
): Session {
  const other = before?.subscriberId !== undefined && before.subscriberId !== person.subscriberId
  const { returnTo: _, deviceRequest: __, accountNew: ___, lastOrderId, operation, ...kept } = before ?? fresh
  const next: Session = {
    ...kept,
    createdAt: fresh.createdAt,
    csrf: fresh.csrf,
    draft: other ? {} : withoutOrder(kept.draft),
    subscriberId: person.subscriberId,
    login: person.login,
    ...(person.accountNew ? { accountNew: true } : {}),
    ...(other || lastOrderId === undefined ? {} : { lastOrderId }),
    ...(other || operation === undefined ? {} : { operation }),
  }
  return { ...next, expiresAt: expiryOf(next, now) }
}

function withoutOrder(draft: Draft): Draft {
  const { orderId: _, ...rest } = draft
  return rest
}
