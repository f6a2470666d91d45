/** GetBalance: what is left on a SIM (Mobile Plans "Account management"). One point read. */
import { balancesOf, renderBalances } from '../domain/balance'
import { type GetBalanceRequest, parseGetBalanceRequest } from '../domain/get-balance-request'
import type { Clock } from '../platform/ports'
import type { Operation } from './answer-operation'

export interface GetBalancesParts {
  clock: Clock
  /** The operator's markets; asked only where a plan is for all of them and the answer lists places. */
  markets: () => Promise<readonly string[]>
}

/** The operation. */
export function getBalances({ clock, markets }: GetBalancesParts): Operation<GetBalanceRequest> {
  return {
    name: 'balances',
    parse: parseGetBalanceRequest,
    async answer(sim, { fields, limit, location }) {
      const everywhere = fields === 'full' && sim.grants.some((grant) => grant.locations.includes('*'))
      const known = everywhere ? { markets: await markets() } : {}
      return renderBalances(balancesOf(sim, { now: clock(), location, limit, ...known }), fields)
    },
  }
}
