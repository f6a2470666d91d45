/**
 * Purchase metadata: what the portal tells the Mobile Plans app about a purchase, for its reports. What the app *does* follows from
 * the method that is called, not from these values.
 *
 * @see Mobile Plans "Callback notifications", purchase metadata
 */

/** How far a person came in a step: `left` is the step in which they gave up, `not-reached` every step after it. */
export type Step = 'new' | 'existing' | 'left' | 'not-reached'

/** A purchase that went through. */
export interface Bought {
  end: 'complete'
  account: 'new' | 'existing'
  /** `not-reached`: nothing had to be paid. */
  instrument: 'new' | 'existing' | 'not-reached'
  /** `existing`: a line transferred to this device, or one that was topped up. */
  line: 'new' | 'existing'
  /** What the person bought, such as "2 GB / 30 days". */
  planName: string
}

/** A purchase that did not go through, and why. */
export interface Ended {
  end:
    | 'cancelled'
    | 'service-error'
    | 'invalid-sim'
    | 'log-on-failed'
    | 'purchase-failed'
    | 'client-error'
    | 'billing-error'
  account: Step
  instrument: Step
  line: Step
}

/** What really happened, from which the metadata follows. */
export type PurchaseFacts = Bought | Ended

/**
 * One property to write on the app's metadata object, in the order of the list and each on its own: an injected object may refuse a
 * property it does not know. The value is `window[constants][member]`, looked up without regard to case, else `text`.
 */
export interface MetadataWrite {
  property: string
  /** Name of the injected object of constants; absent: `text` is the value. */
  constants?: string
  /** Its member, first letter lower case. */
  member?: string
  /** The value where the constant is missing: as the documentation's table prints it. */
  text: string
}

const outcomes: Record<Step, { member: string; text: string }> = {
  new: { member: 'new', text: 'New' },
  existing: { member: 'existing', text: 'Existing' },
  left: { member: 'bailed', text: 'Bailed' },
  'not-reached': { member: 'none', text: 'None' },
}

/** `cancelled` stands in sample code only, `BillingError` in the newer table only; both have a text to fall back to. */
const statuses: Record<PurchaseFacts['end'], { member: string; text: string }> = {
  complete: { member: 'complete', text: 'Complete' },
  cancelled: { member: 'cancelled', text: 'Cancelled' },
  'service-error': { member: 'serviceError', text: 'ServiceError' },
  'invalid-sim': { member: 'invalidSIM', text: 'InvalidSIM' },
  'log-on-failed': { member: 'logOnFailed', text: 'LogOnFailed' },
  'purchase-failed': { member: 'purchaseFailed', text: 'PurchaseFailed' },
  'client-error': { member: 'clientError', text: 'ClientError' },
  'billing-error': { member: 'billingError', text: 'BillingError' },
}

/** A bought plan has no name: the metadata would claim success and contradict itself. */
export class PlanNameMissingError extends Error {
  readonly code = 'plan_name_missing'
  constructor() {
    super('a completed purchase needs the name of its plan')
    this.name = 'PlanNameMissingError'
  }
}

/**
 * The metadata of a purchase, as writes in order. All five properties are always there, since older apps require what newer ones call
 * optional. Half of the documentation's samples spell the status `modirectStatus` and the line `lineType`: those aliases come last, so
 * that an app which refuses them has the real ones already. `planName` has text exactly when the purchase is complete.
 *
 * Steps run account → instrument → line; after the one that was left, the rest count as not reached.
 *
 * @throws {PlanNameMissingError} `plan_name_missing`
 */
export function purchaseMetadata(facts: PurchaseFacts): MetadataWrite[] {
  const planName = facts.end === 'complete' ? facts.planName.trim() : ''
  if (facts.end === 'complete' && planName === '') throw new PlanNameMissingError()
  const instrument: Step = facts.account === 'left' ? 'not-reached' : facts.instrument
  const line: Step = facts.account === 'left' || instrument === 'left' ? 'not-reached' : facts.line
  const status = { constants: 'MobilePlansMoDirectStatus', ...statuses[facts.end] }
  const lineOutcome = { constants: 'MobilePlansLineType', ...outcomes[line] }
  return [
    { property: 'userAccount', constants: 'MobilePlansUserAccount', ...outcomes[facts.account] },
    { property: 'purchaseInstrument', constants: 'MobilePlansPurchaseInstrument', ...outcomes[instrument] },
    { property: 'line', ...lineOutcome },
    { property: 'moDirectStatus', ...status },
    { property: 'planName', text: planName },
    { property: 'lineType', ...lineOutcome },
    { property: 'modirectStatus', ...status },
  ]
}
