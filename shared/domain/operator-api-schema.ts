/** How the operator API behaves: `operatorApi` of `operator.json`. */
import * as v from 'valibot'
import { defaultOperatorApi } from './operator-api-defaults'
import { number, strict } from './operator-schema-parts'

const limit = ({ perSecond, burst }: { perSecond: number; burst: number }, what: string) =>
  v.optional(
    v.pipe(
      strict({
        perSecond: v.optional(number(0, 100_000, 'Requests per second in the long run; 0: no limit'), perSecond),
        burst: v.optional(number(1, 1_000_000, 'Requests at once after a pause'), burst),
      }),
      v.description(`${what} Counted by each instance for itself.`),
    ),
    {},
  )

/** Schema of `operatorApi`. The limits' defaults are far above what the Mobile Plans service's load test and monitor ask for. */
export const operatorApiSchema = strict({
  repeatedTransactionId: v.optional(
    v.pipe(
      v.picklist(['reject', 'allow'], 'write "reject" or "allow"'),
      v.description(
        'A transaction id that was answered with 200 within 24 hours and comes again for the same operation: 409, or answered like any other.',
      ),
    ),
    defaultOperatorApi.repeatedTransactionId,
  ),
  staleBalanceSeconds: v.optional(
    number(
      0,
      86_400,
      'Age in seconds up to which a balance read before may be answered while the store does not answer; 0: never',
    ),
    defaultOperatorApi.staleBalanceSeconds,
  ),
  perCaller: limit(defaultOperatorApi.perCaller, 'Limit of each caller.'),
  perSim: limit(defaultOperatorApi.perSim, 'Limit of each SIM.'),
})
