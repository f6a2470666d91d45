/**
 * The request of GetBalance: `GET …/sims/{simId}/balances?fieldsTemplate=…&limit=…&location=…`.
 *
 * @see Mobile Plans "Account management"; "Integration" for the calls that must answer 200 and 400
 */
import { isCountryCode } from './countries'
import { type Iccid, parseIccid } from './identifiers'

/** A valid request. */
export interface GetBalanceRequest {
  iccid: Iccid
  fields: 'basic' | 'full'
  /** 0 to 2147483647; absent: all balances. */
  limit?: number
  /** ISO 3166-1 alpha-2, upper case; absent: everywhere. */
  location?: string
}

/** The parameter at fault. `simId` means 404 (there is no such SIM), every other 400. */
export interface BadParameter<P extends string> {
  ok: false
  parameter: P
  message: string
}

/** Outcome of {@link parseGetBalanceRequest}. */
export type ParsedGetBalanceRequest =
  | { ok: true; request: GetBalanceRequest }
  | BadParameter<'simId' | 'fieldsTemplate' | 'limit' | 'location'>

/** Largest limit: the documentation's "INT", taken as 32 bits. */
export const maxLimit = 2_147_483_647

/**
 * Checks a request. Query parameters come before the SIM: any bad one is 400 whatever SIM is asked for. Unknown parameters are ignored, a
 * known one given twice is refused.
 *
 * @param simId path segment, percent-decoded once
 */
export function parseGetBalanceRequest(simId: string, query: URLSearchParams): ParsedGetBalanceRequest {
  const fields = parseFields(query)
  if (!fields.ok) return fields
  const limit = parseLimit(query)
  if (!limit.ok) return limit
  const location = parseLocation(query)
  if (!location.ok) return location
  const iccid = parseIccid(simId)
  if (iccid === undefined) return bad('simId', 'there is no such SIM')
  return {
    ok: true,
    request: {
      iccid,
      fields: fields.value,
      ...(limit.value === undefined ? {} : { limit: limit.value }),
      ...(location.value === undefined ? {} : { location: location.value }),
    },
  }
}

type Parsed<T, P extends string> = { ok: true; value: T } | BadParameter<P>

function bad<P extends string>(parameter: P, message: string): BadParameter<P> {
  return { ok: false, parameter, message }
}

/** `fieldsTemplate`, which the integration page spells `fieldTemplate`: `basic` or `full` in any case, `basic` when absent. */
function parseFields(query: URLSearchParams): Parsed<'basic' | 'full', 'fieldsTemplate'> {
  const given = [...query.getAll('fieldsTemplate'), ...query.getAll('fieldTemplate')]
  if (given.length > 1) return bad('fieldsTemplate', 'fieldsTemplate must be given once')
  const text = given[0]?.toLowerCase() ?? 'basic'
  if (text === 'basic' || text === 'full') return { ok: true, value: text }
  return bad('fieldsTemplate', 'fieldsTemplate must be basic or full')
}

/** `limit`: a whole number from 0 to 2147483647; `undefined` when absent. GetOffers and GetNotifications read theirs with it too. */
export function parseLimit(query: URLSearchParams): Parsed<number | undefined, 'limit'> {
  const given = query.getAll('limit')
  if (given.length > 1) return bad('limit', 'limit must be given once')
  const text = given[0]
  if (text === undefined) return { ok: true, value: undefined }
  const limit = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (limit <= maxLimit) return { ok: true, value: limit }
  return bad('limit', `limit must be an integer from 0 to ${maxLimit}`)
}

/**
 * `location`: an assigned country code, wholly in upper or wholly in lower case (the documents call with both, and call it case-sensitive); absent
 * or empty means everywhere. `UK` is no ISO code but stands in a diagram: read as `GB`.
 */
function parseLocation(query: URLSearchParams): Parsed<string | undefined, 'location'> {
  const given = query.getAll('location')
  if (given.length > 1) return bad('location', 'location must be given once')
  const text = given[0] ?? ''
  if (text === '') return { ok: true, value: undefined }
  const code = /^(?:[A-Z]{2}|[a-z]{2})$/.test(text) ? text.toUpperCase() : ''
  if (code === 'UK') return { ok: true, value: 'GB' }
  if (isCountryCode(code)) return { ok: true, value: code }
  return bad('location', 'location must be an ISO 3166-1 alpha-2 country code, such as US or us')
}
