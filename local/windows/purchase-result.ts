/** `DataMart.notifyPurchaseResult`: the one call of the app's first generation ("Legacy callback notifications"). */
import * as v from 'valibot'

const outcome = v.picklist(['New', 'Existing', 'Bailed', 'None'])
const statuses = [
  'Complete',
  'ServiceError',
  'InvalidSIM',
  'LogOnFailed',
  'PurchaseFailed',
  'ClientError',
  'None',
] as const

/** Inside the payload, as JSON text of its own. Everything is required, and written with a capital. */
const purchaseResult = v.strictObject({
  userAccount: outcome,
  purchaseInstrument: outcome,
  line: outcome,
  moDirectStatus: v.picklist(statuses),
  planName: v.string(),
})
const payloadSchema = v.strictObject({
  ver: v.literal('1'),
  purchaseResult: v.string(),
  success: v.boolean(),
  transactionId: v.pipe(v.string(), v.maxLength(64)),
  /** eSIM only; empty when the purchase was abandoned. */
  activationCode: v.optional(v.string()),
  /** Empty when the purchase was abandoned. */
  iccid: v.string(),
})

/** The payload without the text inside it. */
export type PurchasePayload = Omit<v.InferOutput<typeof payloadSchema>, 'purchaseResult'>

/** Outcome of {@link readPurchaseResult}. */
export type PurchaseResult =
  | { ok: true; payload: PurchasePayload; metadata: v.InferOutput<typeof purchaseResult> }
  | { ok: false; problem: string }

/** Reads the payload; what the documentation does not allow is a problem in words. */
export function readPurchaseResult(text: unknown): PurchaseResult {
  const outer = read(payloadSchema, text)
  if (typeof outer === 'string') return { ok: false, problem: outer }
  const { purchaseResult: inner, ...payload } = outer
  const metadata = read(purchaseResult, inner)
  if (typeof metadata === 'string') return { ok: false, problem: `purchaseResult: ${metadata}` }
  const problem = contradiction(payload, metadata)
  return problem === undefined ? { ok: true, payload, metadata } : { ok: false, problem }
}

function contradiction(
  payload: PurchasePayload,
  { planName, moDirectStatus }: v.InferOutput<typeof purchaseResult>,
): string | undefined {
  const { success, iccid, activationCode } = payload
  if (success !== (moDirectStatus === 'Complete')) return `success is ${success}, moDirectStatus is ${moDirectStatus}`
  if (success !== (planName !== '')) return 'planName has text exactly on success'
  if (success !== (iccid !== '')) return 'iccid has text exactly on success'
  if (activationCode !== undefined && success !== (activationCode !== ''))
    return 'activationCode has text exactly on success'
  return undefined
}

/** @returns what is wrong, as text */
function read<T>(schema: v.GenericSchema<unknown, T>, text: unknown): T | string {
  try {
    const result = v.safeParse(schema, JSON.parse(String(text)))
    if (result.success) return result.output
    const [issue] = result.issues
    return `${v.getDotPath(issue) ?? 'payload'}: ${issue.message}`
  } catch (error) {
    if (error instanceof SyntaxError) return 'not JSON'
    throw error
  }
}
