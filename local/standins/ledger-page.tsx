import { balances, type Entry } from './ledger'
import type { StandinState } from './state'

const css = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1b1b1b }
  table { border-collapse: collapse; width: 100%; margin-bottom: 2rem }
  th, td { text-align: left; padding: .35rem .75rem; border-bottom: 1px solid #ddd }
  .amount { text-align: right; font-variant-numeric: tabular-nums }
  .wrong { color: #a80000; font-weight: 600 }
`

/** An amount for people, in its currency. */
export function money(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency })
  return format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

const size = (entry: Entry): number => Math.max(...entry.postings.map((posting) => posting.amountMinor))

function Totals({ state }: { state: StandinState }) {
  const totals = balances(state.billing.ledger)
  if (totals.length === 0) return <p>Nothing was bought yet.</p>
  return (
    <table>
      <thead>
        <tr>
          <th>Currency</th>
          <th class="amount">Authorised</th>
          <th class="amount">Captured</th>
          <th class="amount">Refunded</th>
          <th class="amount">Voided</th>
          <th class="amount">Held</th>
          <th class="amount">Difference</th>
        </tr>
      </thead>
      <tbody>
        {totals.map((total) => (
          <tr>
            <td>{total.currency}</td>
            <td class="amount">{money(total.authorisedMinor, total.currency)}</td>
            <td class="amount">{money(total.capturedMinor, total.currency)}</td>
            <td class="amount">{money(total.refundedMinor, total.currency)}</td>
            <td class="amount">{money(total.voidedMinor, total.currency)}</td>
            <td class="amount">{money(total.heldMinor, total.currency)}</td>
            <td class={total.differenceMinor === 0 ? 'amount' : 'amount wrong'}>
              {money(total.differenceMinor, total.currency)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Entries({ entries }: { entries: readonly Entry[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>No.</th>
          <th>Time (UTC)</th>
          <th>What</th>
          <th>Order</th>
          <th>Postings</th>
          <th class="amount">Amount</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr>
            <td>{entry.number}</td>
            <td>{entry.at.replace('T', ' ').slice(0, 19)}</td>
            <td>{entry.kind}</td>
            <td>{entry.orderId ?? ''}</td>
            <td>
              {entry.postings
                .map((posting) => `${posting.account.split(':')[0]} ${money(posting.amountMinor, entry.currency)}`)
                .join(' · ')}
            </td>
            <td class="amount">{money(size(entry), entry.currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The page at `/`: totals, the newest 200 entries of the ledger, newest first, and the lines of the network. */
export async function ledgerPage(state: StandinState): Promise<string> {
  const newest = state.billing.ledger.slice(-200).reverse()
  const lines = Object.values(state.network.lines)
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Billing and provisioning stand-ins</title>
        <style>{css}</style>
      </head>
      <body>
        <h1>Billing and provisioning stand-ins</h1>
        <p>They take the place of the operator's systems on this computer. No money moves.</p>
        <h2>Totals</h2>
        <Totals state={state} />
        <h2>Ledger</h2>
        <Entries entries={newest} />
        <h2>Lines</h2>
        <table>
          <thead>
            <tr>
              <th>SIM</th>
              <th>State</th>
              <th>Plan</th>
              <th>Since (UTC)</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr>
                <td>…{line.iccid.slice(-4)}</td>
                <td>{line.state}</td>
                <td>{line.planId}</td>
                <td>{line.since.replace('T', ' ').slice(0, 19)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </body>
    </html>
  )
  return `<!doctype html>${await page}`
}
