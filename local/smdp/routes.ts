import type { IncomingMessage, ServerResponse } from 'node:http'
import { control } from './control'
import { deviceSteps, isDeviceFunction } from './device'
import { answerBody, type Outcome, perform } from './es2plus'
import { exchange } from './exchange'
import { readJson, send } from './http'
import { isEs2Function, readRequest } from './requests'
import type { Es2Function } from './types'
import type { World } from './world'

const es2Path = '/gsma/rsp2/es2plus/'
const protocolHeader = { 'x-admin-protocol': 'gsma/rsp/v2.2.0' }
const largestCall = 64 * 1024
const largestControlBody = 16 * 1024 * 1024

async function serveEs2Plus(name: Es2Function, request: IncomingMessage, response: ServerResponse, world: World) {
  const body = await readJson(request, largestCall)
  const call = world.traffic.record(name, body?.json)
  const reply = (outcome: Outcome) => ({ status: 200, body: answerBody(outcome) })
  const steps = (work: () => Outcome) => ({
    work: () => reply(work()),
    refuse: (code: string) => reply({ ok: false, code }),
    headers: protocolHeader,
  })

  /** What is wrong with a call goes before any fault. */
  const refuse = (outcome: Outcome) => {
    const plain = steps(() => outcome)
    return exchange(response, call, undefined, plain, world)
  }

  const protocol = request.headers['x-admin-protocol']
  const read = readRequest(
    name,
    { contentType: request.headers['content-type'], protocol: typeof protocol === 'string' ? protocol : undefined },
    body?.json,
  )
  if (!read.ok) {
    world.traffic.violation('bad-request', name, `${read.code} ${read.message ?? ''}`.trim())
    return refuse(read)
  }
  for (const remark of read.remarks) world.traffic.violation(remark.split(':', 1)[0] ?? remark, name, remark)

  const { header, iccid } = read.request.fields
  world.traffic.checkHeader(name, header)
  if (world.requester !== undefined && header.functionRequesterIdentifier !== world.requester) {
    world.traffic.violation('wrong-requester', name, 'not the agreed functionRequesterIdentifier')
    return refuse({ ok: false, code: '1.1/1.1' })
  }
  const carryOut = steps(() => perform(read.request, world))
  if (iccid === undefined) return exchange(response, call, world.faults.take(name, iccid), carryOut, world)
  const ended = world.traffic.begin(name, iccid)
  response.once('close', ended)
  return exchange(response, call, world.faults.take(name, iccid), { ...carryOut, ended }, world)
}

/** Which routes a listener serves: with TLS, ES2+ has one of its own. */
export type Sides = 'all' | 'es2plus' | 'others'

/** Serves one request. Rejects only when the connection breaks while the request is read. */
export async function route(request: IncomingMessage, response: ServerResponse, world: World, sides: Sides) {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const method = request.method ?? ''
  if (sides !== 'es2plus' && url.pathname.startsWith('/control/')) {
    const body = await readJson(request, largestControlBody)
    const reply = body && control(method, url, body.json, world)
    return send(response, reply ?? { status: 404, body: { error: { message: 'no such control route' } } })
  }
  if (world.down) return void request.socket.destroy()

  const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  const es2 = sides !== 'others' && url.pathname === es2Path + name && isEs2Function(name)
  const device = sides !== 'es2plus' && url.pathname === `/device/${name}` && isDeviceFunction(name)
  if (!es2 && !device) return send(response, { status: 404, body: { error: { message: 'no such route' } } })
  if (method !== 'POST') return send(response, { status: 405, headers: { allow: 'POST' } })
  if (es2) return serveEs2Plus(name, request, response, world)
  if (!device) return

  const body = await readJson(request, largestCall)
  const call = world.traffic.record(name, body?.json)
  const steps = deviceSteps(name, body?.json, world)
  return exchange(response, call, world.faults.take(name, steps.iccid), steps, world)
}
