/** What an order wants done in the world outside. Effects are data; `shared/fulfilment/perform.ts` carries them out. */
import type { CallFailure } from '../../platform/ports'
import type { Eid, Iccid, MatchingId } from '../identifiers'

export type Effect = { key: string; attempt: number } & (
  | { do: 'claimSlot'; slot: string }
  | { do: 'listOrder'; subscriberId: string }
  | { do: 'authorise'; instrument: string; amountMinor: number; currency: string; subscriberId: string }
  | { do: 'capture'; authorisationId: string; amountMinor: number }
  | { do: 'void'; authorisationId: string }
  /** Gives back what was collected: for an order that ended without its eSIM after all. */
  | { do: 'refund'; authorisationId: string; amountMinor: number }
  /** Chooses a free ICCID of the stock and a matching id; changes nothing. */
  | { do: 'pickIccid'; profileType: string }
  | { do: 'claimIccid'; iccid: Iccid; profileType: string }
  | { do: 'quarantineIccid'; iccid: Iccid; profileType: string; until: string }
  | { do: 'returnIccid'; iccid: Iccid; profileType: string }
  | { do: 'withdrawIccid'; iccid: Iccid; profileType: string; reason: string }
  | { do: 'useIccid'; iccid: Iccid; profileType: string }
  /** Lets the SM-DP+ choose the ICCID: for those that insist. A lost answer is never repeated. */
  | { do: 'reserveByType'; profileType: string; eid: Eid | undefined }
  | { do: 'downloadOrder'; iccid: Iccid; eid: Eid | undefined }
  | { do: 'confirmOrder'; iccid: Iccid; eid: Eid | undefined; matchingId: MatchingId; release: boolean }
  | { do: 'releaseProfile'; iccid: Iccid }
  | { do: 'cancelOrder'; iccid: Iccid; eid: Eid | undefined; matchingId: MatchingId | undefined }
  /** Asks by downloadOrder whether the ICCID is free again: the only question about state that ES2+ answers. */
  | { do: 'probeProfile'; iccid: Iccid }
  | { do: 'activateLine'; iccid: Iccid; eid: Eid | undefined; subscriberId: string; planId: string }
  | { do: 'deactivateLine'; iccid: Iccid }
  | { do: 'grantBalance'; iccid: Iccid }
  | { do: 'startClock'; iccid: Iccid; at: string }
  /** Takes the grant back. A warm SIM that the order had claimed rests at first, as long as late calls may reach it, and is free then. */
  | { do: 'revokeBalance'; iccid: Iccid; claim: 'rest' | 'free' }
  /** Enters the line in the subscriber's document. */
  | { do: 'listLine'; subscriberId: string; iccid: Iccid }
  /** Enters the end of the paid period in the SIM's document, and into the calendar when the next renewal is to be placed. */
  | {
      do: 'scheduleRenewal'
      iccid: Iccid
      subscriptionId: string
      /** The period that is paid for. */
      period: number
      endsAt: string
      placeAt: string
    }
  | { do: 'endSubscription'; iccid: Iccid; subscriptionId: string; because: 'payment-refused' | 'cancelled' }
)

export type EffectName = Effect['do']

/** What came of an effect. Store effects answer in the same terms: `refused` with a code, or `lost` when the store failed. */
export type Outcome = { ok: true; value?: OutcomeValue; warning?: string } | CallFailure

/** What a successful effect tells: each member by the effects that know it. */
export interface OutcomeValue {
  authorisationId?: string
  iccid?: Iccid
  matchingId?: MatchingId
  smdpAddress?: string | undefined
  quarantineUntil?: string
  /** Of revokeBalance: the SIM was claimed by this order, and rests. */
  simRests?: boolean
}

/** Which system an effect calls; its timeout follows from that. */
export function systemOf(effect: EffectName): 'store' | 'billing' | 'smdp' | 'network' {
  switch (effect) {
    case 'authorise':
    case 'capture':
    case 'void':
    case 'refund':
      return 'billing'
    case 'reserveByType':
    case 'downloadOrder':
    case 'confirmOrder':
    case 'releaseProfile':
    case 'cancelOrder':
    case 'probeProfile':
      return 'smdp'
    case 'activateLine':
    case 'deactivateLine':
      return 'network'
    case 'claimSlot':
    case 'listOrder':
    case 'pickIccid':
    case 'claimIccid':
    case 'quarantineIccid':
    case 'returnIccid':
    case 'withdrawIccid':
    case 'useIccid':
    case 'grantBalance':
    case 'startClock':
    case 'revokeBalance':
    case 'listLine':
    case 'scheduleRenewal':
    case 'endSubscription':
      return 'store'
  }
}
