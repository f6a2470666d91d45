/** What the operator has decided about orders, as the order process reads it. */
import type { Operator } from './domain/operator'
import { defaultRules, type Rules } from './domain/order/rules'

/** The numbers of `operator.json`, in milliseconds. */
export function rulesOf({ fulfilment, smdp }: Operator): Rules {
  const minute = 60_000
  return {
    releaseMarginMs: fulfilment.releaseMarginMinutes * minute,
    downloadWindowMs: fulfilment.downloadWindowDays * 24 * 60 * minute,
    quarantineMs: fulfilment.quarantineMinutes * minute,
    evidenceMs: fulfilment.evidenceMinutes * minute,
    registrationWaitMs: fulfilment.registrationWaitMinutes * minute,
    renewalLeadMs: fulfilment.renewalLeadHours * 60 * minute,
    renewalRetryMs: fulfilment.renewalRetryHours * 60 * minute,
    renewalGraceMs: fulfilment.renewalGraceHours * 60 * minute,
    orderByProfileTypeOnly: smdp.orderByProfileTypeOnly,
    callTimeoutMs: { ...defaultRules.callTimeoutMs, smdp: smdp.callTimeoutSeconds * 1000 },
  }
}
