import type {
  Binding,
  CoreInvocationContext,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  HookName,
  InvocationRequest,
  InvocationResponse,
  ProgrammingModel,
  RegisteredFunction,
} from './core-types'
import type { Log, LogLevel } from './log'
import { logLevels } from './log'
import { readOnly, WorkerError, WorkerRangeError } from './worker-errors'

/** Context of a log line that belongs to an invocation, for log hooks. */
interface InvocationScope {
  functionName: string
  invocationId: string
  hookData: Record<string, unknown>
  invocationContext?: unknown
}

/**
 * The Node worker: keeps what the app registered, runs hooks and invocations through the library's own programming model.
 *
 * @see Azure/azure-functions-nodejs-worker `registerFunction.ts`, `InvocationHandler.ts`, `LogHookContext.ts`, `WorkerContext.ts`
 */
export class Worker {
  readonly functions = new Map<string, RegisteredFunction>()
  programmingModel: ProgrammingModel | undefined
  readonly #hooks: Record<HookName, HookCallback[]> = {
    preInvocation: [],
    postInvocation: [],
    appStart: [],
    appTerminate: [],
    log: [],
  }
  readonly #appHookData: Record<string, unknown> = {}
  readonly #appLevelHookData: Record<string, unknown> = {}
  #registrationEnded = false
  #disposed = false

  constructor(readonly writeLog: Log) {}

  /** Ends start-up: from now on registering a function throws. */
  endRegistration(): void {
    this.#registrationEnded = true
  }

  /** Called by the library for each `app.http`, `app.timer`… */
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): { dispose(): void } {
    if (this.#registrationEnded) throw new WorkerError('A function can only be registered during app startup.')
    const id = metadata.functionId || metadata.name
    if (this.functions.has(id)) throw new WorkerError(`A function with id "${id}" has already been registered.`)
    const entry = Object.entries(metadata.bindings).find(([, binding]) => isTrigger(binding))
    if (!entry) throw new WorkerError(`Function "${id}" has no trigger.`)
    this.functions.set(id, { metadata, callback, triggerName: entry[0], trigger: entry[1] })
    return {
      dispose: () => {
        if (this.#registrationEnded) throw new WorkerError('A function can only be disposed during app startup.')
        this.functions.delete(id)
      },
    }
  }

  /** Called by the library for each `app.hook.…`. */
  registerHook(name: string, callback: HookCallback): { dispose(): void } {
    const hooks = Object.hasOwn(this.#hooks, name) ? this.#hooks[name as HookName] : undefined
    if (!hooks) throw new WorkerRangeError(`Unrecognized hook "${name}"`)
    hooks.push(callback)
    return {
      dispose: () => {
        const at = hooks.indexOf(callback)
        if (at >= 0) hooks.splice(at, 1)
      },
    }
  }

  /** Runs the app-level hooks one after another, in the order of registration. */
  async runAppHooks(name: 'appStart' | 'appTerminate', extra: object = {}): Promise<void> {
    if (this.#disposed) return
    if (name === 'appTerminate') this.#disposed = true
    const context = Object.defineProperties(
      { ...extra },
      readOnly({ hookData: this.#appLevelHookData, appHookData: this.#appHookData }),
    )
    for (const hook of this.#hooks[name]) await hook(context)
  }

  /** A log line outside of any invocation, such as one of the library. */
  log(level: LogLevel, category: 'user' | 'system', message: string): void {
    this.#log(level, category, message, undefined)
  }

  /**
   * Runs one invocation: arguments, hooks before, handler, hooks after, response.
   *
   * @throws what the handler threw, unless a hook removed the error
   */
  async invoke(registered: RegisteredFunction, request: InvocationRequest): Promise<InvocationResponse> {
    const model = this.programmingModel
    if (!model) throw new WorkerError('No programming model is registered.')
    const scope: InvocationScope = {
      functionName: registered.metadata.name,
      invocationId: request.invocationId,
      hookData: {},
    }
    const core: CoreInvocationContext = {
      invocationId: request.invocationId,
      request,
      metadata: registered.metadata,
      log: (level, category, message) => this.#log(level, category, message, scope),
    }
    const invocation = await model.getInvocationModel(core)
    const { context, inputs } = await invocation.getArguments()
    scope.invocationContext = context
    const shared = { hookData: scope.hookData, appHookData: this.#appHookData, invocationContext: context }
    const before = { functionCallback: registered.callback, inputs }
    Object.defineProperties(before, readOnly(shared))
    await this.#runHooks('preInvocation', before, core)

    const after: { inputs: unknown[]; result: unknown; error: unknown } = {
      inputs: before.inputs,
      result: null,
      error: null,
    }
    Object.defineProperties(after, readOnly(shared))
    core.state = 'invocation'
    try {
      after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback)
    } catch (thrown) {
      after.error = thrown
    } finally {
      core.state = undefined
    }
    await this.#runHooks('postInvocation', after, core)
    // As in the worker: anything thrown fails the invocation, but for null and undefined.
    if (after.error !== null && after.error !== undefined) return Promise.reject(after.error)
    return invocation.getResponse(context, after.result)
  }

  async #runHooks(
    name: 'preInvocation' | 'postInvocation',
    context: object,
    core: CoreInvocationContext,
  ): Promise<void> {
    core.state = `${name}Hooks`
    try {
      for (const hook of this.#hooks[name]) await hook(context)
    } finally {
      core.state = undefined
    }
  }

  /** Log hooks may rewrite level and message of the app's own lines; an error in a hook is ignored, as in the worker. */
  #log(level: LogLevel, category: 'user' | 'system', message: string, scope: InvocationScope | undefined): void {
    const context = { level, message }
    Object.defineProperties(
      context,
      readOnly({
        category,
        hookData: scope?.hookData ?? {},
        appHookData: this.#appHookData,
        invocationContext: scope?.invocationContext,
      }),
    )
    const failed = this.#hooks.log.some((hook) => throws(() => hook(context)))
    const shown = category === 'user' && !failed ? context : { level, message }
    this.writeLog({
      level: logLevels.includes(shown.level) ? shown.level : level,
      category,
      message: shown.message,
      functionName: scope?.functionName,
      invocationId: scope?.invocationId,
    })
  }
}

/** Whether a binding starts its function. */
export function isTrigger(binding: Pick<Binding, 'type'>): boolean {
  return binding.type.toLowerCase().endsWith('trigger')
}

function throws(act: () => unknown): boolean {
  try {
    act()
    return false
  } catch {
    return true
  }
}
