/** What fault tests turn and look at around a running stack: the SM-DP+ simulator, the stand-ins, the sweep. */
import { expect } from 'vitest'
import type { Profile } from '../../local/smdp/profile'
import { send } from '../api/browser'
import type { Stack } from '../support/stack'

const json = { 'content-type': 'application/json' }

/** Posts to the SM-DP+ simulator's control side, such as `faults`, `down`, `notices`. */
export function turnSmdp(stack: Stack, path: string, body: object = {}): Promise<Response> {
  return fetch(`${stack.smdpUrl}/control/${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) })
}

/** A profile as the SM-DP+ has it, with its story. */
export type SmdpProfile = Profile & { history: { at: string; event: string; outcome: string }[] }

/** Every profile at the SM-DP+ that is not free. */
export async function takenAtSmdp(stack: Stack): Promise<SmdpProfile[]> {
  const answer = await fetch(`${stack.smdpUrl}/control/profiles`)
  return ((await answer.json()) as SmdpProfile[]).filter(({ state }) => state !== 'Available')
}

/** What the SM-DP+ found wrong about our calls. */
export async function violationsAtSmdp(stack: Stack): Promise<object[]> {
  return (await (await fetch(`${stack.smdpUrl}/control/violations`)).json()) as object[]
}

/** ICCIDs whose line the network has open. */
export async function openLines(stack: Stack): Promise<string[]> {
  const answer = await fetch(`${stack.standinsUrl}/provisioning/lines`)
  const { lines } = (await answer.json()) as { lines: { iccid: string; state: string }[] }
  return lines.filter(({ state }) => state === 'active').map(({ iccid }) => iccid)
}

/** What the timer does each full minute. */
export async function sweepNow(stack: Stack): Promise<void> {
  const reply = await send(stack.url, '/admin/functions/sweep', { method: 'POST', body: '{}', headers: json })
  expect(reply.status).toBe(202)
}

/** What billing has noted for each order, in order of time. */
export async function moneyByOrder(stack: Stack): Promise<Map<string, string[]>> {
  const kinds = new Map<string, string[]>()
  for (const { orderId = '', kind } of await stack.ledger()) kinds.set(orderId, [...(kinds.get(orderId) ?? []), kind])
  return kinds
}

/**
 * The device's side of a download: begins, takes the package, reports. It goes as far as the SM-DP+ lets it.
 *
 * @returns whether it was installed
 */
export async function installAsDevice(stack: Stack, matchingId: string, eid: string): Promise<boolean> {
  const step = async (name: string, body: object) => {
    const answer = await fetch(`${stack.smdpUrl}/device/${name}`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify(body),
    })
    return answer.ok ? ((await answer.json()) as { transactionId: string }) : undefined
  }
  const session = await step('authenticate', { matchingId, eid })
  if (session === undefined) return false
  const { transactionId } = session
  if ((await step('package', { transactionId })) === undefined) return false
  return (await step('result', { transactionId, success: true })) !== undefined
}
