/** Whether store and queue can be reached. */
import type { Clock, DocumentStore, WakeQueue } from './ports'

export interface Readiness {
  check(): Promise<ReadinessReport>
}

export interface ReadinessReport {
  ready: boolean
  checks: { store: 'up' | 'down'; queue: 'up' | 'down' }
}

/** An answer is kept this long, so that probes do not become load. */
const KEPT_MS = 5_000

export function createReadiness(parts: {
  documents: DocumentStore
  wakes: WakeQueue & { prepare?: () => Promise<void> }
  clock: Clock
}): Readiness {
  let kept: { at: number; report: Promise<ReadinessReport> } | undefined
  return {
    check() {
      const now = parts.clock().getTime()
      if (kept === undefined || now - kept.at > KEPT_MS) kept = { at: now, report: probe(parts) }
      return kept.report
    },
  }
}

async function probe(parts: Parameters<typeof createReadiness>[0]): Promise<ReadinessReport> {
  const [store, queue] = await Promise.all([
    reachable(() => parts.documents.get('sims', 'readiness', 'readiness')),
    reachable(async () => parts.wakes.prepare?.()),
  ])
  return { ready: store === 'up' && queue === 'up', checks: { store, queue } }
}

async function reachable(ask: () => Promise<unknown>): Promise<'up' | 'down'> {
  try {
    await ask()
    return 'up'
  } catch {
    // The reason is in the adapters' own log lines; a probe only asks whether.
    return 'down'
  }
}
