/**
 * Callbacks: what the portal's page calls on the objects that the Mobile Plans app injects. Built here as plain JSON, put into the
 * page as a data block, carried out by the client script, which knows nothing of the rules.
 *
 * @see Mobile Plans "Callback notifications" and "Scenarios"
 */
import { bareActivationCode, parseActivationCode } from './activation-code'
import type { Iccid } from './identifiers'
import {
  type FallbackCall,
  type OlderApps,
  olderAsynchronousDownload,
  olderBalanceAddition,
  olderCancelledPurchase,
  olderInlineDownload,
} from './older-apps'
import {
  downloadDelayMinutes,
  type Plan,
  planDelivery,
  registrationIntervalMinutes,
  roundUpToQuarterHour,
} from './plan'
import { type Bought, type Ended, type MetadataWrite, purchaseMetadata } from './purchase-metadata'

interface CallbackBase {
  /** Arguments after the metadata (or after the operation, for `operation-cancel`). */
  args: readonly (string | number)[]
  /** Who has the screen afterwards. `app`: the session ends before the call, so that the person leaves signed out. */
  control: 'portal' | 'app'
  /**
   * Whether to set `profileActivationCompleteScript` and `registrationChangedScript` on the object before the call, to the *names* of
   * functions on `window`.
   */
  listeners: boolean
  /** Tried in order when the current call is missing. */
  fallbacks?: readonly FallbackCall[]
}

/** A callback that begins with the metadata object of `MobilePlans.createPurchaseMetaData()`. */
interface WithMetadata extends CallbackBase {
  /** Writes to make on that object, in order. */
  metadata: readonly MetadataWrite[]
}

/** New eSIM, downloadable and connectable at once. The app shows its progress over the portal. */
export interface InlineDownloadCallback extends WithMetadata {
  kind: 'inline-download'
  object: 'MobilePlansInlineOperations'
  method: 'notifyProfileDownload'
  /** Bare activation code. */
  args: readonly [activationCode: string]
}

/** New eSIM, downloadable after a time: the app says so, and a toast invites later. */
export interface DelayedDownloadCallback extends WithMetadata {
  kind: 'delayed-download'
  object: 'MobilePlansInlineOperations'
  method: 'notifyProfileDownload'
  /** Bare activation code; whole minutes, 1 or more. */
  args: readonly [activationCode: string, downloadDelay: number]
}

/** New eSIM, downloaded by the app at once and registered after a time. */
export interface AsynchronousDownloadCallback extends WithMetadata {
  kind: 'asynchronous-download'
  object: 'MobilePlans'
  method: 'notifyPurchaseWithProfileDownload'
  /** Bare activation code; minutes, a multiple of 15, 0 for at once. */
  args: readonly [activationCode: string, networkRegistrationInterval: number]
}

/** Warm SIM activated, or data added. With an ICCID the app makes that installed profile the active one. */
export interface BalanceAdditionCallback extends WithMetadata {
  kind: 'balance-addition'
  object: 'MobilePlansInlineOperations'
  method: 'notifyBalanceAddition'
  args: readonly [] | readonly [iccid: string]
}

/** The person gave up, or the purchase failed: there is no other call for a failure. */
export interface CancelledPurchaseCallback extends WithMetadata {
  kind: 'cancelled-purchase'
  object: 'MobilePlans'
  method: 'notifyCancelledPurchase'
  args: readonly []
}

/**
 * Takes a delayed download back before its toast. The argument is the object that `notifyProfileDownload` returned: the one kept in
 * page memory if there is one, else `{Id: operationId}`.
 */
export interface OperationCancelCallback extends CallbackBase {
  kind: 'operation-cancel'
  object: 'MobilePlansInlineOperations'
  method: 'notifyOperationCancel'
  args: readonly []
  operationId?: string
}

/** Every current callback. */
export type Callback =
  | InlineDownloadCallback
  | DelayedDownloadCallback
  | AsynchronousDownloadCallback
  | BalanceAdditionCallback
  | CancelledPurchaseCallback
  | OperationCancelCallback

/** The facts given make no callback that the app could act on. */
export class CallbackError extends Error {
  constructor(
    readonly code: 'activation_code_unusable' | 'delay_unusable',
    message: string,
  ) {
    super(message)
    this.name = 'CallbackError'
  }
}

/** The code as the app wants it: bare, and without the flag that asks for a confirmation code, which Mobile Plans cannot pass on. */
function usable(activationCode: string): string {
  const fields = parseActivationCode(activationCode)
  if (!fields) throw new CallbackError('activation_code_unusable', 'not an activation code')
  if (fields.confirmationCodeRequired) {
    throw new CallbackError(
      'activation_code_unusable',
      'Mobile Plans takes no activation code that asks for a confirmation code',
    )
  }
  return bareActivationCode(activationCode)
}

/** Whole minutes that fit the app's unsigned integer. */
function wholeMinutes(minutes: number): number {
  const whole = Math.ceil(minutes)
  if (!(whole >= 0 && whole <= 0x7fffffff)) throw new CallbackError('delay_unusable', 'a delay is 0 or more minutes')
  return whole
}

/**
 * Download at once, online at once.
 *
 * @param activationCode with or without `LPA:`, which is taken off
 * @param older what builds without the current call are told
 * @throws {CallbackError} `activation_code_unusable`
 */
export function inlineDownload(bought: Bought, activationCode: string, older: OlderApps = {}): InlineDownloadCallback {
  const code = usable(activationCode)
  return {
    kind: 'inline-download',
    object: 'MobilePlansInlineOperations',
    method: 'notifyProfileDownload',
    metadata: purchaseMetadata(bought),
    args: [code],
    control: 'portal',
    listeners: true,
    fallbacks: olderInlineDownload(bought, code, older),
  }
}

/**
 * Download after a time. The documentation lets the code be "an activation code or an SM-DP+ address"; we always pass the full code.
 * Older apps have no such call.
 *
 * @param minutes until the download is possible; rounded up, at least 1, since 0 is not documented
 * @throws {CallbackError} `activation_code_unusable`, `delay_unusable`
 */
export function delayedDownload(bought: Bought, activationCode: string, minutes: number): DelayedDownloadCallback {
  return {
    kind: 'delayed-download',
    object: 'MobilePlansInlineOperations',
    method: 'notifyProfileDownload',
    metadata: purchaseMetadata(bought),
    args: [usable(activationCode), Math.max(1, wholeMinutes(minutes))],
    control: 'portal',
    listeners: true,
  }
}

/**
 * Download now by the app, registration after a time.
 *
 * @param minutes until the network accepts the SIM; rounded up to a multiple of 15, 0 stays 0
 * @throws {CallbackError} `activation_code_unusable`, `delay_unusable`
 */
export function asynchronousDownload(
  bought: Bought,
  activationCode: string,
  minutes: number,
  older: OlderApps = {},
): AsynchronousDownloadCallback {
  const args = [usable(activationCode), roundUpToQuarterHour(wholeMinutes(minutes))] as const
  return {
    kind: 'asynchronous-download',
    object: 'MobilePlans',
    method: 'notifyPurchaseWithProfileDownload',
    metadata: purchaseMetadata(bought),
    args,
    control: 'app',
    listeners: false,
    fallbacks: olderAsynchronousDownload(bought, args, older),
  }
}

/**
 * The download callback of a plan.
 *
 * @param remainingMinutes what is left of the plan's wait at the time of the call; left out: all of it. A delayed download whose wait is
 *   over becomes an inline one
 * @throws {CallbackError} `activation_code_unusable`, `delay_unusable`
 */
export function downloadFor(
  plan: Pick<Plan, 'downloadAfter' | 'registerAfter'>,
  bought: Bought,
  activationCode: string,
  remainingMinutes?: number,
  older: OlderApps = {},
): InlineDownloadCallback | DelayedDownloadCallback | AsynchronousDownloadCallback {
  switch (planDelivery(plan)) {
    case 'inline':
      return inlineDownload(bought, activationCode, older)
    case 'delayed': {
      const minutes = remainingMinutes ?? downloadDelayMinutes(plan)
      return minutes > 0
        ? delayedDownload(bought, activationCode, minutes)
        : inlineDownload(bought, activationCode, older)
    }
    case 'asynchronous': {
      const minutes = remainingMinutes ?? registrationIntervalMinutes(plan)
      return asynchronousDownload(bought, activationCode, Math.max(0, minutes), older)
    }
  }
}

/**
 * Data added, or a warm SIM activated. The documentation says that control goes back to the app, and also describes an inline
 * operation: the page must be ready to stay on the screen.
 *
 * @param iccid installed profile to make active; left out: the SIM or profile in use
 * @param older its `iccid` names the SIM in use, as older apps must be told it
 */
export function balanceAddition(bought: Bought, iccid?: Iccid, older: OlderApps = {}): BalanceAdditionCallback {
  return {
    kind: 'balance-addition',
    object: 'MobilePlansInlineOperations',
    method: 'notifyBalanceAddition',
    metadata: purchaseMetadata(bought),
    args: iccid === undefined ? [] : [iccid],
    control: 'app',
    listeners: false,
    fallbacks: olderBalanceAddition(bought, { ...older, iccid: iccid ?? older.iccid }),
  }
}

/** The purchase ended without a plan; the status says why. */
export function cancelledPurchase(ended: Ended, older: OlderApps = {}): CancelledPurchaseCallback {
  return {
    kind: 'cancelled-purchase',
    object: 'MobilePlans',
    method: 'notifyCancelledPurchase',
    metadata: purchaseMetadata(ended),
    args: [],
    control: 'app',
    listeners: false,
    fallbacks: olderCancelledPurchase(ended, older),
  }
}

/**
 * Cancels a delayed download that has been announced.
 *
 * @param operationId `Id` of the operation, if a page reported it
 */
export function operationCancel(operationId?: string): OperationCancelCallback {
  return {
    kind: 'operation-cancel',
    object: 'MobilePlansInlineOperations',
    method: 'notifyOperationCancel',
    args: [],
    ...(operationId === undefined ? {} : { operationId }),
    control: 'portal',
    listeners: false,
  }
}
