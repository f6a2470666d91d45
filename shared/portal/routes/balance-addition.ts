import { type BalanceAdditionCallback, balanceAddition } from '../../domain/callback'
import type { Order, Profile, TopUp } from '../../domain/order/order'
import type { Visit } from '../visit'
import { boughtIn } from './callback-facts'

/**
 * Tells the Mobile Plans app that data stands on a SIM. The SIM card and a profile of which we do not know that it is on this PC are told
 * without a number: Windows shows the balance of the SIM in use. A profile that the launch named is told by its number, and Windows makes
 * it the active one (Mobile Plans "Scenarios"; no change where it is active already).
 */
export function dataAdded(visit: Visit, order: Order, { iccid }: TopUp): BalanceAdditionCallback {
  const { device, transactionId } = visit.session?.value ?? { device: {} }
  const inEsim = device.iccids?.includes(iccid) ?? false
  const here = inEsim || device.iccid === iccid
  const bought = boughtIn(visit, order)
  return balanceAddition(bought, inEsim ? iccid : undefined, { transactionId, ...(here ? { iccid } : {}) })
}

/** What was bought is on the device already: the app makes it the active profile. */
export function activationOf(visit: Visit, order: Order, { iccid }: Profile): BalanceAdditionCallback {
  return balanceAddition(boughtIn(visit, order), iccid, { transactionId: visit.session?.value.transactionId })
}
