import * as v from 'valibot'
import type { HttpAnswer } from '../http-call'
import type { CallFailure, CallResult } from '../ports'
import { failureKind } from './status-codes'

const statusCode = v.pipe(v.string(), v.regex(/^\d{1,3}(\.\d{1,3}){0,4}$/))

/** Outcome of a function, in the answer of every function and in notices (SGP.22 §6.5.1.4). */
const answerSchema = v.object({
  header: v.object({
    functionExecutionStatus: v.object({
      status: v.picklist(['Executed-Success', 'Executed-WithWarning', 'Failed', 'Expired']),
      statusCodeData: v.optional(
        v.object({ subjectCode: statusCode, reasonCode: statusCode, message: v.optional(v.string()) }),
      ),
    }),
  }),
})

/**
 * A message of the SM-DP+ without what may identify somebody: it goes to staff and logs.
 * Whatever was sent in this call is removed, and any run of ten or more digits, also in groups.
 */
function cleanMessage(message: string, sent: readonly string[]): string {
  let text = message.slice(0, 1_000)
  for (const value of sent) if (value !== '') text = text.replaceAll(value, '…')
  return text.replaceAll(/\d(?:[ -]?\d){9,}[Ff]?/g, '…').slice(0, 200)
}

/** A failure after which nothing is known of the call's effect. */
export function lost(code: string, detail: string): CallFailure {
  return { ok: false, kind: 'lost', code, detail }
}

/**
 * Reads the answer of an ES2+ function. Failure comes with HTTP 200 too: the body's `functionExecutionStatus` decides, and the
 * function's own output is looked at only after success, as a failed answer has none.
 *
 * @param body schema of the function's own output
 * @param sent identifiers of the request, kept out of the failure's detail
 * @see SGP.22 §6.3 and §6.5.1.4
 */
export function readAnswer<T>(
  answer: HttpAnswer,
  body: v.GenericSchema<unknown, T>,
  sent: readonly string[],
): CallResult<T> {
  if (answer.status === 429 || answer.status === 503) {
    return { ok: false, kind: 'busy', code: `http-${answer.status}`, detail: `HTTP status ${answer.status}` }
  }
  if (answer.status !== 200) return lost(`http-${answer.status}`, `HTTP status ${answer.status}`)

  const outcome = v.safeParse(answerSchema, answer.json)
  if (!outcome.success) return lost('malformed', 'the answer is not JSON with a response header')
  const { status, statusCodeData } = outcome.output.header.functionExecutionStatus
  const code = statusCodeData && `${statusCodeData.subjectCode}/${statusCodeData.reasonCode}`

  if (status === 'Failed' || status === 'Expired') {
    const detail = cleanMessage(statusCodeData?.message ?? status, sent)
    if (code) return { ok: false, kind: failureKind(code), code, detail }
    // The specification lists Expired without saying whether anything was done.
    return status === 'Failed' ? { ok: false, kind: 'refused', code: 'unspecified', detail } : lost('expired', detail)
  }

  const output = v.safeParse(body, answer.json)
  if (!output.success)
    return lost('malformed', `the answer lacks what success must carry: ${v.getDotPath(output.issues[0]) ?? 'body'}`)
  return {
    ok: true,
    value: output.output,
    ...(status === 'Executed-WithWarning' && { warning: code ?? 'unspecified' }),
  }
}
