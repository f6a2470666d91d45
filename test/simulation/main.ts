/** `npm run simulate`: plays seeds one after the other, tells of the first that breaks a rule, and closes with table and summary. */
import { parseArgs } from 'node:util'
import { storyOf } from './report'
import { simulate } from './run'
import { emptyCells, tableText } from './table'

const help = `npm run simulate -- [--runs N] [--seed S] [--help]

Plays the order process in a simulated world, each run from its own seed: the same seed is always the same run.

  --runs N   how many runs (default 1000)
  --seed S   seed of the first run; the others follow it (default 1)
  --help     this text

A run that breaks a rule is told with its orders' logs and the command that plays it again. With --runs 1 the story is always told.
Ends with 1 when a rule was broken.`

/** Tells after this many runs how far it is. */
const PROGRESS = 500
/** More broken runs than this need not be told. */
const STORIES = 5

interface Options {
  runs: number
  seed: number
}

function options(): Options | undefined {
  const { values } = parseArgs({
    options: { runs: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
  })
  if (values.help) return undefined
  return { runs: wholeNumber('runs', values.runs ?? '1000', 1), seed: wholeNumber('seed', values.seed ?? '1', 0) }
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < least)
    throw new Error(`--${name} takes a whole number from ${least} on`)
  return number
}

async function play({ runs, seed }: Options): Promise<boolean> {
  const reached = new Map<string, number>()
  const started = Date.now()
  let broken = 0
  let orders = 0
  let steps = 0
  for (let n = 0; n < runs; n++) {
    const report = await simulate(seed + n, reached)
    orders += report.orders.length
    steps += report.steps
    if (report.broken.length > 0) broken += 1
    if (runs === 1 || (report.broken.length > 0 && broken <= STORIES)) console.log(`${storyOf(report)}\n`)
    if ((n + 1) % PROGRESS === 0 && n + 1 < runs) {
      console.log(`${n + 1} of ${runs} runs, ${broken} broken`)
      // Lets the output go out and a Ctrl-C in.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  if (runs > 1) {
    console.log(`\nHow often each fault was played where:\n\n${tableText(reached)}\n`)
    const empty = emptyCells(reached).length
    if (empty > 0) console.log(`${empty} cells are empty; more runs reach them.`)
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const played = `${runs} runs from seed ${seed}, ${orders} orders, ${steps} steps in ${seconds} s`
  console.log(`${played}: ${broken === 0 ? 'every rule held' : `${broken} runs broke a rule`}`)
  return broken === 0
}

try {
  const chosen = options()
  if (chosen === undefined) console.log(help)
  else if (!(await play(chosen))) process.exitCode = 1
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${help}`)
  process.exitCode = 2
}
