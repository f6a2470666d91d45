#!/usr/bin/env node
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { run } from './program'

// The build puts the version of package.json here.
const version = process.env.MOBILE_PLANS_VERSION ?? '0.0.0'

// Whoever read the results has gone, as `head` does: that is no error of ours to tell at length.
process.stdout.on('error', ({ message }) => {
  if (!message.includes('EPIPE')) process.stderr.write(`${message}\n`)
  process.exit(1)
})

process.exitCode = await run(
  process.argv.slice(2),
  {
    out: (part) => process.stdout.write(part),
    async drained() {
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
    },
    err: (part) => process.stderr.write(part),
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    readStdin: () => text(process.stdin),
    env: process.env,
    folder: process.cwd(),
  },
  version,
)
