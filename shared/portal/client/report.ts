import { exchange } from './json'
import { recall, remember } from './storage'

/** What the script tells the server about an order: claims of a client, which guide but never decide. */
export type Report =
  | { event: 'handed-over'; token: string; operationId?: string | undefined; left?: true | undefined }
  | { event: 'no-host'; token: string }
  | { event: 'activation'; result: string; iccid: string }
  | { event: 'registration'; state: string; iccid: string }

/** Milliseconds before each try. */
const waits = [0, 1000, 4000, 10000]

/**
 * Remembers where reports on the order that is handed over go, as the app may report on any later page.
 *
 * @param csrf the session's token; a session that has ended reports nothing
 */
export function reportTo(path: string | undefined, csrf: string | undefined): void {
  if (path && csrf) remember('report', JSON.stringify([path, csrf]))
}

/** Sends a report; tries again while the server or the line is down. A refusal (4xx) is final. */
export async function report(body: Report): Promise<void> {
  const [path, csrf]: [string?, string?] = JSON.parse(recall('report') || '[]')
  if (!path) return
  for (const wait of waits) {
    await new Promise((resolve) => setTimeout(resolve, wait))
    const { status } = await exchange(path, Object.assign({ csrf }, body))
    if (status > 0 && status < 500) return
  }
}
