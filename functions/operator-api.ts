/** What the Mobile Plans service calls. Whatever else lies below `/v1` is answered here too, so that 404 and 405 have our body. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions'
import { composition } from '../shared/composition'
import { isTransactionId, type JsonAnswer, problem } from '../shared/operator-api/answer'
import { enter } from './caller'
import { serve } from './http'

export function registerOperatorApi(): void {
  serve('getBalances', 'v1/sims/{simId}/balances', async (request) => {
    const transactionId = transactionIdOf(request)
    const entry = await enter(request, 'mobilePlans', transactionId)
    if (!entry.ok) return entry.response
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const answer = problem(405, 'MethodNotAllowed', 'balances are read by GET', { transactionId })
      return reply({ ...answer, headers: { ...answer.headers, allow: 'GET, HEAD' } })
    }
    const [{ getBalances }, documents] = await Promise.all([
      import('../shared/operator-api/get-balances'),
      composition.documents(),
    ])
    const parts = {
      documents,
      clock: composition.clock,
      markets: async () => (await composition.operator()).markets,
    }
    const simId = request.params.simId ?? ''
    // The host joins repeated parameters with commas in `request.query`; the URL still has them one by one.
    const query = new URL(request.url).searchParams
    const received = request.headers.get('x-ms-dm-transactionid') ?? undefined
    return reply(await getBalances(parts, { simId, query, transactionId: received }))
  })

  serve('unknownResource', 'v1/{*rest}', async (request) =>
    reply(problem(404, 'NotFound', 'no such resource', { transactionId: transactionIdOf(request) })),
  )
}

/** The id to send back, if there is one that may be sent back. */
function transactionIdOf(request: HttpRequest): string | undefined {
  const received = request.headers.get('x-ms-dm-transactionid') ?? ''
  return isTransactionId(received) ? received : undefined
}

function reply({ status, headers, body }: JsonAnswer): HttpResponseInit {
  return { status, headers, body: JSON.stringify(body) }
}
