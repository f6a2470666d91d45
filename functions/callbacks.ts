/** `POST /v1/callbacks`: what a portal of the operator's own must call in the Mobile Plans app. Touches no state. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { problem } from '../shared/operator-api/answer'
import { findAppRoot } from '../shared/platform/app-root'
import { serve } from './http'
import { readJsonPost } from './json-post'

const MAX_BODY_BYTES = 16 * 1024

let client: string | undefined

export function registerCallbacks(): void {
  serve('createCallback', 'v1/callbacks', async (request) => {
    const read = await readJsonPost(request, {
      right: 'callbacks',
      maxBytes: MAX_BODY_BYTES,
      what: 'callbacks are made',
    })
    if (!read.ok) return read.response
    const { createCallback } = await import('../shared/operator-api/callbacks')
    client ??= await readFile(join(findAppRoot(), 'dist/assets/callback.js'), 'utf8')
    const made = createCallback(read.body, client)
    if (made.ok) return { headers: { 'cache-control': 'no-store' }, jsonBody: made.answer }
    const { field, message } = made.fault
    const sentence = field === undefined ? message : `${field} ${message}`
    const { status, headers, body } = problem(400, 'InvalidParameter', sentence, { parameter: field })
    return { status, headers, jsonBody: body }
  })
}
