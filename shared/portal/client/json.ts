/**
 * Asks our server for JSON, in the person's session.
 *
 * @param body left out: GET
 * @returns status (0 where there is no answer) and, from a good answer, its content
 */
export async function exchange<T>(path: string, body?: object): Promise<{ status: number; content?: T }> {
  try {
    const options: RequestInit = { credentials: 'same-origin' }
    if (body) {
      options.method = 'POST'
      options.headers = { 'Content-Type': 'application/json' }
      options.body = JSON.stringify(body)
    }
    const answer = await fetch(path, options)
    return answer.ok && !body ? { status: answer.status, content: await answer.json() } : { status: answer.status }
  } catch {
    return { status: 0 }
  }
}
