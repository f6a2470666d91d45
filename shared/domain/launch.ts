/**
 * The launch of the portal by the Mobile Plans app: query parameters of `GET /portal`. All of them are unauthenticated input: they prefill
 * and steer, and never identify a person.
 *
 * @see Mobile Plans "Web portal" (parameters) and "eSIM error handling" (headers)
 */
import { isCountryCode } from './countries'
import { type DeviceReport, parseDeviceReport } from './device-report'
import {
  type Eid,
  type Iccid,
  type Imei,
  iccidHasValidLuhn,
  imeiHasValidLuhn,
  maxTransactionIdLength,
  parseEid,
  parseIccid,
  parseImei,
  parseTransactionId,
  type TransactionId,
} from './identifiers'
import { parseRawQuery, type RawQuery } from './raw-query'

/** Parameters that we read; all others are ignored, as the app may add some. */
export type LaunchField = 'eid' | 'iccids' | 'iccid' | 'imei' | 'location' | 'market' | 'transactionId'

/** Something odd that does not keep the page from loading. */
export interface LaunchWarning {
  field: LaunchField
  problem: 'missing' | 'repeated' | 'check-digit' | 'wrong-length' | 'not-a-country' | 'malformed'
}

/** A launch, or a bare visit (`isLaunch` false). Plain JSON: it is kept in the session. */
export interface Launch {
  /** The query holds an EID or ICCID, which only the app sends. Without one: a browser visitor or a monitor. */
  isLaunch: boolean
  /** `physical` when `iccid` came, `esim` when `eid` or `iccids` did. */
  sim: 'esim' | 'physical' | 'unknown'
  /** Only when its check digits pass: a wrong EID would cost a profile. */
  eid?: Eid
  imei?: Imei
  /** Of the physical SIM. */
  iccid?: Iccid
  /** This operator's profiles on the eSIM; empty when none were sent. */
  iccids: Iccid[]
  /** Country of the present place, upper case. */
  location?: string
  /** Country of the PC's region setting, upper case. */
  market?: string
  transactionId?: TransactionId
  warnings: LaunchWarning[]
  /** What the app reported about an earlier download. */
  report: DeviceReport
}

/** Outcome of {@link parseLaunch}. A refusal gets the explaining page (400), which names the field and never the value. */
export type ParsedLaunch =
  | { ok: true; launch: Launch }
  | { ok: false; problem: 'too-long' | 'not-digits'; field: LaunchField | 'query' }

/** Longest accepted value, in characters after decoding and trimming. Countries get slack: a wrong one only warns. */
const limits: Record<Exclude<LaunchField, 'iccids'>, number> = {
  eid: 32,
  iccid: 21,
  imei: 15,
  location: 16,
  market: 16,
  transactionId: maxTransactionIdLength,
}

/** More profiles than any eSIM holds. */
const maxIccids = 64

/**
 * Reads a launch. Refused are only identifiers with anything but digits, over-long values and queries of more than 8 KB; what is missing,
 * repeated (the first counts), unknown, too short or wrong in its check digit loads with a warning.
 *
 * @param request `rawQuery`: undecoded, with or without `?`; `headers`: of the same request
 */
export function parseLaunch(request: { rawQuery: string; headers: Pick<Headers, 'get'> }): ParsedLaunch {
  const query = parseRawQuery(request.rawQuery)
  if (query === undefined) return { ok: false, problem: 'too-long', field: 'query' }
  const value = (field: LaunchField) => {
    const text = query.values.get(field) ?? ''
    // Samples hold a blank after `eid=` and between ICCIDs, which form encoding writes as `+`; a transaction id may hold a real one.
    return (field === 'transactionId' ? text : text.replaceAll('+', ' ')).trim()
  }

  for (const [field, limit] of Object.entries(limits) as [Exclude<LaunchField, 'iccids'>, number][]) {
    if (value(field).length > limit) return { ok: false, problem: 'too-long', field }
  }
  const iccidTexts = value('iccids')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  if (iccidTexts.length > maxIccids) return { ok: false, problem: 'too-long', field: 'iccids' }
  const identifiers: [LaunchField, string][] = [
    ['eid', value('eid')],
    ['imei', value('imei')],
    ['iccid', value('iccid').replace(/F$/i, '')],
    ...iccidTexts.map((item): [LaunchField, string] => ['iccids', item.replace(/F$/i, '')]),
  ]
  for (const [field, text] of identifiers) {
    if (!/^\d*$/.test(text)) return { ok: false, problem: 'not-digits', field }
    if (field.startsWith('iccid') && text.length > 20) return { ok: false, problem: 'too-long', field }
  }

  const warnings: LaunchWarning[] = []
  const launch: Launch = {
    isLaunch: value('eid') !== '' || value('iccid') !== '' || iccidTexts.length > 0,
    sim: value('iccid') !== '' ? 'physical' : value('eid') !== '' || iccidTexts.length > 0 ? 'esim' : 'unknown',
    iccids: [
      ...new Set(iccidTexts.map((item) => readIccid('iccids', item, warnings)).filter((item) => item !== undefined)),
    ],
    warnings,
    report: parseDeviceReport(request.headers),
  }
  readDevice(launch, value)
  readSurroundings(launch, value, query)
  for (const field of query.repeated) if (isField(field)) warnings.push({ field, problem: 'repeated' })
  return { ok: true, launch }
}

function isField(name: string): name is LaunchField {
  return name === 'iccids' || Object.hasOwn(limits, name)
}

function readIccid(field: 'iccid' | 'iccids', text: string, warnings: LaunchWarning[]): Iccid | undefined {
  const iccid = parseIccid(text)
  if (iccid === undefined) warnings.push({ field, problem: 'wrong-length' })
  else if (!iccidHasValidLuhn(iccid)) warnings.push({ field, problem: 'check-digit' })
  return iccid
}

function readDevice(launch: Launch, value: (field: LaunchField) => string): void {
  const { warnings } = launch
  if (value('eid') !== '') {
    const eid = parseEid(value('eid'))
    if (eid !== undefined) launch.eid = eid
    else warnings.push({ field: 'eid', problem: value('eid').length === 32 ? 'check-digit' : 'wrong-length' })
  }
  if (value('iccid') !== '') {
    const iccid = readIccid('iccid', value('iccid'), warnings)
    if (iccid !== undefined) launch.iccid = iccid
  }
  if (value('imei') !== '') {
    const imei = parseImei(value('imei'))
    if (imei === undefined) warnings.push({ field: 'imei', problem: 'wrong-length' })
    else {
      launch.imei = imei
      if (!imeiHasValidLuhn(imei)) warnings.push({ field: 'imei', problem: 'check-digit' })
    }
  } else if (launch.isLaunch) warnings.push({ field: 'imei', problem: 'missing' })
}

function readSurroundings(launch: Launch, value: (field: LaunchField) => string, query: RawQuery): void {
  const { warnings } = launch
  for (const field of ['location', 'market'] as const) {
    const code = value(field).toUpperCase()
    if (isCountryCode(code)) launch[field] = code
    else if (code !== '') warnings.push({ field, problem: 'not-a-country' })
    else if (launch.isLaunch) warnings.push({ field, problem: 'missing' })
  }
  const transactionId = parseTransactionId(value('transactionId'))
  if (transactionId !== undefined) launch.transactionId = transactionId
  if (query.malformed.has('transactionId') || (transactionId === undefined && value('transactionId') !== '')) {
    warnings.push({ field: 'transactionId', problem: 'malformed' })
  } else if (transactionId === undefined && launch.isLaunch)
    warnings.push({ field: 'transactionId', problem: 'missing' })
}
