/**
 * The record of a report of usage, for the operator's books. Its columns are this project's own: Microsoft speaks of CDR, SDR and TDR and
 * publishes no format for them.
 */

/** The columns, in the order of the export. What each means: "Export of records" in `docs/operator.md`. */
export const usageColumns = ['at', 'iccid', 'eventId', 'bytes', 'standing', 'receivedAt'] as const

/** One report, as charging sent it, and what became of it. */
export interface UsageRecord {
  /** ISO 8601, UTC: when the data was used. */
  at: string
  iccid: string
  eventId: string
  bytes: number
  /** `late` and `unknown`: it was not counted; people settle it otherwise, or have done so. */
  standing: 'counted' | 'late' | 'unknown'
  /** ISO 8601, UTC: when the batch came that says so. */
  receivedAt: string
}

/** How long records are kept where operator.json says nothing. */
export const defaultUsageRecordDays = 400
