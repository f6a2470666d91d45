import { headerCode } from './lpa-errors'
import type { Settings } from './settings'

/** A failed download that the app has still to tell the portal about. */
export interface EarlierError {
  /** As in `allErrors`. */
  error: string
  at: Date
  iccid?: string | undefined
}

/** The documents show parameters in different orders; launches take turns. */
const orders = [
  ['market', 'location', 'transactionId', 'eid', 'imei', 'iccids', 'iccid'],
  ['iccid', 'eid', 'imei', 'iccids', 'market', 'transactionId', 'location'],
  ['transactionId', 'eid', 'iccid', 'iccids', 'imei', 'location', 'market'],
] as const

/**
 * Query of a launch by the Mobile Plans app, percent-encoded once ("Web portal": launch parameters).
 *
 * @param iccids this operator's profiles on the eUICC, or the card's one ICCID
 * @param turn   counts launches; decides the order of the parameters
 */
export function launchQuery(
  settings: Settings,
  iccids: readonly string[],
  transactionId: string,
  turn: number,
): string {
  const blank = settings.blanksInLaunch ? '%20' : ''
  const values: Record<string, string | undefined> = {
    market: encodeURIComponent(settings.market),
    location: encodeURIComponent(settings.location),
    transactionId: encodeURIComponent(transactionId),
    imei: settings.imei,
  }
  if (settings.sim === 'physical') values.iccid = iccids[0]
  else {
    values.eid = blank + settings.eid
    if (iccids.length > 0) values.iccids = iccids.join(`,${blank}`)
  }
  const order = orders[turn % orders.length] ?? orders[0]
  return order.flatMap((name) => (values[name] === undefined ? [] : [`${name}=${values[name]}`])).join('&')
}

/** `M/D/YYYY h:mm:ss AM/PM` in UTC, as in the documented header example, which carries no offset. */
export function headerTime(at: Date): string {
  const hours = at.getUTCHours()
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${hours % 12 === 0 ? 12 : hours % 12}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
  return `${at.getUTCMonth() + 1}/${at.getUTCDate()}/${at.getUTCFullYear()} ${clock} ${hours < 12 ? 'AM' : 'PM'}`
}

/** The three `X-MP-LPAError-*` headers ("eSIM error handling"); none without an error. Only the latest ICCID is sent. */
export function errorHeaders(errors: readonly EarlierError[]): Record<string, string> {
  if (errors.length === 0) return {}
  const iccid = errors.findLast((error) => error.iccid !== undefined)?.iccid
  return {
    'X-MP-LPAError-Codes': errors.map((error) => headerCode(error.error)).join(','),
    'X-MP-LPAError-TimeStamps': errors.map((error) => headerTime(error.at)).join(','),
    ...(iccid === undefined ? {} : { 'X-MP-LPAError-ICCIDs': iccid }),
  }
}
