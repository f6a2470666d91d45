import type { IncomingMessage, ServerResponse } from 'node:http'

/** What a route answers. Without a body the answer is empty. */
export interface Reply {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

/** A request body that was read. `json` is `undefined` when the text is not JSON. */
export interface ReadBody {
  json: unknown
}

/**
 * Reads a body as JSON.
 *
 * @param limit in bytes
 * @returns `undefined` when it is longer
 */
export async function readJson(request: IncomingMessage, limit: number): Promise<ReadBody | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    size += bytes.length
    if (size > limit) return undefined
    chunks.push(bytes)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return { json: text === '' ? undefined : JSON.parse(text) }
  } catch {
    return { json: undefined } // each route says in its own way that it wants JSON
  }
}

/** Writes a reply; a connection that is gone is left alone. */
export function send(response: ServerResponse, reply: Reply): void {
  if (response.destroyed || response.headersSent) return
  const text = reply.body === undefined ? '' : JSON.stringify(reply.body)
  response.writeHead(reply.status, {
    ...(text !== '' && { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(text),
    ...reply.headers,
  })
  response.end(text)
}
