/** What the Mobile Plans service calls. Whatever else lies below `/v1` is answered here too, so that 404 and 405 have our body. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import { composition } from '../shared/composition'
import { isTransactionId, type JsonAnswer, problem } from '../shared/operator-api/answer'
import type { Log } from '../shared/platform/ports'
import { enter } from './caller'
import { serve, serveWithLog } from './http'

/** Names of the functions, in whose alphabetical order the host tries their routes, and the last part of each route. */
const operations = { getBalances: 'balances', getNotifications: 'notifications', getOffers: 'offers' } as const

export function registerOperatorApi(): void {
  for (const [name, resource] of Object.entries(operations))
    serveWithLog(name, `v1/sims/{simId}/${resource}`, (request, log) => answer(resource, request, log))

  serve('unknownResource', 'v1/{*rest}', async (request) =>
    reply(problem(404, 'NotFound', 'no such resource', { transactionId: transactionIdOf(request) })),
  )
}

async function answer(
  resource: (typeof operations)[keyof typeof operations],
  request: HttpRequest,
  log: Log,
): Promise<HttpResponseInit> {
  const transactionId = transactionIdOf(request)
  const entry = await enter(request, 'mobilePlans', { transactionId, log })
  if (!entry.ok) return entry.response
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const refused = problem(405, 'MethodNotAllowed', `${resource} are read by GET`, { transactionId })
    return reply({ ...refused, headers: { ...refused.headers, allow: 'GET, HEAD' } })
  }
  const operatorApi = await composition.operatorApi()
  return reply(
    await operatorApi[resource]({
      caller: entry.caller.key,
      simId: request.params.simId ?? '',
      query: queryOf(request),
      transactionId: request.headers.get('x-ms-dm-transactionid') ?? undefined,
      log,
    }),
  )
}

/** The host joins repeated parameters with commas in `request.query`; the URL still has them one by one. */
function queryOf({ url }: HttpRequest): URLSearchParams {
  const at = url.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
}

/** The id to send back, if there is one that may be sent back. */
function transactionIdOf(request: HttpRequest): string | undefined {
  const received = request.headers.get('x-ms-dm-transactionid') ?? ''
  return isTransactionId(received) ? received : undefined
}

function reply({ status, headers, body }: JsonAnswer): HttpResponseInit {
  return { status, headers, body: JSON.stringify(body) }
}
