/** What the endpoints have in common to which the operator's systems post JSON. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import { problem } from '../shared/operator-api/answer'
import { enter } from './caller'
import { readBody } from './http'

/** The body as parsed JSON, or what to answer. */
export type JsonPost = { ok: true; body: unknown } | { ok: false; response: HttpResponseInit }

/**
 * Admits the operator's systems, and reads what they post.
 *
 * @param what begins the sentence of a 405, such as `usage is sent`
 */
export async function readJsonPost(
  request: HttpRequest,
  { maxBytes, what }: { maxBytes: number; what: string },
): Promise<JsonPost> {
  const entry = await enter(request, 'systems')
  if (!entry.ok) return entry
  if (request.method !== 'POST') return refuse(405, 'MethodNotAllowed', `${what} by POST`, { allow: 'POST' })
  const bytes = await readBody(request, maxBytes)
  if (bytes === undefined) return refuse(413, 'TooLarge', `a body has at most ${maxBytes} bytes`)
  try {
    return { ok: true, body: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError)
      return refuse(400, 'InvalidBody', 'the body is not JSON in UTF-8')
    throw error
  }
}

function refuse(status: number, code: string, message: string, more: Record<string, string> = {}): JsonPost {
  const { headers, body } = problem(status, code, message)
  return { ok: false, response: { status, headers: { ...headers, ...more }, jsonBody: body } }
}
