import type { IncomingMessage, ServerResponse } from 'node:http'
import * as v from 'valibot'

/** A request that the simulator itself cannot serve; `status` and `code` go into the answer. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'RequestError'
  }
}

const mostBytes = 256 * 1024

/**
 * Reads a JSON body and checks it.
 * @throws {RequestError} 400 `bad_json` or `bad_request`, 413 `too_large`
 */
export async function readJson<S extends v.GenericSchema>(
  request: IncomingMessage,
  schema: S,
): Promise<v.InferOutput<S>> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new RequestError(413, 'too_large', 'the body is larger than 256 KB')
    chunks.push(chunk)
  }
  let value: unknown
  try {
    const text = Buffer.concat(chunks).toString('utf8')
    value = text === '' ? {} : JSON.parse(text)
  } catch {
    throw new RequestError(400, 'bad_json', 'the body is not JSON')
  }
  const read = v.safeParse(schema, value)
  if (read.success) return read.output
  const issue = read.issues[0]
  throw new RequestError(400, 'bad_request', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`)
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(value))
}

/** Answers with text of a type. */
export function sendText(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
  response.end(text)
}

/** A stream of server-sent events. */
export interface EventStream {
  send(event: string, data: unknown): void
  /** Runs once when the reader has gone. */
  onClose(run: () => void): void
  end(): void
}

/** Opens a stream of server-sent events (HTML Standard, "Server-sent events"). */
export function openEvents(response: ServerResponse): EventStream {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write(': open\n\n')
  return {
    send: (event, data) => {
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    onClose: (run) => {
      response.on('close', run)
    },
    end: () => {
      response.end()
    },
  }
}
