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
