import * as v from 'valibot'
import { type Answer, refusal } from './answer'

/** A line as the network knows it. */
export interface Line {
  iccid: string
  state: 'active' | 'inactive'
  orderId: string
  subscriberId: string
  planId: string
  eid?: string | undefined
  /** ISO 8601, UTC: since when it has this state. */
  since: string
}

/** All that the provisioning stand-in remembers; the key is the ICCID. */
export type ProvisioningState = Record<string, Line>

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const lineBody = v.object({
  orderId: text,
  subscriberId: text,
  planId: text,
  eid: v.optional(v.pipe(v.string(), v.regex(/^\d{32}$/))),
})

/** `PUT /lines/{iccid}`: the network lets this SIM register from now on. */
export function activateLine(lines: ProvisioningState, iccid: string, body: unknown, now: Date): Answer {
  if (!/^\d{18,20}$/.test(iccid)) return refusal(422, 'iccid_malformed', 'an ICCID has 18 to 20 digits')
  const request = v.safeParse(lineBody, body)
  if (!request.success) return refusal(400, 'body_malformed', 'the body does not have the documented form')
  const known = lines[iccid]
  const since = known?.state === 'active' ? known.since : now.toISOString()
  lines[iccid] = { iccid, state: 'active', ...request.output, since }
  return { status: 200, body: {} }
}

/** `DELETE /lines/{iccid}`: the network turns this SIM away from now on; 404 when it never knew it. */
export function deactivateLine(lines: ProvisioningState, iccid: string, now: Date): Answer {
  const line = lines[iccid]
  if (!line) return refusal(404, 'line_unknown', 'no line has this ICCID')
  if (line.state === 'active') lines[iccid] = { ...line, state: 'inactive', since: now.toISOString() }
  return { status: 204 }
}

/** `GET /lines/{iccid}`: what a SIM that tries to register learns; a line that was never activated is inactive. */
export function lineState(lines: ProvisioningState, iccid: string): Answer {
  return { status: 200, body: { state: lines[iccid]?.state ?? 'inactive' } }
}

/** `GET /lines`: every line that was ever activated. */
export function listLines(lines: ProvisioningState): Answer {
  return { status: 200, body: { lines: Object.values(lines) } }
}
