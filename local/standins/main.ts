import { parseArgs } from 'node:util'
import { startStandins } from './standins'

// Own process: `--port`, `--state FILE`, `--currency`; says where it listens, then runs until SIGTERM or Ctrl-C.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '7074' },
    state: { type: 'string' },
    currency: { type: 'string', default: 'EUR' },
  },
})
const standins = await startStandins({
  port: Number(values.port),
  currency: values.currency,
  ...(values.state !== undefined && { stateFile: values.state }),
})
console.log(`Stand-ins ready ${standins.url}`)

const leave = () => {
  standins.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error('could not write the state', error)
      process.exit(1)
    },
  )
}
process.once('SIGINT', leave)
process.once('SIGTERM', leave)
