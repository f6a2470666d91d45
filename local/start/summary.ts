import { demoVouchers } from '../standins/vouchers'
import type { Urls } from './settings'

/** What the table tells. */
export interface Summary {
  urls: Urls
  /** What holds state and wakes, and where: rows of the table. */
  where: readonly (readonly [name: string, place: string])[]
  accounts: readonly { email: string; password: string }[]
  /** ICCIDs of SIM cards that can be activated. */
  cards: readonly string[]
  logs: string
}

/** The one table that `npm start` prints: addresses, demo sign-ins and what can be bought with. */
export function summaryTable({ urls, where, accounts, cards, logs }: Summary): string {
  const good = demoVouchers.filter((voucher) => voucher.flaw === undefined).map((voucher) => voucher.code)
  const rows: [string, string][] = [
    ['Windows simulator', `${urls.windows}/`],
    ['Portal, in a browser', `${urls.app}/portal`],
    ['SM-DP+ simulator', `${urls.smdp}/control/profiles`],
    ['Billing, provisioning', `${urls.standins}/`],
    ...where.map(([name, place]): [string, string] => [name, place]),
    ...accounts.map(({ email, password }): [string, string] => ['Demo sign-in', `${email}  ${password}`]),
    ['Demo vouchers', good.join(', ')],
    ['Demo SIM cards', cards.join(', ') || 'none: the ICCID range is too small'],
    ['Logs', logs],
  ]
  const [left, right] = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const rule = `+${'-'.repeat((left ?? 0) + 2)}+${'-'.repeat((right ?? 0) + 2)}+`
  const lines = rows.map(([name, value]) => `| ${name.padEnd(left ?? 0)} | ${value.padEnd(right ?? 0)} |`)
  return [rule, ...lines, rule].join('\n')
}
