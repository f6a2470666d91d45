/**
 * The requests of GetOffers (`GET …/sims/{simId}/offers?limit=…&imei=…`) and GetNotifications (`…/notifications?notificationType=…&limit=…&imei=…`).
 *
 * @see Mobile Plans "Gateway" and "Notifications"
 */
import { type NotificationType, notificationTypes } from './gateway-schema'
import { type BadParameter, parseLimit } from './get-balance-request'
import { type Iccid, parseIccid } from './identifiers'

/** A valid request for offers. */
export interface OffersRequest {
  iccid: Iccid
  limit: number
  /** As received: the documents' sample has four digits. */
  imei?: string
}

/** A valid request for notifications. */
export interface NotificationsRequest extends OffersRequest {
  type: NotificationType
  /** As received, for the answer. */
  typeAsReceived: string
}

type Parsed<T, P extends string> = { ok: true; request: T } | BadParameter<P>

/** Longest `imei` that is looked at. */
const maxImeiLength = 64

/** Checks a request for offers. `limit` is required here; parameters come before the SIM. */
export function parseOffersRequest(
  simId: string,
  query: URLSearchParams,
): Parsed<OffersRequest, 'simId' | 'limit' | 'imei'> {
  const limit = parseLimit(query)
  if (!limit.ok) return limit
  if (limit.value === undefined) return bad('limit', 'limit is missing')
  const imeis = query.getAll('imei')
  if (imeis.length > 1) return bad('imei', 'imei must be given once')
  const imei = imeis[0] ?? ''
  if (imei.length > maxImeiLength) return bad('imei', `imei must have at most ${maxImeiLength} characters`)
  const iccid = parseIccid(simId)
  if (iccid === undefined) return bad('simId', 'there is no such SIM')
  return { ok: true, request: { iccid, limit: limit.value, ...(imei === '' ? {} : { imei }) } }
}

/** Checks a request for notifications. */
export function parseNotificationsRequest(
  simId: string,
  query: URLSearchParams,
): Parsed<NotificationsRequest, 'simId' | 'notificationType' | 'limit' | 'imei'> {
  const given = query.getAll('notificationType')
  if (given.length > 1) return bad('notificationType', 'notificationType must be given once')
  const typeAsReceived = given[0] ?? ''
  const type = parseNotificationType(typeAsReceived)
  if (type === undefined) {
    const fault = given.length === 0 ? 'notificationType is missing: it' : 'notificationType'
    return bad('notificationType', `${fault} must be one of ${notificationTypes.join(', ')}`)
  }
  const rest = parseOffersRequest(simId, query)
  return rest.ok ? { ok: true, request: { ...rest.request, type, typeAsReceived } } : rest
}

/** The documents write `LowBalance`, `lowBalance` and, earlier, `Low Balance`: case and blanks do not count. */
function parseNotificationType(text: string): NotificationType | undefined {
  if (text.length > 40) return undefined
  const plain = text.replaceAll(' ', '').toLowerCase()
  return notificationTypes.find((type) => type.toLowerCase() === plain)
}

function bad<P extends string>(parameter: P, message: string): BadParameter<P> {
  return { ok: false, parameter, message }
}
