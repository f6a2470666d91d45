/**
 * What the app tells about a failed download when the person comes back to the portal: the `X-MP-LPAError-*` request headers. They come
 * with the launch request only, are claims of an unauthenticated client, and never keep a page from loading.
 *
 * @see Mobile Plans "eSIM error handling"
 */
import { classifyDownloadError, type DownloadErrorCode } from './download-error'
import { type Iccid, parseIccid } from './identifiers'

/** One reported result. */
export interface DeviceError {
  /** Name as Windows spells it; an unknown name is `Other`. */
  code: DownloadErrorCode
  /** ISO 8601, UTC; absent: none was given, or it could not be read. */
  at?: string
}

/** Everything that was reported. */
export interface DeviceReport {
  /** In the order of the header; the last 50 at most. */
  errors: DeviceError[]
  /** The error to act on: the latest by time; without any times the last in the list. */
  errorToActOn?: DeviceError
  /** Profile that failed. The header's name is a plural, its value a single ICCID; of several the first counts. */
  iccid?: Iccid
}

const maxErrors = 50

/** Reads the three headers. Codes and times are paired by position; a missing or unreadable time is unknown. */
export function parseDeviceReport(headers: Pick<Headers, 'get'>): DeviceReport {
  const codes = listOf(headers.get('X-MP-LPAError-Codes'))
  const times = listOf(headers.get('X-MP-LPAError-TimeStamps'))
  const errors = codes
    .map((name, index): DeviceError | undefined => {
      if (name === '') return undefined
      const at = parseDeviceTime(times[index] ?? '')
      return { code: classifyDownloadError(name), ...(at === undefined ? {} : { at: at.toISOString() }) }
    })
    .filter((error) => error !== undefined)
    .slice(-maxErrors)
  const iccid = parseIccid(listOf(headers.get('X-MP-LPAError-ICCIDs'))[0] ?? '')
  const errorToActOn = latest(errors)
  return { errors, ...(errorToActOn ? { errorToActOn } : {}), ...(iccid ? { iccid } : {}) }
}

/** Items of a header; empty ones are kept, as they hold the place of what they pair with. */
function listOf(header: string | null): string[] {
  return header === null || header.trim() === ''
    ? []
    : header
        .slice(0, 4000)
        .split(',')
        .map((item) => item.trim())
}

function latest(errors: readonly DeviceError[]): DeviceError | undefined {
  const timed = errors.filter((error) => error.at !== undefined)
  if (timed.length === 0) return errors.at(-1)
  // `at` is ISO 8601 in UTC with a fixed number of digits: text order is time order. Of equals the later in the list counts.
  return timed.reduce((best, error) => ((error.at ?? '') >= (best.at ?? '') ? error : best))
}

const usTime =
  /^(\d{1,2})\/(\d{1,2})\/(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(?:\s*([AaPp][Mm]))?(?:\s*(Z|UTC|GMT|[+-]\d{1,2}:?\d{2}))?$/i

/**
 * Reads a time of the error headers: `3/2/2024 9:05:07 AM` in US order, with an optional offset (`Z`, `+01:00`). The documentation promises
 * an offset and shows none; without one it counts as UTC. 24-hour and ISO 8601 times are read too.
 */
export function parseDeviceTime(text: string): Date | undefined {
  const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/i.exec(text)
  if (iso) return validDate(new Date(iso[1] === undefined ? `${text}Z` : text))
  const match = usTime.exec(text)
  if (!match) return undefined
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const half = match[7]?.toLowerCase()
  if (month < 1 || month > 12 || minute > 59 || second > 59) return undefined
  if (half === undefined ? hour > 23 : hour < 1 || hour > 12) return undefined
  const hour24 = half === undefined ? hour : (hour % 12) + (half === 'pm' ? 12 : 0)
  const date = new Date(Date.UTC(year, month - 1, day, hour24, minute, second))
  // Date.UTC carries a 31 February over into March: such a text names no day.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return validDate(new Date(date.getTime() - offsetMinutes(match[8] ?? 'Z') * 60_000))
}

function offsetMinutes(text: string): number {
  const match = /^([+-])(\d{1,2}):?(\d{2})$/.exec(text)
  if (!match) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3])
  return match[1] === '-' ? -minutes : minutes
}

function validDate(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date
}
