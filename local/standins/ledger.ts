/** One side of an entry: a signed amount on one account. */
export interface Posting {
  /** `instrument:<ref>`, `held`, `revenue` or `vouchers-issued`. */
  account: string
  /** Minor units (cents); positive: the account holds more than before. */
  amountMinor: number
}

/** What happened to a payment. */
export type EntryKind = 'authorised' | 'captured' | 'voided' | 'refunded' | 'voucher-redeemed'

/** One line of the ledger. Its postings add up to nothing: money moves, it never appears. */
export interface Entry {
  /** 1, 2, 3… without gaps. */
  number: number
  /** ISO 8601, UTC. */
  at: string
  kind: EntryKind
  /** ISO 4217. */
  currency: string
  postings: Posting[]
  subscriberId: string
  orderId?: string
  authorisationId?: string
}

/** An entry before the ledger numbered it. */
export type NewEntry = Omit<Entry, 'number'>

/** Totals of one currency, in minor units. */
export interface Balance {
  currency: string
  /** All that was ever authorised: `captured + voided + held`, where a partial capture voids the rest. */
  authorisedMinor: number
  /** All that was ever captured; `revenue` holds it less what was refunded. */
  capturedMinor: number
  refundedMinor: number
  voidedMinor: number
  /** Authorised, neither captured nor voided yet. */
  heldMinor: number
  accounts: Record<string, number>
  /** Sum over all accounts; anything but 0 is a bug of the stand-in. */
  differenceMinor: number
}

/** The account that keeps authorised amounts until they are captured or voided. */
export const HELD = 'held'
/** The account of captured amounts, less what was refunded. */
export const REVENUE = 'revenue'
/** The account that vouchers are paid from. */
export const VOUCHERS_ISSUED = 'vouchers-issued'

/** The account of an instrument. */
export const instrumentAccount = (ref: string): string => `instrument:${ref}`

/**
 * Adds an entry at the end of the ledger.
 *
 * @throws {RangeError} when a posting is not a whole number of minor units or the postings do not add up to 0
 */
export function append(ledger: Entry[], entry: NewEntry): void {
  if (!entry.postings.every((posting) => Number.isSafeInteger(posting.amountMinor))) {
    throw new RangeError('a posting is not a whole number of minor units')
  }
  if (sum(entry.postings.map((posting) => posting.amountMinor)) !== 0) {
    throw new RangeError('the postings of an entry do not add up to 0')
  }
  ledger.push({ ...entry, number: ledger.length + 1 })
}

/** What one account holds in one currency, in minor units. */
export function accountBalance(ledger: readonly Entry[], account: string, currency: string): number {
  return sum(
    ledger
      .filter((entry) => entry.currency === currency)
      .flatMap((entry) => entry.postings)
      .filter((posting) => posting.account === account)
      .map((posting) => posting.amountMinor),
  )
}

/** Totals for each currency of the ledger, in order of the currency's code. */
export function balances(ledger: readonly Entry[]): Balance[] {
  const currencies = [...new Set(ledger.map((entry) => entry.currency))].sort()
  return currencies.map((currency) => balanceOf(ledger, currency))
}

function balanceOf(ledger: readonly Entry[], currency: string): Balance {
  const accounts: Record<string, number> = {}
  let authorisedMinor = 0
  let voidedMinor = 0
  let capturedMinor = 0
  let refundedMinor = 0
  for (const entry of ledger) {
    if (entry.currency !== currency) continue
    for (const { account, amountMinor } of entry.postings) {
      accounts[account] = (accounts[account] ?? 0) + amountMinor
      const onInstrument = account.startsWith('instrument:')
      if (entry.kind === 'authorised' && account === HELD) authorisedMinor += amountMinor
      if (entry.kind === 'captured' && account === REVENUE) capturedMinor += amountMinor
      if (entry.kind === 'refunded' && account === REVENUE) refundedMinor -= amountMinor
      // What a capture leaves over goes back to the instrument, as a void does.
      if ((entry.kind === 'captured' || entry.kind === 'voided') && onInstrument) voidedMinor += amountMinor
    }
  }
  return {
    currency,
    authorisedMinor,
    capturedMinor,
    refundedMinor,
    voidedMinor,
    heldMinor: accounts[HELD] ?? 0,
    accounts,
    differenceMinor: sum(Object.values(accounts)),
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
