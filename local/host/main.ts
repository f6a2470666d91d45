/**
 * Runs the local functions host as a process of its own: `--app-root DIR --port N [--log pretty|json] [--tls-cert FILE --tls-key FILE]
 * [--hidden-seconds N]`.
 *
 * Ends with 0 after SIGINT or SIGTERM, with 1 when the app is blocked or crashes, with 2 for wrong arguments.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { HostError, messageOf, stackOf } from './errors'
import { type HostedFunction, startHost } from './host'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'app-root': { type: 'string' },
      port: { type: 'string' },
      log: { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      'hidden-seconds': { type: 'string' },
    },
  })
  const port = Number(values.port ?? 7071)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new TypeError(`--port ${values.port}: not a port`)
  const [cert, key] = [values['tls-cert'], values['tls-key']]
  if ((cert === undefined) !== (key === undefined)) throw new TypeError('--tls-cert and --tls-key go together')
  const tls = cert !== undefined &&
    key !== undefined && { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  const hiddenSeconds = Number(values['hidden-seconds'] ?? 600)
  if (!Number.isInteger(hiddenSeconds) || hiddenSeconds < 1) throw new TypeError('--hidden-seconds: not a whole number')
  const host = await startHost({
    appRoot: values['app-root'] ?? process.cwd(),
    port,
    log: values.log === 'json' ? 'json' : 'pretty',
    hiddenSeconds,
    ...(tls && { tls }),
  })
  process.stdout.write(`Host ready ${host.url}\nFunctions:\n${host.functions.map(describe).join('')}`)
  const end = () => {
    void host.stop().then(
      () => process.exit(0),
      (thrown: unknown) => fail(thrown, 1),
    )
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}

function describe({ name, trigger, url, methods, error }: HostedFunction): string {
  const where = url ? `[${methods?.join(',')}] ${url}` : trigger
  return `  ${name}: ${where}${error ? ` (${error})` : ''}\n`
}

function fail(thrown: unknown, code: number): never {
  const cause = thrown instanceof Error ? thrown.cause : undefined
  const text = thrown instanceof HostError ? `${thrown.code}: ${thrown.message}` : messageOf(thrown)
  process.stderr.write(`Host stopped: ${text}\n${cause ? `${stackOf(cause)}\n` : ''}`)
  process.exit(code)
}

process.on('uncaughtException', (thrown) =>
  fail(new Error('the app threw outside of an invocation', { cause: thrown }), 1),
)
main().catch((thrown: unknown) => fail(thrown, thrown instanceof TypeError ? 2 : 1))
