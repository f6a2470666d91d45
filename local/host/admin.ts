import type { IncomingMessage, ServerResponse } from 'node:http'
import * as v from 'valibot'
import { readBody } from './http-request'
import { send } from './http-response'

/** What the admin API reaches. */
export interface Admin {
  /** One entry per function of the app, served or not. */
  functions: readonly { name: string; trigger: string; error?: string | undefined }[]
  /** Starts a function by hand; `undefined` when there is none of that name, false when it cannot be started this way. */
  trigger(name: string, input: string | undefined): boolean | undefined
}

const Invocation = v.object({ input: v.optional(v.nullable(v.string())) })
const startedAt = Date.now()

/**
 * The part of the admin API that tools use: host status, list of functions, start by hand.
 *
 * No key is asked for, as with `func start`; a JSON content type is, so that a page of another origin cannot start a function
 * without the browser asking first.
 *
 * @see "Manually run a non HTTP-triggered function"; Azure/azure-functions-host `FunctionsController.cs`, `HostController.cs`
 */
export async function answerAdmin(
  admin: Admin,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const body = await readBody(request, 1_000_000)
  const json = (status: number, value: unknown) =>
    send(response, status, { 'content-type': 'application/json; charset=utf-8' }, JSON.stringify(value), {})
  const plain = (status: number) => send(response, status, {}, '', {})
  const name = /^\/admin\/functions\/([^/]+)$/i.exec(path)?.[1]
  const method = request.method ?? 'GET'

  if (/^\/admin\/host\/status$/i.test(path) && method === 'GET') {
    return json(200, { state: 'Running', version: 'local', processUptime: Date.now() - startedAt })
  }
  if (/^\/admin\/host\/ping$/i.test(path)) return plain(200)
  if (/^\/admin\/functions$/i.test(path) && method === 'GET') return json(200, admin.functions)
  if (name === undefined || method !== 'POST') return plain(404)
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? '')) return plain(415)
  const parsed = v.safeParse(Invocation, body.kind === 'body' ? parse(body.bytes) : undefined)
  if (!parsed.success) return plain(400)
  const started = admin.trigger(name, parsed.output.input ?? undefined)
  plain(started === undefined ? 404 : started ? 202 : 400)
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}
