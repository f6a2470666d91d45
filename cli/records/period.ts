import { parseInstant, usageOldestMs } from '../../shared/operator-api/usage-batch'
import { CliError } from '../io'

/** From `from` on, up to and without `to`; milliseconds since 1970. */
export interface Period {
  from: number
  to: number
}

const DAY_MS = 24 * 60 * 60_000
/** How far back an export begins where nobody says so. */
export const usualDays = 31
/** No record can be older: usage may be reported so late, and be kept so long. */
const oldestMs = usageOldestMs + 3650 * DAY_MS

/** Reads `2026-03-01` (its midnight, UTC) or an instant with an offset; undefined: neither. */
export function parseMoment(text: string): number | undefined {
  return parseInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)?.getTime()
}

/**
 * The period to export.
 *
 * @param complete records are complete up to this instant; where nobody says how far to go, it is that
 * @throws {CliError} `usage`
 */
export function periodOf(asked: { from?: number; to?: number }, complete: number, now: number): Period {
  const { from = Math.floor(now / DAY_MS) * DAY_MS - usualDays * DAY_MS, to = complete } = asked
  if (from >= to) throw new CliError('usage', '--from must be earlier than --to')
  if (from < now - oldestMs) throw new CliError('usage', '--from is so long ago that there can be no records')
  if (to > complete)
    throw new CliError(
      'usage',
      `--to can be at most ${new Date(complete).toISOString()} now: what comes later may not be complete yet`,
    )
  return { from, to }
}
