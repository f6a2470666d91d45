/** Durations: ISO 8601 text at the borders, milliseconds inside. Months and years are refused, as their length varies. */

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/**
 * Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as `P30D`, `P2W`, `PT12H`.
 * No fractions, no sign, no years or months.
 *
 * @returns milliseconds
 */
export function parseDuration(text: string): number | undefined {
  const match = /^P(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,10})S)?)?$/.exec(text)
  if (!match || text.endsWith('P') || text.endsWith('T')) return undefined
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((digits) => Number(digits ?? 0))
  return (
    (weeks ?? 0) * 7 * day + (days ?? 0) * day + (hours ?? 0) * hour + (minutes ?? 0) * minute + (seconds ?? 0) * second
  )
}

/** A number of milliseconds in whole days, hours, minutes and seconds. */
interface Parts {
  days: number
  hours: number
  minutes: number
  seconds: number
}

function partsOf(ms: number): Parts {
  const left = Number.isFinite(ms) ? Math.max(0, ms) : 0
  return {
    days: Math.floor(left / day),
    hours: Math.floor((left % day) / hour),
    minutes: Math.floor((left % hour) / minute),
    seconds: Math.floor((left % minute) / second),
  }
}

/**
 * Writes an ISO 8601 duration of days, hours, minutes and seconds, rounded down to the second; `PT0S` for nothing or less.
 * The form GetBalance answers in: `P12DT6H`.
 *
 * @param ms milliseconds
 */
export function formatDuration(ms: number): string {
  const { days, hours, minutes, seconds } = partsOf(ms)
  const date = days > 0 ? `${days}D` : ''
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 ? `${seconds}S` : ''}`
  if (date === '' && time === '') return 'PT0S'
  return time === '' ? `P${date}` : `P${date}T${time}`
}

/**
 * A duration for people, in the two largest units that matter: "30 days", "3 hours, 20 minutes". Under a minute: seconds.
 *
 * @param ms milliseconds
 * @param language BCP 47 tag
 */
export function describeDuration(ms: number, language: string): string {
  const { days, hours, minutes, seconds } = partsOf(ms)
  const units: [number, string][] = [
    [days, 'day'],
    [hours, 'hour'],
    [minutes, 'minute'],
  ]
  const first = units.findIndex(([count]) => count > 0)
  const shown =
    first < 0 ? [[seconds, 'second'] as const] : units.slice(first, first + 2).filter(([count]) => count > 0)
  const words = shown.map(([count, unit]) =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count),
  )
  return new Intl.ListFormat(language, { type: 'unit', style: 'long' }).format(words)
}
