/**
 * `ms-settings:cellular-id`: Windows 11 shares the device's identifiers with a page if the person agrees, by opening a callback URL of ours
 * in the default browser. Nothing tells the page of a refusal, so there is always the manual entry as well (`device-entry.ts`).
 *
 * @see Windows "Request device identifiers for eSIM provisioning"
 */
import { type Eid, type Iccid, type Imei, parseEid, parseIccid, parseImei } from './identifiers'
import { parseRawQuery } from './raw-query'

/** What Windows can fill in. */
export type DevicePlaceholder = 'eid' | 'imei' | 'iccid' | 'make' | 'model'

/** The link would not be understood by Windows. A fault of the caller. */
export class CellularIdLinkError extends Error {
  constructor(
    readonly code:
      | 'callback_not_https'
      | 'callback_value_unsafe'
      | 'callback_without_placeholder'
      | 'callback_too_long',
    message: string,
  ) {
    super(message)
    this.name = 'CellularIdLinkError'
  }
}

/** No limit is documented for the link; we stay well below what any browser hands on. */
const maxLinkLength = 1000

/**
 * The link that asks Windows for identifiers. The callback URL stands in it raw, as in the documented samples: percent-encoding would hide the
 * placeholders. Therefore our own values may only be of characters that never need encoding, they come first, and nothing follows.
 *
 * @param request `callbackUrl`: https, without query and fragment; `values`: our own parameters, such as `state`;
 *   `ask`: what to share. Do not ask for `eid` on behalf of a physical SIM: Windows then refuses.
 * @throws {CellularIdLinkError} see its codes
 */
export function cellularIdLink(request: {
  callbackUrl: string
  values: Readonly<Record<string, string>>
  ask: readonly DevicePlaceholder[]
}): string {
  const { callbackUrl, values, ask } = request
  if (!/^https:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._~/-]*)?$/.test(callbackUrl)) {
    throw new CellularIdLinkError('callback_not_https', 'the callback URL must be https, without query and fragment')
  }
  if (ask.length === 0) throw new CellularIdLinkError('callback_without_placeholder', 'nothing is asked for')
  for (const part of Object.entries(values).flat()) {
    if (!/^[A-Za-z0-9._~-]+$/.test(part)) {
      throw new CellularIdLinkError('callback_value_unsafe', 'own values may hold A–Z a–z 0–9 . _ ~ - only')
    }
  }
  const own = Object.entries(values).map(([name, value]) => `${name}=${value}`)
  const asked = [...new Set(ask)].map((name) => `${name}={${name}}`)
  const link = `ms-settings:cellular-id?callbackUrl=${callbackUrl}?${[...own, ...asked].join('&')}`
  if (link.length > maxLinkLength)
    throw new CellularIdLinkError('callback_too_long', `link of ${link.length} characters`)
  return link
}

/** What came back: claims, since anyone can open the URL. Whatever is absent is unknown. */
export interface DeviceCallback {
  /** Our single-use value; absent when it was missing or is none that we would make. */
  state?: string
  eid?: Eid
  imei?: Imei
  /** Of the active SIM, perhaps another operator's. */
  iccid?: Iccid
  /** Maker and model of the PC, at most 256 characters; escape on output. */
  make?: string
  model?: string
  /** Fields that held something we could not use. */
  unusable: DevicePlaceholder[]
}

/** Outcome of {@link parseDeviceCallback}. */
export type ParsedDeviceCallback =
  | { ok: true; callback: DeviceCallback }
  | { ok: false; problem: 'too-long'; field: 'query' }

/**
 * Reads the callback's query. A value that is missing, empty, or still a placeholder (`{iccid}`) is unknown, as what Windows does without a value
 * is not documented; so is one that fails its check, which is then listed as unusable.
 *
 * @param rawQuery undecoded, with or without `?`
 */
export function parseDeviceCallback(rawQuery: string): ParsedDeviceCallback {
  const query = parseRawQuery(rawQuery)
  if (query === undefined) return { ok: false, problem: 'too-long', field: 'query' }
  const callback: DeviceCallback = { unusable: [] }
  const read = <T>(name: DevicePlaceholder, parse: (text: string) => T | undefined): T | undefined => {
    // Only the start is trimmed: a blank at the end may be a spoilt `+` of base64.
    const text = (query.values.get(name) ?? '').trimStart()
    if (text === '' || /^\{\w*\}$/.test(text)) return undefined
    const value = parse(text)
    if (value === undefined) callback.unusable.push(name)
    return value
  }
  const state = query.values.get('state') ?? ''
  if (/^[A-Za-z0-9._~-]{16,128}$/.test(state)) callback.state = state
  const eid = read('eid', parseEid)
  const imei = read('imei', parseImei)
  const iccid = read('iccid', parseIccid)
  const make = read('make', parseBase64Text)
  const model = read('model', parseBase64Text)
  if (eid !== undefined) callback.eid = eid
  if (imei !== undefined) callback.imei = imei
  if (iccid !== undefined) callback.iccid = iccid
  if (make !== undefined) callback.make = make
  if (model !== undefined) callback.model = model
  return { ok: true, callback }
}

/** Base64 of UTF-8 text in either alphabet, padded or not; a blank is a `+` that form encoding has spoilt. */
function parseBase64Text(text: string): string | undefined {
  const base64 = text
    .replaceAll(' ', '+')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={1,2}$/, '')
  if (base64.length > 1400 || base64.length % 4 === 1 || !/^[A-Za-z0-9+/]+$/.test(base64)) return undefined
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64')).trim()
    return decoded !== '' && decoded.length <= 256 && !/\p{Cc}/u.test(decoded) ? decoded : undefined
  } catch (error) {
    if (error instanceof TypeError) return undefined // not UTF-8
    throw error
  }
}
