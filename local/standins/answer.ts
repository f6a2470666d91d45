/** What a stand-in answers: a status and a JSON body (none with 204). */
export interface Answer {
  status: number
  body?: object
}

/** A refusal as both contracts shape it. `message` is for people and holds no personal data. */
export function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } }
}
