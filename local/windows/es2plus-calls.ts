import * as v from 'valibot'
import type { Device } from './device'

const operatorFunctions = new Set(['downloadOrder', 'confirmOrder', 'cancelOrder', 'releaseProfile'])
const calls = v.array(
  v.object({
    function: v.string(),
    at: v.string(),
    request: v.optional(v.unknown()),
    response: v.optional(v.unknown()),
    status: v.optional(v.number()),
    endedAt: v.optional(v.string()),
  }),
)
const most = 50

/** A call by the operator to the SM-DP+ since this PC was started. */
export type OperatorCall = v.InferOutput<typeof calls>[number]

/** Asks the SM-DP+ simulator which ES2+ calls it has had; an SM-DP+ that does not tell gives none. */
export async function operatorCalls(device: Device): Promise<{ calls: OperatorCall[] }> {
  try {
    const response = await fetch(`${device.surroundings.smdpUrl.replace(/\/$/, '')}/control/calls`, {
      signal: AbortSignal.timeout(3000),
    })
    const read = v.safeParse(calls, await response.json())
    if (!response.ok || !read.success) return { calls: [] }
    const own = read.output.filter(
      (call) => operatorFunctions.has(call.function) && call.at >= device.startedAt && call.endedAt !== undefined,
    )
    return { calls: own.slice(-most) }
  } catch (cause) {
    if (cause instanceof Error) return { calls: [] }
    throw cause
  }
}
