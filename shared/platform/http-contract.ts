import * as v from 'valibot'
import type { HttpAnswer } from './http-call'
import type { CallFailure, CallResult, Log } from './ports'

/** How the statuses of one operation are to be read. */
export interface Reading<T> {
  /** Port and operation, such as `billing capture`: begins the detail of a failure. */
  operation: string
  /** Statuses of success. */
  success: readonly number[]
  /** What the body of a success must be. */
  schema: v.GenericSchema<unknown, T>
  /** Told when our credentials were not accepted: somebody has to mend that. */
  log?: Log | undefined
}

/** Statuses by which the other side declines for good. */
const refusals: readonly number[] = [402, 409, 422]
/** Statuses by which it declines for the moment. */
const pauses: readonly number[] = [429, 503]
/** Statuses that blame our credentials, not the request. */
const credentials: readonly number[] = [401, 403]

/** Short, and without a run of digits that could be the number of a person's SIM, device or card. */
const codeText = v.pipe(v.string(), v.regex(/^(?!.*\d{6})[a-z0-9][a-z0-9_.-]{0,63}$/i))
/** Our contracts say `{error: {code}}`; TM Forum's say `{code, reason}` (TMF630). */
const errorBody = v.union([
  v.pipe(
    v.object({ error: v.object({ code: codeText }) }),
    v.transform(({ error }) => error.code),
  ),
  v.pipe(
    v.object({ code: codeText }),
    v.transform(({ code }) => code),
  ),
])

/**
 * Reads an answer of one of the contracts in `ports.ts`: success, refused, 429 and 503 busy, all else lost. A 4xx outside the contract
 * (wrong address, body not understood) is `lost`, too: it says nothing about the payment or the line.
 *
 * 401 and 403 are `busy`: nothing was carried out, and the same call works once our credentials are in order. They are never `refused`:
 * a key that was changed too early must not end people's orders as if their payment had been declined.
 *
 * Texts of the other side are left out of the detail: they may name a person.
 */
export function readContractAnswer<T>(answer: HttpAnswer | CallFailure, reading: Reading<T>): CallResult<T> {
  if (!answer.ok) return answer
  const { status, json } = answer
  const { operation, success, schema, log } = reading
  if (success.includes(status)) {
    const body = v.safeParse(schema, json)
    if (body.success) return { ok: true, value: body.output }
    return failure('lost', 'malformed', `${operation}: the answer (${status}) does not have the agreed form`)
  }
  if (credentials.includes(status)) {
    log?.error('partner.credentials_refused', { operation, status })
    return failure('busy', `credentials-${status}`, `${operation}: our credentials were not accepted (${status})`)
  }
  return failure(kindOf(status), errorCode(status, json), `${operation}: answered ${status}`)
}

/** What a status outside the successes means for the call. */
export function kindOf(status: number): CallFailure['kind'] {
  if (refusals.includes(status)) return 'refused'
  return pauses.includes(status) || credentials.includes(status) ? 'busy' : 'lost'
}

/** The code in the body of an error, else one made of the status. */
export function errorCode(status: number, json: unknown): string {
  const error = v.safeParse(errorBody, json)
  return error.success ? error.output : `http-${status}`
}

function failure(kind: CallFailure['kind'], code: string, detail: string): CallFailure {
  return { ok: false, kind, code, detail }
}

const empty = (): Record<string, never> => ({})

/** An object whose members, if any, do not matter. Asked for where a page of some proxy must not pass for success. */
export const emptyObject = v.pipe(v.object({}), v.transform(empty))
