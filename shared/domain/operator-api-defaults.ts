/** How the operator API behaves, with every default filled in. */
export interface OperatorApiConfig {
  /** A transaction id that was answered with 200 and comes again for the same operation: 409, or answered like any other. */
  repeatedTransactionId: 'reject' | 'allow'
  /** Age up to which a balance read before may be answered while the store does not answer; 0: never. */
  staleBalanceSeconds: number
  /** Each instance counts for itself. `perSecond` 0: no limit. */
  perCaller: { perSecond: number; burst: number }
  perSim: { perSecond: number; burst: number }
}

/** What holds where operator.json says nothing. Apart from the schema, so that GetBalance can begin without loading that. */
export const defaultOperatorApi: OperatorApiConfig = {
  repeatedTransactionId: 'reject',
  staleBalanceSeconds: 0,
  perCaller: { perSecond: 500, burst: 1000 },
  perSim: { perSecond: 50, burst: 500 },
}
