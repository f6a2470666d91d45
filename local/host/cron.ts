import { HostError } from './errors'
import { parseTimeSpan } from './time-span'

/** When a timer is due. */
export interface Schedule {
  /** The first instant after `after` that is due, whole seconds, UTC; `undefined` when there is none. */
  next(after: Date): Date | undefined
}

interface Field {
  name: string
  least: number
  most: number
  names?: readonly string[]
}

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]
const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const fields: readonly Field[] = [
  { name: 'second', least: 0, most: 59 },
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: months },
  { name: 'day of week', least: 0, most: 6, names: days },
]

/** 29 February may be eight years away; a day of the week on top, 40. */
const searchedYears = 41

/**
 * Parses an NCRONTAB expression (six fields, or five without seconds) or a time span such as `00:00:30`.
 *
 * Day and day of week must **both** fit, unlike in Unix cron. Times are UTC.
 *
 * @throws {HostError} `schedule_invalid`
 * @see "Timer trigger for Azure Functions", section "NCRONTAB expressions"
 */
export function parseSchedule(text: string): Schedule {
  const parts = text.trim().split(/\s+/)
  const span = parts.length === 1 ? parseTimeSpan(text) : undefined
  if (span !== undefined && span > 0) return { next: (after) => new Date(after.getTime() + span) }
  if (parts.length !== 5 && parts.length !== 6) throw invalid(text, 'expected six fields')
  const six = parts.length === 5 ? ['0', ...parts] : parts
  const sets = fields.map((field, index) => parseField(six[index] ?? '', field, text))
  const schedule = { next: (after: Date) => nextOf(sets, after) }
  if (!schedule.next(new Date(0))) throw invalid(text, 'no date ever fits')
  return schedule
}

/**
 * Whether the schedule can be due more than once a minute; the host then keeps no status for it.
 *
 * @see Azure/azure-webjobs-sdk-extensions `TimerSchedule.cs`
 */
export function isSubMinute(schedule: Schedule, from: Date): boolean {
  const first = schedule.next(from)
  const second = first && schedule.next(first)
  return first !== undefined && second !== undefined && second.getTime() - first.getTime() < 60_000
}

function nextOf(sets: readonly ReadonlySet<number>[], after: Date): Date | undefined {
  const [seconds, minutes, hours, daysOfMonth, monthSet, weekdays] = sets
  const at = new Date(Math.floor(after.getTime() / 1000) * 1000 + 1000)
  const lastYear = at.getUTCFullYear() + searchedYears
  while (at.getUTCFullYear() <= lastYear) {
    if (!monthSet?.has(at.getUTCMonth() + 1)) {
      at.setUTCMonth(at.getUTCMonth() + 1, 1)
      at.setUTCHours(0, 0, 0)
    } else if (!daysOfMonth?.has(at.getUTCDate()) || !weekdays?.has(at.getUTCDay())) {
      at.setUTCDate(at.getUTCDate() + 1)
      at.setUTCHours(0, 0, 0)
    } else if (!hours?.has(at.getUTCHours())) at.setUTCHours(at.getUTCHours() + 1, 0, 0)
    else if (!minutes?.has(at.getUTCMinutes())) at.setUTCMinutes(at.getUTCMinutes() + 1, 0)
    else if (!seconds?.has(at.getUTCSeconds())) at.setUTCSeconds(at.getUTCSeconds() + 1)
    else return at
  }
  return undefined
}

/** `*`, `a`, `a-b`, each with `/step`, and lists of them; `a/step` runs to the end of the field. */
function parseField(text: string, field: Field, expression: string): Set<number> {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^(?:(\*)|([a-z\d]+)(?:-([a-z\d]+))?)(?:\/(\d+))?$/i.exec(part)
    if (!match) throw invalid(expression, `${field.name} '${part}' is malformed`)
    const step = Number(match[4] ?? 1)
    const from = match[1] ? field.least : numberOf(match[2] ?? '', field, expression)
    const single = match[4] === undefined ? from : field.most
    const to = match[1] ? field.most : match[3] === undefined ? single : numberOf(match[3], field, expression)
    if (step < 1 || from > to) throw invalid(expression, `${field.name} '${part}' is empty`)
    for (let value = from; value <= to; value += step) values.add(value)
  }
  return values
}

function numberOf(text: string, field: Field, expression: string): number {
  const named = field.names?.findIndex((name) => text.length >= 3 && name.startsWith(text.toLowerCase())) ?? -1
  const value = named >= 0 ? named + field.least : /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= field.least && value <= field.most))
    throw invalid(expression, `${field.name} '${text}' is out of range`)
  return value
}

function invalid(expression: string, why: string): HostError {
  return new HostError('schedule_invalid', `The schedule expression '${expression}' was not recognized: ${why}`)
}
