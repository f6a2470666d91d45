import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import { StoreUnavailableError } from '../platform/ports'
import { SecretUnavailableError } from '../platform/secrets'
import { createAccounts } from './accounts/accounts'
import { TooBusyError } from './accounts/limiter'
import { compressed } from './compress'
import type { Portal, PortalOptions } from './context'
import { defaultPages } from './default-pages'
import { securityHeaders } from './headers'
import { notFound, Refusal } from './refusal'
import { anonymousRoutes, routes } from './routes'
import type { Handler, Route } from './routes/route'
import { createSessions, SessionContentionError } from './session/sessions'
import { Visit } from './visit'

/** The portal as a web application. */
export interface PortalApp {
  /** Answers every request; never rejects. */
  fetch(request: Request): Promise<Response>
}

/**
 * Builds the portal: people's side of the app, under `/portal`. It keeps nothing between requests but caches.
 *
 * Errors that nobody foresaw become a 500 page and a log line without personal data; a store that does not answer, a 503 page.
 */
export function createPortal(options: PortalOptions): PortalApp {
  const portal: Portal = {
    ...options,
    pages: options.pages ?? defaultPages,
    sessions: createSessions(options),
    accounts: createAccounts(options),
  }
  const app = new Hono({ strict: false })
  app.onError((error) => {
    throw error
  })
  for (const route of anonymousRoutes) register(app, portal, route, false)
  for (const route of routes) register(app, portal, route, true)
  app.all('*', (c) => serve(portal, c, { withSession: false, handler: async () => Promise.reject(notFound()) }))
  const headers = Object.entries(securityHeaders(options.publicUrl.startsWith('https:')))
  return {
    async fetch(request) {
      const response = await answer(portal, request, async () => compressed(request, await app.fetch(request)))
      for (const [name, value] of headers) response.headers.set(name, value)
      return response
    },
  }
}

/** The answer, or a bare one where not even a message page can be shown. */
async function answer(portal: Portal, request: Request, by: () => Promise<Response>): Promise<Response> {
  try {
    return await by()
  } catch (error) {
    portal.log.error('portal.fault', { method: request.method, cause: error })
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' }
    return new Response('Something went wrong on our side. Please try again.', { status: 500, headers })
  }
}

function register(app: Hono, portal: Portal, route: Route, withSession: boolean): void {
  const { path, GET, POST, json } = route
  if (GET) app.get(path, (c) => serve(portal, c, { handler: GET, withSession, json }))
  if (POST) app.post(path, (c) => serve(portal, c, { handler: POST, withSession, json }))
  const allow = [...(GET ? ['GET', 'HEAD'] : []), ...(POST ? ['POST'] : [])].join(', ')
  const refuse: Handler = async () => {
    throw new Refusal('method', 405, { headers: { Allow: allow } })
  }
  app.all(path, (c) => serve(portal, c, { handler: refuse, withSession: false, json }))
}

interface Serving {
  handler: Handler
  withSession: boolean
  json?: boolean | undefined
}

async function serve(portal: Portal, c: Context, { handler, withSession, json = false }: Serving): Promise<Response> {
  const visit = new Visit(portal, c.req.raw, (name) => c.req.param(name) ?? '')
  try {
    if (withSession) await visit.open({ byPerson: !json })
    return await handler(visit)
  } catch (error) {
    return answerError(visit, error, json)
  }
}

function answerError(visit: Visit, error: unknown, json: boolean): Response {
  const refusal = refusalOf(error)
  if (refusal === undefined) {
    const name = error instanceof Error ? error.name : 'unknown'
    visit.log.error('portal.fault', { error: name, method: visit.request.method, cause: error })
  } else if (refusal.status >= 500) {
    visit.log.warn('portal.busy', { code: error instanceof Error && 'code' in error ? String(error.code) : '' })
  }
  const { kind, status, details } = refusal ?? new Refusal('fault', 500)
  const headers = { ...details.headers, ...(status === 503 ? { 'Retry-After': '5' } : {}) }
  if (json) return visit.json({ error: { code: kind, message: `${kind}, see the status` } }, status, headers)
  const { subject, nextPath = kind === 'busy' || kind === 'fault' ? againPath(visit) : undefined } = details
  const view = {
    kind,
    status,
    ...(subject === undefined ? {} : { subject }),
    ...(nextPath === undefined ? {} : { nextPath }),
  }
  return visit.message(view, undefined, headers)
}

/** What a page can say about an error; undefined: it is a fault of ours. */
function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  const busy =
    error instanceof StoreUnavailableError ||
    error instanceof SecretUnavailableError ||
    error instanceof TooBusyError ||
    error instanceof SessionContentionError
  return busy ? new Refusal('busy', 503) : undefined
}

/** The page on which the person can do once more what has just failed. */
function againPath(visit: Visit): string | undefined {
  const { pathname } = visit.url
  if (visit.request.method === 'GET') return pathname
  if (pathname === '/portal/buy' || pathname === '/portal/voucher') return '/portal/review'
  const [order] = /^\/portal\/orders\/[0-9a-z]+/.exec(pathname) ?? []
  return order ?? (routes.some(({ path, GET }) => GET && path === pathname) ? pathname : undefined)
}
