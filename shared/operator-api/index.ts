/** The operator API put together: what its three operations share, made once per process. */
import type { Operator } from '../domain/operator'
import type { OperatorApiConfig } from '../domain/operator-api-defaults'
import type { Clock, DocumentStore } from '../platform/ports'
import type { JsonAnswer } from './answer'
import { answerOperation, type OperationRequest } from './answer-operation'
import { createGate } from './gate'
import { getBalances } from './get-balances'
import { createSimReader } from './sim-reader'

type Answer = (request: OperationRequest) => Promise<JsonAnswer>

/** The operations by their resource. None throws but for a mistake in the code or a configuration that cannot be used. */
export type OperatorApi = Record<'balances' | 'offers' | 'notifications', Answer>

export interface OperatorApiParts {
  documents: DocumentStore
  config: OperatorApiConfig
  /** The whole of operator.json: balances need it only to list markets. */
  operator: () => Promise<Operator>
  clock: Clock
}

/** Puts the API together. Offers and notifications are loaded when they are first asked for. */
export function createOperatorApi({ documents, config, operator, clock }: OperatorApiParts): OperatorApi {
  const sims = createSimReader({ documents, clock, staleSeconds: config.staleBalanceSeconds })
  const parts = { sims, gate: createGate(config, clock) }
  const balances = getBalances({ clock, markets: async () => (await operator()).markets })
  return {
    balances: (request) => answerOperation(balances, parts, request),
    async offers(request) {
      const { getOffers } = await import('./get-offers')
      const gateways = async () => (await operator()).gateways
      return answerOperation(getOffers({ clock, gateways }), parts, request)
    },
    async notifications(request) {
      const { getNotifications } = await import('./get-notifications')
      const rules = async () => {
        const { notifications, balanceMarks, plans } = await operator()
        const trialPlans = new Set(plans.filter(({ trial }) => trial).map(({ id }) => id))
        return { notifications, balanceMarks, trialPlans }
      }
      return answerOperation(getNotifications({ clock, rules }), parts, request)
    },
  }
}
