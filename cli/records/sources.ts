import { purchaseColumns, purchaseRecord } from '../../shared/domain/purchase-record'
import { usageLateMs } from '../../shared/domain/usage'
import { usageColumns } from '../../shared/domain/usage-record'
import { readSettled } from '../../shared/fulfilment/purchase-records'
import { readUsage } from '../../shared/fulfilment/usage-records'
import { usageAheadMs } from '../../shared/operator-api/usage-batch'
import type { DocumentStore } from '../../shared/platform/ports'

/** What can be exported. */
export type RecordKind = 'purchases' | 'usage'

type Line = Readonly<Record<string, string | number | null>>

/** Where records of a kind come from: read in steps of so long, each whole. */
export interface Source {
  columns: readonly string[]
  /** The column by whose instant a record belongs to a period. */
  by: string
  stepMs: number
  read(documents: DocumentStore, step: Date): AsyncIterable<Line>
  /** The end of what can be exported now. */
  complete(now: number): number
  /** Records from here on may change or become more. */
  final(now: number): number
}

/**
 * A purchase shows as soon as its order is closed. The entry is written first, then the order; whatever holds that up longer than a
 * function may run (five minutes, `functionTimeout` of host.json) has ended before, so that no later export finds what an earlier one missed.
 */
const settlingMs = 10 * 60_000
const HOUR_MS = 60 * 60_000

/** @param language of the names of plans; absent: the first that a plan has */
export function sourceOf(kind: RecordKind, language: string | undefined): Source {
  switch (kind) {
    case 'purchases':
      return {
        columns: purchaseColumns,
        by: 'settledAt',
        stepMs: 24 * HOUR_MS,
        async *read(documents, day) {
          for await (const order of readSettled(documents, day)) yield purchaseRecord(order, language)
        },
        complete: (now) => now - settlingMs,
        final: (now) => now,
      }
    case 'usage':
      return {
        columns: usageColumns,
        by: 'at',
        stepMs: HOUR_MS,
        async *read(documents, hour) {
          for await (const record of readUsage(documents, hour)) yield { ...record }
        },
        complete: (now) => now + usageAheadMs,
        final: (now) => now - usageLateMs,
      }
  }
}
