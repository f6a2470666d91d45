import * as v from 'valibot'

/**
 * What a fault does to a call:
 * - `refuse`: answers a failure with `code`; no work;
 * - `busy`: answers 1.2/4.4, or the HTTP status of a `code` such as `http-503`; no work;
 * - `slow`: works and answers after `delayMs`, also when the caller has gone;
 * - `answer-lost`: works, then cuts the connection;
 * - `late-work`: holds the call and works `delayMs` after the caller has gone away;
 * - `http-500`: answers 500; no work;
 * - `malformed`: works, then answers with half a JSON document.
 */
export const faultModes = ['refuse', 'slow', 'answer-lost', 'late-work', 'http-500', 'malformed', 'busy'] as const

/** Functions that a fault can hit; `any` means the four of ES2+. */
export const faultTargets = [
  'any',
  'downloadOrder',
  'confirmOrder',
  'releaseProfile',
  'cancelOrder',
  'authenticate',
  'package',
  'result',
] as const

const iccid = v.pipe(
  v.string(),
  v.regex(/^\d{18,20}[Ff]?$/),
  v.transform((text) => text.replace(/[Ff]$/, '')),
)

/** A fault as `POST /control/faults` takes it. Without `times` it stays until it is deleted. */
export const faultSchema = v.strictObject({
  function: v.picklist(faultTargets),
  mode: v.picklist(faultModes),
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  iccid: v.optional(iccid),
  code: v.optional(v.pipe(v.string(), v.regex(/^(\d+(\.\d+)*\/\d+(\.\d+)*|http-\d{3})$/))),
  delayMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000))),
})

export type FaultRequest = v.InferInput<typeof faultSchema>
export type Fault = v.InferOutput<typeof faultSchema> & { id: number; hits: number }

const es2Functions = new Set<string>(['downloadOrder', 'confirmOrder', 'releaseProfile', 'cancelOrder'])

/** The faults in force, oldest first; a call meets the first that fits. */
export class Faults {
  #faults: Fault[] = []
  #nextId = 1

  add(request: v.InferOutput<typeof faultSchema>): Fault {
    const fault = { ...request, id: this.#nextId, hits: 0 }
    this.#nextId += 1
    this.#faults.push(fault)
    return fault
  }

  /** The fault for a call, counted as used. */
  take(name: string, callIccid: string | undefined): Fault | undefined {
    const fault = this.#faults.find(
      (candidate) =>
        (candidate.function === name || (candidate.function === 'any' && es2Functions.has(name))) &&
        (candidate.iccid === undefined || candidate.iccid === callIccid),
    )
    if (!fault) return undefined
    fault.hits += 1
    if (fault.times !== undefined && fault.hits >= fault.times) {
      this.#faults = this.#faults.filter((other) => other !== fault)
    }
    return fault
  }

  list(): readonly Fault[] {
    return this.#faults
  }

  /** Removes one fault, or all. */
  remove(id?: number): void {
    this.#faults = id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id)
  }
}
