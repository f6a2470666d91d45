/** What a portal of the operator's own says about a purchase, to be told the call that it must make. */
import * as v from 'valibot'
import { parseIccid } from '../domain/identifiers'

const step = v.picklist(['new', 'existing', 'left', 'not-reached'], 'is new, existing, left or not-reached')
const newOrExisting = v.picklist(['new', 'existing'], 'is new or existing')
const text = (most: number) =>
  v.pipe(v.string('is text'), v.minLength(1, 'is empty'), v.maxLength(most, `has at most ${most} characters`))

const bought = {
  planName: v.pipe(text(200), v.regex(/\S/, 'is empty')),
  account: newOrExisting,
  instrument: v.picklist(['new', 'existing', 'not-reached'], 'is new, existing or not-reached'),
  line: newOrExisting,
}
const older = {
  transactionId: v.optional(text(64)),
  iccid: v.optional(
    v.pipe(
      v.string('is text: as a number it would be rounded'),
      v.transform(parseIccid),
      v.check((iccid) => iccid !== undefined, 'is 18 to 20 digits'),
    ),
  ),
}
const code = { activationCode: text(300), qrTitle: v.optional(text(100)) }
const delayMinutes = v.pipe(
  v.number('is a number of minutes'),
  v.minValue(0, 'is 0 or more'),
  v.maxValue(0x7fff_ffff, 'fits no callback'),
)

const kinds = v.variant('kind', [
  v.strictObject({ kind: v.literal('inline-download'), ...bought, ...code, ...older }),
  v.strictObject({ kind: v.literal('delayed-download'), ...bought, ...code, delayMinutes }),
  v.strictObject({ kind: v.literal('asynchronous-download'), ...bought, ...code, delayMinutes, ...older }),
  v.strictObject({
    kind: v.literal('balance-addition'),
    ...bought,
    ...older,
    activate: v.optional(v.boolean('is true or false'), false),
  }),
  v.strictObject({
    kind: v.literal('cancelled-purchase'),
    end: v.picklist(
      [
        'cancelled',
        'service-error',
        'invalid-sim',
        'log-on-failed',
        'purchase-failed',
        'client-error',
        'billing-error',
      ],
      'is none of cancelled, service-error, invalid-sim, log-on-failed, purchase-failed, client-error, billing-error',
    ),
    account: step,
    instrument: step,
    line: step,
    transactionId: older.transactionId,
  }),
  v.strictObject({ kind: v.literal('operation-cancel'), operationId: v.optional(text(200)) }),
])

/** The facts of one callback. */
export type CallbackRequest = v.InferOutput<typeof kinds>

/** What is wrong, and with which field; absent: with the body itself. Never holds a value that was sent. */
export interface CallbackFault {
  field?: string | undefined
  message: string
}

/** Reads the facts of a callback. A field that its kind does not have is a fault: it would be silently lost. */
export function parseCallbackRequest(
  body: unknown,
): { ok: true; request: CallbackRequest } | { ok: false; fault: CallbackFault } {
  // To the schema a list would be an object without a kind.
  if (Array.isArray(body)) return { ok: false, fault: { message: 'the body is an object' } }
  const parsed = v.safeParse(kinds, body)
  if (!parsed.success) return { ok: false, fault: faultOf(parsed.issues[0]) }
  const { output } = parsed
  if (output.kind === 'balance-addition' && output.activate && output.iccid === undefined)
    return { ok: false, fault: { field: 'iccid', message: 'is missing: which profile is to be made active?' } }
  return { ok: true, request: output }
}

function faultOf(issue: v.BaseIssue<unknown>): CallbackFault {
  const key = issue.path?.[0]?.key
  if (typeof key !== 'string') return { message: 'the body is an object' }
  // A name that nobody knows is whatever was sent: only what looks like a name is repeated.
  const field = /^[A-Za-z]{1,32}$/.test(key) ? key : undefined
  if (issue.expected === 'never') return { field, message: 'is not known for this kind' }
  if (issue.received === 'undefined') return { field, message: 'is missing' }
  if (issue.type === 'variant')
    return { field, message: `is none of ${issue.expected?.replaceAll(/["()]/g, '').replaceAll(' | ', ', ')}` }
  return { field, message: issue.message }
}
