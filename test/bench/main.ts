/** `npm run bench [name…]`: one JSON object a line; exit 1 when a figure is over its limit. */
import { bus } from './bus'
import { coldStart } from './cold-start'
import { getBalance } from './get-balance'
import { type Figure, print } from './measure'
import { portal } from './portal'
import { timers } from './timers'
import { usage } from './usage'

const benches: Record<string, { what: string; run: (root: string) => Promise<Figure[]> }> = {
  bus: { what: 'wakes on Service Bus, 10,000 of them due within a minute, beside the bare SDK', run: bus },
  'cold-start': { what: 'process start to the first GetBalance answer, beside a one-line function', run: coldStart },
  'get-balance': { what: 'GetBalance under load, beside an empty function with the same read', run: getBalance },
  portal: { what: 'requests and bytes of each portal page', run: portal },
  timers: { what: '1,000 delayed downloads due within a minute: how late they are; eight minutes', run: timers },
  usage: { what: 'writes of SIMs for usage, beside a bare loop of reads and replacements', run: usage },
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in benches))
if (names.includes('--help') || unknown.length > 0) {
  const list = Object.entries(benches).map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`)
  console.error(`usage: npm run bench [-- name…]\n\n${list.join('\n')}`)
  process.exit(names.includes('--help') ? 0 : 2)
}
let over = 0
for (const [name, { run }] of Object.entries(benches)) {
  if (names.length > 0 && !names.includes(name)) continue
  for (const figure of await run(process.cwd())) {
    print(figure)
    if (figure.limit !== undefined && figure.ratio > figure.limit) over += 1
  }
}
process.exit(over === 0 ? 0 : 1)
