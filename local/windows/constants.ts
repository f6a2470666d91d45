import { activationErrorMembers } from './lpa-errors'

const outcomes = ['new', 'existing', 'bailed', 'none'] as const

/** The enumerations that the Mobile Plans app injects, by the name of their global object. */
export const enumerations: Readonly<Record<string, readonly string[]>> = {
  MobilePlansUserAccount: outcomes,
  MobilePlansPurchaseInstrument: outcomes,
  MobilePlansLineType: outcomes,
  MobilePlansMoDirectStatus: [
    'complete',
    'cancelled',
    'serviceError',
    'invalidSIM',
    'logOnFailed',
    'purchaseFailed',
    'clientError',
    'billingError',
    'none',
  ],
  MobilePlansNetworkRegistrationState: ['none', 'deregistered', 'searching', 'home', 'roaming', 'partner', 'denied'],
  MobilePlansActivationError: activationErrorMembers,
}

/**
 * Value of a host constant. The documents never show the text behind a constant, so this one is meaningless on purpose: a portal
 * that compares with a name instead of the constant fails here, as it might in Windows.
 */
export function constantValue(enumeration: string, member: string): string {
  let hash = 0x811c9dc5
  for (const character of `${enumeration}.${member}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0
  }
  return `#${hash.toString(16).padStart(8, '0')}`
}

/**
 * All constants with their values, for the injected script.
 *
 * @param older builds that say `DataMart`; they have the same members but for one error
 */
export function constantTable(older = false): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.entries(enumerations).map(([name, members]) => [
      older ? olderName(name) : name,
      Object.fromEntries(
        members.map((member) => [
          older && member === 'invalidJson' ? 'invalidCallback' : member,
          constantValue(name, member),
        ]),
      ),
    ]),
  )
}

function olderName(name: string): string {
  return name === 'MobilePlansActivationError' ? 'DataMartActivationErrors' : name.replace('MobilePlans', 'DataMart')
}

/**
 * The member behind a value.
 * @returns `undefined` when the text is not a constant of that enumeration
 */
export function memberOf(enumeration: string, value: string): string | undefined {
  return enumerations[enumeration]?.find((member) => constantValue(enumeration, member) === value)
}

/** Which enumeration a metadata property takes its values from. */
export const metadataEnumerations: Readonly<Record<string, string>> = {
  userAccount: 'MobilePlansUserAccount',
  purchaseInstrument: 'MobilePlansPurchaseInstrument',
  line: 'MobilePlansLineType',
  lineType: 'MobilePlansLineType',
  moDirectStatus: 'MobilePlansMoDirectStatus',
  modirectStatus: 'MobilePlansMoDirectStatus',
}
