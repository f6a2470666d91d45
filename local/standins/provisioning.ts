import * as v from 'valibot'
import { type Answer, tmfError } from './answer'

/** A line as the network knows it. */
export interface Line {
  /** Of the service; chosen by whoever created it. */
  id: string
  iccid: string
  state: 'active' | 'inactive'
  orderId: string
  subscriberId: string
  planId: string
  eid?: string | undefined
  /** ISO 8601, UTC: since when it has this state. */
  since: string
}

/** How a change that was only accepted goes on. */
export interface Monitor {
  id: string
  serviceId: string
  /** ISO 8601, UTC: from then on it is over. */
  doneAt: string
  /** What then stands in its response. */
  answer: Answer
}

/** All that the provisioning stand-in remembers; the keys are ICCID and id. */
export interface ProvisioningState {
  lines: Record<string, Line>
  monitors: Record<string, Monitor>
}

/** Where the TMF640 API begins. */
export const tmf640 = '/provisioning/tmf-api/ServiceActivationAndConfiguration/v4'

/** A network that knows no line yet. */
export const emptyProvisioning = (): ProvisioningState => ({ lines: {}, monitors: {} })

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const state = v.picklist(['active', 'inactive'])
const details = {
  '@type': v.literal('Service'),
  serviceSpecification: v.object({ id: text }),
  serviceCharacteristic: v.array(v.object({ name: text, value: text })),
  relatedParty: v.pipe(v.array(v.object({ id: text })), v.minLength(1)),
  serviceOrderItem: v.pipe(v.array(v.object({ serviceOrderId: text, itemId: text })), v.minLength(1)),
}
const createBody = v.object({ ...details, id: text, state })
const updateBody = v.object({ ...v.partial(v.object(details)).entries, state: v.optional(state) })

const malformed = tmfError(400, 'body_malformed', 'the body does not have the documented form')
const unknown = tmfError(404, 'service_unknown', 'no service has this id')

/** `POST /service`: makes a line under the id that the caller chose; 409 when there is one, under this id or for this SIM. */
export function createService({ lines }: ProvisioningState, body: unknown, now: Date): Answer {
  const request = v.safeParse(createBody, body)
  if (!request.success) return malformed
  const { id } = request.output
  const fields = fieldsOf(request.output)
  if (!/^\d{18,20}$/.test(fields.iccid ?? '')) return tmfError(422, 'iccid_malformed', 'an ICCID has 18 to 20 digits')
  if (fields.eid !== undefined && !/^\d{32}$/.test(fields.eid)) return malformed
  const { iccid, orderId, subscriberId, planId } = fields
  if (iccid === undefined || orderId === undefined || subscriberId === undefined || planId === undefined)
    return malformed
  if (findLine(lines, id) || lines[iccid]) return tmfError(409, 'service_exists', 'there is a service for this line')
  const { eid } = fields
  const line = { id, iccid, orderId, subscriberId, planId, eid, state: request.output.state, since: now.toISOString() }
  lines[iccid] = line
  return { status: 201, body: serviceOf(line) }
}

/** `PATCH /service/{id}`: changes what is named; saying the same again changes nothing. */
export function updateService({ lines }: ProvisioningState, id: string, body: unknown, now: Date): Answer {
  const request = v.safeParse(updateBody, body)
  if (!request.success) return malformed
  const line = findLine(lines, id)
  if (!line) return unknown
  const { iccid, ...fields } = fieldsOf(request.output)
  if (iccid !== undefined && iccid !== line.iccid) return tmfError(422, 'iccid_fixed', 'a service stays with its SIM')
  const wanted = request.output.state ?? line.state
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  const changed = { ...line, ...given, state: wanted, since: wanted === line.state ? line.since : now.toISOString() }
  lines[line.iccid] = changed
  return { status: 200, body: serviceOf(changed) }
}

/** `GET /service/{id}`. */
export function retrieveService({ lines }: ProvisioningState, id: string): Answer {
  const line = findLine(lines, id)
  return line ? { status: 200, body: serviceOf(line) } : unknown
}

/** 202 in place of an answer: the monitor says `InProgress` until `doneAt`, and then what the answer would have said. */
export function accept(
  { monitors }: ProvisioningState,
  change: { monitorId: string; serviceId: string; doneAt: Date; now: Date; answer: Answer },
): Answer {
  const { monitorId, serviceId, doneAt, now, answer } = change
  const monitor = { id: monitorId, serviceId, doneAt: doneAt.toISOString(), answer }
  monitors[monitorId] = monitor
  const headers = { location: `${tmf640}/monitor/${monitorId}` }
  return { status: 202, body: monitorOf(monitor, now), headers }
}

/** `GET /monitor/{id}`. */
export function retrieveMonitor({ monitors }: ProvisioningState, id: string, now: Date): Answer {
  const monitor = monitors[id]
  if (!monitor) return tmfError(404, 'monitor_unknown', 'no monitor has this id')
  return { status: 200, body: monitorOf(monitor, now) }
}

/** What a SIM that tries to register learns; a line that was never activated is inactive. */
export function lineState({ lines }: ProvisioningState, iccid: string): Answer {
  return { status: 200, body: { state: lines[iccid]?.state ?? 'inactive' } }
}

/** Every line that was ever activated. */
export function listLines({ lines }: ProvisioningState): Answer {
  return { status: 200, body: { lines: Object.values(lines) } }
}

const findLine = (lines: ProvisioningState['lines'], id: string): Line | undefined =>
  Object.values(lines).find((line) => line.id === id)

type Field = 'iccid' | 'eid' | 'planId' | 'subscriberId' | 'orderId'

function fieldsOf(request: v.InferOutput<typeof updateBody>): Record<Field, string | undefined> {
  const characteristic = (name: string) => request.serviceCharacteristic?.find((one) => one.name === name)?.value
  return {
    iccid: characteristic('iccid'),
    eid: characteristic('eid'),
    planId: characteristic('planId'),
    subscriberId: request.relatedParty?.[0]?.id,
    orderId: request.serviceOrderItem?.[0]?.serviceOrderId,
  }
}

function serviceOf({ id, iccid, eid, planId, state: now, orderId, subscriberId }: Line): object {
  const characteristics = Object.entries({ iccid, eid, planId }).filter(([, value]) => value !== undefined)
  return {
    id,
    href: `${tmf640}/service/${id}`,
    '@type': 'Service',
    state: now,
    serviceCharacteristic: characteristics.map(([name, value]) => ({ name, valueType: 'string', value })),
    relatedParty: [{ id: subscriberId, role: 'customer', '@referredType': 'Customer' }],
    serviceOrderItem: [{ serviceOrderId: orderId, itemId: '1' }],
  }
}

function monitorOf({ id, serviceId, doneAt, answer }: Monitor, now: Date): object {
  const head = { id, href: `${tmf640}/monitor/${id}`, '@type': 'Monitor', sourceHref: `${tmf640}/service/${serviceId}` }
  if (now.toISOString() < doneAt) return { ...head, state: 'InProgress' }
  const header = [{ name: 'Content-Type', value: 'application/json' }]
  const response = { statusCode: `${answer.status}`, header, body: JSON.stringify(answer.body ?? {}) }
  return { ...head, state: answer.status < 400 ? 'Completed' : 'InError', response }
}
