/** What is known about the simulated PC, as JSON; see `Device` for what changes it. */
import type { EarlierError } from './launch'
import type { PurchasePayload } from './purchase-result'

/** A profile on the eUICC, or the SIM card's. */
export interface Profile {
  iccid: string
  name: string
  active: boolean
  /** `card`: physical SIM; `own`: was there from the start; `download`: installed by this simulation. */
  source: 'card' | 'own' | 'download'
}

/** Members of `MobilePlansNetworkRegistrationState`. */
export type RegistrationState = 'none' | 'deregistered' | 'searching' | 'home' | 'roaming' | 'partner' | 'denied'

/** One thing that Windows is doing for the portal or for the person. */
export interface Operation {
  /** `Id` of the `MobilePlansOperationContext`. */
  id: string
  /** `settings`: started in Windows Settings by an `lpa:` link or a typed code. */
  kind: 'inline' | 'delayed' | 'asynchronous' | 'balance' | 'settings'
  phase:
    | 'waiting'
    | 'toast'
    | 'downloading'
    | 'installing'
    | 'activating'
    | 'waiting-to-register'
    | 'registering'
    | 'done'
    | 'failed'
    | 'cancelled'
  planName: string
  activationCode?: string
  iccid?: string
  profileName?: string
  progress?: { doneKB: number; totalKB: number }
  /** Wait before the toast or before registration, in Windows minutes. */
  minutes?: number
  /** When that wait ends on the PC's clock (`WindowsClock.now`). */
  dueMs?: number
  /** When that wait ends in our time, ISO 8601. */
  dueAt?: string
  /** As in `allErrors`. */
  error?: string
}

/** A call by the portal to a host object. */
export interface Callback {
  at: string
  object: string
  method: string
  /** Arguments after the metadata. */
  args: unknown[]
  /** Metadata as written: member names instead of opaque values. */
  metadata?: Record<string, string>
  /** `DataMart.notifyPurchaseResult`: the text, read; `metadata` is its `purchaseResult`. */
  payload?: PurchasePayload
  /** Values that are not constants of the host; Windows might refuse them. */
  notConstants: string[]
  operationId?: string
}

/** A call by the app to a function of the page. */
export interface ListenerCall {
  id: number
  at: string
  listener: 'profileActivationCompleteScript' | 'registrationChangedScript'
  /** Name of the global function. */
  function: string
  /** The JSON string passed. */
  json: string
  /** Member name behind the opaque value in `json`. */
  member: string
  /** `pending`: no page has taken it yet; `missing`: the page shown has no such function. */
  outcome: 'pending' | 'called' | 'missing' | 'threw'
}

/** One line of what passes between Windows and the others. */
export interface TrafficEntry {
  seq: number
  at: string
  from: Party
  to: Party
  title: string
  detail: Record<string, unknown>
  /** One sentence for a person who learns the protocol. */
  why: string
  ok: boolean
}
/** Who talks. */
export type Party = 'Windows' | 'Portal' | 'SM-DP+' | 'Network' | 'Operator API' | 'Person' | 'Modem'

/** Windows Settings waits for the person: share identifiers? */
export interface ConsentDialog {
  uri: string
  /** With placeholders; absent for the form that only shows the identifiers. */
  callbackUrl?: string
  placeholders: string[]
  /** What real Windows would refuse although the simulator goes on. */
  warning?: string
  /** Why Windows shows an error instead of asking. */
  problem?: string
}

/** Windows Settings waits for the person: add the eSIM profile? */
export interface AddProfileDialog {
  activationCode: string
  problem?: string
}

/** Network flyout, as last shown. */
export interface Flyout {
  at: string
  /** A: "Connect with a data plan"; B: "View my account"; C: balance. */
  elements: { id: 'A' | 'B' | 'C'; text: string }[]
  note?: string
  request?: { url: string; headers: Record<string, string> }
  answer?: { status: number; body: unknown }
}

/** What `GET /control/devices/{id}` answers, without the traffic. */
export interface DeviceState {
  profiles: Profile[]
  registration: { state: RegistrationState; iccid?: string }
  operations: Operation[]
  callbacks: Callback[]
  listeners: Partial<Record<ListenerCall['listener'], string>>
  listenerCalls: ListenerCall[]
  /** Told in the headers of the next launch. */
  pendingErrors: EarlierError[]
  faults: { windowsError: string; times: number }[]
  consent?: ConsentDialog
  addProfile?: AddProfileDialog
  flyout?: Flyout
  /** Whether the portal or the app itself is in front. `app`: a callback has returned control. */
  inFront: 'portal' | 'app'
  /** What the app shows when it is in front. */
  appMessage?: { kind: 'cancelled' | 'balance' | 'download'; operationId?: string }
  launches: number
}
