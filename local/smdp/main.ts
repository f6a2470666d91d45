/** The SM-DP+ simulator as a process of its own. Every option has an environment variable; options win. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { stockSchema } from './control'
import { startSmdp } from './server'

const usage = `SM-DP+ simulator
  --port N          port on 127.0.0.1 (SMDP_PORT, default 7073)
  --notice-url URL  where progress notices go (SMDP_NOTICE_URL)
  --address HOST    host name in activation codes (SMDP_ADDRESS, default smdp.example.net)
  --stock FILE      JSON list of {iccid, profileType, name?} (SMDP_STOCK: a file name or the JSON itself)
  --state FILE      keeps the inventory over restarts (SMDP_STATE)
`

function readStock(source: string | undefined): v.InferOutput<typeof stockSchema> {
  if (source === undefined || source === '') return []
  const text = /^\s*[[{]/.test(source) ? source : readFileSync(source, 'utf8')
  return v.parse(stockSchema, JSON.parse(text))
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: process.env.SMDP_PORT ?? '7073' },
      'notice-url': { type: 'string' },
      address: { type: 'string', default: process.env.SMDP_ADDRESS ?? 'smdp.example.net' },
      stock: { type: 'string' },
      state: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return
  }
  const smdp = await startSmdp({
    port: Number(values.port),
    noticeUrl: values['notice-url'] ?? process.env.SMDP_NOTICE_URL,
    address: values.address,
    stock: readStock(values.stock ?? process.env.SMDP_STOCK),
    statePath: values.state ?? process.env.SMDP_STATE,
    log: (line) => process.stderr.write(`smdp: ${line}\n`),
  })
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    smdp.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  process.once('disconnect', stop) // the parent that forked us is gone
  process.stdout.write(`SM-DP+ simulator on ${smdp.url}\n`)
}

main().catch((error: unknown) => {
  process.stderr.write(`SM-DP+ simulator: ${error instanceof Error ? error.message : 'failed to start'}\n`)
  process.exit(2)
})
