/** What a stand-in answers: a status and a JSON body (none with 204). */
export interface Answer {
  status: number
  body?: object
  headers?: Record<string, string>
}

/** A refusal as the contracts of billing and identity check shape it. `message` is for people and holds no personal data. */
export function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } }
}

/** An error as TM Forum shapes it (TMF630). `reason` is for people and holds no personal data. */
export function tmfError(status: number, code: string, reason: string): Answer {
  return { status, body: { code, reason, status: `${status}` } }
}
