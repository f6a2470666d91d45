/** ES2+ HandleDownloadProgressInfo (GSMA SGP.22 §5.3.5): the SM-DP+ tells how a download goes. Answered with 204 and no body. */
import type { HttpResponseInit } from '@azure/functions'
import { composition } from '../shared/composition'
import { problem } from '../shared/operator-api/answer'
import type { NoticeDefect } from '../shared/platform/es2plus/notice'
import { enter } from './caller'
import { readBody, serve } from './http'

/** A notice with its installation result is a few kilobytes. */
const MAX_BODY_BYTES = 64 * 1024

export function registerProfileProgress(): void {
  serve('recordProfileProgress', 'gsma/rsp2/es2plus/handleDownloadProgressInfo', async (request) => {
    const entry = await enter(request, 'smdp')
    if (!entry.ok) return entry.response
    if (request.method !== 'POST') return refuse(405, 'MethodNotAllowed', 'notices are sent by POST', { allow: 'POST' })
    const body = await readBody(request, MAX_BODY_BYTES)
    if (body === undefined) return refuse(413, 'TooLarge', `a notice has at most ${MAX_BODY_BYTES} bytes`)
    const { parseProgressNotice } = await import('../shared/platform/es2plus/notice')
    const parsed = parseProgressNotice(parseJson(body))
    if (!parsed.ok) {
      const { parameter, message } = inWords[parsed.reason]
      return refuse(400, 'InvalidNotice', message, {}, parameter)
    }
    await (await composition.notices()).record(parsed.notice)
    return { status: 204 }
  })

  serve('unknownEs2PlusFunction', 'gsma/{*rest}', async () =>
    refuse(404, 'NotFound', 'this ES2+ function is not offered here'),
  )
}

/** For the SM-DP+'s people: which member is wrong, and what it should be. */
const inWords: Record<NoticeDefect, { parameter?: string; message: string }> = {
  'not-an-object': { message: 'the body is no JSON object in UTF-8; send it as it is, with Content-Length' },
  'iccid-missing': { parameter: 'iccid', message: 'iccid is missing' },
  'iccid-malformed': { parameter: 'iccid', message: 'iccid is text of 18 to 20 digits, with or without F at its end' },
  'point-malformed': {
    parameter: 'notificationPointId',
    message: 'notificationPointId is missing, or is no whole number from 0 to 999999',
  },
  'status-malformed': {
    parameter: 'notificationPointStatus',
    message:
      'notificationPointStatus.status is missing, or is none of Executed-Success, Executed-WithWarning, Failed, Expired',
  },
}

function refuse(
  status: number,
  code: string,
  message: string,
  more: Record<string, string> = {},
  parameter?: string,
): HttpResponseInit {
  const { headers, body } = problem(status, code, message, { parameter })
  return { status, headers: { ...headers, ...more }, jsonBody: body }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}
