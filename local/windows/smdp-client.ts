import * as v from 'valibot'

const authenticated = v.object({
  transactionId: v.string(),
  iccid: v.string(),
  profileName: v.optional(v.string(), 'eSIM profile'),
  profileType: v.optional(v.string()),
  sizeKB: v.optional(v.number(), 30),
})
const refused = v.object({
  error: v.object({
    windowsError: v.string(),
    subject: v.optional(v.string()),
    reason: v.optional(v.string()),
    message: v.optional(v.string()),
  }),
})
const packaged = v.object({ sizeKB: v.optional(v.number()) })

/** What the device gets from the SM-DP+, or why not: `error` as in `allErrors`. */
export type SmdpResult<T> = { ok: true; value: T } | { ok: false; error: string; detail: Record<string, unknown> }

const patienceMs = 15_000

/** The device's side of a download, in the simplified form that the SM-DP+ simulator offers at `/device/…` (ES9+ in real life). */
export function smdpClient(smdpUrl: string) {
  async function post<S extends v.GenericSchema>(
    path: string,
    body: object,
    schema: S,
  ): Promise<SmdpResult<v.InferOutput<S>>> {
    let response: Response
    let answer: unknown
    try {
      response = await fetch(new URL(path, smdpUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(patienceMs),
      })
      const text = await response.text()
      answer = text === '' ? {} : JSON.parse(text)
    } catch (cause) {
      const unreadable = cause instanceof SyntaxError
      return {
        ok: false,
        error: unreadable ? 'serverFailure' : 'serverNotReachable',
        detail: { problem: unreadable ? 'answer is not JSON' : 'no answer from the SM-DP+' },
      }
    }
    if (response.ok) {
      const read = v.safeParse(schema, answer)
      if (read.success) return { ok: true, value: read.output }
      return {
        ok: false,
        error: 'serverFailure',
        detail: { status: response.status, problem: 'unexpected answer', answer },
      }
    }
    const problem = v.safeParse(refused, answer)
    if (problem.success)
      return {
        ok: false,
        error: problem.output.error.windowsError,
        detail: { status: response.status, ...problem.output.error },
      }
    return { ok: false, error: 'serverFailure', detail: { status: response.status, answer } }
  }

  return {
    /** ES9+ InitiateAuthentication and AuthenticateClient: who am I, what is there for me? */
    authenticate: (matchingId: string, eid: string) => post('/device/authenticate', { matchingId, eid }, authenticated),
    /** ES9+ GetBoundProfilePackage. */
    package: (transactionId: string) => post('/device/package', { transactionId }, packaged),
    /** ES9+ CancelSession. */
    cancel: (transactionId: string, reason: string) => post('/device/cancel', { transactionId, reason }, v.unknown()),
    /** ES9+ HandleNotification: how the installation ended. */
    result: (transactionId: string, success: boolean, windowsError?: string) =>
      post(
        '/device/result',
        { transactionId, success, ...(windowsError === undefined ? {} : { windowsError }) },
        v.unknown(),
      ),
  }
}
