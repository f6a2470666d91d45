import { type Iccid, type IccidRange, luhnCheckDigit } from '../../shared/domain/identifiers'
import type { Plan } from '../../shared/domain/plan'

/** An ICCID of the demo stock. */
export interface DemoIccid {
  iccid: Iccid
  profileType: string
}

/**
 * ICCIDs below this count of a range are left alone, so that engineers and tests may use the first ones of a range as SIMs that
 * already belong to somebody.
 */
const leftAlone = 1_000n

/**
 * ICCIDs for each profile type of the plans, with valid check digits, from the operator's own ranges. The same each time, so that
 * bringing them in twice changes nothing. Ranges that are too small give fewer.
 *
 * @param each how many per profile type
 */
export function demoStock(
  operator: { plans: readonly Pick<Plan, 'profileType'>[]; iccidRanges: readonly IccidRange[] },
  each: number,
): DemoIccid[] {
  const profileTypes = [...new Set(operator.plans.map((plan) => plan.profileType))].sort()
  const iccids = iccidsOf(operator.iccidRanges)
  const stock: DemoIccid[] = []
  for (const profileType of profileTypes) {
    for (let count = 0; count < each; count += 1) {
      const next = iccids.next()
      if (next.done) return stock
      stock.push({ iccid: next.value, profileType })
    }
  }
  return stock
}

/** Where the demo's SIM cards lie among the ICCIDs that are left alone. */
const firstCard = 100n

/**
 * ICCIDs of SIM cards for the demo: from the part of the first range that the demo stock leaves alone. None where that range is too small to
 * leave any alone.
 */
export function demoCards(operator: { iccidRanges: readonly IccidRange[] }, count: number): Iccid[] {
  const [range] = operator.iccidRanges
  if (range === undefined) return []
  const [first, last] = [BigInt(range.from.slice(0, -1)), BigInt(range.to.slice(0, -1))]
  if (last - first <= 2n * leftAlone) return []
  return Array.from({ length: count }, (_, index) => {
    const digits = (first + firstCard + BigInt(index)).toString().padStart(range.from.length - 1, '0')
    return `${digits}${luhnCheckDigit(digits)}` as Iccid // made of the digits of the range's bounds
  })
}

function* iccidsOf(ranges: readonly IccidRange[]): Generator<Iccid, undefined> {
  for (const { from, to } of ranges) {
    const [first, last] = [BigInt(from.slice(0, -1)), BigInt(to.slice(0, -1))]
    const start = last - first > 2n * leftAlone ? first + leftAlone : first
    for (let body = start; body <= last; body += 1n) {
      const digits = body.toString().padStart(from.length - 1, '0')
      const iccid = `${digits}${luhnCheckDigit(digits)}`
      if (iccid >= from && iccid <= to) yield iccid as Iccid // made of the digits of a range's bounds
    }
  }
}
