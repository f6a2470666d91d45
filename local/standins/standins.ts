import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, refusal } from './answer'
import { type Fault, parseFault, refusalOf, spoiledBefore, takeFault } from './faults'
import { decideIdentity } from './identity'
import { ledgerPage } from './ledger-page'
import { accept } from './provisioning'
import { type Desk, look, type Matched, matchOperation, type Request } from './routes'
import { type Call, emptyState, restoreState } from './state'
import { openStateFile, readState } from './state-file'

/** How the stand-ins run. */
export interface StandinOptions {
  /** 0 (the default): any free port. */
  port?: number
  /** Where they remember between two starts; without it they forget. */
  stateFile?: string
  /** ISO 4217: the currency of vouchers. */
  currency?: string
  now?: () => Date
  newId?: () => string
}

/** Running stand-ins. */
export interface Standins {
  /** `http://127.0.0.1:PORT`; billing is at `/billing`, provisioning at the path `tmf640`, the identity check at `/identity`; people look at `/`. */
  url: string
  /** Writes the state file and closes the port. */
  stop(): Promise<void>
}

/** Calls that are kept for `GET /control/calls`. */
const CALLS_KEPT = 2_000

/**
 * Starts the stand-ins for billing, provisioning and identity check on 127.0.0.1.
 *
 * Besides their contracts (see `ports.ts`) they serve `GET /billing/ledger[/balance]`, `GET /provisioning/lines[/{iccid}]`,
 * `POST|GET|DELETE /control/faults`, `POST /control/identity`, `GET /control/calls` and `POST /control/reset`.
 */
export async function startStandins(options: StandinOptions = {}): Promise<Standins> {
  const { port = 0, stateFile, currency = 'EUR', now = () => new Date(), newId = randomUUID } = options
  const desk: Desk = { state: restoreState(stateFile && readState(stateFile)), currency, now, newId }
  const file = stateFile === undefined ? undefined : openStateFile(stateFile, () => desk.state)
  const faults: Fault[] = []
  const calls: Call[] = []
  const leaving = new AbortController()

  const control = ({ method, path, body }: Request): Answer | undefined => {
    switch (`${method} ${path}`) {
      case 'GET /control/calls':
        return { status: 200, body: { calls } }
      case 'GET /control/faults':
        return { status: 200, body: { faults } }
      case 'DELETE /control/faults':
        faults.length = 0
        return { status: 204 }
      case 'POST /control/faults': {
        const fault = parseFault(body)
        if (!fault) return refusal(400, 'fault_malformed', 'service, mode and times are documented in faults.ts')
        faults.push(fault)
        return { status: 201, body: fault }
      }
      case 'POST /control/identity': {
        const answer = decideIdentity(desk.state.identity, body)
        file?.changed()
        return answer
      }
      case 'POST /control/reset':
        desk.state = emptyState()
        faults.length = 0
        calls.length = 0
        file?.changed()
        return { status: 204 }
    }
    return undefined
  }

  const serveContract = async (request: Request, response: ServerResponse): Promise<boolean> => {
    let fault: Fault | undefined
    const matched = matchOperation(desk, request, () => fault?.mode === 'refuse')
    if (!matched) return false
    const { service, operation, run } = matched
    fault = takeFault(faults, service, operation)
    const answer = spoiledBefore(fault) ?? accepted(desk, matched, fault) ?? run()
    remember(calls, call(request, { at: now().toISOString(), service, operation, status: answer.status }, fault))
    file?.changed()
    if (fault?.mode === 'slow') await delay(fault.delayMs, undefined, { signal: leaving.signal, ref: false })
    if (fault?.mode === 'answer-lost') response.destroy()
    else if (fault?.mode === 'malformed') send(response, answer.status, 'application/json', '{"unfinished":')
    else sendAnswer(response, answer)
    return true
  }

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await read(incoming)
    if (await serveContract(request, response)) return
    const answer = control(request) ?? look(desk, request)
    if (answer) return sendAnswer(response, answer)
    if (request.path === '/') return send(response, 200, 'text/html; charset=utf-8', await ledgerPage(desk.state))
    sendAnswer(response, refusal(404, 'not_found', 'no operation has this method and path'))
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      // A caller that went away, or the stop below, ends an answer early; anything else is a bug worth a line in the log.
      if (!leaving.signal.aborted && !incoming.destroyed) console.error('stand-in failed', error)
      if (!response.headersSent) sendAnswer(response, refusal(500, 'standin_failed', 'the stand-in failed'))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}`,
    async stop() {
      leaving.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      file?.flush()
    },
  }
}

/** The answer to a change of the network that is played as one that takes time. */
function accepted(desk: Desk, { id, run }: Matched, fault: Fault | undefined): Answer | undefined {
  if (fault?.mode !== 'accepted' && fault?.mode !== 'accepted-refused') return undefined
  const answer = fault.mode === 'accepted' ? run() : refusalOf('provisioning', 'updateService')
  if (answer.status >= 400 && fault.mode === 'accepted') return answer
  const now = desk.now()
  const doneAt = new Date(now.getTime() + fault.delayMs)
  const created = answer.body !== undefined && 'id' in answer.body ? String(answer.body.id) : id
  return accept(desk.state.network, { monitorId: desk.newId(), serviceId: created, doneAt, now, answer })
}

function call(request: Request, seen: Pick<Call, 'at' | 'service' | 'operation' | 'status'>, fault?: Fault): Call {
  return {
    ...seen,
    method: request.method,
    path: request.path,
    ...(request.key !== undefined && { key: request.key }),
    ...(request.callId !== undefined && { callId: request.callId }),
    ...(fault && { fault: fault.mode }),
    ...(request.body !== undefined && { body: request.body }),
  }
}

function remember(calls: Call[], seen: Call): void {
  calls.push(seen)
  if (calls.length > CALLS_KEPT) calls.shift()
}

async function read(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  return {
    method: incoming.method ?? 'GET',
    path: new URL(incoming.url ?? '/', 'http://standins').pathname,
    key: header(incoming, 'idempotency-key'),
    callId: header(incoming, 'x-call-id'),
    text,
    body: parseJson(text),
  }
}

function header(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the operation says what is wrong with it
  }
}

function sendAnswer(response: ServerResponse, answer: Answer): void {
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  send(response, answer.status, 'application/json', answer.body === undefined ? '' : JSON.stringify(answer.body))
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}
