import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import * as v from 'valibot'
import type { Iccid } from '../domain/identifiers'
import type { HttpAnswer, HttpCall } from './http-call'
import { errorCode, kindOf, readContractAnswer } from './http-contract'
import { createPartnerCaller, type PartnerConfig } from './partner'
import type { CallContext, CallFailure, CallResult, Provisioning } from './ports'

/** How to reach the operator's network provisioning. The URL is the root of its TMF640 API: `/service` and `/monitor` are appended. */
export interface ProvisioningConfig extends PartnerConfig {
  /** What the operator's catalogue calls a line for mobile data; `mobile-data-line` by default. */
  serviceSpecification?: string | undefined
}

/** The port and the end of its connections. */
export type ProvisioningClient = Provisioning & { close(): Promise<void> }

type Done = CallResult<Record<string, never>>
type State = 'active' | 'inactive'

const service = v.object({ state: v.string() })
const monitor = v.object({
  id: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  state: v.picklist(['InProgress', 'InError', 'Completed']),
  response: v.optional(v.object({ statusCode: v.optional(v.string()), body: v.optional(v.string()) })),
})
/** TM Forum's `Error` (TMF630). */
const errorBody = v.object({ code: v.string(), reason: v.string() })
type Monitor = v.InferOutput<typeof monitor>

/** Waits between two looks at a monitor, in milliseconds; the last one is repeated. */
const looksMs = [150, 300, 600, 1_000] as const

/**
 * Names the service of a SIM. The same SIM always has the same service, so that every call can be repeated; it is a hash, because what
 * stands in a URL also stands in other people's logs.
 */
export function serviceIdOf(iccid: Iccid): string {
  return `line-${createHash('sha256').update(iccid).digest('hex').slice(0, 32)}`
}

/**
 * Network provisioning by TM Forum's Service Activation and Configuration API (TMF640 v4), in the profile that
 * docs/api/provisioning.openapi.json describes. Both calls name the wanted end state, so repeating them is harmless.
 *
 * A line is a service with an id of our making. Activating creates it; a service that exists already (409) is changed instead.
 * Deactivating changes its state and does not delete it: the SIM may be sold again. What is answered 202 is watched by its monitor
 * for as long as the call may take, and is `lost` after that.
 *
 * @throws {HttpCallerConfigError} when the URL is not https (or http to this machine)
 */
export function createProvisioning(config: ProvisioningConfig): ProvisioningClient {
  const http = createPartnerCaller(config)
  const timeoutMs = config.callTimeoutMs ?? 10_000
  const { log, serviceSpecification = 'mobile-data-line' } = config

  /** One request and, where it was only accepted, its end. `status`: of the answer, where there was one in the form of the contract. */
  async function change(
    request: Change,
    context: CallContext,
    deadline: number,
  ): Promise<{ result: Done; status?: number }> {
    const headers = { 'x-call-id': context.callId }
    const ask = (call: HttpCall) =>
      http.call({ ...call, headers, signal: context.signal, timeoutMs: Math.max(1, deadline - performance.now()) })
    const answer = await ask({ method: request.method, path: request.path, body: request.body })
    if (answer.ok && answer.status === 202) {
      return { result: await watch(answer, request, { ask, deadline, signal: context.signal }) }
    }
    const { operation, success } = request
    const result = readContractAnswer(answer, { operation, success: [success], schema: service, log })
    if (!result.ok) {
      // A page of some gateway is not the word of the network.
      return answer.ok && v.is(errorBody, answer.json) ? { result, status: answer.status } : { result }
    }
    if (result.value.state === request.state) return { result: { ok: true, value: {} } }
    return { result: lost('wrong-state', `${operation}: answered ${success} with another state`) }
  }

  return {
    async activateLine(line, context) {
      const deadline = performance.now() + timeoutMs
      const body = serviceBody(line, serviceSpecification)
      const operation = 'provisioning activateLine'
      const id = serviceIdOf(line.iccid)
      const create = { operation, method: 'POST', path: '/service', body: { id, ...body }, success: 201 } as const
      const created = await change({ ...create, state: 'active' }, context, deadline)
      if (created.status !== 409) return created.result
      // It exists: from an earlier try whose answer was lost, or because the SIM is sold again.
      const update = { operation, method: 'PATCH', path: `/service/${id}`, body, success: 200 } as const
      const updated = await change({ ...update, state: 'active' }, context, deadline)
      return updated.status === 404 ? created.result : updated.result
    },

    async deactivateLine({ iccid }, context) {
      const deadline = performance.now() + timeoutMs
      const request = { operation: 'provisioning deactivateLine', method: 'PATCH', success: 200 } as const
      const path = `/service/${serviceIdOf(iccid)}`
      const body = { '@type': 'Service', state: 'inactive' }
      const updated = await change({ ...request, path, body, state: 'inactive' }, context, deadline)
      // The network does not know the line, which is what was wanted.
      return updated.status === 404 ? { ok: true, value: {} } : updated.result
    },

    close: () => http.close(),
  }
}

interface Change {
  operation: string
  method: 'POST' | 'PATCH'
  path: string
  body: object
  /** Status that says: done. */
  success: number
  /** State that the service must then have. */
  state: State
}

interface Watching {
  ask(call: HttpCall): Promise<HttpAnswer | CallFailure>
  /** By `performance.now()`. */
  deadline: number
  signal: AbortSignal | undefined
}

/** Looks at the monitor of a change until that is over. The change was accepted: whatever goes wrong from here on, it is `lost`. */
async function watch(accepted: HttpAnswer, { operation }: Change, { ask, deadline, signal }: Watching): Promise<Done> {
  const first = v.safeParse(monitor, accepted.json)
  let seen: Monitor | undefined = first.success ? first.output : undefined
  const id = seen?.id ?? monitorIn(accepted.headers.location)
  for (let looks = 0; ; looks += 1) {
    if (seen?.state === 'Completed') return { ok: true, value: {} }
    if (seen?.state === 'InError') return failed(seen, operation)
    if (id === undefined) return lost('malformed', `${operation}: accepted, but without a monitor`)
    const wait = looksMs[looks] ?? 1_000
    if (performance.now() + wait >= deadline)
      return lost('not-finished', `${operation}: accepted, but not done in time`)
    if (!(await waited(wait, signal))) return lost('aborted', `${operation}: the wait was ended`)
    const answer = await ask({ method: 'GET', path: `/monitor/${encodeURIComponent(id)}` })
    if (answer.ok && answer.status === 404) return lost('monitor-unknown', `${operation}: its monitor is gone`)
    const read = v.safeParse(monitor, answer.ok && answer.status === 200 ? answer.json : undefined)
    seen = read.success ? read.output : undefined
  }
}

/** A monitor's id: the end of its address. Only the id is used, so that an answer cannot send us anywhere else. */
function monitorIn(location: string | undefined): string | undefined {
  const id = /\/monitor\/([\w.~-]{1,200})\/?$/.exec(location ?? '')?.[1]
  return id === undefined || /^\.+$/.test(id) ? undefined : id
}

/** What the monitor's response says; without a status nobody knows whether trying again helps. */
function failed({ response }: Monitor, operation: string): CallFailure {
  const status = Number(response?.statusCode ?? Number.NaN)
  if (!Number.isInteger(status)) return lost('in-error', `${operation}: its monitor says InError`)
  const detail = `${operation}: its monitor says InError, ${status}`
  return { ok: false, kind: kindOf(status), code: errorCode(status, parsed(response?.body)), detail }
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined // the status speaks for itself
  }
}

async function waited(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await pause(ms, undefined, signal === undefined ? {} : { signal })
    return true
  } catch {
    return false // ended by the signal: the only way in which a pause fails
  }
}

function serviceBody(line: Parameters<Provisioning['activateLine']>[0], specification: string): object {
  const { iccid, eid, orderId, subscriberId, planId } = line
  const characteristics = Object.entries({ iccid, eid, planId })
  return {
    '@type': 'Service',
    state: 'active',
    serviceSpecification: { id: specification },
    serviceCharacteristic: characteristics.flatMap(([name, value]) =>
      value === undefined ? [] : [{ name, valueType: 'string', value }],
    ),
    relatedParty: [{ id: subscriberId, role: 'customer', '@referredType': 'Customer' }],
    serviceOrderItem: [{ serviceOrderId: orderId, itemId: '1', itemAction: 'add' }],
  }
}

function lost(code: string, detail: string): CallFailure {
  return { ok: false, kind: 'lost', code, detail }
}
