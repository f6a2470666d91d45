import type { Visit } from '../visit'

/** Answers one request. */
export type Handler = (visit: Visit) => Promise<Response>

/** A path and what it answers to which method; every other method gets 405. */
export interface Route {
  /** In Hono's notation: `:id` is a parameter. */
  path: string
  GET?: Handler
  POST?: Handler
  /** The answer is for our script: errors are JSON, too. */
  json?: boolean
}

/** A handler for the signed-in person; others are asked to sign in first and come back afterwards. */
export function signedIn(handler: (visit: Visit, subscriberId: string) => Promise<Response>): Handler {
  return async (visit) => {
    const { subscriberId } = visit
    if (subscriberId !== undefined) return handler(visit, subscriberId)
    const asked = new URLSearchParams()
    if (visit.sessionLost) asked.set('ended', '')
    if (visit.request.method === 'GET' && isReturnPath(visit.url.pathname)) asked.set('next', visit.url.pathname)
    const query = asked.toString()
    return visit.redirect(query === '' ? '/portal/sign-in' : `/portal/sign-in?${query}`)
  }
}

/** The pages that a sign-in may lead back to: ours, by GET, and worth it. */
export function isReturnPath(path: string): boolean {
  return /^\/portal\/(?:plans|account|device|review|orders\/[0-9a-z]{26}|lines\/(?:this|[0-9a-z]{26})\/plans)$/.test(
    path,
  )
}
