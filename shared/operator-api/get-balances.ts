/** GetBalance: what is left on a SIM (Mobile Plans "Account management"). One point read. */
import { balancesOf, renderBalances } from '../domain/balance'
import { parseGetBalanceRequest } from '../domain/get-balance-request'
import type { Sim } from '../domain/sim'
import type { Clock, DocumentStore } from '../platform/ports'

export interface JsonAnswer {
  status: number
  headers: Record<string, string>
  body: unknown
}

export interface GetBalancesRequest {
  /** Path segment, percent-decoded. */
  simId: string
  query: URLSearchParams
  /** `X-MS-DM-TransactionId`, echoed. */
  transactionId: string | undefined
}

/** 1 to 128 visible ASCII characters. */
const TRANSACTION_ID = /^[\x21-\x7e]{1,128}$/

/** Answers one request; never throws but for a store out of reach. */
export async function getBalances(
  documents: DocumentStore,
  clock: Clock,
  request: GetBalancesRequest,
): Promise<JsonAnswer> {
  const { transactionId } = request
  if (transactionId !== undefined && !TRANSACTION_ID.test(transactionId))
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
  const balances = balancesOf(stored.value, { now: clock(), location, limit })
  return { status: 200, headers: echo(transactionId), body: renderBalances(balances, fields) }
}

function unknownSim(transactionId: string | undefined): JsonAnswer {
  return problem(404, 'NotFound', 'no such SIM', { transactionId })
}

/** One shape for every error of the operator API. */
export function problem(
  status: number,
  code: string,
  message: string,
  more: { parameter?: string | undefined; transactionId?: string | undefined } = {},
): JsonAnswer {
  return { status, headers: echo(more.transactionId), body: { error: { code, message, ...more } } }
}

function echo(transactionId: string | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(transactionId === undefined ? {} : { 'X-MS-DM-TransactionId': transactionId }),
  }
}
