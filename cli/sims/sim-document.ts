import type { Iccid } from '../../shared/domain/identifiers'
import { createSim, type Sim } from '../../shared/domain/sim'
import type { DocumentStore } from '../../shared/platform/ports'

/** Inserts a warm or monitored SIM; `known` when it is there already, which then stays as it is. */
export async function insertSim(
  documents: DocumentStore,
  iccid: Iccid,
  kind: 'warm' | 'monitor',
): Promise<'imported' | 'known'> {
  return (await documents.insert('sims', iccid, iccid, createSim({ iccid, kind }))).ok ? 'imported' : 'known'
}

/** Excludes a SIM, making its document where there is none; owner and data stay. Repeating it changes nothing. */
export async function excludeSim(documents: DocumentStore, iccid: Iccid): Promise<'excluded' | 'known'> {
  for (;;) {
    const stored = await documents.get<Sim>('sims', iccid, iccid)
    if (stored?.value.kind === 'excluded') return 'known'
    const sim: Sim = { ...(stored?.value ?? createSim({ iccid, kind: 'excluded' })), kind: 'excluded' }
    const written = stored
      ? await documents.replace('sims', iccid, iccid, sim, stored.etag)
      : await documents.insert('sims', iccid, iccid, sim)
    if (written.ok) return 'excluded'
  }
}
