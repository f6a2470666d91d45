import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { startBroker } from './broker'
import { declaredQueues } from './declared'

// Own process: `--port` (AMQP), `--control-port` (HTTP: what lies in the queues), `--queue` (may be repeated; default: the app's own),
// until SIGTERM or Ctrl-C.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '5672' },
    'control-port': { type: 'string', default: '5300' },
    queue: { type: 'string', multiple: true, default: [] },
  },
})
const broker = await startBroker({
  port: Number(values.port),
  queues: { ...declaredQueues(), ...Object.fromEntries(values.queue.map((name) => [name, {}])) },
})
const control = createServer((request, response) => {
  const found = request.method === 'GET' && request.url === '/queues'
  const queues = Object.fromEntries(broker.queueNames().map((name) => [name, broker.queue(name).counts]))
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(found ? queues : { error: 'GET /queues is all there is' }))
})
control.listen(Number(values['control-port']), '127.0.0.1', () =>
  console.log(`Broker ready ${broker.connectionString}`),
)

const leave = () => {
  control.close()
  broker.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error('could not stop', error)
      process.exit(1)
    },
  )
}
process.once('SIGINT', leave)
process.once('SIGTERM', leave)
