/** What is told of a run that broke a rule: which rule, how to play it again, and the story of each of its orders. */
import type { RunReport } from './run'

export function replayCommand(seed: number): string {
  return `npm run simulate -- --runs 1 --seed ${seed}`
}

export function storyOf({ seed, broken, orders }: RunReport): string {
  const lines = [`Seed ${seed}:`, ...broken.map((rule) => `  ✗ ${rule}`), `  again: ${replayCommand(seed)}`]
  for (const { id, stage, payment, closed, log } of orders) {
    const reason = stage.state === 'parked' ? ` (${stage.reason})` : ''
    lines.push('', `  order ${id}: ${stage.state}${reason}, payment ${payment.status}, ${closed ? 'closed' : 'open'}`)
    for (const { at, what, detail } of log)
      lines.push(`    ${at}  ${what}${detail === undefined ? '' : ` – ${detail}`}`)
  }
  return lines.join('\n')
}
