/** What can happen to an order. */
import type { EffectName, Outcome } from './effect'

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
  /** A claim of the device, by listener or by headers of a later launch: not authenticated. `code` in PascalCase. */
  | { type: 'deviceResult'; iccid?: string | undefined; code: string }
  /** A claim of the device: network registration state in camelCase. */
  | { type: 'registration'; iccid?: string | undefined; state: string }
  /** First use of the ICCID, from charging. */
  | { type: 'usage'; iccid: string; at: string }
