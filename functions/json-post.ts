/** What the endpoints have in common to which the operator's systems post JSON. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import type { SystemRight } from '../shared/domain/access-schema'
import { problem } from '../shared/operator-api/answer'
import { enter } from './caller'
import { readBody } from './http'

/** The body as parsed JSON, or what to answer. */
export type JsonPost = { ok: true; body: unknown } | { ok: false; response: HttpResponseInit }

/**
 * Admits the operator's systems, and reads what they post.
 *
 * @param right what a system must be allowed to do
 * @param what begins the sentence of a 405, such as `usage is sent`
 */
export async function readJsonPost(
  request: HttpRequest,
  { right, maxBytes, what }: { right: SystemRight; maxBytes: number; what: string },
): Promise<JsonPost> {
  const entry = await enter(request, right)
  if (!entry.ok) return entry
  if (request.method !== 'POST') return refuse(405, 'MethodNotAllowed', `${what} by POST`, { allow: 'POST' })
  const { headers } = request
  if (!isJson(headers.get('content-type'))) return refuse(415, 'UnsupportedType', 'send Content-Type: application/json')
  if (!/^(?:identity)?$/i.test(headers.get('content-encoding')?.trim() ?? ''))
    return refuse(415, 'UnsupportedEncoding', 'send the body as it is, without Content-Encoding')
  const bytes = await readBody(request, maxBytes)
  if (bytes === undefined) return refuse(413, 'TooLarge', `a body has at most ${maxBytes} bytes`)
  // What comes in chunks of unknown length does not reach a Node function.
  if (bytes.length === 0) return refuse(400, 'InvalidBody', 'no body has arrived: send JSON, with Content-Length')
  try {
    return { ok: true, body: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError)
      return refuse(400, 'InvalidBody', 'the body is not JSON in UTF-8')
    throw error
  }
}

/** A type that is missing is taken for JSON. What a foreign web page can make a browser send unasked is something else. */
function isJson(type: string | null): boolean {
  return type === null || /^application\/(?:[\w.-]+\+)?json$/i.test(type.split(';')[0]?.trim() ?? '')
}

function refuse(status: number, code: string, message: string, more: Record<string, string> = {}): JsonPost {
  const { headers, body } = problem(status, code, message)
  return { ok: false, response: { status, headers: { ...headers, ...more }, jsonBody: body } }
}
