/** What can happen to an order. */
import type { EffectName, Outcome } from './effect'

/** An act of staff. It enters the order's story with its author. */
export interface StaffEvent {
  type: 'staff'
  /**
   * `retry`: what parked the order has been mended, go on; `cancel`: call the purchase off; `resolve`: what parked the order has been
   * settled by hand, in the systems outside.
   */
  action: 'retry' | 'cancel' | 'resolve'
  /** Who. */
  by: string
  /** Why, in their words, without personal data. */
  note?: string | undefined
  /** Since when the order was parked when they looked at it (ISO 8601): an act that comes late must not count for another trouble. */
  parkedSince?: string | undefined
  /** With `resolve`: whether the person has the eSIM. Needed where the order itself does not tell. */
  outcome?: 'delivered' | 'not-delivered' | undefined
}

export type OrderEvent =
  /** Time has passed: a wake, the sweep, or the person looking at the page. */
  | { type: 'wake' }
  /** An effect came back. Late answers of attempts that nobody waits for any more count too. */
  | { type: 'result'; effect: EffectName; key: string; attempt: number; outcome: Outcome }
  /** The portal hands the profile to the device: a callback page or an install link is being shown. */
  | { type: 'handover' }
  /** The person cancels. */
  | { type: 'cancel' }
  /** ES2+ notice of the SM-DP+: authenticated. `point` by SGP.22 table 32a. */
  | {
      type: 'notice'
      iccid: string
      point: number
      success: boolean
      statusCode?: string | undefined
      at?: string | undefined
    }
  /** A claim of the device, by listener or by headers of a later launch: not authenticated. `code` in any spelling. */
  | {
      type: 'deviceResult'
      iccid?: string | undefined
      code: string
      /** Whether the device listed the order's profile at that launch (`iccids`); absent: it gave no list. */
      onDevice?: boolean | undefined
    }
  /** A claim of the device: network registration state in camelCase. */
  | { type: 'registration'; iccid?: string | undefined; state: string }
  /** Staff decide about an order: see `staff.ts`. One that the order does not allow changes nothing. */
  | StaffEvent
  /** First use of the ICCID, from charging. */
  | { type: 'usage'; iccid: string; at: string }
