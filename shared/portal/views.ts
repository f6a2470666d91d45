/**
 * What each page shows, as data. The controller (`app.ts` and its routes) builds these; `pages/` turns them into HTML.
 * A page reads nothing else: no request, no store, no clock.
 */
import type { Callback } from '../domain/callback'
import type { Operator } from '../domain/operator'
import type { OrderKind, TopUpKind } from '../domain/order/order'
import type { Plan } from '../domain/plan'

/** What every page has around it. */
export interface Frame {
  operator: Operator
  /** One of `operator.languages`. */
  language: string
  /** `webview`: launched by the Mobile Plans app; `browser`: an ordinary browser on the same PC or elsewhere. */
  channel: 'webview' | 'browser'
  /** Paths of the style sheet, script and logo, with their content hash. */
  assets: { css: string; js: string; logo: string }
  /** Goes into every form as the hidden field `csrf`. Absent where there is no session (bare visit). */
  csrf?: string
  /** The signed-in person's login name; absent: nobody is signed in. */
  signedInAs?: string
  /** Path of this page, for the language links (`?lang=de`). */
  path: string
  /** What support finds this visit by: the session's transaction id, or the order's reference. */
  reference?: { of: 'session' | 'reference'; text: string }
  /** True where "Cancel" (form POST to `/portal/cancel`) makes sense. */
  canCancel: boolean
  /** Message below the page's heading, announced to screen readers. */
  notice?: { kind: 'info' | 'success' | 'problem'; text: string }
}

/** Field errors and what was typed; passwords are never given back. */
export interface FormState {
  values: Readonly<Record<string, string>>
  errors: Readonly<Record<string, string>>
}

/** `GET /portal` by a visitor without launch parameters: what is on offer, links to sign in (`/portal/sign-in`) and sign up. */
export interface WelcomeView {
  frame: Frame
  plans: readonly Plan[]
}
/** `GET /portal` by the app and `GET /portal/sign-in`: form POST `/portal/sign-in` with `email`, `password`; link to sign-up. */
export interface SignInView {
  frame: Frame
  form: FormState
  /** Device facts from the launch, to reassure ("eSIM …3456"); masked. */
  device?: string
}
/** Form POST `/portal/sign-up` with `name`, `email`, `password`. */
export interface SignUpView {
  frame: Frame
  form: FormState
}
/** A SIM that people put a plan on. */
export interface SimView {
  /** `warm-sim`: it becomes the person's. */
  kind: TopUpKind
  /** Last four digits of its ICCID. */
  end: string
}

/** News of a line: what has happened, what stays, what to do. */
export interface LineNotice {
  kind: 'info' | 'problem'
  title: string
  text: string
  /** Where to do it. */
  link?: { path: string; text: string }
}

/**
 * `GET /portal/options`: tiles. A SIM that can be topped up → `/portal/lines/{line}/plans`; "New plan for this PC" → `/portal/plans`;
 * "My plans" → `/portal/account`.
 */
export interface OptionsView {
  frame: Frame
  /** SIMs in this PC, the one to begin with first. */
  sims: readonly (SimView & { path: string; card: boolean })[]
  /** False where only a SIM card is known of the PC. */
  newEsim: boolean
  notices: readonly LineNotice[]
  /** An order of this person that is still under way. */
  openOrder?: { path: string; planName: string }
  hasLines: boolean
  /** What the device reported from an earlier try, in words, with what to do. */
  deviceProblem?: { text: string; path?: string }
}
/**
 * `GET /portal/plans` for a new eSIM, `GET /portal/lines/{line}/plans` for a SIM: form POST to the same path with `plan`; tiles as radio
 * labels or buttons, works without script.
 */
export interface PlansView {
  frame: Frame
  /** The SIM that gets the plan; absent: a new eSIM. */
  sim?: SimView
  plans: readonly Plan[]
  selected?: string
  form: FormState
}
/**
 * `GET /portal/device`, browser channel: asks which PC the eSIM is for.
 * `cellularIdLink`: `ms-settings:cellular-id?…` anchor; beside it the manual form, POST `/portal/device` with `eid`, `imei`.
 * `waiting`: the person went to Settings and came back without identifiers (page polls by script and by refresh).
 */
export interface DeviceView {
  frame: Frame
  cellularIdLink: string
  form: FormState
  waiting: boolean
  /** Identifiers already received, masked. */
  known?: { eid?: string; imei?: string; make?: string; model?: string }
}
/** The return from Settings in a browser without our session cookie: says "go back to the first window". */
export interface DeviceReceivedView {
  frame: Frame
  ok: boolean
}
/**
 * `GET /portal/review`: plan, price with tax, billing interval, when the charge happens, refund rule, payment choice, terms; for which device.
 * Form POST `/portal/buy` with hidden `order`, radio `instrument`, checkbox `terms`; the button says "Buy now – obligation to pay €…".
 * Separate form POST `/portal/voucher` with `code` adds a voucher to the choices.
 */
export interface ReviewView {
  frame: Frame
  plan: Plan
  orderId: string
  instruments: readonly { ref: string; kind: 'account' | 'voucher'; label: string }[]
  selected?: string
  /** Masked EID of the PC that the profile is bound to; absent: unknown. */
  device?: string
  /** The SIM that gets the plan; absent: a new eSIM. */
  sim?: SimView
  /** Of a subscription on a SIM, ISO 8601: when the next period is paid. A new eSIM's periods begin with its installation. */
  renewsAt?: string
  /** Where the plan is chosen. */
  plansPath: string
  form: FormState
}

/** Where an order stands, in the person's terms. One list, in the order in which they happen. */
export type Progress =
  /** Payment and profile are being arranged; nothing to do. */
  | 'preparing'
  /** Ready to be handed over; the page offers the button (webview) or the link (browser). */
  | 'ready'
  /** The profile will be released later; `availableAt` says when. */
  | 'scheduled'
  /** Handed over; waiting for the device. */
  | 'waiting-for-device'
  | 'downloading'
  /** Installed, waiting for the network. */
  | 'installed'
  /** Connected; done. */
  | 'active'
  /** Cancellation under way. */
  | 'cancelling'
  | 'cancelled'
  | 'expired'
  /** Payment was refused; the person may choose another way to pay. */
  | 'payment-refused'
  /** Needs staff; nothing for the person to do but keep the reference. */
  | 'parked'

/** What can go wrong with a top-up, in the terms of {@link OrderView}. */
export type TopUpTrouble = 'sim-refused' | 'line-refused' | 'capture-refused' | 'asked-again'

/** The order's page, `GET /portal/orders/{id}`. */
export interface OrderView {
  frame: Frame
  orderId: string
  /** Such as `MP-7KQ2-9XWD`. */
  reference: string
  plan: Plan
  progress: Progress
  /** The SIM of a top-up; absent: a new eSIM. */
  sim?: SimView
  /** Why a top-up is called off, or waits for staff, where the page can say more than that it does. */
  because?: TopUpTrouble
  /** As in `OrderStatus`: the script loads the page again when the server names another. */
  version: string
  /** ISO 8601; for `scheduled`, and for asynchronous connectivity the time from which the line works. */
  availableAt?: string
  /** Whether Cancel (form POST `/portal/orders/{id}/cancel`) is possible now. */
  canCancelOrder: boolean
  /** Whether "Install" (form POST `/portal/orders/{id}/handover`) is offered now (webview), for the first time or again; `activate`: to use what is on the PC already. */
  canHandOver: 'first' | 'again' | 'activate' | 'no'
  /** Browser channel, profile downloadable: what to install with. Shown to the signed-in buyer only. */
  install?: {
    /** `lpa:1$…` */
    link: string
    /** SVG markup of the QR code of `LPA:1$…`, made by us. */
    qrSvg: string
    activationCode: string
    smdpAddress: string
    matchingId: string
  }
  /** The device's or SM-DP+'s last problem in words, and what to do about it. */
  problem?: { text: string; advice: string }
  /** Balance once it stands on the SIM. */
  balance?: { dataRemainingMB: number; timeRemaining: string }
  /** Seconds until the page asks again (`<meta http-equiv="refresh">` without script, fetch of `…/status` with it); absent: final. */
  refreshAfter?: number
}

/** JSON of `GET /portal/orders/{id}/status`, for the client script. */
export interface OrderStatus {
  progress: Progress
  /** Changes whenever the page would look different; the script then reloads. */
  version: string
}

/**
 * Answer of `POST /portal/orders/{id}/handover` and of `POST /portal/cancel`: the page that calls the Mobile Plans app itself.
 * The callback is in a `<script type="application/json" id="callback">` block (data, not code).
 * Fired once per attempt: `token` is kept by the script in sessionStorage; reload and Back fire nothing.
 */
export interface CallbackView {
  frame: Frame
  callback: Callback
  /** Single use. */
  token: string
  /** Where the script reports what it did and what the listeners say: POST JSON with `csrf`; absent for a cancelled purchase. */
  reportPath?: string
  /** Where the person goes on: the order's page, or the portal's entry. */
  nextPath: string
  /** Where the script asks how the order stands: another version, such as after a failed download, leads to `nextPath` as well. */
  status?: { path: string; version: string }
  kind: 'hand-over' | 'balance' | 'cancelled' | 'operation-cancel'
  plan?: Plan
}

/** What is left of one plan on a line. */
export interface BalanceView {
  planName: string
  dataRemainingMB: number
  /** ISO 8601 duration. */
  timeRemaining: string
  /** ISO 8601; of a plan whose time begins later. */
  startsAt?: string
}

/** A subscription as its person sees it. Instants are ISO 8601. */
export interface SubscriptionView {
  planName: string
  /** Of the next period, in words. */
  price: string
  state:
    | { is: 'renews'; at: string }
    /** Not renewed; paid until then. */
    | { is: 'cancelled'; endsAt: string }
    /** The next period's payment was refused and is asked for again. */
    | { is: 'refused'; endsAt: string; until: string }
    | { is: 'ended'; because: 'payment-refused' | 'cancelled' }
  /** `/portal/subscriptions/{id}/cancel`; absent: nothing to cancel. */
  cancelPath?: string
}

/** A line of the person's. */
export interface LineView {
  /** Last four digits of its ICCID. */
  end: string
  state: 'active' | 'used-up' | 'expired'
  balances: readonly BalanceView[]
  subscriptions: readonly SubscriptionView[]
  addDataPath: string
}

/** `GET /portal/account`: lines of the person with balances and subscriptions, and orders. */
export interface AccountView {
  frame: Frame
  notices: readonly LineNotice[]
  lines: readonly LineView[]
  orders: readonly {
    path: string
    reference: string
    kind: OrderKind
    planName: string
    placedAt: string
    progress: Progress
  }[]
  /** False where only a SIM card is known of the PC. */
  newEsim: boolean
}

/** `GET /portal/subscriptions/{id}/cancel`: asks once more. Form POST to the same path. */
export interface CancelSubscriptionView {
  frame: Frame
  planName: string
  end: string
  /** ISO 8601: data that is paid for stays until then. */
  endsAt: string
}

/** Terms, privacy, help: text pages that need no session. */
export interface TextView {
  frame: Frame
  page: 'terms' | 'privacy' | 'help'
}

/** Errors and dead ends: what happened, what to do, a way on. */
export interface MessageView {
  frame: Frame
  status: number
  kind:
    | 'not-found'
    | 'method'
    | 'bad-launch'
    | 'session-ended'
    | 'form-expired'
    | 'too-large'
    | 'busy'
    | 'fault'
    | 'identity-needed'
    | 'identity-refused'
    | 'identity-unknown'
    | 'signed-out'
    | 'cancelled'
    | 'sim-unusable'
  /** Which launch parameter, form field… without its value. */
  subject?: string
  /** Where "Continue" leads; default the portal's entry. */
  nextPath?: string
  /** https address outside the portal where the person can do what is needed. Shown in a browser only: the app must not be left. */
  elsewhere?: string
}
