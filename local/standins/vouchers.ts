/** A voucher code that the stand-in knows. */
export interface Voucher {
  code: string
  /** Whole currency units; the stand-in turns them into minor units of its currency. */
  amount: number
  /** What is wrong with it, to make each refusal reachable by hand. */
  flaw?: 'expired' | 'declined'
}

/** The demo vouchers. Each is good once per subscriber, so that every demo sign-in can try it. */
export const demoVouchers: readonly Voucher[] = [
  { code: 'WELCOME-5', amount: 5 },
  { code: 'WELCOME-10', amount: 10 },
  { code: 'WELCOME-50', amount: 50 },
  { code: 'EXPIRED-10', amount: 10, flaw: 'expired' },
  { code: 'DECLINED-10', amount: 10, flaw: 'declined' },
]

/** Finds a voucher by what a person typed: case and spaces around it do not matter. */
export function findVoucher(typed: string): Voucher | undefined {
  const code = typed.trim().toUpperCase()
  return demoVouchers.find((voucher) => voucher.code === code)
}

/** Amount in minor units; the number of decimals is the currency's (2 for EUR, 0 for JPY). */
export function voucherMinor(voucher: Voucher, currency: string): number {
  const decimals = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits
  return voucher.amount * 10 ** (decimals ?? 2)
}
