import type { Callback, FallbackCall } from '../../domain/callback'
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
}

/** The operation of this page, as the app returned it: the one thing `notifyOperationCancel` is documented to take. */
let operationOfThisPage: unknown

/**
 * Calls the app: metadata property by property, listeners by name, then the method. The current object is wanted first, its
 * fall-backs after it; without any of them nothing is called.
 *
 * @param host `window`
 * @param storedOperationId id kept from an earlier page, for `operation-cancel`
 */
export function emit(host: object, callback: Callback, storedOperationId?: string): Emitted {
  const calls: readonly FallbackCall[] = [callback, ...(callback.fallbacks || [])]
  for (const { object: name, method, args } of calls) {
    const object = member(host, name)
    const call = member(object, method)
    if (typeof call !== 'function') continue
    try {
      if (callback.listeners) nameListeners(host, Object(object))
      const result: unknown = call.apply(object, [...firstArguments(host, callback, name, storedOperationId), ...args])
      operationOfThisPage = result
      const id = member(result, 'Id')
      return { outcome: 'sent', operationId: typeof id === 'string' ? id : undefined }
    } catch {
      return { outcome: 'failed' }
    }
  }
  return { outcome: 'noHost' }
}

/** What comes before the callback's own arguments. `DataMart`, the first generation, takes one JSON text and no metadata. */
function firstArguments(host: object, callback: Callback, object: string, storedOperationId?: string): unknown[] {
  if (callback.kind === 'operation-cancel') {
    return [operationOfThisPage || { Id: callback.operationId || storedOperationId }]
  }
  return object === 'DataMart' ? [] : [fillMetadata(host, callback.metadata)]
}

/** The app's metadata object, or a plain one in a build without the factory, with every write tried on its own. */
export function fillMetadata(host: object, writes: readonly MetadataWrite[]): object {
  const app = member(host, 'MobilePlans')
  const create = member(app, 'createPurchaseMetaData')
  const metadata: object = Object(typeof create === 'function' ? create.call(app) : undefined)
  for (const one of writes) write(metadata, one.property, metadataValue(host, one))
  return metadata
}

/** Names our listeners on the object to be called, and on the older object that the documentation's text speaks of. */
function nameListeners(host: object, object: object): void {
  for (const target of [object, Object(member(host, 'MobilePlansInlineProfileDownload'))]) {
    write(target, 'profileActivationCompleteScript', activationListener)
    write(target, 'registrationChangedScript', registrationListener)
  }
}
