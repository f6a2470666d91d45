import { resolve } from 'node:path'
import { installCoreModule } from './core-module'
import type { RegisteredFunction } from './core-types'
import { HostError } from './errors'
import { readHostJson } from './host-json'
import { type HostTls, listen } from './http'
import { Invoker } from './invoker'
import { createListeners } from './listeners'
import { loadApp } from './load-app'
import { createLog, type LogTarget } from './log'
import { buildRoutes, byFunctionName, type FunctionErrors, findShadowed } from './route-table'
import { appEnvironment } from './settings'
import { Worker } from './worker-core'

/** How to start. */
export interface HostOptions {
  /** Folder of host.json and package.json. */
  appRoot: string
  /** 0 takes any free port. The host listens on 127.0.0.1 only. */
  port: number
  /** App settings that win over the process environment and `local.settings.json`. */
  env?: Record<string, string>
  log?: LogTarget
  /** How long a message of a storage queue is hidden while its function runs, in seconds; default: ten minutes, as in Azure. */
  hiddenSeconds?: number
  /** Speak https, and hand on client certificates as App Service does. */
  tls?: HostTls
}

/** A function of the app, as the host sees it. */
export interface HostedFunction {
  name: string
  /** Binding type, such as `httpTrigger`. */
  trigger: string
  /** HTTP functions: where and for which methods. */
  url?: string
  methods?: string[]
  /** Why it is not served, when it is not. */
  error?: string
}

export interface Host {
  url: string
  functions: HostedFunction[]
  /** Stops taking work, waits at most 5 s for what runs, runs the `appTerminate` hooks. Safe to call twice. */
  stop(): Promise<void>
}

const bodyLimit = 104_857_600
const stopLimitMs = 5000
let started = false

/**
 * Runs a built app the way Azure Functions Core Tools and the Node worker run it.
 *
 * One process runs one host, once: what an app registers is global to its process. Sets the working directory and the
 * environment of the process.
 *
 * @throws {HostError} when settings, host.json or the app keep it from starting
 */
export async function startHost(options: HostOptions): Promise<Host> {
  if (started) throw new HostError('second_host', 'this process already ran a host: start another process')
  started = true
  const appRoot = resolve(options.appRoot)
  const config = readHostJson(appRoot)
  if (options.hiddenSeconds !== undefined) config.queues.hiddenSeconds = options.hiddenSeconds
  const log = createLog(options.log ?? 'pretty', config.logLevels)
  const { server, port, serve } = await listen(options.port, options.tls)
  try {
    // Only TLS that ends here may vouch for client certificates, whatever the environment says.
    const certificates = { CLIENT_CERTIFICATES: options.tls === undefined ? '' : 'platform' }
    const settings = appEnvironment(appRoot, port, process.env, { ...options.env, ...certificates })
    Object.assign(process.env, settings)
    process.chdir(appRoot)
    const worker = new Worker(log)
    installCoreModule(worker)
    await loadApp(appRoot, worker)

    const url = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
    const invoker = new Invoker(worker, log, config.functionTimeoutMs)
    const errors: FunctionErrors = new Map()
    const all = [...worker.functions.values()]
    const enabled = all.filter(
      ({ metadata: { name } }) => validName(name, errors) && !isDisabled(name, settings, errors),
    )
    const routes = buildRoutes(enabled, config.routePrefix, errors)
    const listeners = createListeners(enabled, { invoker, config, settings, log }, errors)
    const functions = all
      .map((registered) => describe(registered, url, config.routePrefix, errors))
      .sort(byFunctionName)

    const warn = (message: string) => log({ level: 'warning', category: 'system', message })
    if (functions.length === 0) warn('No job functions found: the entry files registered nothing.')
    for (const [name, why] of errors) warn(`The '${name}' function is in error: ${why}`)
    for (const { shadowed, by } of findShadowed(routes)) {
      warn(`Requests for '${shadowed}' reach '${by}': the host tries routes in the order of function names.`)
    }
    const admin = {
      functions,
      trigger(name: string, input: string | undefined): boolean | undefined {
        const known = functions.find((it) => it.name.toLowerCase() === name.toLowerCase())
        if (!known) return undefined
        const listener = listeners.get(known.name)
        listener?.runNow(input)
        return listener !== undefined
      },
    }
    serve({
      routes,
      customHeaders: config.customHeaders,
      invoker,
      admin,
      log,
      bodyLimit: Number(settings.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT ?? bodyLimit),
      homepageDisabled: settings.AzureWebJobsDisableHomepage?.toLowerCase() === 'true',
    })
    for (const listener of listeners.values()) listener.start()

    let stopping: Promise<void> | undefined
    const stop = async () => {
      server.close()
      server.closeIdleConnections()
      const stopped = Promise.all([...listeners.values()].map((listener) => listener.stop()))
      const bounded = Promise.race([stopped, new Promise((done) => setTimeout(done, stopLimitMs).unref())])
      await Promise.all([bounded, invoker.idle(stopLimitMs)])
      await worker.runAppHooks('appTerminate')
      server.closeAllConnections()
    }
    return { url, functions, stop: () => (stopping ??= stop()) }
  } catch (thrown) {
    server.close()
    throw thrown
  }
}

/** @see Azure/azure-functions-host `Utility.IsValidFunctionName` */
function validName(name: string, errors: FunctionErrors): boolean {
  const valid = /^[a-z][\w-]{0,127}$/i.test(name) && name.toLowerCase() !== 'host'
  if (!valid) errors.set(name, `'${name}' is not a valid function name.`)
  return valid
}

/** @see "How to disable functions in Azure Functions": app setting `AzureWebJobs.NAME.Disabled` */
function isDisabled(name: string, settings: Readonly<Record<string, string>>, errors: FunctionErrors): boolean {
  const value = settings[`AzureWebJobs.${name}.Disabled`] ?? settings[`AzureWebJobs_${name}_Disabled`]
  const disabled = value !== undefined && /^(?:true|1)$/i.test(value)
  if (disabled) errors.set(name, 'disabled by an app setting')
  return disabled
}

function describe(
  { metadata, trigger }: RegisteredFunction,
  url: string,
  prefix: string,
  errors: FunctionErrors,
): HostedFunction {
  const error = errors.get(metadata.name)
  const described = { name: metadata.name, trigger: trigger.type, ...(error !== undefined && { error }) }
  if (trigger.type.toLowerCase() !== 'httptrigger') return described
  const route = typeof trigger.route === 'string' && trigger.route !== '' ? trigger.route : metadata.name
  const named: unknown[] = Array.isArray(trigger.methods) ? trigger.methods : []
  const methods = named.map((method) => String(method).toUpperCase())
  return { ...described, url: `${url}/${prefix ? `${prefix}/` : ''}${route}`, methods }
}
