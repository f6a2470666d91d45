/** Reads the SIM of a request in bounded time: the Mobile Plans service and a person's flyout wait for the answer. */
import type { Iccid } from '../domain/identifiers'
import type { Sim } from '../domain/sim'
import { type Clock, type DocumentStore, StoreUnavailableError } from '../platform/ports'

/** A SIM as it was read; `ageSeconds` is 0 unless the store did not answer and an earlier reading stands in. */
export interface SimReading {
  sim: Sim | undefined
  ageSeconds: number
}

/** Reads SIMs. */
export interface SimReader {
  /** @throws {StoreUnavailableError} within `timeoutMs`, when there is neither an answer nor a recent reading */
  read(iccid: Iccid): Promise<SimReading>
}

/** Options of {@link createSimReader}. */
export interface SimReaderOptions {
  documents: DocumentStore
  clock: Clock
  /** Longest wait for the store, in milliseconds. The rest of a second is for everything else. */
  timeoutMs?: number
  /** Age up to which an earlier reading stands in for the store; 0: never, and nothing is kept. */
  staleSeconds: number
  /** Readings that wait for the store at most; the next one fails at once. */
  waiting?: number
  /** Earlier readings that are kept at most. */
  kept?: number
}

/** Makes a reader. What it keeps lies in the memory of this process. */
export function createSimReader(options: SimReaderOptions): SimReader {
  const { documents, clock, staleSeconds, timeoutMs = 800, waiting = 1_000, kept = 5_000 } = options
  const readings = new Map<Iccid, { sim: Sim; at: number }>()
  let open = 0

  function remember(iccid: Iccid, sim: Sim | undefined, at: number): void {
    if (staleSeconds === 0) return
    const known = readings.get(iccid)
    // An answer that comes late must not hide a later one.
    if (known !== undefined && known.at > at) return
    readings.delete(iccid)
    if (sim === undefined) return
    readings.set(iccid, { sim, at })
    const [oldest] = readings.keys()
    if (readings.size > kept && oldest !== undefined) readings.delete(oldest)
  }

  async function ask(iccid: Iccid): Promise<Sim | undefined> {
    const at = clock().getTime()
    open += 1
    try {
      const stored = await documents.get<Sim>('sims', iccid, iccid)
      remember(iccid, stored?.value, at)
      return stored?.value
    } finally {
      open -= 1
    }
  }

  async function askInTime(iccid: Iccid): Promise<Sim | undefined> {
    if (open >= waiting) throw new StoreUnavailableError('too many requests wait for the store already')
    const asked = ask(iccid)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new StoreUnavailableError(`the store did not answer within ${timeoutMs} ms`)),
        timeoutMs,
      )
    })
    try {
      // The race takes care of the loser as well: a failure that comes late is nobody's.
      return await Promise.race([asked, late])
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async read(iccid) {
      try {
        return { sim: await askInTime(iccid), ageSeconds: 0 }
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error
        const recent = readings.get(iccid)
        const age = recent === undefined ? Number.POSITIVE_INFINITY : clock().getTime() - recent.at
        if (recent === undefined || age > staleSeconds * 1000) throw error
        return { sim: recent.sim, ageSeconds: Math.max(1, Math.ceil(age / 1000)) }
      }
    },
  }
}
