/** GetBalance: what is left on a SIM (Mobile Plans "Account management"). One point read. */
import { balancesOf, renderBalances } from '../domain/balance'
import { parseGetBalanceRequest } from '../domain/get-balance-request'
import type { Sim } from '../domain/sim'
import type { Clock, DocumentStore } from '../platform/ports'
import { echo, isTransactionId, type JsonAnswer, problem } from './answer'

export interface GetBalancesParts {
  documents: DocumentStore
  clock: Clock
  /** The operator's markets; asked only where a plan is for all of them and the answer lists places. */
  markets: () => Promise<readonly string[]>
}

export interface GetBalancesRequest {
  /** Path segment, percent-decoded. */
  simId: string
  query: URLSearchParams
  /** `X-MS-DM-TransactionId`, echoed. */
  transactionId: string | undefined
}

/** Answers one request; never throws but for a store out of reach. */
export async function getBalances(
  { documents, clock, markets }: GetBalancesParts,
  request: GetBalancesRequest,
): Promise<JsonAnswer> {
  const { transactionId } = request
  if (transactionId !== undefined && !isTransactionId(transactionId))
    return problem(400, 'InvalidParameter', 'X-MS-DM-TransactionId must be 1 to 128 visible ASCII characters', {
      parameter: 'X-MS-DM-TransactionId',
    })
  const parsed = parseGetBalanceRequest(request.simId, request.query)
  if (!parsed.ok) {
    if (parsed.parameter === 'simId') return unknownSim(transactionId)
    return problem(400, 'InvalidParameter', parsed.message, { parameter: parsed.parameter, transactionId })
  }
  const { iccid, fields, limit, location } = parsed.request
  const stored = await documents.get<Sim>('sims', iccid, iccid)
  if (stored === undefined) return unknownSim(transactionId)
  const balances = balancesOf(stored.value, {
    now: clock(),
    location,
    limit,
    ...(fields === 'full' ? { markets: await markets() } : {}),
  })
  return { status: 200, headers: echo(transactionId), body: renderBalances(balances, fields) }
}

function unknownSim(transactionId: string | undefined): JsonAnswer {
  return problem(404, 'NotFound', 'no such SIM', { transactionId })
}
