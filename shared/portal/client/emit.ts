import type { Callback } from '../../domain/callback'
import type { FallbackCall } from '../../domain/older-apps'
import type { MetadataWrite } from '../../domain/purchase-metadata'
import { metadataValue } from './constants'
import { member, write } from './host'

/** Global functions that the app calls, by these names. */
export const activationListener = 'mobilePlansActivation'
/** See {@link activationListener}. */
export const registrationListener = 'mobilePlansRegistration'

/** What became of a callback. */
export interface Emitted {
  /** `noHost`: object or method are missing, nothing was called; `failed`: the app refused the call. */
  outcome: 'sent' | 'noHost' | 'failed'
  /** The app's id of what it now does, if it gave one. */
  operationId?: string | undefined
  /** The app takes the screen although the callback says that the portal keeps it. */
  left?: true | undefined
}

/** What is kept as long as a page is shown. */
export interface Kept {
  /** The last operation, as the app returned it: the one thing `notifyOperationCancel` is documented to take. */
  operation?: unknown
}
const thisPage: Kept = {}

/**
 * Calls the app: metadata property by property, listeners by name, then the method. The current object is wanted first, its
 * fall-backs after it; without any of them nothing is called.
 *
 * @param host `window`
 * @param storedOperationId id kept from an earlier page, for `operation-cancel`
 * @param kept of this page, where several scripts share one
 */
export function emit(host: object, callback: Callback, storedOperationId?: string, kept: Kept = thisPage): Emitted {
  const calls: readonly FallbackCall[] = [callback, ...(callback.fallbacks || [])]
  for (const { object: name, method, args, resultText } of calls) {
    const object = member(host, name)
    const call = member(object, method)
    if (typeof call !== 'function') continue
    try {
      if (callback.listeners) setListeners(host, name)
      const first = resultText ? [] : [firstArgument(host, callback, kept, storedOperationId)]
      const result: unknown = call.apply(object, [...first, ...args])
      kept.operation = result
      const id = member(result, 'Id')
      return { outcome: 'sent', operationId: typeof id === 'string' ? id : undefined, left: resultText }
    } catch {
      return { outcome: 'failed' }
    }
  }
  return { outcome: 'noHost' }
}

/** What comes before the callback's own arguments. */
function firstArgument(host: object, callback: Callback, kept: Kept, storedOperationId?: string): unknown {
  return callback.kind === 'operation-cancel'
    ? kept.operation || { Id: callback.operationId || storedOperationId }
    : fillMetadata(host, callback.metadata)
}

/** The app's metadata object, or a plain one in a build without the factory, with every write tried on its own. */
export function fillMetadata(host: object, writes: readonly MetadataWrite[]): object {
  const createdBy = (name: string): unknown => {
    const app = member(host, name)
    const create = member(app, 'createPurchaseMetaData')
    return typeof create === 'function' ? create.call(app) : undefined
  }
  const metadata: object = Object(createdBy('MobilePlans') || createdBy('DataMart'))
  for (const one of writes) write(metadata, one.property, metadataValue(host, one))
  return metadata
}

/**
 * Sets our listeners on the object to be called, and on the older object that the documentation's text speaks of: by name, and by
 * reference where the app was made before names.
 */
function setListeners(host: object, called: string): void {
  const set = (object: string, property: string, listener: string) =>
    write(
      Object(member(host, object)),
      property,
      object === 'DataMartInlineProfile' ? member(host, listener) : listener,
    )
  for (const object of [called, 'MobilePlansInlineProfileDownload']) {
    set(object, 'profileActivationCompleteScript', activationListener)
    set(object, 'registrationChangedScript', registrationListener)
  }
}
