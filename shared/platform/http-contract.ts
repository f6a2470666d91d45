import * as v from 'valibot'
import type { HttpAnswer } from './http-call'
import type { CallFailure, CallResult } from './ports'

/** How the statuses of one operation are to be read. */
export interface Reading<T> {
  /** Port and operation, such as `billing capture`: begins the detail of a failure. */
  operation: string
  /** Statuses of success. */
  success: readonly number[]
  /** What the body of a success must be. */
  schema: v.GenericSchema<unknown, T>
}

/** Statuses by which the other side declines for good. */
const refusals: readonly number[] = [402, 409, 422]

const errorBody = v.object({ error: v.object({ code: v.pipe(v.string(), v.regex(/^[a-z][a-z_.-]{0,63}$/i)) }) })

/**
 * Reads an answer of the billing or the provisioning contract (see `ports.ts`): success, refused, 429 and 503 busy, all else lost.
 * A 4xx outside the contract (wrong credentials, wrong address) is `lost`, too: it says nothing about the payment or the line.
 * Texts of the other side are left out of the detail: they may name a person.
 */
export function readContractAnswer<T>(answer: HttpAnswer | CallFailure, reading: Reading<T>): CallResult<T> {
  if (!answer.ok) return answer
  const { status, json } = answer
  const { operation, success, schema } = reading
  if (success.includes(status)) {
    const body = v.safeParse(schema, json)
    if (body.success) return { ok: true, value: body.output }
    return failure('lost', 'malformed', `${operation}: the answer (${status}) does not have the agreed form`)
  }
  const error = v.safeParse(errorBody, json)
  const code = error.success ? error.output.error.code : `http-${status}`
  const detail = `${operation}: answered ${status}`
  if (refusals.includes(status)) return failure('refused', code, detail)
  return failure(status === 429 || status === 503 ? 'busy' : 'lost', code, detail)
}

function failure(kind: CallFailure['kind'], code: string, detail: string): CallFailure {
  return { ok: false, kind, code, detail }
}

const empty = (): Record<string, never> => ({})

/** An object whose members, if any, do not matter. Asked for where a page of some proxy must not pass for success. */
export const emptyObject = v.pipe(v.object({}), v.transform(empty))

/** No body, or one that does not matter. */
export const nothing = v.pipe(v.unknown(), v.transform(empty))
