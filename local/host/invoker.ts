import { randomBytes, randomUUID } from 'node:crypto'
import type { InvocationResponse, RegisteredFunction, TypedData } from './core-types'
import { stackOf } from './errors'
import type { Log } from './log'
import type { Worker } from './worker-core'

/** What starts a function once. */
export interface Trigger {
  data: TypedData
  metadata?: Record<string, TypedData>
  /** Incoming W3C trace context. */
  traceParent?: string | undefined
  traceState?: string | undefined
  /** For the log, such as "This function was programmatically called via the host APIs." */
  reason: string
}

export type Outcome = { ok: true; response: InvocationResponse } | { ok: false; error: unknown }

/** Runs invocations, bounds their time, writes their beginning and end to the log. */
export class Invoker {
  readonly #running = new Set<Promise<unknown>>()

  constructor(
    readonly worker: Worker,
    readonly log: Log,
    readonly timeoutMs: number,
  ) {}

  /** Runs a function once; never rejects. */
  async run(registered: RegisteredFunction, trigger: Trigger): Promise<Outcome> {
    const invocationId = randomUUID()
    const name = registered.metadata.name
    const started = performance.now()
    const write = (level: 'information' | 'error' | 'critical', message: string) =>
      this.log({ level, category: 'system', message, functionName: name, invocationId })
    write('information', `Executing 'Functions.${name}' (Reason='${trigger.reason}', Id=${invocationId})`)
    const running = this.worker.invoke(registered, {
      invocationId,
      inputData: [{ name: registered.triggerName, data: trigger.data }],
      triggerMetadata: trigger.metadata ?? {},
      traceContext: {
        traceParent: childOf(trigger.traceParent),
        traceState: trigger.traceState ?? '',
        attributes: {},
      },
    })
    const outcome = await this.#bounded(running, name)
    const took = `Id=${invocationId}, Duration=${Math.round(performance.now() - started)}ms`
    if (outcome.ok) write('information', `Executed 'Functions.${name}' (Succeeded, ${took})`)
    else write('error', `Executed 'Functions.${name}' (Failed, ${took}) ${stackOf(outcome.error)}`)
    return outcome
  }

  /**
   * Waits until nothing runs.
   *
   * @returns false when `timeoutMs` passed first
   */
  async idle(timeoutMs: number): Promise<boolean> {
    const deadline = new Promise<false>((resolve) => setTimeout(() => resolve(false), timeoutMs).unref())
    while (this.#running.size > 0) {
      const settled = Promise.allSettled([...this.#running]).then(() => true)
      if (!(await Promise.race([settled, deadline]))) return false
    }
    return true
  }

  /** Awaits an invocation for `functionTimeout`; the real host would then restart the worker process. */
  async #bounded(running: Promise<InvocationResponse>, name: string): Promise<Outcome> {
    const settled = running.then(
      (response): Outcome => ({ ok: true, response }),
      (error: unknown): Outcome => ({ ok: false, error }),
    )
    this.#running.add(settled)
    void settled.finally(() => this.#running.delete(settled))
    if (!Number.isFinite(this.timeoutMs)) return settled
    const { promise, cancel } = timeout(this.timeoutMs, name)
    return Promise.race([settled, promise]).finally(cancel)
  }
}

function timeout(ms: number, name: string): { promise: Promise<Outcome>; cancel: () => void } {
  const longest = 2 ** 31 - 1
  let cancel = () => {}
  const promise = new Promise<Outcome>((resolve) => {
    const error = new Error(`Timeout value of ${ms} ms was exceeded by function: Functions.${name}`)
    const timer = setTimeout(() => resolve({ ok: false, error }), Math.min(ms, longest))
    cancel = () => clearTimeout(timer)
  })
  return { promise, cancel }
}

/** A new span below the caller's, or a new trace (W3C Trace Context). */
function childOf(traceParent: string | undefined): string {
  const trace = /^00-([\da-f]{32})-[\da-f]{16}-([\da-f]{2})$/.exec(traceParent ?? '')
  return `00-${trace?.[1] ?? randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-${trace?.[2] ?? '00'}`
}
