/** ES2+ HandleDownloadProgressInfo (GSMA SGP.22 §5.3.5): the SM-DP+ tells how a download goes. Answered with 204 and no body. */
import { composition } from '../shared/composition'
import { enter } from './caller'
import { readBody, serve } from './http'

/** A notice with its installation result is a few kilobytes. */
const MAX_BODY_BYTES = 64 * 1024

export function registerProfileProgress(): void {
  serve('recordProfileProgress', 'gsma/rsp2/es2plus/handleDownloadProgressInfo', async (request) => {
    if (request.method !== 'POST') return problem(405, 'method_not_allowed', 'send notices by POST', { allow: 'POST' })
    const entry = await enter(request, 'smdp')
    if (!entry.ok) return entry.response
    const body = await readBody(request, MAX_BODY_BYTES)
    if (body === undefined) return problem(413, 'too_large', `a notice has at most ${MAX_BODY_BYTES} bytes`)
    const { parseProgressNotice } = await import('../shared/platform/es2plus/notice')
    const parsed = parseProgressNotice(parseJson(body))
    if (!parsed.ok) return problem(400, 'malformed_notice', parsed.reason)
    await (await composition.notices()).record(parsed.notice)
    return { status: 204 }
  })

  serve('unknownEs2PlusFunction', 'gsma/{*rest}', async () =>
    problem(404, 'not_found', 'this ES2+ function is not offered here'),
  )
}

function problem(status: number, code: string, message: string, headers: Record<string, string> = {}) {
  return { status, headers: { 'cache-control': 'no-store', ...headers }, jsonBody: { error: { code, message } } }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}
