/**
 * What the Mobile Plans app puts into the page, in our words. None of it exists in an ordinary browser, older builds lack parts, and
 * an injected object may refuse any property that it does not know: so nothing here is trusted, every member is looked up when used.
 *
 * @see Mobile Plans "Callback notifications"
 */

/** Result of an operation that runs on while the portal stays on the screen. */
export interface OperationContext {
  /** Made by the app. */
  readonly Id: string
}

/** Filled property by property, then passed first to every `notify…` call. Values are the app's own constants. */
export interface PurchaseMetadata {
  userAccount?: string
  purchaseInstrument?: string
  line?: string
  /** Other name of `line` in half of the documentation's samples. */
  lineType?: string
  moDirectStatus: string
  /** Other name of `moDirectStatus` in half of the samples. */
  modirectStatus?: string
  planName: string
}

/** `window.MobilePlans` */
export interface MobilePlans {
  createPurchaseMetaData(): PurchaseMetadata
  /** @param networkRegistrationInterval minutes; 0: at once */
  notifyPurchaseWithProfileDownload(meta: PurchaseMetadata, code: string, networkRegistrationInterval: number): void
  notifyCancelledPurchase(meta: PurchaseMetadata): void
}

/** Where listeners are named: as text, the app looks the function up on `window`. */
export interface Listeners {
  /** Function that takes `{"activationResult", "iccid"}` as JSON text. */
  profileActivationCompleteScript: string
  /** Function that takes `{"networkRegistrationState", "iccid"}` as JSON text. */
  registrationChangedScript: string
}

/** `window.MobilePlansInlineOperations` */
export interface InlineOperations extends Listeners {
  /** @param downloadDelay minutes; left out: download now */
  notifyProfileDownload(meta: PurchaseMetadata, code: string, downloadDelay?: number): OperationContext
  /** @param iccid installed profile to make active; left out: the SIM or profile in use */
  notifyBalanceAddition(meta: PurchaseMetadata, iccid?: string): OperationContext
  notifyOperationCancel(operation: OperationContext): void
}

/** `window.MobilePlansInlineProfileDownload` of older builds. */
export interface OlderInline extends Listeners {
  notifyInlineProfileDownload(meta: PurchaseMetadata, code: string): void
}

/** `window.DataMart`, as the app was first called; a build has some of these. */
export interface DataMart extends Partial<MobilePlans> {
  notifyBalanceAddition?(meta: PurchaseMetadata, iccid: string): void
  /** @param result JSON text, see `older-apps.ts` */
  notifyPurchaseResult?(result: string): void
}

/**
 * Every global of the app, and the objects of constants: member name to a value that is the app's own business. Where there is
 * `DataMart`, the constants are `DataMart…`, too.
 */
export interface HostGlobals {
  MobilePlans?: MobilePlans
  MobilePlansInlineOperations?: InlineOperations
  /** Older builds; listeners are named here too where it exists. */
  MobilePlansInlineProfileDownload?: OlderInline
  /** The same under another name of the documentation. */
  MobilePlansInlineProfile?: OlderInline
  /** The same in `DataMart` builds, whose listeners are functions instead of their names. */
  DataMartInlineProfile?: Omit<OlderInline, keyof Listeners> & Record<keyof Listeners, (json: string) => void>
  DataMart?: DataMart
  MobilePlansUserAccount?: Readonly<Record<string, string>>
  MobilePlansPurchaseInstrument?: Readonly<Record<string, string>>
  MobilePlansLineType?: Readonly<Record<string, string>>
  MobilePlansMoDirectStatus?: Readonly<Record<string, string>>
  MobilePlansActivationError?: Readonly<Record<string, string>>
  MobilePlansNetworkRegistrationState?: Readonly<Record<string, string>>
}

/** A member of anything; `undefined` where there is none or reading it throws. */
export function member(of: unknown, name: string): unknown {
  try {
    return Object(of)[name]
  } catch {
    return undefined
  }
}

/** Writes a member of an injected object, which may refuse it: false. */
export function write(to: object, name: string, value: unknown): boolean {
  try {
    Object(to)[name] = value
    return true
  } catch {
    return false
  }
}

/** Name of the first member, own or inherited, that passes; host objects keep their members on the prototype. */
export function findMember(of: unknown, passes: (name: string, value: unknown) => boolean): string | undefined {
  for (const name in Object(of)) if (passes(name, member(of, name))) return name
  return undefined
}
