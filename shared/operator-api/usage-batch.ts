/** What charging sends: a batch of usage reports, read whole before anything of it is applied. */
import * as v from 'valibot'
import { type Iccid, parseIccid } from '../domain/identifiers'
import { bytesPerMB, maxUsageIdLength } from '../domain/usage'
import type { UsageReport } from '../fulfilment/usage'

/** Reports in one batch. */
export const maxUsageReports = 1_000
/** A report of more is one in wrong units. 1 TiB. */
export const maxReportBytes = 2 ** 40
/** Clocks differ; what is further ahead is wrong. */
export const usageAheadMs = 10 * 60_000
/** Older reports are wrong, too: nobody settles a year that is over by its reports. */
export const usageOldestMs = 400 * 24 * 60 * 60_000
/** So many faults are told; the rest are most likely the same. */
const faultsTold = 20

/** What is wrong with a batch. Never holds a value that was sent. */
export interface UsageFault {
  /** Which event, from 0; absent: the batch itself. */
  index?: number
  /** Which of its fields; absent: the event itself. */
  field?: string
  message: string
}

export type UsageBatch = { ok: true; reports: UsageReport[] } | { ok: false; faults: UsageFault[]; count: number }

const id = v.pipe(
  v.string('is text'),
  v.regex(/^[\x21-\x7e]+$/, 'is visible ASCII characters'),
  v.maxLength(maxUsageIdLength, `has at most ${maxUsageIdLength} characters`),
)
const iccid = v.pipe(
  v.string('is text: as a number it would be rounded'),
  v.rawTransform(({ dataset, addIssue, NEVER }): Iccid => {
    const parsed = parseIccid(dataset.value)
    if (parsed !== undefined) return parsed
    addIssue({ message: 'is 18 to 20 digits' })
    return NEVER
  }),
)
const amount = (unit: string, most: number) =>
  v.pipe(v.number('is a number'), v.minValue(0, 'is not negative'), v.maxValue(most, `is at most ${most} ${unit}`))
const bytes = v.pipe(amount('bytes', maxReportBytes), v.integer('is whole'))
const megabytes = amount('megabytes', maxReportBytes / bytesPerMB)

function eventSchema(now: Date) {
  const at = v.pipe(
    v.string('is text'),
    v.rawTransform(({ dataset, addIssue, NEVER }): string => {
      const instant = parseInstant(dataset.value)
      const wrong =
        instant === undefined ? 'is ISO 8601 with an offset, such as 2026-03-01T12:00:00Z' : offTime(instant, now)
      if (wrong === undefined && instant !== undefined) return instant.toISOString()
      addIssue({ message: wrong ?? '' })
      return NEVER
    }),
  )
  return v.pipe(
    v.strictObject({ id, iccid, at, bytes: v.optional(bytes), megabytes: v.optional(megabytes) }),
    v.check(
      (event) => (event.bytes === undefined) !== (event.megabytes === undefined),
      'has either bytes or megabytes',
    ),
  )
}

/**
 * Reads a batch: `{events: [{id, iccid, at, bytes | megabytes}]}`. Instants become UTC with milliseconds; a megabyte is 1,048,576 bytes,
 * as in plans. All faults are found before anybody applies anything.
 *
 * @param body parsed JSON
 */
export function parseUsageBatch(body: unknown, now: Date): UsageBatch {
  const outer = v.safeParse(v.strictObject({ events: v.array(v.unknown()) }), body)
  if (!outer.success) return bad([{ message: 'the body is {"events": […]} and nothing else' }])
  const { events } = outer.output
  if (events.length === 0 || events.length > maxUsageReports)
    return bad([{ field: 'events', message: `has 1 to ${maxUsageReports} entries, not ${events.length}` }])
  const schema = eventSchema(now)
  const reports: UsageReport[] = []
  const faults: UsageFault[] = []
  for (const [index, event] of events.entries()) {
    // To the schema a list would be an object with strange fields.
    if (Array.isArray(event)) {
      faults.push({ index, message: 'is an object' })
      continue
    }
    const parsed = v.safeParse(schema, event)
    if (!parsed.success) {
      faults.push(...parsed.issues.map((issue) => faultOf(index, issue)))
      continue
    }
    const { bytes: given, megabytes: inMB = 0, ...report } = parsed.output
    reports.push({ ...report, bytes: given ?? Math.round(inMB * bytesPerMB) })
  }
  return faults.length > 0 ? bad(faults) : { ok: true, reports }
}

function bad(faults: UsageFault[]): UsageBatch {
  return { ok: false, faults: faults.slice(0, faultsTold), count: faults.length }
}

function faultOf(index: number, issue: v.BaseIssue<unknown>): UsageFault {
  const key = issue.path?.[0]?.key
  // A key that nobody knows is whatever was sent: it is not repeated.
  if (issue.type === 'strict_object' && issue.expected === 'never')
    return { index, message: 'has a field that is not known' }
  if (typeof key !== 'string')
    return { index, message: issue.type === 'strict_object' ? 'is an object' : issue.message }
  return { index, field: key, message: issue.received === 'undefined' ? 'is missing' : issue.message }
}

function offTime(instant: Date, now: Date): string | undefined {
  const ahead = instant.getTime() - now.getTime()
  if (ahead > usageAheadMs) return `is more than ${usageAheadMs / 60_000} minutes ahead`
  return -ahead > usageOldestMs ? `is more than ${usageOldestMs / 86_400_000} days ago` : undefined
}

/** `2026-03-01T12:00:00.5+01:00`: a real date, to the millisecond. Without an offset it could be any of 26 hours. */
export function parseInstant(text: string): Date | undefined {
  const match =
    /^(\d{4}-\d\d-)(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/.exec(text)
  if (match === null) return undefined
  // `Date` would read the 30th of February as a day of March.
  const midnight = new Date(`${match[1]}${match[2]}T00:00:00Z`)
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(match[2])) return undefined
  const instant = new Date(text)
  return Number.isNaN(instant.getTime()) ? undefined : instant
}
