import type { MetadataWrite } from '../../domain/purchase-metadata'
import { findMember, member } from './host'

/**
 * Members that the page itself acts on: asked for by name, as an injected object need not list what it has. The first is of
 * `MobilePlansActivationError`, the others are the states of `MobilePlansNetworkRegistrationState` that mean "connected".
 */
const asked = ['success', 'home', 'roaming', 'partner']

/** Whether the device is on a network in this state. */
export function isRegistered(state: string): boolean {
  return /^(home|roaming|partner)$/i.test(state)
}

/**
 * Name of the constant that has this value. The text of the app's constants is documented nowhere, so they are compared, not read:
 * first the members that matter here, then whatever the object shows. Without a match, and so without the object, the value itself
 * is taken for a name; the server folds its case.
 *
 * @param constants the injected object, such as `window.MobilePlansActivationError`
 */
export function memberName(constants: unknown, value: unknown): string {
  return (
    asked.find((name) => member(constants, name) === value) ||
    findMember(constants, (_, candidate) => candidate === value) ||
    String(value)
  )
}

/**
 * An injected object of constants; older apps call it `DataMart…`, and one of them in the plural.
 *
 * @param host `window`
 * @param name current name, such as `MobilePlansActivationError`
 */
export function constantsOf(host: object, name: string): unknown {
  const older = name.replace('MobilePlans', 'DataMart')
  return member(host, name) || member(host, older) || member(host, `${older}s`)
}

/**
 * The value to write into the metadata: the app's constant, its member found without regard to case; else the documented text.
 *
 * @param host `window`
 */
export function metadataValue(host: object, { constants, member: wanted, text }: MetadataWrite): unknown {
  if (constants === undefined || wanted === undefined) return text
  const object = constantsOf(host, constants)
  const exact = member(object, wanted)
  if (exact !== undefined) return exact
  const name = findMember(object, (candidate) => candidate.toLowerCase() === wanted.toLowerCase())
  return name === undefined ? text : member(object, name)
}
