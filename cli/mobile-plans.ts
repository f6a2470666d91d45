#!/usr/bin/env node
import { text } from 'node:stream/consumers'
import { run } from './program'

// The build puts the version of package.json here.
const version = process.env.MOBILE_PLANS_VERSION ?? '0.0.0'

process.exitCode = await run(
  process.argv.slice(2),
  {
    out: (part) => process.stdout.write(part),
    err: (part) => process.stderr.write(part),
    errIsTerminal: process.stderr.isTTY === true,
    readStdin: () => text(process.stdin),
    env: process.env,
    folder: process.cwd(),
  },
  version,
)
