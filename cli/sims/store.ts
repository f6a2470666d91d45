import type { Iccid } from '../../shared/domain/identifiers'
import { importStock, type StockRow, stockPartition } from '../../shared/fulfilment/stock'
import type { DocumentStore } from '../../shared/platform/ports'
import { insertSim } from './sim-document'

/** A SIM to bring in: an eSIM for sale, or a SIM that already exists. */
export type NewSim = { iccid: Iccid; profileType: string } | { iccid: Iccid; kind: 'warm' | 'monitor' }

/** What an import did. */
export interface Imported {
  imported: number
  /** There already, in whatever state; left as they were. */
  known: number
}

/** How many rows are on their way at once. */
const workers = 8

/**
 * Brings SIMs in. Safe to repeat at any time: an ICCID that was sold since the first import has left the stock for `sims`, and a
 * repetition does not put it on sale again.
 *
 * @param onProgress called with the number done
 * @throws {StoreUnavailableError}
 */
export async function importSims(
  documents: DocumentStore,
  sims: readonly NewSim[],
  onProgress?: (done: number) => void,
): Promise<Imported> {
  const waiting = sims.values()
  let imported = 0
  let done = 0
  const work = async () => {
    for (const sim of waiting) {
      if (await importSim(documents, sim)) imported += 1
      done += 1
      onProgress?.(done)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return { imported, known: sims.length - imported }
}

async function importSim(documents: DocumentStore, sim: NewSim): Promise<boolean> {
  if ('kind' in sim) return (await insertSim(documents, sim.iccid, sim.kind)) === 'imported'
  return (await importStock(documents, [sim])).imported === 1
}

/**
 * Takes an ICCID off sale if it is free.
 *
 * @param profileTypes where to look: stock is kept by profile type
 * @returns the row as it then stands; `undefined` when it is not in stock
 */
export async function withdrawIfFree(
  documents: DocumentStore,
  profileTypes: readonly string[],
  iccid: Iccid,
): Promise<StockRow | undefined> {
  for (const profileType of profileTypes) {
    const partition = stockPartition(profileType, iccid)
    for (;;) {
      const stored = await documents.get<StockRow>('stock', partition, iccid)
      if (!stored) break
      if (stored.value.state !== 'free') return stored.value
      const row: StockRow = { ...stored.value, state: 'unavailable', reason: 'excluded' }
      if ((await documents.replace('stock', partition, iccid, row, stored.etag)).ok) return row
    }
  }
  return undefined
}
